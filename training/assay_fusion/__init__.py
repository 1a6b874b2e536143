"""Models that answer: a detector of things (``eyes``), their names, and transformers over things and words."""
