"""Everything that can be said about a change: done as the command line does it, and foreseen without being done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from metricgov.desk.at import At

if TYPE_CHECKING:
    from metricgov.app.carrying import Errand
    from metricgov.app.deciding import Verdictive
    from metricgov.app.moment import Moment
    from metricgov.app.voicing import Voice
    from metricgov.desk.session import Session
    from metricgov.domain.views import ChangeView, RequirementView
    from metricgov.domain.workflow.commands import Command
    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.domain.workflow.state import ChangeState

VERDICTS: Final = ("approve", "request_changes", "reject", "acknowledge", "abstain")
"""Deeds that are about exactly the contents that were read."""

NEEDS_WORDS: Final = frozenset(
    {
        "request_changes", "reject", "end_objection", "override", "review_override", "reassign", "unschedule",
        "decline", "revert", "comment", "accept_warning", "delegate",
    }
)  # fmt: skip
"""Deeds that go on record with words."""

FORESEEN: Final = (
    *VERDICTS, "withdraw_decision", "end_objection", "review_override", "apply", "schedule", "unschedule", "reassign",
    "rebase", "withdraw", "decline", "override", "revert", "submit",
)  # fmt: skip
"""Deeds whose refusal can be told beforehand; the others are refused, if at all, when they are done."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody wants to do with a change; `name` is a word of FORESEEN or one of the talk.

    `revision` and `cycle` are those that were read: a verdict on others is refused (0: not asked); `saw` is the last
    event that was about the change when it was read: whatever happened since refuses the deed (0: not asked). `words`
    go on record. `person` is whose objection ends, or who takes over; `day` a day or second; `thread`, `path` and
    `field` say where a comment belongs; `other` is a second change, `name_of` in whose name; `warning` and `metric`
    what is accepted; `again` that an overridden change shall be taken back.
    """

    name: str
    words: str = ""
    revision: int = 0
    cycle: int = 0
    person: str = ""
    day: str = ""
    thread: str = ""
    path: str = ""
    field: str = ""
    other: str = ""
    name_of: str = ""
    warning: str = ""
    metric: str = ""
    again: bool = False
    saw: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a deed: events by type, the change as it stands now, and whether others see it yet.

    `view` is of the change that the deed led to: a revert is a change of its own. `kept` counts what waits in this
    clone to be sent; `refused` what was refused when it was sent; `commit` is where it landed, "" where nothing did.
    """

    done: tuple[str, ...]
    view: ChangeView
    kept: int = 0
    refused: int = 0
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be done now: a code, one sentence, the next step, and everything that is missing."""

    code: str
    says: str
    hint: str = ""
    missing: tuple[RequirementView, ...] = ()


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the reader may do with a change now: by deed why not, None where it can be done.

    `people` may be named (active people with a role), `signs` says how a decision would be proved.
    """

    refusals: Mapping[str, Refusal | None]
    people: tuple[str, ...]
    signs: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch did: how many events went out, how many were refused, and why main here stayed behind ("": no)."""

    sent: int
    refused: int
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a deed, as Outcome says it, without the change as it stands now: judging that anew takes longest."""

    done: tuple[str, ...]
    kept: int = 0
    refused: int = 0
    commit: str = ""


class LocalDeciding(At):
    """Implements Deciding over a Session."""

    def foresee(self, change: str) -> Foreseen:
        """Return what the reader may do with a change now, as `do` would answer."""
        from metricgov.app.rehearsing import Rehearsal
        from metricgov.desk.foreseeing import refusal_when

        session = self.session()
        found = session.change(change, ended=True)
        rehearsal = Rehearsal(session.access)
        refusals = {name: refusal_when(session, rehearsal, found, name) for name in FORESEEN}
        governance = session.governance
        return Foreseen(
            refusals=refusals,
            people=tuple(sorted(set(governance.active) - {session.actor.principal})),
            signs=session.voice.actor.identity.value,
        )

    def do(self, change: str, deed: Deed) -> Outcome:
        """Do it; raises what the rules answer, RefusedUnmet with everything that is missing, and then nothing is done.

        A verdict names the revision and cycle that were read: where others stand now it is refused as `stale`.
        """
        done = _did(self._session_for(deed), change, deed)
        return outcome_of(self._session_for(deed), *done)

    def do_briefly(self, change: str, deed: Deed) -> Recorded:
        """Do it, and say no more than what went on record; raises as `do` does."""
        session = self._session_for(deed)
        return _recorded(session, *_did(session, change, deed))

    def _session_for(self, deed: Deed) -> Session:
        """Return the session for a deed: one command is decided at the tip, what is more reads the present first."""
        return self.session() if deed.name in SPECIAL else self.session_for_deeds()

    def sync(self) -> Fetched:
        """Fetch, send what waits, and decide again what could not be sent as it was; Refused offline."""
        from metricgov.app.syncing import sync

        session = self.session()
        session.workspace.adopt_journal()
        done = sync(session.access)
        behind = session.workspace.follow_main()
        if (values := session.workspace.shared_values) is not None:
            values.exchange()
        self.forget()
        return Fetched(len(done.sent), len(done.refused), behind)


