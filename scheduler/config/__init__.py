"""The settings file: read, checked, edited."""
