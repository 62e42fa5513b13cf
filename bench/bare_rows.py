"""The least that SQLModel can do for a decision: one row, durable before the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlmodel import Field, Session, SQLModel, create_engine


class Decision(SQLModel, table=True):
    """One row for each request."""

    __tablename__ = "bare_decision"
    id: int | None = Field(default=None, primary_key=True)
    change: str
    words: str


def insertion(url: str) -> Callable[[str], None]:
    """Return what inserts a row for a change into a database; on SQLite as durable as the journal is."""
    engine = create_engine(url, connect_args={"check_same_thread": False} if url.startswith("sqlite") else {})
    if url.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def _durable(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables["bare_decision"]])

    def insert(change: str) -> None:
        with Session(engine) as session:
            session.add(Decision(change=change, words="Agreed."))
            session.commit()

    return insert
