"""The plugin that lets readers who signed in judge where they read; only `seedwatch serve --write` loads it.

Each writing request is checked by itself: it comes from a page of this very server (Origin), from a session of ours,
and brings what only a page of that session knows. Datasette's own check is passed over for them, since it lets
requests without cookies through.
"""

import asyncio
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import parse_qsl, urlsplit

from datasette.utils.asgi import Forbidden, Response
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from pluggy import HookimplMarker

from crawler import clock
from scheduler.judging.accounts import Account, file_of, is_right, read_accounts
from scheduler.judging.marking import DEEDS, JUDGEMENTS, NOTE_CHARACTERS, Asked, Learner, carry_out
from scheduler.judging.searches import (
    SEARCH_DEEDS,
    SETTINGS_VARIABLE,
    AskedOfSearch,
    KeptSearch,
    follow_where_one_reads,
    keep_search,
)
from scheduler.judging.sessions import Session, Sessions, Tries, is_token
from scheduler.judging.visits import record_look, record_visit
from storage.articles import feedback, reader_marks
from storage.datasette.databases import asked_database, our_databases, place_of
from storage.errors import ConfigError, LockedError, StorageError
from storage.records.visits import ReaderVisit, VisitMark
from storage.topics import topics

hookimpl = HookimplMarker("datasette")

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

WRITING = ("/-/mark", "/-/searches", "/-/sign-in", "/-/sign-out")
_COOKIE = "seedwatch_session"
_MOST_BYTES = 4 * NOTE_CHARACTERS + 4_000


@dataclass(slots=True)
class _Desk:
    """What the process knows of its readers."""

    sessions: Sessions = field(default_factory=Sessions)
    tries: Tries = field(default_factory=Tries)
    learner: Learner = field(default_factory=Learner)


def desk_of(datasette: Any) -> _Desk:
    """What *datasette* knows of its readers; each has its own."""
    if not hasattr(datasette, "_seedwatch_desk"):
        datasette._seedwatch_desk = _Desk()
    desk: _Desk = datasette._seedwatch_desk
    return desk


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Our templates before those of the pages, whose places for actions are empty."""
    own = FileSystemLoader(Path(__file__).parent / "templates")
    env.loader = ChoiceLoader([own, *([env.loader] if env.loader else [])])


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Signing in and out, and the addresses to which marks and searches to save are sent."""
    return [
        (r"^/-/sign-in$", sign_in),
        (r"^/-/sign-out$", sign_out),
        (r"^/-/mark$", mark),
        (r"^/-/searches$", searches),
    ]


@hookimpl
def skip_csrf(datasette: Any, scope: Any) -> bool:
    """Ours are checked more strictly below."""
    path = "/" + scope["path"].removeprefix(datasette.setting("base_url")).lstrip("/")
    return path in WRITING


@hookimpl
def actor_from_request(datasette: Any, request: Any) -> dict[str, str] | None:
    """Who signed in, by our session."""
    session = _session(datasette, request)
    return {"id": session.reader, "name": session.reader} if session else None


@hookimpl
def extra_template_vars(datasette: Any, request: Any) -> dict[str, Any]:
    """What the places for actions need: the reader, the form's token, the marks of an article."""
    session = _session(datasette, request) if request else None

    async def marks_of(article_id: int) -> Any:
        database = asked_database(datasette, request)
        return await database.execute_fn(
            lambda connection: (
                reader_marks.marks_of(connection, session.reader if session else "", article_id),
                {row.topic: row for row in feedback.verdicts(connection, article_id=article_id)},
            )
        )

    async def topic_names() -> list[str]:
        database = asked_database(datasette, request)
        followed = await database.execute_fn(topics.followed)
        return [topic.name for topic in followed]

    return {
        "judging": {
            "reader": session.reader if session else "",
            "form_token": session.form_token if session else "",
            "mark": datasette.urls.path("/-/mark"),
            "searches": datasette.urls.path("/-/searches"),
            "sign_in": datasette.urls.path("/-/sign-in"),
            "sign_out": datasette.urls.path("/-/sign-out"),
            "here": request.full_path if request else "",
            "marks_of": marks_of,
            "topic_names": topic_names,
            "may_follow": bool(os.environ.get(SETTINGS_VARIABLE)),
        }
    }


