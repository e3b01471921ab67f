"""Which articles tell one story: what two texts share, whether one repeats the other, and which of them is the head."""
