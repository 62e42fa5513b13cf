"""The questions that doors ask, as Protocols by topic; `Desk` is all of them.

Arguments and answers are values that can be sent to another process or over HTTP. What cannot be done is raised as a
MetricgovError with its code, words and next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from metricgov.desk.asked_past import Past
from metricgov.desk.asked_people import Staff
from metricgov.desk.asked_proposing import Proposing
from metricgov.desk.progress import Progress as Progress  # noqa: PLC0414 - doors take it from here
from metricgov.desk.progress import silent as silent  # noqa: PLC0414
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.searched import Facets, Searched
from metricgov.domain.views import ChangeRow, ChangeView, DefinitionRow, ImpactRow, InboxRow, WhoView

if TYPE_CHECKING:
    from metricgov.desk.audit_file import AuditFile
    from metricgov.desk.beginning import Beginning
    from metricgov.desk.deciding import Deed, Fetched, Foreseen, Outcome
    from metricgov.desk.proving import Checked, Events, Journal, Verified
    from metricgov.domain.cards import DefinitionCard
    from metricgov.domain.comparability.evidence import Evidence
    from metricgov.domain.comparability.pairing import Pairing
    from metricgov.domain.comparability.timeline import Known
    from metricgov.domain.draft_views import (
        Answers,
        Choices,
        DraftFile,
        DraftRow,
        Opened,
        Submitted,
        TextRead,
        Weighed,
        Writing,
    )
    from metricgov.domain.edited_views import EditedDefinition
    from metricgov.domain.effect_report import EffectOnRecord
    from metricgov.domain.linted import Complaint
    from metricgov.domain.past_views import StoryLine
    from metricgov.domain.reading_views import Lineage, Score, ScorecardView, SeriesView, VersionHistory
    from metricgov.domain.walked import Walked


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, and where: `principal` and `name` of the person, `proof` how decisions are proved.

    `registry` is the id of the registry and `title` its name for people; `council` says whether the person is on it;
    `unsigned` why decisions are not signed, "" where they are.
    """

    principal: str
    name: str
    registry: str
    title: str
    proof: str
    council: bool = False
    unsigned: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far this clone is with the others: what waits to be sent, and when it last heard from the remote.

    `remote` is "" where there is none, `fetched_at` UTC in seconds ("" never); `offline` that everything waits here;
    `mark` changes whenever anything that the desk answers from has moved.
    """

    mark: str
    unsent: int = 0
    remote: str = ""
    fetched_at: str = ""
    offline: bool = False


class Entrance(Protocol):
    """What every door asks first."""

    def reader(self) -> Reader:
        """Return who asks; raises BadInput where git's user.email is nobody's."""
        ...

    def standing(self) -> Standing:
        """Return how far this clone is; cheap enough to ask every second."""
        ...

    def inbox(self) -> tuple[InboxRow, ...]:
        """Return what waits for the reader, oldest due first."""
        ...

    def change_rows(
        self,
        *,
        ended: bool = False,
        state: str = "",
        person: str = "",
        definition: str = "",
        author: str = "",
        change_class: str = "",
        since: str = "",
        most: int = 0,
    ) -> tuple[ChangeRow, ...]:
        """Return changes, the one that moved last first; open ones, or with `ended` all; 0 for `most` is no limit.

        `person` is anybody in it, `author` who began it, `since` the day or second from which on it has moved.
        """
        ...


ANY = Facets()


@dataclass(frozen=True, slots=True)
class Complaints:
    """What is wrong with the files of a commit, by path and line, and how many files were read."""

    rows: tuple[Complaint, ...]
    files: int
    commit: str


class Reading(Protocol):
    """Definitions: what there is, one in full, its neighbours, who decides about it."""

    def names(self) -> tuple[str, ...]:
        """Return the id of every definition on main; no file is read for it."""
        ...

    def definitions(self) -> tuple[DefinitionRow, ...]:
        """Return a line for every definition on main, with everything that is searched and by which it is narrowed."""
        ...

    def search(self, text: str = "", facets: Facets = ANY, *, sort: str = "name", most: int = 50) -> Searched:
        """Return what matches every word of a text, best first; where nothing does, what is only misspelt.

        Without a text, what the facets leave, in an order: name, owner, domain, status or open change. 0 for `most` is
        no limit.
        """
        ...

    def card(self, definition: str, *, at: str = "", on: str = "", version: str = "") -> DefinitionCard:
        """Return one definition in full, by its id or any name that commands take, as main has it.

        Or as it was: `at` a commit, `on` the day of data that a version holds, as a `version` made it; one of them.
        """
        ...

    def reached(self, definition: str, *, at: str = "") -> tuple[ImpactRow, ...]:
        """Return everything that is computed from a definition or uses it, nearest first; `at` is a commit."""
        ...

    def lineage(self, definition: str) -> Lineage:
        """Return what a definition is computed from and what is computed from it, one step each way."""
        ...

    def who(
        self, definition: str, change_class: ChangeClass = ChangeClass.BREAKING, by: str = "", at: str = ""
    ) -> WhoView:
        """Return who would have to agree to a change of that class, written by a person ("": by nobody we know).

        `at` is a day or second: then by the governance in force at that time, as the journal saw it.
        """
        ...

    def lint(self, *, at: str = "") -> Complaints:
        """Return what is wrong with the files of main, or of the commit `at`: structure, names, references."""
        ...


@dataclass(frozen=True, slots=True)
class Days:
    """Which part of a metric over time: the days [start, end) as ISO days, by one kind of period, on one basis.

    By default from its first version until today, by what is easy to read. `known_at` is the ISO day at whose end the
    versions and the stored values were known, "" for now; what an engine computes is always of now. `by` names a
    dimension: then there is one line for each of its values, and none of the whole.
    """

    basis: str = "current"
    start: str = ""
    end: str = ""
    grain: str = ""
    known_at: str = ""
    by: str = ""


WHOLE = Days()


class OverTime(Protocol):
    """Versions and values of metrics; what is computed needs an engine, what is stored does not."""

    def engine(self) -> str:
        """Return the name of the engine that values are computed with, "" where none is bound."""
        ...

    def history(self, definition: str) -> VersionHistory:
        """Return the versions of a definition, and of a metric how they compare."""
        ...

    def stored(self, metric: str, asked: Days = WHOLE) -> SeriesView | None:
        """Return a metric over time from the values that were stored; None where there are none."""
        ...

    def series(self, metric: str, asked: Days = WHOLE, *, progress: Progress = silent) -> SeriesView:
        """Compute a metric over time, with every break marked; Undecidable without an engine."""
        ...

    def compare(
        self,
        metric: str,
        old: str,
        new: str,
        *,
        recorded: bool = False,
        engine: str = "",
        as_of: str = "",
        progress: Progress = silent,
    ) -> Pairing:
        """Return how two versions of a metric compare: what differs, the links on record, and both measured now.

        With `recorded`, or where no engine is bound, nothing is measured. `as_of` is an ISO day, "" for today.
        """
        ...

    def measured_on(self, metric: str, day: str, *, known_at: str = "") -> Known | None:
        """Return which version measures a day, as it was known on another ("": today); None where none does."""
        ...

    def scorecards(self) -> tuple[ScorecardView, ...]:
        """Return every scorecard, those of the reader's teams first; their values are asked for by `scores`."""
        ...

    def scores(
        self, metrics: tuple[str, ...], *, computed: bool = False, progress: Progress = silent
    ) -> tuple[Score, ...]:
        """Return where metrics stand, by what is stored or what the engine says now; each says why it has no value."""
        ...