@hookimpl
def seedwatch_visit(datasette: Any, request: Any, database: Any, newest: VisitMark, all_seen: bool) -> Any:
    """What is new to a reader who signed in, by a row of theirs instead of cookies."""
    session = _session(datasette, request)
    if session is None:
        return None

    async def told() -> ReaderVisit:
        return await _write(
            datasette, record_visit, database, session.reader, newest, clock.now(), all_seen=all_seen
        )

    return told


@hookimpl
def seedwatch_reader(datasette: Any, request: Any) -> str | None:
    """Who signed in."""
    session = _session(datasette, request)
    return session.reader if session else None


@hookimpl
def seedwatch_search_look(database: Any, reader: str, search_id: int, seen_until: int) -> Any:
    """That a reader who signed in has looked at a saved search, by a row of theirs instead of a cookie."""

    async def written() -> None:
        await asyncio.to_thread(record_look, Path(database.path), reader, search_id, seen_until, clock.now())

    return written


async def sign_in(datasette: Any, request: Any) -> Response:
    """The form to sign in; with a name and its password or token a new session, whatever cookie came along."""
    asked_next = request.args.get("next") or ""
    if request.method != "POST":
        return await _sign_in_page(datasette, request, asked_next, "")
    _demand_own_page(request)
    form = await _form(request)
    name, secret, following = (form.get(key, "") for key in ("name", "secret", "next"))
    desk, now = desk_of(datasette), clock.now()
    if not desk.tries.may_try(name, now):
        problem = "Too many tries in vain: wait five minutes."
        return await _sign_in_page(datasette, request, following, problem, status=429)
    account = _accounts(datasette).get(name)
    # Counted before it is looked at: tries at the same time must not pass for one.
    desk.tries.count(name, now)
    if not await asyncio.to_thread(is_right, account, secret) or account is None:
        return await _sign_in_page(datasette, request, following, "Name or secret is wrong.", status=403)
    desk.tries.by_name.pop(name, None)
    desk.sessions.end(request.cookies.get(_COOKIE, ""))
    session_id = secrets.token_urlsafe(32)
    desk.sessions.begin(session_id, secrets.token_urlsafe(32), account.name, account.hash, now)
    answer = _see_other(datasette, following)
    _set_cookie(datasette, request, answer, session_id)
    return answer


async def sign_out(datasette: Any, request: Any) -> Response:
    """The session ends, and the cookie with it."""
    session = await _demand_session(datasette, request)
    _demand_token(session, await _form(request))
    desk_of(datasette).sessions.end(request.cookies.get(_COOKIE, ""))
    answer = _see_other(datasette, "")
    _set_cookie(datasette, request, answer, "", max_age=0)
    return answer


async def mark(datasette: Any, request: Any) -> Response:
    """What a reader says of an article is written down; back to the page, or JSON to a program that asks for it."""
    wants_json = "application/json" in request.headers.get("accept", "")
    form, reader = await _writing(datasette, request)
    article = form.get("article", "")
    if form.get("do") not in DEEDS or not (article.isascii() and article.isdigit() and len(article) < 19):
        return await _said(
            datasette, request, f"do is one of {', '.join(DEEDS)}; article is a number", 400, wants_json
        )
    database = asked_database(datasette, request)
    asked = Asked(form["do"], int(article), reader, form.get("topic", ""), form.get("value", ""))
    try:
        done = await _write(datasette, carry_out, database, asked, clock.now())
    except (ConfigError, StorageError) as error:
        return await _refused(datasette, request, error, wants_json)
    if asked.deed in JUDGEMENTS:
        desk_of(datasette).learner.learn_soon(Path(database.path), asked.topic)
    if wants_json:
        return Response.json({"ok": True, "said": done, "article": asked.article_id, "do": asked.deed})
    answer = _see_other(datasette, form.get("next", ""))
    datasette.add_message(request, done)
    return answer


