"""Sources: how they fare, and what came of each."""
