"""`seedwatch status`."""
