"""Our pages in Datasette."""
