"""Fetching: the gate, names, robots.txt, throttling, what failed, what is cached."""
