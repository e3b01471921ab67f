"""What stands in the tables of articles, and of all that belongs to them."""
