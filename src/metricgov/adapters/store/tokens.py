"""Tokens in the database of a server."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from sqlalchemy import Row, and_, delete, insert, or_, select, update

from metricgov.adapters.index.tables import table
from metricgov.adapters.store.database import Database
from metricgov.adapters.store.tables import TokenRow
from metricgov.domain.errors import Refused
from metricgov.ports.tokens import PREFIX, Token, Wanted

_T = table(TokenRow)
_SHOWN = [column for column in _T.c if column.name != "sha256"]


class StoredTokens:
    """Implements Tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(self, wanted: Wanted, now: str) -> tuple[Token, str]:
        """Make a token; return it with its secret, which nobody can read afterwards."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token = Token(
            secrets.token_hex(6),
            wanted.name,
            wanted.principal,
            wanted.scopes,
            wanted.created_by,
            now,
            wanted.expires_at,
            parent=wanted.parent,
        )
        with self._database.writing() as connection:
            connection.execute(
                insert(_T).values(
                    id=token.id,
                    sha256=_digest(secret),
                    name=token.name,
                    principal=token.principal,
                    scopes=" ".join(token.scopes),
                    created_by=token.created_by,
                    created_at=now,
                    expires_at=token.expires_at,
                    revoked_at="",
                    used_at="",
                    parent=token.parent,
                )
            )
        return token, secret

    def find(self, secret: str) -> Token | None:
        """Return the token of a secret, whatever its state.

        Found by the digest of 256 random bits: how long the look-up takes tells nothing about any other secret.
        """
        if not secret.startswith(PREFIX):
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(*_SHOWN).where(_T.c.sha256 == _digest(secret))).first()
        return _token(row) if row is not None else None

    def used(self, token: str, now: str) -> None:
        """Note that a token was used."""
        with self._database.writing() as connection:
            connection.execute(update(_T).where(_T.c.id == token).values(used_at=now))

    def listed(self, principal: str = "") -> tuple[Token, ...]:
        """Return the tokens of a principal, the newest first."""
        query = select(*_SHOWN).order_by(_T.c.created_at.desc(), _T.c.id)
        if principal:
            query = query.where(_T.c.principal == principal)
        with self._database.reading() as connection:
            return tuple(_token(row) for row in connection.execute(query))

    def revoke(self, token: str, now: str) -> Token:
        """End a token and all that were made with it, at once and for good; a second time changes nothing."""
        with self._database.writing() as connection:
            family = select(_T.c.id).where(_T.c.id == token).cte("family", recursive=True)
            family = family.union(select(_T.c.id).where(_T.c.parent == family.c.id))
            ended = update(_T).where(_T.c.id.in_(select(family.c.id)), _T.c.revoked_at == "")
            connection.execute(ended.values(revoked_at=now))
            row = connection.execute(select(*_SHOWN).where(_T.c.id == token)).first()
        if row is None:
            raise Refused("token_unknown", f"there is no token {token}", hint="metricgov token list shows their ids")
        return _token(row)

    def prune(self, before: str) -> int:
        """Forget the tokens that ended before a moment; return how many."""
        over = or_(
            and_(_T.c.revoked_at != "", _T.c.revoked_at < before), and_(_T.c.expires_at != "", _T.c.expires_at < before)
        )
        with self._database.writing() as connection:
            return connection.execute(delete(_T).where(over)).rowcount


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: Row[Any]) -> Token:
    held = dict(row._mapping)
    return Token(**{**held, "scopes": tuple(held["scopes"].split())})
