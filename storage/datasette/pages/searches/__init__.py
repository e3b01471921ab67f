"""The search page, and searches that have a name."""
