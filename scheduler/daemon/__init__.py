"""The daemon: its tick, its worker, its heartbeat."""
