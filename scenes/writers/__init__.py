"""One writer a format: each turns the same scenes into one official layout."""
