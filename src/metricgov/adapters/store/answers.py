"""Idempotency keys in the database of a server."""

from __future__ import annotations

import secrets
from typing import Final, TypeVar

from sqlalchemy import Delete, Update, case, delete, select, update

from metricgov.adapters.index.tables import table
from metricgov.adapters.store.database import Database, now
from metricgov.adapters.store.leases import insert_missing
from metricgov.adapters.store.tables import AnswerRow
from metricgov.domain.errors import Refused, Undecidable
from metricgov.ports.idempotency import Answered, Claim

KEPT: Final = 24 * 3600.0
"""Seconds that an answer is kept."""

CARRIED_OUT_IN: Final = 60.0
"""Seconds after which a claim without an answer is that of a dead process."""

_T = table(AnswerRow)


class StoredAnswers:
    """Implements Idempotency."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, who: str, key: str, digest: str) -> Answered | Claim:
        """Claim a key; return the claim, or the answer of the first time where there is one."""
        with self._database.writing() as connection:
            at = now(connection)
            connection.execute(delete(_T).where(_T.c.until < at - case((_T.c.status == 0, KEPT), else_=0.0)))
            mark = secrets.token_hex(8)
            insert_missing(
                connection,
                _T,
                who=who,
                key=key,
                digest=digest,
                status=0,
                body=mark.encode(),
                media_type="",
                until=at + CARRIED_OUT_IN,
            )
            row = connection.execute(select(_T).where(_T.c.who == who, _T.c.key == key)).mappings().one()
            if not row["status"] and bytes(row["body"]) == mark.encode():
                return Claim(who, key, mark)
        if row["digest"] != digest:
            raise Refused(
                "key_reused", "this Idempotency-Key stood for another request", hint="make a new key for a new request"
            )
        if not row["status"] and row["until"] < at:
            raise Undecidable(
                "outcome_unknown",
                "whatever carried this out was interrupted, and may have recorded it or not",
                hint="look whether it is there, then ask with a new Idempotency-Key",
            )
        if not row["status"]:
            raise Refused("key_in_use", "the same request is being carried out", hint="ask again in a moment")
        return Answered(row["status"], bytes(row["body"]), row["media_type"])

    def renew(self, claim: Claim) -> None:
        """Hold a claim for another minute."""
        with self._database.writing() as connection:
            connection.execute(_held(update(_T), claim).values(until=now(connection) + CARRIED_OUT_IN))

    def finish(self, claim: Claim, answer: Answered) -> None:
        """Keep the answer; nothing where the claim is another's by now."""
        with self._database.writing() as connection:
            kept = _held(update(_T), claim).values(
                status=answer.status, body=answer.body, media_type=answer.media_type, until=now(connection) + KEPT
            )
            connection.execute(kept)

    def drop(self, claim: Claim) -> None:
        """Let a claim go of a request that was not carried out; nothing where it is another's by now."""
        with self._database.writing() as connection:
            connection.execute(_held(delete(_T), claim))


S = TypeVar("S", Update, Delete)


def _held(statement: S, claim: Claim) -> S:
    """Return a statement about the row of a claim, as long as it is that claim's."""
    return statement.where(
        _T.c.who == claim.who, _T.c.key == claim.key, _T.c.status == 0, _T.c.body == claim.mark.encode()
    )
