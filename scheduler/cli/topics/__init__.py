"""`seedwatch topics` and `rematch`."""
