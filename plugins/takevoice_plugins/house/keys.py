"""The keys of the house: each belongs to a person, an administrator or a worker. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import time
import unicodedata
from dataclasses import dataclass
from typing import Any

from takevoice.errors import ConfigError
from takevoice_plugins.house.database import Database

PREFIX = "tvh_"
PERSON, ADMIN, WORKER = "person", "admin", "worker"
_NAME = re.compile(r"[\w.@+-]{1,64}")


@dataclass(frozen=True)
class HouseKey:
    """A key, without its secret."""

    id: int
    name: str
    kind: str = PERSON
    project: str = ""
    cap: float | None = None  # credits a day
    created: float = 0.0
    revoked: float | None = None


class Keys:
    """The keys in the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, *, kind: str = PERSON, project: str = "", cap: float | None = None) -> str:
        """Add a key and return its secret, which is not stored.

        Raises:
            ConfigError: the name is not one, or is taken.
        """
        name = unicodedata.normalize("NFC", name)
        for what, text in (("name", name), ("project", project or "none")):
            if not _NAME.fullmatch(text):
                raise ConfigError(f"{text!r} cannot be a {what}", hint="use letters, digits and . _ - @ +")
        secret = PREFIX + secrets.token_urlsafe(32)
        with self._database.write() as db:
            name = _known(db, name) or name  # the same person: what is used today counts for the new key
            if db.execute("SELECT 1 FROM keys WHERE name = ? AND revoked IS NULL", (name,)).fetchone() is not None:
                raise ConfigError(f"{name} has a key already", hint=f"`takevoice house revoke {name}` ends it first")
            db.execute(
                "INSERT INTO keys(name, kind, hash, project, cap, created) VALUES (?, ?, ?, ?, ?, ?)",
                (name, kind, _hash(secret), project, cap, time.time()),
            )
        return secret

    def change(self, name: str, **values: str | float | None) -> HouseKey:
        """Change `project` or `cap` of a key that is in use; return it. Raises ConfigError: there is none, or the project is not one."""
        project = values.get("project")
        if project and not _NAME.fullmatch(str(project)):
            raise ConfigError(f"{project!r} cannot be a project", hint="use letters, digits and . _ - @ +")
        with self._database.write() as db:
            name = _known(db, name) or name
            changed = [
                db.execute(f"UPDATE keys SET {column} = ? WHERE name = ? AND revoked IS NULL", (values[column], name)).rowcount
                for column in ("project", "cap")
                if column in values
            ]
            rows = db.execute("SELECT * FROM keys WHERE name = ? AND revoked IS NULL", (name,)).fetchall()
        if not all(changed) or not rows:
            raise ConfigError(f"{name} has no key in use", hint="`takevoice house list` lists them")
        return _key(rows[0])

    def revoke(self, name: str) -> None:
        """End a key. Raises ConfigError: there is none of that name."""
        with self._database.write() as db:
            name = _known(db, name) or name
            changed = db.execute(
                "UPDATE keys SET revoked = ? WHERE name = ? AND revoked IS NULL", (time.time(), name)
            ).rowcount
        if not changed:
            raise ConfigError(f"{name} has no key in use", hint="`takevoice house list` lists them")

    def find(self, secret: str) -> HouseKey | None:
        """Return the key with this secret, also a revoked one; None if there is none."""
        rows = self._database.rows("SELECT * FROM keys WHERE hash = ?", _hash(secret))
        return _key(rows[0]) if rows else None

    def all(self) -> list[HouseKey]:
        """Return all keys, oldest first."""
        return [_key(row) for row in self._database.rows("SELECT * FROM keys ORDER BY id")]


def _known(db: sqlite3.Connection, name: str) -> str | None:
    """Return the name of a person as it was written first; None for a new one. Upper and lower case make no other person."""
    rows = db.execute("SELECT name FROM keys GROUP BY name ORDER BY MAX(revoked IS NULL) DESC, MIN(id)")
    alike = [str(row["name"]) for row in rows if _folded(row["name"]) == _folded(name)]
    return name if name in alike else next(iter(alike), None)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _hash(secret: str) -> str:
    # The secret is random, so nothing slower is needed.
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: Any) -> HouseKey:
    names = ("id", "name", "kind", "project", "cap", "created", "revoked")
    return HouseKey(*(row[name] for name in names))
