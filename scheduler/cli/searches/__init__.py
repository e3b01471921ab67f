"""The commands for saved searches."""
