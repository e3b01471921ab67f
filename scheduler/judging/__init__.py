"""Judging where one reads: who may write, and what a reader says of an article, beside the pages of the database."""
