"""Notices of one registry in the database of a server."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, delete, select, update

from metricgov.adapters.index.tables import table
from metricgov.adapters.store.database import Database, now
from metricgov.adapters.store.leases import insert_missing
from metricgov.adapters.store.tables import DeliveryRow, ToldRow
from metricgov.ports.deliveries import Delivery, Stood

_T = table(ToldRow)
_D = table(DeliveryRow)


class StoredDeliveries:
    """Implements Deliveries."""

    def __init__(self, database: Database, registry: str) -> None:
        self._database = database
        self._registry = registry

    def position(self) -> int | None:
        """Return the last event that was taken in, None before the first time."""
        with self._database.reading() as connection:
            found = connection.execute(select(_T.c.seq).where(_T.c.registry_id == self._registry))
            return found.scalar_one_or_none()

    def take_in(self, expected: int | None, position: int, made: Sequence[Delivery]) -> bool:
        """Store deliveries and move the position, all or nothing; False where it is not `expected` any more."""
        with self._database.writing() as connection:
            if expected is None:
                insert_missing(connection, _T, registry_id=self._registry, seq=-1)
            here = _T.c.registry_id == self._registry
            moved = update(_T).where(here, _T.c.seq == (-1 if expected is None else expected)).values(seq=position)
            if not connection.execute(moved).rowcount:
                return False
            reached = {(one.seq, one.person) for one in made if one.channel}
            for seq, person in reached:  # what had no channel has one now
                nobody = (_D.c.seq == seq, _D.c.person == person, _D.c.state == Stood.UNDELIVERABLE.value)
                connection.execute(delete(_D).where(_D.c.registry_id == self._registry, *nobody))
            for one in made:
                insert_missing(connection, _D, registry_id=self._registry, **asdict(one))
            return True

    def claim(self, digest: str, seconds: float, limit: int) -> tuple[Delivery, ...]:
        """Take what is due, so that nobody else tries it for so many seconds; an attempt is counted."""
        holder = secrets.token_hex(8)
        with self._database.writing() as connection:
            at = now(connection)
            due = (
                select(_D.c.id)
                .where(
                    _D.c.registry_id == self._registry,
                    _D.c.state == Stood.WAITING.value,
                    _D.c.digest == digest,
                    _D.c.next_at <= at,
                )
                .order_by(_D.c.seq, _D.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            ids = connection.execute(due).scalars().all()
            if not ids:
                return ()
            taken = {"holder": holder, "next_at": at + seconds, "attempts": _D.c.attempts + 1}
            connection.execute(update(_D).where(_D.c.id.in_(ids)).values(taken))
            found = connection.execute(select(_D).where(_D.c.id.in_(ids)).order_by(_D.c.seq, _D.c.id))
            return tuple(_delivery(row) for row in found)

    def settle(self, delivery: Delivery, state: Stood, *, at: str = "", says: str = "", wait: float = 0.0) -> None:
        """Write down what became of an attempt; nothing where somebody else has taken it over since."""
        with self._database.writing() as connection:
            mine = (_D.c.id == delivery.id, _D.c.holder == delivery.holder, _D.c.state == Stood.WAITING.value)
            known = {"state": state.value, "sent_at": at, "says": says, "next_at": now(connection) + wait}
            connection.execute(update(_D).where(*mine).values(known))

    def redeliver(self, ident: str) -> bool:
        """Let one wait again, as if never tried; False where there is none of that id."""
        with self._database.writing() as connection:
            again = {"state": Stood.WAITING.value, "attempts": 0, "next_at": 0.0, "digest": "", "holder": ""}
            here = (_D.c.id == ident, _D.c.registry_id == self._registry, _D.c.channel != "")
            return bool(connection.execute(update(_D).where(*here).values(again)).rowcount)

    def listed(self, states: Sequence[Stood]) -> tuple[Delivery, ...]:
        """Return those in one of these states, in order of the journal."""
        wanted = [one.value for one in states]
        query = select(_D).where(_D.c.registry_id == self._registry, _D.c.state.in_(wanted)).order_by(_D.c.seq, _D.c.id)
        with self._database.reading() as connection:
            return tuple(_delivery(row) for row in connection.execute(query))


def _delivery(row: Row[Any]) -> Delivery:
    held = {name: value for name, value in row._mapping.items() if name != "registry_id"}
    return Delivery(**{**held, "state": Stood(held["state"])})
