"""The spiders that Scrapy finds by name."""
