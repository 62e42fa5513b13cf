"""The auditor's file: journal verified, main walked, one sheet a change; where it is written is for the door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from metricgov.app.access import Access
from metricgov.app.addressing import Labels
from metricgov.app.as_it_stood import Memory
from metricgov.app.auditing import Audit, audit_verify, subjects_of
from metricgov.app.gate import Hygiene
from metricgov.app.report.access import access_between, deciders, standing
from metricgov.app.report.rules import rule_changes
from metricgov.app.report.sheets import SheetWriter
from metricgov.app.report.unusual import missing_reviews, unusual_of_registry, unusual_problems, unusual_steps
from metricgov.app.still import SharedSource
from metricgov.app.trail import Pathfinder
from metricgov.app.walking import walk
from metricgov.domain import time
from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.report import Anchor, Chain, Duty, ExceptionKind, Line, Period, Report, Sheet, Unusual
from metricgov.domain.walked import Bypass, Judged, Walked
from metricgov.domain.workflow.envelope import Envelope, Identity
from metricgov.domain.workflow.events import Approved
from metricgov.domain.workflow.typed import TYPE_OF
from metricgov.ports.index import Progress, silent
from metricgov.ports.integrity import Integrity
from metricgov.ports.journal import ChangeIds
from metricgov.ports.line import Line as MainLine

APPROVED = TYPE_OF[Approved]


@dataclass(frozen=True, slots=True)
class Sources:
    """What the file is read from: a journal and a main that stand still while it is."""

    access: Access
    ids: ChangeIds
    integrity: Integrity
    line: MainLine
    hygiene: Hygiene


@dataclass(slots=True)
class _Seen:
    """What one pass over the journal notes about the period."""

    period: Period
    memory: Memory
    first: Envelope | None = None
    last: Envelope | None = None
    changes: dict[str, None] = field(default_factory=dict)
    registry: list[Envelope] = field(default_factory=list)
    approvals: Counter[Identity] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    """Of every definition that the period's events touch."""
    past: Envelope | None = None
    """The last event before the period ended."""

    def take(self, envelope: Envelope) -> None:
        """Note one event."""
        self.memory.take(envelope)
        if envelope.at < self.period.end:
            self.past = envelope
        if not self.period.holds(envelope.at):
            return
        self.first, self.last = self.first or envelope, envelope
        if envelope.change:
            self.changes[envelope.change] = None
            self.names.update(one.partition(":")[2] for one in subjects_of(envelope))
        else:
            self.registry.append(envelope)
        if envelope.type == APPROVED:
            self.approvals[envelope.actor.identity] += 1


def period_of(first: str, last: str) -> Period:
    """Return the days from the first to the last, both included; BadInput where they are none, or in wrong order."""
    try:
        start, end = time.day(first), time.day(last)
    except ValueError:
        raise BadInput("bad_date", f"{first!r} to {last!r} is no period", hint="write days: 2026-04-01") from None
    if end < start:
        raise BadInput("period_ends_first", f"{last} lies before {first}", hint="exchange --from and --to")
    after = time.to_text(time.from_text(f"{last}T23:59:59Z") + time.SECOND)
    return Period(first, last, f"{first}T00:00:00Z", after)


def report(
    sources: Sources,
    period: Period,
    *,
    program: str,
    write: Callable[[Sheet], None],
    at: str = "",
    root: str = "",
    expected: tuple[int, str] | None = None,
    progress: Progress = silent,
) -> Report:
    """Return the first page, after `write` was given every sheet, in the order in which changes first moved.

    `at` is the moment that open questions are judged for: UTC in seconds, by default the later of the journal's last
    event and main's tip, so that nothing depends on when this runs. Refused where the journal is not whole.
    """
    access = sources.access
    memory = Memory(access.journal)
    seen = _Seen(period, memory)
    progress("verifying the journal", 0, 1)
    audit = audit_verify(sources.integrity, expected=expected, beside=seen.take)
    if not audit.whole:
        first = f", from event {audit.first_bad} on" if audit.first_bad else ""
        raise Refused(
            "journal_not_whole", f"the journal is not whole{first}; nothing said of it would prove anything",
            hint="run: metricgov audit verify",
        )  # fmt: skip
    tip = access.source.resolve(access.target)
    line = sources.line.line(tip)
    now = at or max(memory.last_at, line[-1].at)
    steps: list[Judged] = []
    walked = walk(
        access,
        memory,
        Walked(),
        line=sources.line,
        hygiene=sources.hygiene,
        now=now,
        root=root,
        progress=progress,
        note=steps.append,
    )
    _refuse_another_root(walked)
    labels = Labels(sources.ids.changes())
    within = [one for one in steps if period.holds(one.at) or period.holds(one.seen_at or now)]
    start, moment_before = standing(access, _before(period.start))
    shared = replace(access, source=SharedSource(access.source, seen.names))
    end, moment_after = standing(shared, min(now, _before(period.end)))
    rules_before = moment_before.governance if moment_before else None
    rules_after = moment_after.governance if moment_after else None
    dates = {one.oid: one.at for one in line}
    anchors = _anchors(audit, dates)
    found = Report(
        period=period,
        at=now,
        registry=access.registry,
        target=access.target,
        program=program,
        chain=_chain(audit, seen),
        line=_line(walked, steps),
        steps=within,
        start=start,
        end=end,
    )
    writer = SheetWriter(
        Pathfinder(shared, memory), period, labels, {one.commit: one for one in steps}, anchors, rules_after
    )
    touched = _sheets(found, writer, seen, write, progress)
    _add_steps(found, walked.bypasses)
    found.exceptions.extend(unusual_of_registry(seen.registry))
    found.exceptions.extend(unusual_problems((*audit.problems, *walked.problems)))
    found.exceptions.extend(missing_reviews(one for one in walked.late if one.due < period.end))
    order = list(ExceptionKind)
    found.exceptions.sort(key=lambda one: (order.index(one.kind), one.at, one.seq))
    found.rule_changes.extend(rule_changes(access, within, labels))
    found.access.extend(access_between(rules_before, rules_after))
    if moment_after is not None:
        progress("asking who decides", 0, 1)
        found.deciders.extend(deciders(moment_after, touched))
    found.recorded = _ordered(seen.approvals)
    return found


