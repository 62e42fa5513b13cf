"""The tables of the index, as SQLModel classes; what rows hold is decided in rows.py, their history in migrations/."""

# No `from __future__ import annotations`: SQLModel reads the annotations when a class is made.

from sqlalchemy import BigInteger, Column, MetaData, Table, Text
from sqlmodel import Field, SQLModel

metadata = MetaData()
"""Of these tables alone, so that a program with SQLModel tables of its own never meets them."""


def _text() -> "Column[str]":
    return Column(Text, nullable=False)


def _number(*, primary_key: bool = False, index: bool = False) -> "Column[int]":
    return Column(BigInteger, primary_key=primary_key, autoincrement=False, index=index, nullable=False)


class Row(SQLModel):
    """Base of every table of the index."""

    metadata = metadata


class Position(Row, table=True):
    """How far the index has read; one row."""

    __tablename__ = "position"

    id: int = Field(primary_key=True, description="always 1")
    registry_id: str
    shape: int = Field(description="what rows.py and the folding made of the events; another number means: read again")
    journal_seq: int = Field(sa_column=_number())
    journal_sha256: str
    target: str
    target_tip: str
    governed: str = Field(sa_column=_text(), description="the opaque globs that decided which paths are definitions")


class Event(Row, table=True):
    """An event of the journal, with what is wrong with it."""

    __tablename__ = "event"

    seq: int = Field(sa_column=_number(primary_key=True))
    change: str | None = Field(default=None, index=True)
    type: str = Field(index=True)
    principal: str = Field(index=True)
    identity: str
    at: str = Field(index=True)
    envelope: str = Field(sa_column=_text(), description="the event as JSON, for answers that need all of it")
    fault: str = Field(description="codes of what is wrong with it, empty if nothing is")


class Target(Row, table=True):
    """The fold of the events of no change; one row."""

    __tablename__ = "target"

    id: int = Field(primary_key=True, description="always 1")
    registry_id: str
    ref: str
    main: str
    governance: str
    moves: int
    rewinds: int
    last_seq: int = Field(sa_column=_number())
    last_at: str


class Baseline(Row, table=True):
    """A path that was accepted as it was found."""

    __tablename__ = "baseline"

    seq: int = Field(sa_column=_number(primary_key=True))
    place: int = Field(primary_key=True)
    path: str = Field(index=True)
    mode: str
    sha256: str
    commit: str


class Change(Row, table=True):
    """A change as the fold of its events tells it; `stage` is never approved."""

    __tablename__ = "change"

    id: str = Field(primary_key=True)
    stage: str = Field(index=True)
    why: str = Field(sa_column=_text())
    author: str = Field(index=True)
    created_at: str
    requested: str
    reverts: str
    revision: int
    cycle: int
    digest: str
    canonical: str
    change_class: str
    intent: str
    treatment: str
    effective_from: str
    conflicts: str = Field(sa_column=_text(), description="paths, one a line")
    commit: str
    landed_by: str
    superseded_by: str
    ended_by: str
    ended_because: str = Field(sa_column=_text())
    ended_seq: int = Field(sa_column=_number())
    ended_at: str
    last_seq: int = Field(sa_column=_number(index=True))
    last_at: str


class Revision(Row, table=True):
    """One state of the contents of a change; number 0 is the draft that nobody submitted yet."""

    __tablename__ = "revision"

    change: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    cycle: int
    base: str
    digest: str = Field(index=True)
    canonical: str
    change_class: str
    rules: int = Field(sa_column=_number())
    canonicaliser: int = Field(sa_column=_number())
    why: str = Field(sa_column=_text())
    intent: str
    treatment: str
    effective_from: str
    requested_by: str
    implemented_by: str
    refs: str = Field(sa_column=_text(), description="tickets, one a line")
    rebased: bool


class Edit(Row, table=True):
    """What a revision does to one path; an empty digest stands for absent."""

    __tablename__ = "edit"

    change: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    path: str
    before_mode: str
    before_sha256: str
    after_mode: str
    after_sha256: str


class Touch(Row, table=True):
    """One definition of one revision, as it was judged when it was recorded."""

    __tablename__ = "touch"

    change: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    definition: str = Field(primary_key=True, index=True)
    place: int = Field(description="0 is the gravest of the revision")
    path: str
    change_class: str
    flags: str
    version_before: str
    version_after: str
    accountable: str


