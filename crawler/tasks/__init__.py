"""The classes of work of a crawl, a file each."""
