"""What a push may do to the branch of approved definitions and to the journal; what was approved is for gate.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from metricgov.domain.errors import BadInput, Undecidable
from metricgov.domain.workflow.envelope import Envelope
from metricgov.ports.journal import JournalHead
from metricgov.ports.source import Ancestry, DefinitionSource


@dataclass(frozen=True, slots=True)
class Push:
    """One ref that a push moves: from `before` ("" = it is new) to `after` ("" = it goes)."""

    ref: str
    before: str
    after: str


def read_updates(lines: Iterable[str]) -> tuple[Push, ...]:
    """Read what git tells a pre-receive hook: `<old> <new> <ref>`, a line for each."""
    return tuple(Push(ref, _id(old), _id(new)) for old, new, ref in _fields(lines, 3))


def read_pushes(lines: Iterable[str]) -> tuple[Push, ...]:
    """Read what git tells a pre-push hook: `<local ref> <local id> <remote ref> <remote id>`, a line for each."""
    return tuple(Push(ref, _id(theirs), _id(ours)) for _local, ours, ref, theirs in _fields(lines, 4))


def _fields(lines: Iterable[str], count: int) -> Iterator[list[str]]:
    for line in lines:
        if not line.strip():
            continue
        fields = line.split()
        if len(fields) != count:
            raise BadInput(
                "hook_input", f"git says {count} words a line here, not: {line.strip()[:80]}", hint="git runs this"
            )
        yield fields


def _id(oid: str) -> str:
    return oid if oid.strip("0") else ""


def barred(push: Push, *, ancestry: Ancestry, what: str) -> str:
    """Return why a ref may not be moved like this, whatever it holds, "" where it may: it only goes forward."""
    if not push.after:
        return f"{push.ref} is {what}; it cannot be deleted"
    if push.before and not ancestry.contains(push.after, push.before):
        return f"{push.ref} is {what}; it only goes forward, and {push.after[:12]} does not contain {push.before[:12]}"
    return ""


def journal_damage(
    push: Push,
    *,
    source: DefinitionSource,
    head_of: Callable[[str], JournalHead],
    events: Callable[[str, int], Iterable[Envelope]],
) -> str:
    """Return why a journal that goes forward is not the old one with more at its end, "" where it is (INV-51).

    `head_of` returns the head at a commit; `events` yields every event after a seq there, and raises where the chain
    does not hold.
    """
    changes = source.changed(push.before, push.after) if push.before else ()
    if gone := [one.path for one in changes if _recorded(one.path, one.before)]:
        return f"{push.ref} is the journal; {gone[0]} was recorded and cannot change any more"
    try:
        before = head_of(push.before) if push.before else JournalHead()
        for _event in events(push.after, before.seq):
            pass
    except Undecidable as error:
        return f"{push.ref} is the journal, and what is pushed does not read as one: {error.message}"
    return ""


def _recorded(path: str, before: object) -> bool:
    """Whether a path held something that stays for ever; bytes may be redacted, and the workflow may be renewed."""
    return before is not None and "/blobs/" not in path and not path.startswith(".github/")
