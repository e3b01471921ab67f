"""When: the next poll, the next try of a link, the next look, the next sending."""
