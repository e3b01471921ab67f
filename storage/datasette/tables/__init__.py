"""What Datasette shows of the tables."""