class Person(Row, table=True):
    """How a person is involved in a change: author, contributor, decider, asked."""

    __tablename__ = "person"

    change: str = Field(primary_key=True)
    principal: str = Field(primary_key=True, index=True)
    role: str = Field(primary_key=True)


class Decision(Row, table=True):
    """The current decision of a person on a change; an objection, where they differ between its definitions."""

    __tablename__ = "decision"

    change: str = Field(primary_key=True)
    principal: str = Field(primary_key=True)
    verdict: str
    revision: int
    cycle: int
    digest: str
    canonical: str
    identity: str
    seq: int = Field(sa_column=_number())
    at: str
    reason: str = Field(sa_column=_text())
    self_approved: bool


class Asked(Row, table=True):
    """A question of the revision under review to one consulted person or team."""

    __tablename__ = "asked"

    change: str = Field(primary_key=True)
    principal: str = Field(primary_key=True)
    definitions: str = Field(sa_column=_text(), description="ids, one a line")
    due: str = Field(index=True)


class Thread(Row, table=True):
    """A discussion of a change."""

    __tablename__ = "thread"

    change: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    path: str
    field: str
    resolved: bool


class Remark(Row, table=True):
    """One text in a thread."""

    __tablename__ = "remark"

    seq: int = Field(sa_column=_number(primary_key=True))
    change: str = Field(index=True)
    thread: str
    principal: str
    at: str
    text: str = Field(sa_column=_text())


class Version(Row, table=True):
    """One definition of one applied change: a version that reached the target."""

    __tablename__ = "version"

    seq: int = Field(sa_column=_number(primary_key=True))
    definition: str = Field(primary_key=True, index=True)
    path: str
    at: str = Field(index=True)
    change: str = Field(index=True)
    revision: int
    change_class: str
    version_before: str
    version_after: str
    after: str
    why: str = Field(sa_column=_text())
    author: str
    approved_by: str = Field(sa_column=_text(), description="principals, one a line")
    effective_from: str
    intent: str
    treatment: str
    commit: str


class Definition(Row, table=True):
    """One definition file at the tip of the target; `problem` says why it does not load."""

    __tablename__ = "definition"

    path: str = Field(primary_key=True)
    id: str = Field(index=True)
    oid: str
    kind: str = Field(index=True)
    name: str = Field(index=True)
    title: str = Field(sa_column=_text())
    version: str
    status: str
    domain: str = Field(index=True)
    effective_from: str
    kpi: bool
    consulted: str = Field(sa_column=_text(), description="principals, one a line")
    informed: str = Field(sa_column=_text(), description="principals, one a line")
    problem: str = Field(sa_column=_text())


class Tag(Row, table=True):
    """A tag of a definition at the tip."""

    __tablename__ = "tag"

    path: str = Field(primary_key=True)
    tag: str = Field(primary_key=True, index=True)


class Reference(Row, table=True):
    """One definition at the tip names another."""

    __tablename__ = "reference"

    path: str = Field(primary_key=True)
    target: str = Field(primary_key=True, index=True)
    definition: str


def table(row: type[Row]) -> Table:
    """Return the SQLAlchemy table of a row class."""
    found: Table = row.__table__  # type: ignore[attr-defined]  # SQLModel sets it on every table class
    return found


OF_A_CHANGE: tuple[type[Row], ...] = (
    Change,
    Revision,
    Edit,
    Touch,
    Person,
    Decision,
    Asked,
    Thread,
    Remark,
    Version,
)
"""Tables whose rows are the fold of one change."""

OF_A_DEFINITION: tuple[type[Row], ...] = (Definition, Tag, Reference)
"""Tables whose rows are one definition file at the tip."""

OF_THE_REGISTRY: tuple[type[Row], ...] = (Target, Baseline)
"""Tables whose rows are the fold of the events of no change."""

COMPUTED: tuple[type[Row], ...] = (Position, Event, *OF_THE_REGISTRY, *OF_A_CHANGE, *OF_A_DEFINITION)
"""Every table; all of them can be computed again."""
