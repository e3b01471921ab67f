"""What stands in the tables of sources, feeds, polls, links and runs."""
