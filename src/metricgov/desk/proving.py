"""The journal and the rules: events, verification, export, and whether every change can be approved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metricgov.desk.asked import Progress, silent
from metricgov.desk.at import At

if TYPE_CHECKING:
    from metricgov.desk.audit_file import AuditFile
    from metricgov.desk.session import Session
    from metricgov.domain.errors import Problem
    from metricgov.domain.past_views import AuditRow
    from metricgov.domain.walked import Walked
    from metricgov.domain.workflow.proof import Coverage
    from metricgov.ports.index import EventQuery, Lookup


@dataclass(frozen=True, slots=True)
class Events:
    """Which events of the journal: days or moments as commands take them, "" and 0 for no limit.

    `most` keeps the newest so many.
    """

    since: str = ""
    until: str = ""
    person: str = ""
    event: str = ""
    definition: str = ""
    change: str = ""
    most: int = 0


@dataclass(frozen=True, slots=True)
class Journal:
    """Events, newest first, and how many there are in all: `seq` and `sha256` of the last one."""

    rows: tuple[AuditRow, ...]
    seq: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ValuesHeld:
    """The values on record: of how many metrics, and what is wrong with them, a sentence each."""

    metrics: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying found: how much was checked, the first bad event and what is wrong, a sentence each.

    `ahead` is the first event that is dated ahead of now, 0 without one; `note` says what cannot be known here. `wrong`
    are the same problems with code, place and next step; `since` is the last event that was not checked. `values` says
    whether what is stored holds, `main` what judging every step of main found: None where that was not asked for, or
    the journal is not whole.
    """

    events: int
    changes: int
    sha256: str
    first_bad: int | None
    problems: tuple[str, ...]
    hints: tuple[str, ...]
    note: str = ""
    ahead: int = 0
    wrong: tuple[Problem, ...] = ()
    since: int = 0
    values: ValuesHeld | None = None
    main: Walked | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether every change can be approved under the rules of main, and which main that was."""

    coverage: Coverage
    commit: str
    at: str


class LocalProving(At):
    """Implements Proving over a Session."""

    def journal(self, wanted: Events) -> Journal:
        """Return events, newest first."""
        from metricgov.app.auditing import audit_log

        session = self.session()
        query = query_of(session, wanted)
        journal = session.workspace.journal
        unsent = session.access.unsent()
        found = audit_log(lookup_for(session, query), journal, journal, query)
        head = journal.head()
        rows = tuple(replace(row, waiting=True) if row.seq in unsent else row for row in found)
        return Journal(rows, head.seq, head.sha256)

    def verify(
        self, *, full: bool = False, root: str = "", expect: str = "", since: int = 0, progress: Progress = silent
    ) -> Verified:
        """Check every event, byte and link, and the values on record; with `full`, every step of main besides."""
        from metricgov.app.as_it_stood import Memory
        from metricgov.desk.judging import anchor_of, pinned, values_of, verified, walk_main
        from metricgov.domain.walked import Walked

        digest, expected = pinned(root, full=full, since=since), anchor_of(expect)
        workspace = self.session().workspace
        memory = Memory(workspace.record) if full else None
        found = verified(workspace, since=since, expected=expected, memory=memory, progress=progress)
        walked = None
        if memory is not None and found.whole:
            walked = walk_main(workspace, memory, Walked(), root=digest, progress=progress)
        values = values_of(workspace)
        return Verified(
            events=found.head.seq,
            changes=found.changes,
            sha256=found.head.sha256,
            first_bad=found.first_bad,
            problems=tuple(f"{one.place}: {one.message}" for one in found.problems),
            hints=tuple(dict.fromkeys(one.hint for one in found.problems if one.hint)),
            note=found.note,
            ahead=found.ahead,
            wrong=found.problems,
            since=found.since,
            values=ValuesHeld(values.metrics, values.problems),
            main=walked,
        )

    def bypasses(self, *, since: str = "", progress: Progress = silent) -> Walked:
        """Judge every step of main by the rules of its base."""
        from metricgov.desk.judging import remembered, walk_main
        from metricgov.domain.period import start_of
        from metricgov.domain.walked import Walked

        workspace = self.session().workspace
        start = start_of(since)
        return walk_main(workspace, remembered(workspace), Walked(), since=start, progress=progress)

    def report(
        self, first: str, last: str, *, root: str = "", expect: str = "", at: str = "", progress: Progress = silent
    ) -> AuditFile:
        """Return the file for an auditor over the days of a period."""
        from metricgov.desk.audit_file import MARK, Archive, AuditFile, wish_of, write_file
        from metricgov.render.report.tables import summary_json, summary_text

        wish, archive = wish_of(first, last, root=root, expect=expect, at=at), Archive()
        found = write_file(self.session().workspace, archive, wish, progress)
        digest = archive.digests[MARK]
        return AuditFile(archive.done(), summary_text(found, digest), summary_json(found, digest), digest)

    def export(self, wanted: Events, form: str, progress: Progress = silent) -> str:
        """Return events as text for other programs."""
        from metricgov.app.exporting import export
        from metricgov.domain.errors import BadInput
        from metricgov.render.export import export_csv, export_jsonl

        forms = {"csv": export_csv, "jsonl": export_jsonl}
        if form not in forms:
            raise BadInput("export_form", f"{form!r} is no form of an export", hint="csv or jsonl")
        session = self.session()
        lines = []
        for number, line in enumerate(forms[form](export(session.workspace.record, query_of(session, wanted)))):
            lines.append(line)
            progress("Exporting", number, 0)
        return "".join(lines)

    def policy(self) -> Checked:
        """Return whether every change can be approved."""
        from metricgov.domain import time

        session = self.session()
        return Checked(coverage_at(session, session.tip), session.tip, time.to_text(session.workspace.clock.now()))


def coverage_at(session: Session, commit: str) -> Coverage:
    """Return whether every change can be approved under the rules of a commit, or of the work tree ("")."""
    from metricgov.app.governing import governance_at
    from metricgov.app.keys import unproved
    from metricgov.app.proving import own_governance, policy_check

    linted, access = session.workspace.load_registry(commit), session.access
    if commit:
        governance = governance_at(commit, source=access.source, files=access.files)
    else:
        governance = own_governance(linted, files=access.files)
    found = policy_check(linted, governance)
    if not session.workspace.journal.exists():
        return found
    return replace(found, unproved=tuple(dict.fromkeys(one.person for one in unproved(access, governance))))


def query_of(session: Session, wanted: Events) -> EventQuery:
    """Return the query for the events that are meant."""
    from metricgov.domain.definitions.problems import did_you_mean
    from metricgov.domain.errors import BadInput
    from metricgov.domain.period import end_of, start_of
    from metricgov.domain.workflow.typed import TYPES
    from metricgov.ports.index import EventQuery

    if wanted.event and wanted.event not in TYPES:
        near = did_you_mean(wanted.event, sorted(TYPES))
        says = f"no event is called {wanted.event!r}"
        raise BadInput("event_type_unknown", says, hint=near or ", ".join(sorted(TYPES)))
    found: tuple[str, ...] | None = None
    if wanted.change:
        found = (session.change(wanted.change, ended=True),)
    if wanted.definition:
        touching = session.workspace.journal.touching(session.definition(wanted.definition, past=True))
        found = tuple(one for one in touching if found is None or one in found)
    return EventQuery(
        start_of(wanted.since), end_of(wanted.until), wanted.person, wanted.event, changes=found, last=wanted.most
    )


def lookup_for(session: Session, query: EventQuery) -> Lookup:
    """Return who answers: the journal where few events are read, else whatever is quicker for all of them."""
    if query.changes is not None or not (query.since or query.until or query.person or query.type):
        from metricgov.app.lookup import JournalLookup

        session.workspace.require_journal()
        return JournalLookup(session.workspace.journal)
    return session.workspace.lookup
