"""Who may sign in: readers with their hashed secrets, in a file of its own beside the database. I/O edge."""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from storage.errors import ConfigError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# "root" may do anything in Datasette.
_TAKEN = frozenset({"root"})
FEWEST_CHARACTERS = 10
MOST_CHARACTERS = 1_000
# scrypt at 32 MiB: about 0.1 s a try (OWASP, password storage: N = 2^15, r = 8, p = 3 at least; here p = 3).
_COST = {"n": 2**15, "r": 8, "p": 3}
_MEMORY = 64 * 2**20
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Account:
    """A reader who may sign in."""

    name: str
    kind: str  # "password" or "token"
    salt: str  # base64
    hash: str  # base64, of scrypt
    created_at: str  # ISO 8601, UTC


def file_of(database: Path) -> Path:
    """Where the accounts of *database* stand: beside it, never in it, so that no page and no backup shows them."""
    return database.with_name(f"{database.name}.readers.json")


def read_accounts(file: Path) -> dict[str, Account]:
    """The accounts by name; none if there is no file.

    Raises:
        ConfigError: the file cannot be read, or holds something else.
    """
    try:
        listed = json.loads(file.read_text("utf-8"))["readers"]
        accounts = [Account(**account) for account in listed]
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=file) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            "holds no accounts of readers; `seedwatch readers add` makes it", file=file
        ) from error
    return {account.name: account for account in accounts}


def add_account(file: Path, name: str, secret: str | None, now: datetime) -> str:
    """Let *name* sign in with *secret*, in place of what was before; the secret: a new token where None is given.

    Raises:
        ConfigError: the name or secret is not allowed, or the file cannot be written.
    """
    if not NAME.fullmatch(name) or name in _TAKEN:
        raise ConfigError(
            f"{name!r} is not allowed; a-z, 0-9, - and _, at most 40, beginning with a letter or digit"
        )
    if secret is not None and not FEWEST_CHARACTERS <= len(secret) <= MOST_CHARACTERS:
        raise ConfigError(
            f"a password has at least {FEWEST_CHARACTERS} characters, at most {MOST_CHARACTERS}"
        )
    given = secret if secret is not None else f"{name}.{secrets.token_urlsafe(32)}"
    salt = secrets.token_bytes(16)
    account = Account(
        name,
        "token" if secret is None else "password",
        base64.b64encode(salt).decode(),
        base64.b64encode(_hashed(given, salt)).decode(),
        now.isoformat(),
    )
    _change(file, lambda accounts: accounts | {name: account})
    return given


def remove_account(file: Path, name: str) -> None:
    """Let *name* sign in no more; who is signed in is signed out.

    Raises:
        ConfigError: there is no such reader, or the file cannot be written.
    """
    if name not in read_accounts(file):
        raise ConfigError(f"there is no reader {name!r}; `seedwatch readers list` shows them")
    _change(file, lambda accounts: {key: account for key, account in accounts.items() if key != name})


def is_right(account: Account | None, secret: str) -> bool:
    """Whether *secret* is that of *account*; as slow for nobody as for somebody, so that names cannot be tried."""
    salt = base64.b64decode(account.salt) if account else b"nobody has this."
    hashed = _hashed(secret[:MOST_CHARACTERS], salt)
    known = base64.b64decode(account.hash) if account else bytes(_BYTES)
    return hmac.compare_digest(hashed, known) and account is not None


def _hashed(secret: str, salt: bytes) -> bytes:
    given = secret.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(given, salt=salt, **_COST, maxmem=_MEMORY, dklen=_BYTES)


def _change(file: Path, change: Callable[[dict[str, Account]], dict[str, Account]]) -> None:
    with _alone(file):
        accounts = change(read_accounts(file))
        text = json.dumps({"readers": [asdict(accounts[name]) for name in sorted(accounts)]}, indent=1)
        _replace(file, f"{text}\n".encode())


def _replace(file: Path, body: bytes) -> None:
    """Write the file whole, at no moment readable for others."""
    beside = file.with_name(f"{file.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
        written.write(body)
        written.flush()
        os.fsync(written.fileno())
    beside.replace(file)


@contextmanager
def _alone(file: Path) -> Generator[None]:
    """Two commands at once take turns."""
    try:
        with file.with_name(f"{file.name}.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=file) from error
