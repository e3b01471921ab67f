"""Commands about a cluster: how it stands, and its dead letters."""
