"""The page on which reading begins."""
