"""The full-text index, its changes and its snippets."""
