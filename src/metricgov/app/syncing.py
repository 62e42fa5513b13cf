"""Sending what waited here: every decision is taken again at the remote's tip, as if it had been given only now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, deciding, keep_up
from metricgov.app.contents import Content, EditedPath, read_paths
from metricgov.app.folding import state_of
from metricgov.app.moment import Moment, at_tip
from metricgov.domain.digest import canonical_json
from metricgov.domain.errors import Refused, Undecidable
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.admit import inadmissible
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope, Identity
from metricgov.domain.workflow.events import Edit, Revised
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.fold import Replay
from metricgov.domain.workflow.proposal import Proposal, Subject
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.typed import foresee
from metricgov.ports.remote import Outbox, Rejection, Settled, Waiting


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: what it sent, what is refused now, and what others had moved on main."""

    sent: tuple[Envelope, ...] = ()
    refused: tuple[Rejection, ...] = ()
    moved: tuple[Envelope, ...] = ()


def sync(access: Access) -> Synced:
    """Fetch, send what waits, and record where main is now; Undecidable where no remote is there, or reached."""
    refuse_offline(outbox_of(access))
    settled = settle(access)
    return Synced(settled.sent, settled.refused, keep_up(access))


def outbox_of(access: Access) -> Outbox:
    """Return the outbox; Undecidable where the registry has no remote."""
    if access.outbox is None:
        raise Undecidable(
            "no_remote",
            "this registry has no remote",
            hint="push it once: git remote add origin URL, git push origin main; or name one: "
            "git config metricgov.remote NAME",
        )
    return access.outbox


def refuse_offline(outbox: Outbox) -> None:
    """Refuse what needs the remote where the person said to leave it alone."""
    if outbox.offline:
        raise Refused("offline", "sync talks to the remote", hint="run it without --offline (METRICGOV_OFFLINE)")


def settle(access: Access) -> Settled:
    """Send what waits; what is refused now is kept in the outbox with its text."""
    return outbox_of(access).settle(deciding_again(access))


def deciding_again(access: Access) -> Callable[[Waiting], Sequence[Draft]]:
    """Return what decides things that waited, one after the other, at the tip of whenever it is called."""
    return partial(_again, access, _Renamed())


