"""Work over several machines, through PostgreSQL: loaded only where the settings, or a role, ask for it."""
