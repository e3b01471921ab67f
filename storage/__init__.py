"""Remembers and answers: records, the SQLite schema, every SQL statement. Imports nothing else of ours."""
