"""The command that lets agents read."""
