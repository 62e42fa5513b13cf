"""Taking texts of an ended change out of the journal's tip, on record; which there are, and which have to stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.moment import at_tip, known_change
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow import commands
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.envelope import Actor, Envelope, Identity
from metricgov.domain.workflow.needed import needed
from metricgov.domain.workflow.requirements import doubted
from metricgov.domain.workflow.state import Redaction
from metricgov.domain.workflow.typed import Event, parse
from metricgov.domain.workflow.vocabulary import ENDED

SHORTEST = 8
"""Digits of a digest that people have to give at least."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that the journal keeps of a change: where an event names them first, and why they have to stay ("": no)."""

    sha256: str
    seq: int
    what: str
    needed: str = ""
    redacted: str = ""
    """Who took them out, in a sentence; "" where they are there."""


def stored(access: Access, change: str) -> tuple[Stored, ...]:
    """Return everything that the journal keeps, or kept, of a change besides its events, in order of events."""
    state = known_change(access, change)
    if state.redactions:
        state = at_tip(access).attested(state)
    kept = needed(state)
    gone = {
        sha256: f"redacted by {one.principal}{_known(one)} with event {one.seq}: {one.reason}"
        for one in state.redactions
        for sha256 in one.blobs
    }
    found: dict[str, Stored] = {}
    for envelope in access.journal.events_of(change):
        for sha256, what in _named(parse(envelope)):
            found.setdefault(sha256, Stored(sha256, envelope.seq, what, kept.get(sha256, ""), gone.get(sha256, "")))
    open_ = "" if state.stage in ENDED else "the change is open"
    return tuple(Stored(one.sha256, one.seq, one.what, one.needed or open_, one.redacted) for one in found.values())


def _known(one: Redaction) -> str:
    """Return how sure it is that the person did it, to stand behind their name; "" where they only claim it."""
    return " (signed)" if one.identity is Identity.SIGNED else doubted(one.doubt)


def _named(event: Event) -> Iterator[tuple[str, str]]:
    match event.payload:
        case e.Revised() as revised:
            what = f"revision {revised.number}" if isinstance(revised, e.RevisionSubmitted) else "draft"
            for edit in revised.edits:
                if edit.before:
                    yield edit.before.sha256, f"{edit.path} before"
                if edit.after:
                    yield edit.after.sha256, f"{edit.path} in {what}"
        case e.EffectEvaluated(evidence=evidence):
            yield evidence, "evidence of an effect"


def redact(
    access: Access, *, change: str, actor: Actor, blobs: Sequence[str], reason: str, unsigned: str = ""
) -> tuple[Envelope, ...]:
    """Drop bytes by digest, or its first digits; BadInput for what the change does not hold, or what has to stay.

    `unsigned` says why the actor does not sign here, for the refusal where signatures are asked for.
    """
    known = stored(access, change)
    chosen = tuple(_meant(one, known) for one in dict.fromkeys(blobs))
    return carry_out(
        access,
        Errand(
            change,
            actor,
            command=lambda _state, _moment: commands.Redact(blobs=chosen, reason=reason),
            contents=lambda _state, _moment: None,
            unsigned=unsigned,
        ),
    )


def _meant(text: str, known: Sequence[Stored]) -> str:
    hint = "metricgov audit redact CHANGE lists them"
    found = [one for one in known if one.sha256.startswith(text.lower())] if len(text) >= SHORTEST else []
    if len(found) != 1:
        says = (
            f"{len(found)} texts of this change begin with {text!r}" if found else f"no text of this change is {text!r}"
        )
        raise BadInput("blob_unknown", says, hint=hint)
    (one,) = found
    if one.redacted:
        raise BadInput("blob_redacted", f"{one.sha256[:12]} ({one.what}) is {one.redacted}", hint=hint)
    if one.needed:
        raise BadInput("blob_needed", f"{one.sha256[:12]} ({one.what}) has to stay: {one.needed}", hint=hint)
    return one.sha256
