"""What is polled, read: feeds, sitemaps, hubs."""
