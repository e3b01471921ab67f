"""Topics: what an article is about, learned from seeds and ruled by queries."""