async def searches(datasette: Any, request: Any) -> Response:
    """A search is saved under a name, one is removed or made a topic; then to its page, the start or the topic's."""
    wants_json = "application/json" in request.headers.get("accept", "")
    form, reader = await _writing(datasette, request)
    if form.get("do") not in SEARCH_DEEDS:
        return await _said(datasette, request, f"do is one of {', '.join(SEARCH_DEEDS)}", 400, wants_json)
    database = asked_database(datasette, request)
    asked = AskedOfSearch(form["do"], reader, form.get("name", ""), form.get("query", ""))
    try:
        kept = await _write(datasette, _keep, database, asked)
    except (ConfigError, StorageError) as error:
        return await _refused(datasette, request, error, wants_json)
    if wants_json:
        return Response.json({"ok": True, "said": kept.said, "name": kept.name, "do": asked.deed})
    place = place_of(datasette, database)
    page_of = place.topic if asked.deed == "follow" else place.saved
    answer = _see_other(datasette, page_of(kept.name) if kept.has_page else place.start())
    datasette.add_message(request, kept.said)
    return answer


def _keep(database: Path, asked: AskedOfSearch) -> KeptSearch:
    """Do what a reader asks for with a search.

    Raises:
        ConfigError: it is not allowed.
        StorageError: the database refused.
    """
    if asked.deed != "follow":
        return keep_search(database, asked, clock.now())
    settings = os.environ.get(SETTINGS_VARIABLE)
    if not settings:
        raise ConfigError("this server knows no seedwatch.toml: `seedwatch searches follow` makes a topic")
    return follow_where_one_reads(database, asked.name, Path(settings), os.environ, clock.now())


async def _write(
    datasette: Any,
    function: Callable[Concatenate[Path, Parameters], Result],
    database: Any,
    *args: Parameters.args,
    **kwargs: Parameters.kwargs,
) -> Result:
    """What *function* returns, which writes a few rows in a thread; the log is seen to when nobody waits any more."""
    path = Path(database.path)
    try:
        return await asyncio.to_thread(function, path, *args, **kwargs)
    finally:
        desk_of(datasette).learner.tidy_soon(path)


async def _refused(
    datasette: Any, request: Any, error: ConfigError | StorageError, wants_json: bool
) -> Response:
    """Why nothing was written."""
    match error:
        case ConfigError():
            return await _said(datasette, request, str(error), 400, wants_json)
        case LockedError():
            return await _said(
                datasette, request, "the database is busy; nothing was written: try again", 503, wants_json
            )
        case _:
            return await _said(datasette, request, f"nothing was written: {error}", 500, wants_json)


async def _writing(datasette: Any, request: Any) -> tuple[dict[str, str], str]:
    """The form of a writing request and who writes.

    Raises:
        Forbidden: it does not come from a page of ours, or from nobody who signed in.
    """
    if request.method != "POST":
        raise Forbidden("marks are sent by POST")
    bearer = await _bearer(datasette, request)
    if bearer is not None:
        return await _form(request), bearer.name
    session = await _demand_session(datasette, request)
    form = await _form(request)
    _demand_token(session, form)
    return form, session.reader


