"""The decision: what becomes of an article that was read."""
