"""Crawls whose pages are read on other machines: what goes out, what comes back, and how it is stored."""