async def _bearer(datasette: Any, request: Any) -> Account | None:
    """The account of the token that a program sends along; None if it sends none.

    Raises:
        Forbidden: the token is not known.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    name = token.partition(".")[0]
    desk, now = desk_of(datasette), clock.now()
    account = _accounts(datasette).get(name)
    if account is not None and account.kind == "token" and desk.tries.may_try(name, now):
        if await asyncio.to_thread(is_right, account, token):
            return account
        desk.tries.count(name, now)
    raise Forbidden("this token is not known")


async def _demand_session(datasette: Any, request: Any) -> Session:
    if request.method != "POST":
        raise Forbidden("this is done by a button")
    _demand_own_page(request)
    session = _session(datasette, request)
    if session is None:
        raise Forbidden("Sign in first")
    return session


def _demand_own_page(request: Any) -> None:
    """Nothing, if the request comes from a page of this very host; a browser says so, and no page can change it.

    Raises:
        Forbidden: another site sends it, or nobody says who.
    """
    origin = request.headers.get("origin")
    if origin is None:
        is_own = request.headers.get("sec-fetch-site") == "same-origin"
    else:
        parts = urlsplit(origin)
        # Behind a proxy that speaks TLS the scheme is not what we see; the host is.
        is_own = parts.scheme in ("http", "https") and parts.netloc.lower() == request.host.lower()
    if not is_own:
        raise Forbidden("this form was not sent from a page of this server")


def _demand_token(session: Session, form: dict[str, str]) -> None:
    if not is_token(session, form.get("form_token", "")):
        raise Forbidden("this form is out of date: load its page again")


def _session(datasette: Any, request: Any) -> Session | None:
    session_id = request.cookies.get(_COOKIE)
    session = desk_of(datasette).sessions.find(session_id, clock.now()) if session_id else None
    if session is None:
        return None
    account = _accounts(datasette).get(session.reader)
    return session if account is not None and account.hash == session.stamp else None


def _accounts(datasette: Any) -> dict[str, Account]:
    """Those of the first database; read each time, so that whom a command removes is out at once."""
    ours = our_databases(datasette)
    return read_accounts(file_of(Path(ours[0].path).absolute())) if ours else {}


async def _form(request: Any) -> dict[str, str]:
    """The fields of a form, of at most so many bytes.

    Raises:
        Forbidden: it is larger, or no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise Forbidden("only forms are taken")
    body = b""
    while True:
        message = await request.receive()
        body += message.get("body", b"")
        if len(body) > _MOST_BYTES:
            raise Forbidden("the form is too large")
        if not message.get("more_body"):
            return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


async def _sign_in_page(
    datasette: Any, request: Any, following: str, problem: str, *, status: int = 200
) -> Response:
    ours = our_databases(datasette)
    context = {
        "next": _local(following),
        "problem": problem,
        "nobody": not _accounts(datasette),
        "place": place_of(datasette, ours[0]) if ours else None,
        "database": ours[0].name if ours else None,
    }
    html = await datasette.render_template("seedwatch_sign_in.html", context, request=request)
    return Response.html(html, status=status, headers={"cache-control": "no-store"})


async def _said(datasette: Any, request: Any, problem: str, status: int, wants_json: bool) -> Response:
    if wants_json:
        return Response.json({"ok": False, "error": problem}, status=status)
    context = {
        "error": problem,
        "status": status,
        "title": "This was not written",
    }
    html = await datasette.render_template("seedwatch_error.html", context, request=request)
    return Response.html(html, status=status)


def _see_other(datasette: Any, following: str) -> Response:
    """Back to a page of ours; never to another site."""
    ours = our_databases(datasette)
    start = place_of(datasette, ours[0]).start() if ours else datasette.urls.instance()
    return Response(
        "", status=303, headers={"location": _local(following) or start, "cache-control": "no-store"}
    )


def _local(address: str) -> str:
    """*address* if it is a path of this server; "" otherwise."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() and " " not in address and "\\" not in address else ""


def _set_cookie(
    datasette: Any, request: Any, answer: Response, value: str, *, max_age: int | None = None
) -> None:
    answer.set_cookie(
        _COOKIE,
        value,
        path=datasette.urls.path("/"),
        max_age=30 * 86_400 if max_age is None else max_age,
        secure=request.scheme == "https" or os.environ.get("SEEDWATCH_SERVE_SECURE") == "1",
        httponly=True,
        samesite="lax",
    )
