"""Says when, and talks to people: configuration, cadence, daemon, command line. Nothing imports it."""
