"""Fixtures drawn by us: a seeded generator of scenes, and the Twemoji retrieval set (see README.md)."""
