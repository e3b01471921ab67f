"""The full-text index: the only file that touches it.

The index is contentless: SQLite 3.40 corrupts it silently when what is deleted differs from what was put in, so a
text is deleted with the terms of the very text that was put in, under the analyser's version that is stored with it.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum

from storage import meta
from storage.analyser import VERSION, fold, index_text
from storage.db import readable_time, storage_errors
from storage.errors import StorageError
from storage.query import Query, QueryDocument, article_days, match_query, plan_fts
from storage.query.tree import And, Days, Fact, Node, nodes_of
from storage.records.sources import read_tags
from storage.records.topics import Span

# Articles whose texts one search checks; a thousand take about a second on one core (300 words each).
MAX_CHECKED = 5_000
_SLICE = 200
# Hits that are sorted by date at once: 2 ms. More are met by walking back in time.
FEW = 3_000
# Articles of one step of such a walk; it is given up behind so many if not one of a hundred is a hit.
_STEP = 200
_WALK = 10_000
_SPARSE = 100
# Tables that are checked last, for they take as long as all others.
_LARGEST = ("recent_anchors", "anchors", "article_texts")
# A beginning of up to three letters, as it stands in what the index is asked.
_SHORT_BEGINNING = re.compile(r'"[^"\s]{1,3}" \*')


class Order(StrEnum):
    """What makes an article newer than another."""

    PUBLISHED = "published"  # its date; when it was first seen, if that is unknown; equals by arrival
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where an article stands in a list, so that the list can go on behind it."""

    at: str  # ISO 8601, UTC: published, or first seen
    id: int


@dataclass(frozen=True, slots=True)
class Found:
    """An article that a search found."""

    id: int
    title: str
    source: str
    source_title: str  # for people; "" if the name serves
    published_at: datetime | None
    published_precision: str | None  # storage.records.articles.Precision; None with published_at
    language: str | None
    url: str | None
    text: str
    spans: tuple[Span, ...]  # what the query found, in order
    place: ListPlace  # where it stands in the list


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found."""

    found: tuple[Found, ...]  # the newest first
    warnings: tuple[str, ...]  # what of the archive was not looked at, and why; () if all was
    checked: int  # articles that the index offered and that were held against the query


@dataclass(frozen=True, slots=True)
class Soundness:
    """What a check of the database found sound."""

    articles: int
    is_whole: bool  # whether indexes and what they index were held against each other
    unchecked: tuple[str, ...]  # tables for which there was no time


def pending(connection: sqlite3.Connection) -> range:
    """The rows that the index, which is being made anew, has not yet; empty if it is whole."""
    rest = meta.get(connection, meta.REINDEX) or meta.UnindexedRows()
    return range(rest.first, rest.last + 1)


def index(
    connection: sqlite3.Connection, article_id: int, title: str, text: str, language: str | None
) -> None:
    """Put an article's title and text into the index; inside the caller's transaction."""
    if article_id in pending(connection):
        return
    connection.execute(
        "INSERT INTO articles_fts (rowid, title, text) VALUES (?, ?, ?)",
        [article_id, index_text(title, language), index_text(text, language)],
    )


def unindex(connection: sqlite3.Connection, article_id: int) -> None:
    """Take an article out of the index, with what is stored of it; before its title or text changes."""
    if article_id in pending(connection):
        return
    row = connection.execute(
        """
        SELECT articles.title, articles.language, article_texts.text, article_texts.analyser
        FROM articles JOIN article_texts ON article_texts.article_id = articles.id
        WHERE articles.id = ?
        """,
        [article_id],
    ).fetchone()
    made_by = row["analyser"]
    if made_by > VERSION:
        raise StorageError(
            f"the index was made by analyser {made_by}, this seedwatch has {VERSION}: "
            "run the newer seedwatch, or `seedwatch reindex` with this one"
        )
    connection.execute(
        "INSERT INTO articles_fts (articles_fts, rowid, title, text) VALUES ('delete', ?, ?, ?)",
        [article_id, *(index_text(row[name], row["language"], made_by) for name in ("title", "text"))],
    )


@storage_errors
def outdated(connection: sqlite3.Connection) -> int:
    """How many articles an earlier version of the analyser put into the index; reads the table of texts."""
    row = connection.execute("SELECT count(*) FROM article_texts WHERE analyser < ?", [VERSION]).fetchone()
    return int(row[0])


def empty(connection: sqlite3.Connection) -> None:
    """Take all articles out, whatever they were put in with; inside the caller's transaction."""
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('delete-all')")


