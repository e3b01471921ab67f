"""Files that are written and read for people."""
