"""The frozen records that cross borders, by subject."""