@dataclass(slots=True)
class _Renamed:
    """What is called otherwise since it was decided again: threads of a change, and contents by digest."""

    threads: dict[tuple[str, str], str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def learn(self, before: Sequence[Draft], after: Sequence[Draft]) -> None:
        for old in before:
            new = next((one for one in after if (one.change, one.type) == (old.change, old.type)), None)
            if new is None or old.change is None:
                continue
            for key, names in (("thread", self.threads), ("digest", self.digests)):
                was, now = old.payload.get(key), new.payload.get(key)
                if isinstance(was, str) and isinstance(now, str):
                    names[(old.change, was) if key == "thread" else was] = now  # type: ignore[index]


def _again(access: Access, renamed: _Renamed, waiting: Waiting) -> tuple[Draft, ...]:
    """Return what a decision that waited comes to at the tip of now; raises what refuses it."""
    drafts = _replayed(access, waiting) if waiting.intent is None else _decided(access, renamed, waiting)
    renamed.learn(waiting.drafts, drafts)
    return drafts


def _decided(access: Access, renamed: _Renamed, waiting: Waiting) -> tuple[Draft, ...]:
    intent: Any = waiting.intent
    change, saw = intent["change"], intent["saw"]
    command = _command(intent["command"], intent["with"], change, renamed)
    actor = Actor(intent["actor"]["principal"], Identity(intent["actor"]["identity"]))
    contents = _contents_of(waiting, change) if intent["contents"] else None

    def asked(state: ChangeState, _moment: Moment) -> commands.Command:
        if (contents is not None or isinstance(command, commands.Submit)) and saw:
            _refuse_stale(state, renamed.digests.get(saw, saw))
        return command

    return deciding(
        replace(access, signer=_Signed(waiting.drafts)),
        Errand(
            change,
            actor,
            command=asked,
            contents=None if contents is None else lambda _state, moment: _proposal(moment, contents, waiting),
            other=intent["other"],
            subjects=lambda _state, moment: _about(moment, intent["about"]),
        ),
    )()


def _command(name: str, values: Mapping[str, Any], change: str, renamed: _Renamed) -> commands.Command:
    kind = getattr(commands, name, None)
    if not (isinstance(kind, type) and issubclass(kind, commands.CommandModel)):
        raise Undecidable("command_unknown", f"{name} is no command here", hint="update metricgov, then sync again")
    if thread := values.get("thread"):
        values = {**values, "thread": renamed.threads.get((change, thread), thread)}
    command: Any = kind.model_validate(values)
    return command  # type: ignore[no-any-return]


def _refuse_stale(state: ChangeState, saw: str) -> None:
    now = state.draft or state.revision
    if now is not None and now.digest == saw:
        return
    by = state.revision.number if state.revision else 0
    raise Refused(
        "stale",
        f"{shown(state.change)} has other contents by now" + (f" (revision {by})" if by else ""),
        hint=f"look at them, then propose yours again: metricgov change show {shown(state.change)}",
    )


def _about(moment: Moment, definitions: Sequence[str]) -> tuple[Subject, ...]:
    from metricgov.app.rights import subject_at

    found = (subject_at(moment, one) for one in definitions)
    return tuple(one for one in found if one is not None)


# Contents


def _contents_of(waiting: Waiting, change: str) -> Revised:
    """Return the contents that a decision brought, as its event holds them."""
    payloads = (foresee(one, 1).payload for one in waiting.drafts if one.change == change)
    found = next((one for one in payloads if isinstance(one, Revised)), None)
    if found is None:
        raise Refused("contents_missing", "the contents of what was proposed are not here any more")
    return found


def _proposal(moment: Moment, contents: Revised, waiting: Waiting) -> Proposal:
    """Return the same edits on the main of now: whole where nobody else changed the file, else field by field."""
    from metricgov.app.proposing import prepare

    here = read_paths(moment.access.source, moment.tip, [edit.path for edit in contents.edits])
    blobs = {sha256: data for draft in waiting.drafts for sha256, data in draft.blobs.items()}
    edited, clashes = [], []
    for edit in contents.edits:
        one, both = _edited(moment, edit, here.get(edit.path), blobs)
        edited.append(one)
        clashes += [f"{edit.path}: {field_}" for field_ in both]
    if clashes:
        raise Refused(
            "both_changed",
            f"main changed the same fields since: {'; '.join(clashes)}",
            hint="decide what they should be: metricgov edit NAME",
        )
    return prepare(moment, edited, effective_from=contents.effective_from).assessment.proposal


def _edited(
    moment: Moment, edit: Edit, here: Content | None, blobs: Mapping[str, bytes]
) -> tuple[EditedPath, Sequence[str]]:
    from metricgov.app.rebasing import merged

    after = Content(edit.after.mode, blobs[edit.after.sha256]) if edit.after else None
    now = EditedPath(edit.path, here, after)
    if (here.ref if here else None) == edit.as_edit().before:
        return now, ()
    if edit.before is None or here is None or after is None:
        return now, ("the whole file",)
    return merged(moment, now, blobs[edit.before.sha256])


@dataclass(frozen=True, slots=True)
class _Signed:
    """Signs with what was signed before, and with nothing else: nobody is asked for a key by a sync."""

    drafts: tuple[Draft, ...]

    @property
    def public(self) -> str:
        """Whose key it was is for the verifier to say."""
        return ""

    def sign(self, statement: bytes, *, namespace: str) -> bytes:  # noqa: ARG002 - a decision has but one purpose
        """Return the signature that was made over the same statement."""
        for one in self.drafts:
            if one.statement is not None and one.signature and canonical_json(one.statement) == statement:
                return one.signature
        raise Refused(
            "sign_again",
            "the decision would now say something else than was signed",
            hint="look at the change as it is now, and decide again",
        )


# What no command stands behind


def _replayed(access: Access, waiting: Waiting) -> tuple[Draft, ...]:
    """Return the same events, if they are still possible; what only the program noticed, it notices again."""
    moment = at_tip(access)
    mine = [one for one in waiting.drafts if one.actor.principal]
    drafts: list[Draft] = []
    states: dict[str, ChangeState] = {}
    registry = Replay()
    for envelope in access.journal.events_of(None):
        registry.take(envelope)
    for old in mine:
        draft = replace(old, main=moment.tip, at=max(moment.now, moment.not_before))
        seq = access.journal.head().seq + len(drafts) + 1
        if draft.change is None:
            _refuse_impossible(registry, draft, seq)
        else:
            state = states.get(draft.change) or state_of(draft.change, access.journal)
            event = foresee(draft, seq)
            for problem in inadmissible(state, event):
                raise Refused(problem.code, problem.message)
            states[draft.change] = evolve(state, event)
        drafts.append(draft)
    return tuple(drafts)


def _refuse_impossible(registry: Replay, draft: Draft, seq: int) -> None:
    from metricgov.domain.workflow.fold import admit_registry, evolve_registry

    event = foresee(draft, seq)
    if problem := admit_registry(registry.registry, event):
        raise Refused(problem.code, problem.message)
    registry.registry = evolve_registry(registry.registry, event)
