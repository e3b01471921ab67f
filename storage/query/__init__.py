"""The query language: read a query, hold it against an article, put it to the full-text index. Pure.

("North Korea" OR КНДР OR 북한) NEAR/30 Russia* AND NOT section:sport
"""

from storage.query.days import article_days
from storage.query.document import FieldOutline, FieldTokens, QueryDocument
from storage.query.format import format_query, reading_notes
from storage.query.fts import FtsPlan, compile_fts, plan_fts, search_terms
from storage.query.match import match_query
from storage.query.parse import parse_query
from storage.query.place import RulePlace, rule_place
from storage.query.terms import QueryIndex, required_terms
from storage.query.tree import Query

__all__ = [
    "FieldOutline",
    "FieldTokens",
    "FtsPlan",
    "Query",
    "QueryDocument",
    "QueryIndex",
    "RulePlace",
    "article_days",
    "compile_fts",
    "format_query",
    "match_query",
    "parse_query",
    "plan_fts",
    "reading_notes",
    "required_terms",
    "rule_place",
    "search_terms",
]