ENDED_TOO: Final = frozenset({"comment", "resolve", "reopen", "revert", "review_override"})
"""Deeds on changes that are over."""

Done = tuple[str, tuple["Envelope", ...], str]
"""The change that a deed led to, its events, and the commit that landed."""


def _did(session: Session, change: str, deed: Deed) -> Done:
    return _done(session, session.change(change, ended=deed.name in ENDED_TOO), deed)


def outcome_of(session: Session, change: str, events: tuple[Envelope, ...], commit: str = "") -> Outcome:
    """Return what came of a deed, in a session that sees the journal with it."""
    from metricgov.app.change_view import change_view

    view = change_view(session.access, change, label=session.label(change))
    recorded = _recorded(session, change, events, commit)
    return Outcome(recorded.done, view, recorded.kept, recorded.refused, recorded.commit)


def _recorded(session: Session, change: str, events: tuple[Envelope, ...], commit: str) -> Recorded:
    outbox = session.access.outbox
    return Recorded(
        done=tuple(one.type for one in events if one.change in (change, None)),
        kept=len(outbox.waiting()) if outbox is not None else 0,
        refused=len(outbox.refused()) if outbox is not None else 0,
        commit=commit,
    )


def _done(session: Session, change: str, deed: Deed) -> Done:
    if deed.name in NEEDS_WORDS and not deed.words.strip():
        from metricgov.domain.errors import BadInput

        raise BadInput("words_missing", "this goes on record and needs words", hint="say why")
    special = SPECIAL.get(deed.name)
    if special is not None:
        if deed.saw:
            from metricgov.app.moment import known_change

            _unmoved(known_change(session.reading, change), deed)
        return special(session, change, deed)
    from metricgov.app.carrying import carry_out

    errand, voice = errand_of(session, change, deed)
    return change, carry_out(voice.access, errand), ""


def errand_of(session: Session, change: str, deed: Deed) -> tuple[Errand, Voice]:
    """Return a deed that is one command, and the voice it is said with: decisions are signed, talk is not."""
    from metricgov.app.carrying import Errand
    from metricgov.app.moment import known_change
    from metricgov.app.voicing import Voice

    access = session.access
    voice = session.voice if deed.name in SIGNED else Voice(access, session.actor)
    command = _command(session, known_change(access, change), change, deed)
    other = session.change(deed.other) if deed.other else None

    def unmoved(state: ChangeState, _moment: Moment) -> Command:
        _unmoved(state, deed)
        return command

    return Errand(change, voice.actor, unmoved, other=other, unsigned=voice.unsigned), voice


def _unmoved(state: ChangeState, deed: Deed) -> None:
    """Refuse a deed on a change to which something happened since it was read."""
    if deed.saw and deed.saw != state.last_seq:
        from metricgov.domain.errors import Refused

        raise Refused("stale", "something happened to this change since you read it", hint="read it again, then decide")


SIGNED: Final = frozenset({*VERDICTS, "withdraw_decision", "end_objection", "reassign", "accept_warning", "override"})


def _command(session: Session, state: ChangeState, change: str, deed: Deed) -> Command:
    from metricgov.app.claims import claims_of
    from metricgov.app.deciding import seen_now
    from metricgov.domain.errors import BadInput
    from metricgov.domain.period import instant
    from metricgov.domain.workflow import commands

    match deed.name:
        case "approve" | "request_changes" | "reject" | "acknowledge" | "abstain":
            return _verdict(session, state, change, deed)
        case "withdraw_decision":
            return commands.WithdrawDecision(reason=deed.words)
        case "end_objection":
            return commands.EndObjection(principal=deed.person, reason=deed.words)
        case "accept_warning":
            return commands.AcceptWarning(
                warning=deed.warning.upper(), metric=deed.metric.removeprefix("metric:"), reason=deed.words
            )
        case "reassign":
            return commands.Reassign(to=deed.person, reason=deed.words)
        case "resolve":
            return commands.ResolveThread(thread=deed.thread)
        case "reopen":
            return commands.ReopenThread(thread=deed.thread)
        case "comment":
            from metricgov.app.talking import place_in

            where = place_in(session.reading, change, path=deed.path, field=deed.field)
            return commands.Comment(text=deed.words, thread=deed.thread or None, path=where.path, field=where.field)
        case "schedule":
            return commands.Schedule(due=instant(deed.day), reason=deed.words)
        case "unschedule":
            return commands.Unschedule(reason=deed.words)
        case "withdraw":
            return commands.Withdraw(reason=deed.words)
        case "supersede":
            return commands.Supersede(reason=deed.words)
        case "submit":
            return commands.Submit(claims=claims_of(state))
        case "apply":
            return commands.Apply()
        case "override":
            return commands.Override(seen=seen_now(state), reason=deed.words)
    raise BadInput("deed_unknown", f"there is no deed {deed.name!r}", hint=", ".join(FORESEEN))


