"""Section pages: which of their links are articles."""
