"""Feeds that other programs read: of a topic, a source, a tag and a search, as Atom and as JSON Feed."""
