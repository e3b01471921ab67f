"""Commands for sources: what is followed, found, checked and proposed."""
