"""What Datasette needs to make the database readable: metadata, a plugin, templates."""