class Changes(Protocol):
    """What can be asked about one change; it is named by its id, its label or the name of a definition."""

    def change(self, change: str) -> ChangeView:
        """Return the change as it stands: contents, requirements, decisions, talk."""
        ...

    def edits(self, change: str, *, since: int = 0) -> tuple[EditedDefinition, ...]:
        """Return what it does to the texts of definitions, gravest first.

        With `since`, the number of a revision: what differs between that one and the newest, as its reader needs it
        who read that one.
        """
        ...

    def effect(self, change: str) -> EffectOnRecord:
        """Return the effect on record, of earlier contents where there is none of the newest.

        Refused (no_effect) where none is; its report has no `futures`: the record holds no values.
        """
        ...

    def evaluate(
        self, change: str, *, engine: str = "", as_of: str = "", dry_run: bool = False, progress: Progress = silent
    ) -> EffectOnRecord:
        """Compute the effect of the contents and record it; `as_of` is an ISO day, "" for today.

        With `dry_run` nothing is recorded, and `at` of the answer is "".

        An exception raised by `progress` stops it, and nothing is recorded.
        """
        ...

    def impact(self, change: str) -> tuple[tuple[str, tuple[ImpactRow, ...]], ...]:
        """Return each changed definition with everything that is computed from it or uses it, nearest first."""
        ...

    def story(self, change: str) -> tuple[StoryLine, ...]:
        """Return what happened, oldest first; `seq` of a line tells whether its reader has seen it."""
        ...


