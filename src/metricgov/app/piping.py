"""Writing the files with which a host runs the gate: only over our own, and on the journal's branch with an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.carrying import keep_up
from metricgov.app.contents import read_paths
from metricgov.app.governing import PATH_SET, load_governance
from metricgov.app.moment import at_tip
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import Undecidable
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope
from metricgov.domain.workflow.registry_events import WorkflowWritten
from metricgov.domain.workflow.typed import TYPE_OF, parse

SETTINGS = "metricgov.yaml"


@dataclass(frozen=True, slots=True)
class Planned:
    """One file: what stands there (None: nothing) and what is wanted; `ours` says whether it may be replaced."""

    path: str
    before: bytes | None
    after: bytes
    ours: bool

    @property
    def what(self) -> str:
        """What is to be done: `new`, `same`, `changed`, or `foreign` where somebody else's file is in the way."""
        if self.before is None:
            return "new"
        if self.before == self.after:
            return "same"
        return "changed" if self.ours else "foreign"


def planned(
    wanted: Mapping[str, str], standing: Mapping[str, bytes | None], *, mark: str, belongs: Mapping[str, str]
) -> tuple[Planned, ...]:
    """Return what is to be done for each file.

    A file is ours if it begins with the mark. One that people extend is in order once it holds what `belongs` in it.
    """
    found = []
    for path, text in wanted.items():
        before = standing.get(path)
        extended = before is not None and path in belongs and belongs[path].encode() in before
        after = before if extended and before is not None else text.encode()
        found.append(Planned(path, before, after, before is not None and before.startswith(mark.encode())))
    return tuple(found)


def first_governance(access: Access) -> tuple[str, str]:
    """Return the commit in which the registry began and the digest of its governance: what CI pins as `--root`."""
    tip = access.source.resolve(access.target)
    for commit in access.ancestry.steps_at(tip, (SETTINGS,)):
        found = read_paths(access.source, commit, tuple(PATH_SET))
        if SETTINGS not in found:
            continue
        governance, problems = load_governance(found, files=access.files)
        if governance is None:
            raise Undecidable(
                problems[0].code,
                f"the first governance, at {commit[:12]}, does not load: {problems[0].message}",
                hint="name the digest that you trust: --root DIGEST",
            )
        return commit, governance.digest
    raise Undecidable("no_registry", "main never held a metricgov.yaml here", hint="start one with: metricgov init")


def written_workflow(access: Access) -> bytes | None:
    """Return the workflow beside the journal as the last event wrote it, None where none did."""
    events = [event for event in access.journal.events_of(None) if event.type == TYPE_OF[WorkflowWritten]]
    payload = parse(events[-1]).payload if events else None
    return access.journal.blob("", payload.sha256) if isinstance(payload, WorkflowWritten) else None


def write_workflow(access: Access, *, path: str, text: str, actor: Actor) -> tuple[Envelope, ...]:
    """Put the host's workflow on the journal's branch, with the event that tells of it; () where it stands there."""
    data = text.encode()
    keep_up(access)

    def decided() -> tuple[Draft, ...]:
        if written_workflow(access) == data:
            return ()
        moment = at_tip(access)
        payload = WorkflowWritten(path=path, sha256=sha256_hex(data))
        return (
            Draft(
                change=None,
                type=TYPE_OF[WorkflowWritten],
                actor=actor,
                at=max(moment.now, moment.not_before),
                payload=payload.as_json(),
                main=moment.tip,
                blobs={payload.sha256: data},
            ),
        )

    return access.journal.append(decided)
