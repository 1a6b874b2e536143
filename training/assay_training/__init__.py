"""Offline training of the small models that Assay ships (see training/README.md)."""
