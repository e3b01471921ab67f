"""What machines share through PostgreSQL, and what of it is stored here already."""