class Proving(Protocol):
    """Questions of auditors."""

    def journal(self, wanted: Events) -> Journal:
        """Return events, newest first; raises BadInput where a name, day or type is none."""
        ...

    def verify(
        self, *, full: bool = False, root: str = "", expect: str = "", since: int = 0, progress: Progress = silent
    ) -> Verified:
        """Check every event, byte and link, and the values on record; about a second for 1,500 events.

        With `full`, every step of main is judged besides, from the root on, whose digest can be given as `root`.
        `expect` is the last event as somebody kept it elsewhere (`SEQ:SHA256`); with `since`, only what came after that
        event is checked.
        """
        ...

    def bypasses(self, *, since: str = "", progress: Progress = silent) -> Walked:
        """Judge every step of main by the rules of its base; those that came past approval, from a day or second on."""
        ...

    def report(
        self, first: str, last: str, *, root: str = "", expect: str = "", at: str = "", progress: Progress = silent
    ) -> AuditFile:
        """Return the file for an auditor over the days of a period, UTC, both included; same journal, same bytes."""
        ...

    def export(self, wanted: Events, form: str, progress: Progress = silent) -> str:
        """Return events as `csv` or `jsonl`, oldest first; the same journal gives the same text."""
        ...

    def policy(self) -> Checked:
        """Return for every definition, class and author whether somebody can approve."""
        ...


class Drafting(Protocol):
    """The drafts of one person on one machine. `window` is who writes: `host:process:start`, one draft each."""

    def drafts(self) -> tuple[DraftRow, ...]:
        """Return what the reader has typed and not submitted, the newest first."""
        ...

    def open_draft(self, of: str, window: str, *, anew: bool = False, take: bool = False) -> Opened:
        """Return the draft of a definition, of a change to revise or of a request, begun where there is none.

        With `anew` an older one is put aside; with `take` it is taken from the window that holds it.
        """
        ...

    def begin_draft(self, wanted: Beginning, window: str) -> Opened:
        """Return the draft of a new definition, from the template of its kind and type."""
        ...

    def keep_draft(self, writing: Writing, window: str, files: tuple[DraftFile, ...], answers: Answers) -> None:
        """Keep what was typed; Refused where another window has taken the draft, Undecidable where the disk is full."""
        ...

    def close_draft(self, writing: Writing, window: str, *, discard: bool = False) -> None:
        """Let go of a draft; one that nothing was typed into is deleted, with `discard` any is put aside."""
        ...

    def choices(self) -> Choices:
        """Return what a new definition can be made of."""
        ...

    def request_change(self, name: str, why: str, refs: tuple[str, ...] = ()) -> Submitted:
        """Ask the responsible people for a change of a definition, in words."""
        ...


class Editing(Protocol):
    """What a text in a draft says, and what comes of it."""

    def read_text(self, path: str, text: bytes) -> TextRead:
        """Return one text as it reads by itself; never raises for any text."""
        ...

    def with_value(self, path: str, text: bytes, field: str, typed: str) -> bytes:
        """Return a text with one field as somebody typed it, everything else as it was written."""
        ...

    def without(self, path: str, text: bytes, field: str) -> bytes:
        """Return a text with one field, or one item of a list, taken out."""
        ...

    def weigh(self, writing: Writing, files: tuple[DraftFile, ...], answers: Answers) -> Weighed:
        """Return what a draft means against main; never raises for any text."""
        ...

    def submit_draft(
        self, writing: Writing, window: str, files: tuple[DraftFile, ...], answers: Answers, *, as_draft: bool = False
    ) -> Submitted:
        """Record a draft as a change or its next revision; RefusedUnmet with all that is missing, nothing recorded."""
        ...

    def effect_of_draft(
        self,
        writing: Writing,
        files: tuple[DraftFile, ...],
        answers: Answers,
        *,
        progress: Progress = silent,
    ) -> Evidence:
        """Return what a draft does to the numbers, computed on the registry's engine; nothing is recorded."""
        ...


class Deciding(Protocol):
    """What people say about a change."""

    def foresee(self, change: str) -> Foreseen:
        """Return what the reader may do with a change now, and why not where they may not."""
        ...

    def do(self, change: str, deed: Deed) -> Outcome:
        """Do one thing; raises RefusedUnmet with everything that is missing, and then nothing is done.

        A verdict names the revision and cycle that were read: where others stand now it is refused as `stale`.
        """
        ...

    def sync(self) -> Fetched:
        """Fetch, and send what waits here; Refused where the reader works offline or there is no remote."""
        ...


class Desk(
    Entrance,
    Reading,
    OverTime,
    Past,
    Staff,
    Changes,
    Drafting,
    Editing,
    Proving,
    Deciding,
    Proposing,
    Protocol,
):
    """Everything that can be asked."""
