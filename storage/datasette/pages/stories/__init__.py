"""Stories: one event as several outlets told it."""