@storage_errors
def compact(connection: sqlite3.Connection) -> None:
    """Merge the index into one part, so that what was deleted from it takes no room any more."""
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")


@storage_errors
def check(connection: sqlite3.Connection, *, goes_on: Callable[[], bool] | None = None) -> Soundness:
    """What was found sound: the whole file with the index; with *goes_on* a table at a time, as long as it says so.

    Only the whole takes the write lock, for as long as the index is read: 7 s at 500,000 articles. A table's check
    holds nobody up, and takes up to 5 s there.

    Raises:
        StorageError: the file or the index is damaged.
    """
    unchecked: list[str] = []
    if goes_on is None:
        _quick_check(connection, "PRAGMA quick_check")
        connection.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 0)")
    else:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
        for table in sorted((row["name"] for row in tables), key=lambda name: (name in _LARGEST, name)):
            if goes_on():
                _quick_check(connection, f"PRAGMA quick_check([{table}])")
            else:
                unchecked.append(table)
    articles = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    return Soundness(int(articles), goes_on is None, tuple(unchecked))


def _quick_check(connection: sqlite3.Connection, statement: str) -> None:
    said = connection.execute(statement).fetchone()[0]
    if said != "ok":
        raise StorageError(f"the database is damaged: {said}")


@storage_errors
def languages(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The languages of the stored articles, commonest first: a query's words are stemmed under each.

    Those of a thousand articles and more count as equally common: all of them would be counted for each search.
    """
    rows = connection.execute(
        """
        WITH RECURSIVE known (language) AS (
            SELECT min(language) FROM articles
            UNION ALL
            SELECT (SELECT min(language) FROM articles WHERE language > known.language) FROM known
            WHERE known.language IS NOT NULL
        )
        SELECT language FROM known WHERE language IS NOT NULL
        ORDER BY (SELECT count(*) FROM (SELECT 1 FROM articles WHERE language = known.language LIMIT 1000)) DESC,
            language
        """
    )
    return tuple(row["language"] for row in rows)


def search(connection: sqlite3.Connection, query: Query, *, limit: int = 20) -> list[Found]:
    """The newest articles that *query* finds, by publication; as `look_up`, without its warnings."""
    return list(look_up(connection, query, limit=limit).found)


@storage_errors
def look_up(
    connection: sqlite3.Connection,
    query: Query,
    *,
    limit: int = 20,
    most: int = MAX_CHECKED,
    order: Order = Order.PUBLISHED,
    after: ListPlace | None = None,
    newer_than: int = 0,
    stems: tuple[str, ...] | None = None,
) -> Findings:
    """The newest articles that *query* finds, behind *after*; each is checked against its text, so none is wrong.

    Of those that came after the article *newer_than*, by its row. *stems* are the `languages` whose stems count, for
    who asks more than once; None: they are looked up, which takes 15 ms at 500,000 articles.

    The index may offer more than the query asks for (it knows no fields such as section:), so rows are read in slices
    until *limit* are found or *most* were checked; the warnings say so if the archive was not looked through.
    """
    plan = plan_fts(query, languages(connection) if stems is None else stems)
    offers = _Offers(connection, plan.match, query.root, newer_than)
    slices = offers.by_arrival(after) if order is Order.ARRIVAL else offers.by_publication(after)
    hits: list[Found] = []
    checked, place, is_cut = 0, after, False
    for place in (place for offered in slices for place in offered):
        is_cut = len(hits) < limit and checked == most
        if is_cut or len(hits) == limit:
            break
        hit = _check(query, offers.row(place))
        checked += 1
        if hit is not None:
            hits.append(hit)
    warnings = _cut_warning(place, checked, plan.warnings) if is_cut and place else ()
    if pending(connection):
        warnings = (
            "the index is being made anew, so some is not found; `seedwatch reindex` goes on with it",
            *warnings,
        )
    if not hits and after is None and not newer_than:
        warnings = (*warnings, *_unknown_names(connection, query.root))
    return Findings(tuple(hits), warnings, checked)


@dataclass(frozen=True, slots=True)
class NewCount:
    """How many articles a query finds of those that came lately."""

    number: int
    is_more: bool  # counting ended there, there may be more


def count_newer(
    connection: sqlite3.Connection,
    query: Query,
    newer_than: int,
    *,
    limit: int,
    most: int,
    stems: tuple[str, ...] | None = None,
) -> NewCount:
    """How many articles that came after the article *newer_than* the query finds: up to *limit*, of *most* checked.

    *stems* as `look_up` takes them.

    Raises:
        StorageError: the database refused.
    """
    findings = look_up(
        connection, query, limit=limit + 1, most=most, order=Order.ARRIVAL, newer_than=newer_than, stems=stems
    )
    number = len(findings.found)
    return NewCount(min(number, limit), number > limit or findings.checked >= most)


def _unknown_names(connection: sqlite3.Connection, root: Node) -> list[str]:
    """A line for each source and tag that the query asks for and that there is not, with the nearest that there is."""
    asked = [node for node in nodes_of(root) if isinstance(node, Fact) and node.field in ("source", "tag")]
    if not asked:
        return []
    rows = connection.execute("SELECT name, tags FROM sources").fetchall()
    known = {
        "source": sorted({row["name"] for row in rows}),
        "tag": sorted({tag for row in rows for tag in read_tags(row["tags"])}),
    }
    lines = []
    for node in asked:
        names = {fold(name): name for name in known[node.field]}
        if any(name.startswith(node.value) if node.prefix else name == node.value for name in names):
            continue
        near = [names[name] for name in get_close_matches(node.value, names, n=1, cutoff=0.6)]
        meant = f"; did you mean {near[0]!r}?" if near else ""
        lines.append(f"there is no {node.field} {node.value!r}{meant}")
    return list(dict.fromkeys(lines))


def _cut_warning(place: ListPlace, checked: int, why: tuple[str, ...]) -> tuple[str, ...]:
    return (
        f"the search ended after {checked} articles that the index offered, the newest first, back to those of "
        f"{place.at[:10]}; add a word, lang: or date: to look further back",
        *why,
    )


_SHOWN_AT = "coalesce(articles.published_at, articles.first_seen_at)"
_BEHIND = f"{_SHOWN_AT} <= :at AND {_SHOWN_AT} >= :oldest AND ({_SHOWN_AT} < :at OR articles.id < :id)"
_NEWEST_FIRST = f"ORDER BY {_SHOWN_AT} DESC, articles.id DESC"


class _Offers:
    """What the index offers for a query, in slices of places, the newest first."""

    def __init__(
        self, connection: sqlite3.Connection, match: str | None, root: Node, newer_than: int
    ) -> None:
        conditions, values = _conditions(root, connection)
        if newer_than:
            conditions.append("articles.id > :newer_than")
        self.connection = connection
        oldest, newest = _dates(root)
        self.values = {**values, "match": match, "oldest": oldest, "newer_than": newer_than}
        self.first = ListPlace(newest, 2**62)
        self.facts = " AND ".join(["1", *conditions])
        self.is_narrowed = match is not None  # else the query asks for nothing that the index knows
        self.has_beginning = '" *' in (match or "")
        self.has_short_beginning = _SHORT_BEGINNING.search(match or "") is not None

    def by_arrival(self, after: ListPlace | None) -> Iterator[list[ListPlace]]:
        """By rowid descending: under 1 ms at 500,000 articles.

        Ordered by the rowid of the hits, since SQLite would read and sort all of them by that of the articles.
        """
        hits = "SELECT rowid AS id FROM articles_fts WHERE articles_fts MATCH :match"
        if not self.is_narrowed:
            hits = "SELECT id FROM articles WHERE 1"
        while offered := self._places(
            f"""
            SELECT articles.id, {_SHOWN_AT} AS at
            FROM ({hits} AND rowid < :id AND rowid > :newer_than ORDER BY 1 DESC) AS hits
            JOIN articles ON articles.id = hits.id
            JOIN sources ON sources.id = articles.source_id
            WHERE {self.facts}
            ORDER BY hits.id DESC
            LIMIT :size
            """,
            after,
            _SLICE,
        ):
            after = offered[-1]
            yield offered

    def by_publication(self, after: ListPlace | None) -> Iterator[list[ListPlace]]:
        """By date, undated articles by first sight.

        A rare word's hits are all sorted; a common one's are met by walking back in time, each article held against
        the index (measured: 6 to 30 us each). Where a common word does not occur in recent articles, the walk ends and
        all of its hits are gathered once, which takes up to half a second at 500,000. Of a beginning ("th*") the index
        gathers all hits each time that it is asked (1.6 s for one letter), so it is asked once, and of a short one not
        before the newest articles are looked at: most of them have it.
        """
        if not self.is_narrowed:
            yield from self._in_slices("1", after, _SLICE)
            return
        if self.has_short_beginning:
            offered = self._newest("1", after, _SLICE)
            yield offered
            after = offered[-1] if offered else after
        elif len(rare := self._hits(FEW + 1)) <= FEW:
            yield self._sorted(rare, after)
            return
        if not self.has_beginning:
            after = yield from self._walk(after)
            if after is None:
                return
        yield from self._in_slices(
            # The sign + keeps SQLite from reading and sorting the articles of all hits.
            "+articles.id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH :match)",
            after,
            FEW,
        )

    def row(self, place: ListPlace) -> sqlite3.Row:
        """The article at *place*, with its source and text."""
        row: sqlite3.Row = self.connection.execute(
            """
            SELECT articles.*, sources.name AS source, sources.title AS source_title, sources.country, sources.tags,
                article_texts.text
            FROM articles
            JOIN article_texts ON article_texts.article_id = articles.id
            JOIN sources ON sources.id = articles.source_id
            WHERE articles.id = ?
            """,
            [place.id],
        ).fetchone()
        return row

    def _hits(self, most: int) -> list[int]:
        rows = self.connection.execute(
            "SELECT rowid FROM articles_fts WHERE articles_fts MATCH :match LIMIT :most",
            {**self.values, "most": most},
        )
        return [row[0] for row in rows]

    def _sorted(self, ids: list[int], after: ListPlace | None) -> list[ListPlace]:
        self.values["ids"] = json.dumps(ids)
        return self._newest("articles.id IN (SELECT value FROM json_each(:ids))", after, len(ids))

    def _in_slices(self, condition: str, after: ListPlace | None, size: int) -> Iterator[list[ListPlace]]:
        while offered := self._newest(condition, after, size):
            after = offered[-1]
            yield offered

    def _newest(self, condition: str, after: ListPlace | None, size: int) -> list[ListPlace]:
        return self._places(
            f"""
            SELECT articles.id, {_SHOWN_AT} AS at
            FROM articles JOIN sources ON sources.id = articles.source_id
            WHERE {condition} AND {_BEHIND} AND {self.facts}
            {_NEWEST_FIRST}
            LIMIT :size
            """,
            after,
            size,
        )

    def _walk(self, after: ListPlace | None) -> Generator[list[ListPlace], None, ListPlace | None]:
        """What a walk back in time meets; returns where it gave up, None if it came to the end."""
        walked, met = 0, 0
        while walked < _WALK or met * _SPARSE > walked:
            window = self._places(
                f"SELECT articles.id, {_SHOWN_AT} AS at FROM articles WHERE {_BEHIND} {_NEWEST_FIRST} LIMIT :size",
                after,
                _STEP,
            )
            if not window:
                return None
            after, walked = window[-1], walked + len(window)
            self.values["ids"] = json.dumps([place.id for place in window])
            offered = self._places(
                f"""
                SELECT articles.id, {_SHOWN_AT} AS at
                FROM articles JOIN sources ON sources.id = articles.source_id
                WHERE articles.id IN (SELECT value FROM json_each(:ids))
                    AND {self.facts}
                    AND EXISTS (
                        SELECT 1 FROM articles_fts WHERE articles_fts MATCH :match AND rowid = articles.id
                    )
                {_NEWEST_FIRST}
                LIMIT :size
                """,
                None,
                _STEP,
            )
            met += len(offered)
            yield offered
        return after

    def _places(self, statement: str, after: ListPlace | None, size: int) -> list[ListPlace]:
        place = after or self.first
        rows = self.connection.execute(
            statement, {**self.values, "at": place.at, "id": place.id, "size": size}
        )
        return [ListPlace(row["at"], row["id"]) for row in rows]


_COLUMNS = {"lang": "articles.language", "source": "sources.name", "country": "sources.country"}


def _conditions(root: Node, connection: sqlite3.Connection) -> tuple[list[str], dict[str, str]]:
    """What SQL can say of the facts that all finds must meet, and its values; the texts need not be read for it."""
    conditions: list[str] = []
    values: dict[str, str] = {}
    for node in root.operands if isinstance(root, And) else (root,):
        name = f"value{len(values)}"
        if isinstance(node, Fact) and node.field in _COLUMNS and not node.prefix and node.value.isascii():
            conditions.append(f"lower({_COLUMNS[node.field]}) = :{name}")
            values[name] = node.value
        elif isinstance(node, Fact) and node.field == "tag":
            conditions.append(f"articles.source_id IN (SELECT value FROM json_each(:{name}))")
            values[name] = json.dumps(_tagged(connection, node))
        elif isinstance(node, Days):
            # Of a month or year without a day the column holds one day of it; `match_query` has the last word.
            day = "substr(coalesce(articles.published_at, articles.first_seen_at), 1, 10)"
            conditions.append(
                f"(articles.published_precision IN ('month', 'year') OR {day} BETWEEN :{name} AND :{name}_last)"
            )
            values |= {name: node.first, f"{name}_last": node.last or "9999"}
    return conditions, values


def _tagged(connection: sqlite3.Connection, fact: Fact) -> list[int]:
    """The sources that have the tag; SQL cannot fold letters as queries do."""
    rows = connection.execute("SELECT id, tags FROM sources WHERE tags <> '[]'")
    return [
        row["id"]
        for row in rows
        if any(
            tag.startswith(fact.value) if fact.prefix else tag == fact.value
            for tag in map(fold, read_tags(row["tags"]))
        )
    ]


def _dates(root: Node) -> tuple[str, str]:
    """Between what dates all finds stand in a list; of a month or year without a day that is its first day."""
    days = [node for node in (root.operands if isinstance(root, And) else (root,)) if isinstance(node, Days)]
    oldest = max((node.first[:4] for node in days), default="")
    newest = min((f"{node.last or '9999'}~" for node in days), default="9999~")
    return oldest, newest


def _check(query: Query, row: sqlite3.Row) -> Found | None:
    document = QueryDocument.of(
        row["title"],
        row["text"],
        language=row["language"],
        source=row["source"],
        domain=row["outlet_host"],
        country=row["country"],
        tags=read_tags(row["tags"]),
        section=row["section"],
        date=article_days(
            readable_time(row["published_at"]),
            row["published_precision"],
            readable_time(row["first_seen_at"]),
        ),
    )
    spans = match_query(query, document)
    if spans is None:
        return None
    return Found(
        id=row["id"],
        title=row["title"],
        source=row["source"],
        source_title=row["source_title"],
        published_at=readable_time(row["published_at"]),
        published_precision=row["published_precision"],
        language=row["language"],
        url=row["url"],
        text=row["text"],
        spans=spans,
        place=ListPlace(row["published_at"] or row["first_seen_at"], row["id"]),
    )
