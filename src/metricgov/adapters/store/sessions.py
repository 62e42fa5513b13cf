"""Sessions in the database of a server."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict

from sqlalchemy import delete, insert, select

from metricgov.adapters.index.tables import table
from metricgov.adapters.store.database import Database
from metricgov.adapters.store.tables import SessionRow, TokenRow
from metricgov.ports.sessions import Session
from metricgov.ports.tokens import Token

_S, _T = table(SessionRow), table(TokenRow)


class StoredSessions:
    """Implements Sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, session: Session) -> str:
        """Keep a session; return its secret, which nobody can read afterwards."""
        secret = secrets.token_urlsafe(32)
        kept = asdict(session) | {"scopes": " ".join(session.scopes), "sha256": _digest(secret)}
        with self._database.writing() as connection:
            connection.execute(delete(_S).where(_S.c.ends_at <= session.began_at))
            connection.execute(insert(_S).values(**kept))
        return secret

    def find(self, secret: str) -> tuple[Session, Token | None] | None:
        """Return the session of a secret with its token as it stands now, by the digest of 256 random bits."""
        with self._database.reading() as connection:
            found = connection.execute(select(_S).where(_S.c.sha256 == _digest(secret))).mappings().first()
            if found is None:
                return None
            of_token = select(_T).where(_T.c.id == found["token"])
            token = connection.execute(of_token).mappings().first() if found["token"] else None
        held = {name: found[name] for name in Session.__dataclass_fields__} | {"scopes": tuple(found["scopes"].split())}
        if token is None:
            return Session(**held), None
        known = {name: token[name] for name in Token.__dataclass_fields__} | {"scopes": tuple(token["scopes"].split())}
        return Session(**held), Token(**known)

    def end(self, secret: str) -> None:
        """End a session; nothing where there is none."""
        with self._database.writing() as connection:
            connection.execute(delete(_S).where(_S.c.sha256 == _digest(secret)))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