def _refuse_another_root(walked: Walked) -> None:
    for one in walked.bypasses:
        for problem in one.problems:
            if problem.code == "root_differs":
                raise Refused(problem.code, problem.message, hint=problem.hint)


def _sheets(
    found: Report, writer: SheetWriter, seen: _Seen, write: Callable[[Sheet], None], progress: Progress
) -> set[str]:
    """Write every sheet, keep its short form, and return the definitions that they touch."""
    touched: set[str] = set()
    counted: Counter[Identity] = Counter()
    total = len(seen.changes)
    for number, change in enumerate(seen.changes):
        progress("writing sheets", number, total)
        events = [one for one in writer.pathfinder.memory.events_of(change) if one.at < writer.period.end]
        sheet = writer.sheet(change, events)
        write(sheet)
        touched |= {one[0] for one in sheet.definitions}
        found.exceptions.extend(one for one in sheet.exceptions if writer.period.holds(one.at) or not one.at)
        if sheet.in_period:
            counted.update(one.identity for one in sheet.decisions if one.counted and one.type == APPROVED)
            found.duties.extend((sheet.duty,) if sheet.duty else ())
            found.exceptions.extend(_astray(sheet, writer))
        found.sheets.append(replace(sheet, findings={}, needs=(), threads=(), story=(), heard=()))
    found.counted = _ordered(counted)
    return touched


def _astray(sheet: Sheet, writer: SheetWriter) -> Iterable[Unusual]:
    """Yield that a change is recorded as landed with a commit that main does not hold."""
    if sheet.commit not in writer.steps:
        says = f"recorded as landed with {sheet.commit[:12]}, which is no step of main"
        yield Unusual(ExceptionKind.CONFLICT, says, sheet.landed_at, "", sheet.change, sheet.label, sheet.commit)


def _add_steps(found: Report, bypasses: Sequence[Bypass]) -> None:
    """Put what reached main past approval beside what was approved: nobody's duties are left out."""
    within = frozenset(one.commit for one in found.steps) | {found.line.genesis}
    found.exceptions.extend(unusual_steps(bypasses, within))
    for one in bypasses:
        if one.commit in within:
            found.duties.append(
                Duty(
                    change="",
                    label="",
                    definitions=tuple(each.id for each in one.definitions),
                    requested_by="",
                    proposed_by=(),
                    approved_by=(),
                    applied_by=f"{one.author} (git's author)",
                    landed_at=one.at,
                    conflicts=("policy only observed: nobody's approval was enough",)
                    if one.observed
                    else ("reached main without the approvals it needed",),
                    commit=one.commit,
                )
            )
    places = {one.commit: place for place, one in enumerate(found.steps)}
    found.duties.sort(key=lambda one: (one.landed_at, places.get(one.commit, len(places))))


def _chain(audit: Audit, seen: _Seen) -> Chain:
    first, last = seen.first, seen.last
    return Chain(
        events=audit.head.seq,
        sha256=audit.head.sha256,
        changes=audit.changes,
        first_seq=first.seq if first else 0,
        first_sha256=first.sha256 if first else "",
        last_seq=last.seq if last else 0,
        last_sha256=last.sha256 if last else "",
        anchored=audit.anchored,
        note=audit.note,
        problems=audit.problems,
    )


def _line(walked: Walked, steps: Sequence[Judged]) -> Line:
    return Line(
        genesis=walked.genesis,
        began=walked.began,
        root=walked.root,
        pinned=walked.pinned,
        tip=walked.tip,
        steps=len(steps),
        governed=walked.governed,
        bypasses=len(walked.bad),
        problems=tuple(walked.problems),
    )


def _anchors(audit: Audit, dates: dict[str, str]) -> tuple[Anchor, ...]:
    """Return the commits of main that name events, in the order of the events; the first commit of each alone."""
    found: dict[int, Anchor] = {}
    for seq, sha256, commit in audit.anchors:
        if commit in dates:
            found.setdefault(seq, Anchor(seq, sha256, commit, dates[commit]))
    return tuple(found[seq] for seq in sorted(found))


def _before(second: str) -> str:
    return time.to_text(time.from_text(second) - time.SECOND)


def _ordered(found: Counter[Identity]) -> dict[Identity, int]:
    return {one: found[one] for one in Identity}
