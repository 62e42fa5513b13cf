"""What is a server's own and cannot be computed from git; the other tables of the database are the index's."""

# No `from __future__ import annotations`: SQLModel reads the annotations when a class is made.

from sqlalchemy import BigInteger, Column, Float, LargeBinary, Text
from sqlmodel import Field

from metricgov.adapters.index.tables import Row


class TokenRow(Row, table=True):
    """A token; of its secret only the digest."""

    __tablename__ = "server_token"

    id: str = Field(primary_key=True)
    sha256: str = Field(unique=True, description="of the secret, which has 256 random bits: no salt is needed")
    name: str
    principal: str = Field(index=True)
    scopes: str = Field(description="rights, by spaces")
    created_by: str
    created_at: str
    expires_at: str
    revoked_at: str
    used_at: str
    parent: str = Field(
        default="", index=True, sa_column_kwargs={"server_default": ""}, description="the token it was made with"
    )


class SessionRow(Row, table=True):
    """Somebody who signed in at the pages; of the session's secret only the digest."""

    __tablename__ = "server_session"

    sha256: str = Field(primary_key=True, description="of the secret, which has 256 random bits")
    how: str
    token: str = Field(description="id of the token that it came from, empty where it came from none")
    principal: str
    scopes: str = Field(description="rights, by spaces")
    began_at: str
    ends_at: str


class AnswerRow(Row, table=True):
    """A command that was asked under a key, and its answer once there is one."""

    __tablename__ = "server_answer"

    who: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    digest: str
    status: int = Field(description="0 while it is being carried out")
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    media_type: str
    until: float = Field(sa_column=Column(Float, nullable=False, index=True), description="seconds since 1970")


class LeaseRow(Row, table=True):
    """Who does a piece of work, until when; `number` grows with every change of hands."""

    __tablename__ = "server_lease"

    name: str = Field(primary_key=True)
    holder: str
    until: float = Field(sa_column=Column(Float, nullable=False), description="seconds since 1970, by the database")
    number: int = Field(sa_column=Column(BigInteger, nullable=False))


class ToldRow(Row, table=True):
    """How far the journal of a registry was told."""

    __tablename__ = "server_told"

    registry_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))


class DeliveryRow(Row, table=True):
    """A notice to one person over one channel, and what became of it."""

    __tablename__ = "server_delivery"

    id: str = Field(primary_key=True)
    registry_id: str = Field(index=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    change: str = Field(index=True)
    person: str
    channel: str
    kind: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    digest: str
    state: str = Field(index=True)
    attempts: int
    next_at: float = Field(sa_column=Column(Float, nullable=False), description="seconds since 1970, by the database")
    sent_at: str
    says: str = Field(sa_column=Column(Text, nullable=False))
    holder: str = Field(description="of the attempt that is under way or was the last")
