"""Reads the world and says what it means: fetch, parse, extract, match, compare, decide. Never says when."""
