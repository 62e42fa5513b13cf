"""What has happened to a registry as a whole, one frozen payload per event type; no change owns these."""

from __future__ import annotations

from pydantic import Field

from metricgov.domain.definitions.governance import Match
from metricgov.domain.workflow.payload import Count, Moment, Oid, Payload, Principal, Sha256, Ulid


class RegistryCreated(Payload):
    """The journal begins."""

    registry: str
    target: str
    format: Count = 1


class BaselineEntry(Payload):
    """A path accepted as it was found."""

    path: str
    mode: str
    sha256: Sha256


class Baseline(Payload):
    """Contents accepted as found; shown as baseline, never as approved."""

    commit: Oid
    entries: tuple[BaselineEntry, ...]
    reason: str = ""


class MainMoved(Payload):
    """The target ref was found elsewhere; `governance` is the digest of the governance in force at `after`."""

    before: str
    after: Oid
    governance: Sha256 | None = None


class MainRewound(Payload):
    """The target ref went back or aside, on record."""

    before: str
    after: Oid
    reason: str = ""
    governance: Sha256 | None = None


class KeyProved(Payload):
    """Somebody showed with a signature that they hold a key; people.yaml says whether it counts."""

    principal: Principal
    key: str = Field(max_length=16_384, pattern=r"^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*$")


class ClockCorrected(Payload):
    """Events from `first` on up to this one were dated ahead of time; order counts from this one on, without them."""

    first: Count
    reason: str = Field(min_length=1)


class WorkflowWritten(Payload):
    """The host's workflow beside the journal was written; its bytes are a blob of the registry."""

    path: str = Field(pattern=r"^\.github/workflows/metricgov\.yml$")
    sha256: Sha256


class Delegated(Payload):
    """One person lets another fill their places for a while; `match` limits it to some definitions."""

    id: Ulid
    giver: Principal = Field(alias="from")
    to: Principal
    match: Match | None = None
    starts: Moment
    ends: Moment
    reason: str = Field(min_length=1)


class DelegationEnded(Payload):
    """A delegation ended before its time."""

    id: Ulid
    reason: str = ""
