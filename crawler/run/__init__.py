"""What one crawl holds: session, writer, pool, what it opens and says."""