def _verdict(session: Session, state: ChangeState, change: str, deed: Deed) -> Command:
    from metricgov.app.deciding import seen_now
    from metricgov.domain.errors import BadInput, Refused
    from metricgov.domain.workflow import commands

    seen = seen_now(state)
    if deed.revision and (deed.revision, deed.cycle or seen.cycle) != (seen.revision, seen.cycle):
        says = f"you read revision {deed.revision}, and revision {seen.revision} is under review"
        if deed.revision == seen.revision:
            says = f"revision {seen.revision} went into review anew since you read it"
        raise Refused("stale", says, hint=f"look at it: metricgov change show {session.label(change)}")
    kinds: dict[str, Verdictive] = {
        "approve": commands.Approve,
        "request_changes": commands.RequestChanges,
        "reject": commands.Reject,
        "acknowledge": commands.Acknowledge,
        "abstain": commands.Abstain,
    }
    said: dict[str, object] = {"seen": seen, "reason": deed.words}
    kind = kinds[deed.name]
    if deed.name_of:
        if "on_behalf_of" not in kind.model_fields:
            says = f"nobody can {deed.name.replace('_', ' ')} in somebody else's name"
            raise BadInput("not_delegable", says, hint="leave name_of out: say it for yourself")
        said["on_behalf_of"] = deed.name_of
    return kind.model_validate(said)


# deeds that are more than one command


def _apply(session: Session, change: str, _deed: Deed) -> Done:
    from metricgov.app.applying import apply

    landed = apply(session.access, landing=session.workspace.landing, change=change, actor=session.actor)
    return change, (), landed.commit


def _rebase(session: Session, change: str, _deed: Deed) -> Done:
    from metricgov.app.rebasing import rebase

    return change, rebase(session.access, change=change, actor=session.actor), ""


def _revert(session: Session, change: str, deed: Deed) -> Done:
    from metricgov.app.reverting import revert

    undoing, events = revert(session.access, change=change, actor=session.actor, why=deed.words)
    return undoing, events, ""


def _decline(session: Session, change: str, deed: Deed) -> Done:
    from metricgov.app.requesting import decline

    return change, decline(session.access, change=change, actor=session.actor, reason=deed.words), ""


def _override(session: Session, change: str, deed: Deed) -> Done:
    from metricgov.app.overriding import override

    voice = session.voice
    events = override(voice.access, change=change, actor=voice.actor, reason=deed.words, unsigned=voice.unsigned)
    return change, events, ""


def _review_override(session: Session, change: str, deed: Deed) -> Done:
    from metricgov.app.overriding import review_override

    voice = session.voice
    reverting, events = review_override(
        voice.access, change=change, actor=voice.actor, reason=deed.words, revert=deed.again, unsigned=voice.unsigned
    )
    return reverting or change, events, ""


def _delegate(session: Session, change: str, deed: Deed) -> Done:
    """Let somebody answer in the reader's name, for what this change is about, until a day."""
    from metricgov.app.delegating import Wish, delegate
    from metricgov.app.moment import known_change
    from metricgov.app.ulid import new_ulid
    from metricgov.domain.errors import BadInput

    state = known_change(session.access, change)
    contents = state.revision or state.draft
    names = [one.id.partition(":")[2] for one in contents.definitions] if contents else []
    if len(names) != 1:
        says = f"this change is about {len(names)} definitions, and a delegation names one"
        raise BadInput("delegation_scope", says, hint="metricgov delegate --to PERSON --scope domain:… --ends DATE")
    wish = Wish(to=deed.person, ends=deed.day, reason=deed.words, scope=f"name:{names[0]}")
    voice = session.voice
    events = delegate(voice.access, id=new_ulid(session.workspace.clock.now()), actor=voice.actor, wish=wish)
    return change, events, ""


SPECIAL: Final[Mapping[str, Callable[[Session, str, Deed], Done]]] = {
    "apply": _apply,
    "rebase": _rebase,
    "revert": _revert,
    "decline": _decline,
    "override": _override,
    "review_override": _review_override,
    "delegate": _delegate,
}
