"""What stands in the tables of alerts."""
