"""Trains `assay-photo`, the image–text dual encoder for photographs. See ../README.md."""
