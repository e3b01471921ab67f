"""What stands in the tables of topics."""
