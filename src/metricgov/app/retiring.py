"""The texts that end a definition: a tombstone in its place, and what its readers should read instead (INV-27)."""

from __future__ import annotations

from datetime import timedelta

from metricgov.app.access import Access
from metricgov.app.drafting import Texts
from metricgov.domain import time
from metricgov.domain.definitions.kinds import Kind, split_id
from metricgov.domain.digest import JSON
from metricgov.domain.errors import Refused


def retired(
    begins: Texts,
    definition: str,
    access: Access,
    *,
    reason: str,
    last_good_date: str,
    successor: str = "",
    relation: str = "",
) -> Texts:
    """Return a definition's file with status retired, the reason, the last good day and its successor."""
    only = begins.files[0]
    data = access.files.load(only.base or b"", only.path)
    kind, name = split_id(definition)
    if data.get("status") == "retired":
        raise Refused("stage", f"{name} is retired already", hint=f"look at it: metricgov show {name}")
    fields: dict[str, JSON] = {
        "status": "retired",
        "retirement": {"reason": reason, "last_good_date": last_good_date},
    }
    if successor:
        fields["replaced_by"] = replacement(kind, successor, relation)
    return begins.with_fields(only.path, fields, access)


def replacement(kind: Kind, successor: str, relation: str) -> JSON:
    """Return the value of `replaced_by`."""
    return {kind.value: successor, "relation": relation}


def day_before(day: str) -> str:
    """Return the day before an ISO date."""
    return (time.day(day) - timedelta(days=1)).isoformat()


def day_after(day: str) -> str:
    """Return the day after an ISO date."""
    return (time.day(day) + timedelta(days=1)).isoformat()
