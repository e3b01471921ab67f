"""Finding what to poll: feeds and sitemaps of a site, its archives."""
