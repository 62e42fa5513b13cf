"""One change on one sheet: what was asked, decided, heard and landed, as it stood at the end of the period."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metricgov.app.attesting import identity_behind
from metricgov.app.change_view import threads_of
from metricgov.app.governing import governance_at
from metricgov.app.recorded import recorded
from metricgov.app.report.unusual import unusual_in
from metricgov.app.story import sentence, story
from metricgov.app.trail import Pathfinder, Station, Trail
from metricgov.domain.changes.findings import Finding
from metricgov.domain.errors import MetricgovError
from metricgov.domain.report import Anchor, Decided, Duty, Heard, Period, Sheet
from metricgov.domain.walked import Judged
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.envelope import Envelope, Identity
from metricgov.domain.workflow.needs import rule_words
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.summary import contents
from metricgov.domain.workflow.typed import TYPE_OF
from metricgov.domain.workflow.vocabulary import Stage

PROGRAM = "metricgov"


@dataclass(slots=True)
class SheetWriter:
    """Makes sheets; `governance` says which files of other tools are definitions, where a change's own cannot be asked.

    `steps` are the judged steps of main by commit, `anchors` the places of the journal that main vouches for, in order.
    """

    pathfinder: Pathfinder
    period: Period
    labels: Mapping[str, str]
    steps: Mapping[str, Judged]
    anchors: Sequence[Anchor]
    governance: Governance | None
    _governances: dict[str, Governance | None] = field(default_factory=dict)

    def sheet(self, change: str, events: Sequence[Envelope]) -> Sheet:
        """Return the sheet of a change from its events up to the end of the period."""
        trail = self.pathfinder.trail(events)
        state = trail.stations[-1].state
        said = contents(state)
        findings, unread = self._findings(state)
        started = _started(trail, state)
        landed = state.stage is Stage.APPLIED
        label = self.labels.get(change, change)
        landed_on = self.steps.get(state.commit)
        base = started.onto if started else landed_on.base if landed_on else ""
        decisions = tuple(self._decisions(trail, state, started, base))
        heard = tuple(_heard(trail))
        step = self.steps.get(state.commit) if landed else None
        duty = self._duty(state, label, decisions, step) if landed else None
        return Sheet(
            change=change,
            label=label,
            state=str(state.stage),
            change_class=said.change_class if said else None,
            definitions=_definitions(state),
            author=state.created_by,
            why=said.why if said else state.why,
            created_at=state.created_at,
            first_seq=events[0].seq,
            last_seq=events[-1].seq,
            revision=state.revision.number if state.revision else 0,
            contributors=tuple(sorted(state.contributors)),
            requested_by=(said.requested_by or "") if said else "",
            implemented_by=(said.implemented_by or "") if said else "",
            refs=said.refs if said else (),
            reverts=self.labels.get(state.reverts, state.reverts) if state.reverts else "",
            superseded_by=self.labels.get(state.superseded_by, state.superseded_by),
            intent=str(said.intent or "") if said else "",
            treatment=str(said.treatment or "") if said else "",
            effective_from=(said.effective_from or "") if said else "",
            meaning_unchanged=said.meaning_unchanged if said else False,
            effect=_effect(trail, state),
            digest=said.digest if said else "",
            rules=_rules(trail),
            findings=findings,
            unread=unread,
            needs=trail.needs,
            decisions=decisions,
            heard=heard,
            threads=threads_of(state),
            story=story(trail),
            base=started.onto if started else step.base if step else "",
            commit=state.commit,
            landed_by=state.landed_by,
            landed_at=state.ended_at if landed else "",
            governance=started.governance if started else "",
            duty=duty,
            exceptions=tuple(unusual_in(trail, label, heard, step)),
            in_period=landed and self.period.holds(state.ended_at),
        )

    def anchor(self, seq: int) -> Anchor | None:
        """Return the first commit of main that vouches for an event and all before it."""
        place = bisect_left(self.anchors, seq, key=lambda one: one.seq)
        return self.anchors[place] if place < len(self.anchors) else None

    def _findings(self, state: ChangeState) -> tuple[Mapping[str, tuple[Finding, ...]], str]:
        said = contents(state)
        if said is None or self.governance is None:
            return {}, ""
        access = self.pathfinder.access
        try:
            found = recorded(
                state.change, said, journal=access.journal, files=access.files, governance=self.governance
            ).findings
        except MetricgovError as error:
            return {}, error.message
        return found, ""

    def _identity(self, event: Envelope, base: str) -> Identity:
        """Return the identity behind a decision, by the base it was used on, or main when it was given."""
        commit = base or event.main
        if commit not in self._governances:
            access = self.pathfinder.access
            try:
                self._governances[commit] = governance_at(commit, source=access.source, files=access.files)
            except MetricgovError:
                self._governances[commit] = None
        governance = self._governances[commit]
        return identity_behind(event, governance, self.pathfinder.access) if governance else Identity.CLAIMED

    def _decisions(
        self, trail: Trail, state: ChangeState, started: e.ApplyStarted | None, base: str
    ) -> Iterator[Decided]:
        counted = {one.seq for one in started.approvals} if started else set()
        if started is None and state.stage is Stage.APPLIED:
            judged = trail.last_judged
            votes = judged.judgement.approvals if judged and judged.judgement else ()
            counted = {vote.decision.seq for vote in votes}
        for station in trail.stations:
            payload = station.event.payload
            if station.problem or not isinstance(payload, e.Decided):
                continue
            said, event = sentence(station.event), station.event
            yield Decided(
                who=event.actor.principal,
                type=event.type,
                what=said.says,
                words=said.words,
                identity=self._identity(station.envelope, base),
                revision=payload.revision,
                seq=event.seq,
                at=event.at,
                counted=event.seq in counted,
                anchor=self.anchor(event.seq),
            )

    def _duty(
        self,
        state: ChangeState,
        label: str,
        decisions: Sequence[Decided],
        step: Judged | None,
    ) -> Duty:
        revision = state.revision
        approved = tuple(dict.fromkeys(one.who for one in decisions if one.counted))
        proposed = tuple(sorted(state.contributors))
        applied = next((one for one in reversed(self._appliers(state)) if one), "")
        by = applied or (f"{step.author} (git's author)" if step else "the git host")
        requested = (revision.requested_by or "") if revision else ""
        return Duty(
            change=state.change,
            label=label,
            definitions=tuple(one.id for one in revision.definitions) if revision else (),
            requested_by=requested,
            proposed_by=proposed,
            approved_by=approved,
            applied_by=by,
            landed_at=state.ended_at,
            conflicts=tuple(f"{one} wrote and approved it" for one in approved if one in state.contributors),
            notes=(
                *((f"{applied} wrote and applied it",) if applied in state.contributors else ()),
                *((f"{applied} approved and applied it",) if applied in approved else ()),
                *((f"{requested} asked for it and approved it",) if requested in approved else ()),
            ),
            commit=state.commit,
        )

    def _appliers(self, state: ChangeState) -> list[str]:
        """Return who began to apply a change, in order; nobody where the host landed it."""
        if state.landed_by != "apply":
            return []
        events = self.pathfinder.memory.events_of(state.change)
        return [one.actor.principal for one in events if one.type == TYPE_OF[e.ApplyStarted]]


def _definitions(state: ChangeState) -> tuple[tuple[str, str, str, str], ...]:
    said = contents(state)
    if said is None:
        return ((state.definition, "", "", ""),) if state.definition else ()
    return tuple(
        (one.id, one.change_class.value, one.version_before or "", one.version_after or "") for one in said.definitions
    )


def _started(trail: Trail, state: ChangeState) -> e.ApplyStarted | None:
    """Return the attempt with which the change landed, None where the host landed it or it did not."""
    if state.landed_by != "apply":
        return None
    payloads = (one.event.payload for one in reversed(trail.stations) if not one.problem)
    return next((one for one in payloads if isinstance(one, e.ApplyStarted)), None)


def _rules(trail: Trail) -> tuple[str, ...]:
    judged = trail.last_judged
    roles = judged.judgement.roles if judged and judged.judgement else ()
    return tuple(dict.fromkeys(rule_words(one) for one in roles))


def _effect(trail: Trail, state: ChangeState) -> str:
    """Return what is on record about the effect of the contents, in a sentence."""
    said = contents(state)
    for station in reversed(trail.stations):
        payload = station.event.payload
        if isinstance(payload, e.EffectEvaluated) and said is not None and payload.digest == said.digest:
            return payload.says or f"computed; evidence {payload.evidence}"
    return said.effect_note if said else ""


def _heard(trail: Trail) -> Iterator[Heard]:
    """Yield how everybody who was asked was heard, as it was judged last."""
    station = trail.last_judged
    judgement = station.judgement if station else None
    if judgement is None:
        return
    spoken = _first_words(trail)
    for one in judgement.answers:
        answered = min((spoken[person] for person in one.people if person in spoken), default="")
        due = one.due or ""
        yield Heard(
            who=one.principal,
            definitions=one.definitions,
            outcome=one.outcome,
            due=due,
            answered_at=answered if one.outcome == "answered" else "",
            late=bool(due and answered > due),
        )


def _first_words(trail: Trail) -> dict[str, str]:
    """Return when each person first decided on the last revision, whatever it was."""
    found: dict[str, str] = {}
    for station in trail.stations:
        payload = station.event.payload
        if isinstance(payload, e.RevisionSubmitted):
            found.clear()
        elif isinstance(payload, e.Decided) and not station.problem:
            found.setdefault(station.event.actor.principal, station.event.at)
    return found


def stations_of(trail: Trail, kind: type) -> tuple[Station, ...]:
    """Return the events of one kind that had an effect."""
    return tuple(one for one in trail.stations if not one.problem and isinstance(one.event.payload, kind))
