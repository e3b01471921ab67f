"""A topic: what is on it, when, by whom, and which languages it hears."""
