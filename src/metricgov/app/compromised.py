"""What keys signed since somebody else may have had them: listed for audits, decided by nobody's clock (INV-61)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metricgov.app.access import Access
from metricgov.app.governing import governance_at
from metricgov.domain.errors import MetricgovError
from metricgov.domain.ssh import Malformed, read_public_key, read_signature
from metricgov.domain.walked import Compromised
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.rights import Governance


def signed_since(access: Access, tip: str) -> tuple[Compromised, ...]:
    """Return the decisions that compromised keys of the governance at `tip` signed since, in order of the journal.

    The time is the one that the event claims: who had the key could write any time that the journal then allowed.
    """
    try:
        governance = governance_at(tip, source=access.source, files=access.files)
    except MetricgovError:
        return ()
    keys = dict(_compromised(governance))
    if not keys or access.signatures is None:
        return ()
    people = {person for person, _ in keys.values()}
    found: list[Compromised] = []
    known: dict[str | None, Mapping[int, bytes]] = {}
    for event in access.journal.events():
        if event.actor.principal not in people or event.actor.identity is not Identity.SIGNED:
            continue
        if event.change not in known:
            known[event.change] = access.signatures.signatures(event.change)
        line = _key_of(known[event.change].get(event.seq, b""))
        person, since = keys.get(line, ("", ""))
        if person and event.at >= since:
            name = read_public_key(line).fingerprint
            found.append(Compromised(event.seq, event.at, event.type, event.change or "", person, name, since))
    return tuple(found)


def _compromised(governance: Governance) -> Iterator[tuple[str, tuple[str, str]]]:
    for person in governance.people.people:
        for key in person.keys:
            if key.compromised_since:
                yield key.line, (person.id, key.compromised_since)


def _key_of(signature: bytes) -> str:
    try:
        return read_signature(signature).key.line
    except Malformed:
        return ""
