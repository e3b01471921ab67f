"""The query language: read a query, hold it against an article, put it to the full-text index. Pure.

("North Korea" OR КНДР OR 북한) NEAR/30 Russia* AND NOT section:sport
"""

from storage.query_fts import compile_fts, search_terms
from storage.query_match import FieldTokens, QueryDocument, match_query
from storage.query_parse import parse_query
from storage.query_tree import Query

__all__ = [
    "FieldTokens",
    "Query",
    "QueryDocument",
    "compile_fts",
    "match_query",
    "parse_query",
    "search_terms",
]
