"""The journal as it stood when main took a step: what no event before the step's first sighting says does not count."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from metricgov.domain.errors import MetricgovError, Place, Problem, Refused, Undecidable
from metricgov.domain.workflow.envelope import Draft, Envelope
from metricgov.domain.workflow.registry_events import Baseline, MainRewound
from metricgov.domain.workflow.typed import TYPE_OF, parse
from metricgov.ports.journal import Journal, JournalHead
from metricgov.ports.source import Ancestry

REWOUND = TYPE_OF[MainRewound]
BASELINE = TYPE_OF[Baseline]
NOWHERE = -1
BLOBS = 500
"""Texts of earlier versions kept at one time; 125 MiB if each is as large as a definition may be."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """An event that names another main than the event before it: who wrote it saw main there.

    `main_before` and `at_before` are what the event before it says.
    """

    seq: int
    prev: str
    at: str
    main: str
    type: str
    main_before: str
    at_before: str


@dataclass(slots=True)
class Memory:
    """What an audit keeps of the journal: where its events saw main, and the events that were asked for.

    `take` every event in order, then `settle` on the commits of main.
    """

    journal: Journal
    sightings: list[Sighting] = field(default_factory=list)
    baselines: list[Envelope] = field(default_factory=list)
    head: JournalHead = field(default_factory=JournalHead)
    last_at: str = ""
    problems: list[Problem] = field(default_factory=list)
    _places: list[int] = field(default_factory=list)
    _firsts: list[Sighting] = field(default_factory=list)
    _events: dict[str | None, tuple[Envelope, ...]] = field(default_factory=dict)
    _touching: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _about: dict[str, tuple[Envelope, ...]] = field(default_factory=dict)
    _blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def take(self, envelope: Envelope) -> None:
        """Note where an event saw main."""
        if envelope.main != self.head.main or envelope.type == REWOUND:
            self.sightings.append(
                Sighting(
                    envelope.seq, envelope.prev, envelope.at, envelope.main, envelope.type, self.head.main, self.last_at
                )
            )
        if envelope.type == BASELINE:
            self.baselines.append(envelope)
        self.head, self.last_at = JournalHead("", envelope.seq, "", envelope.main), envelope.at

    def settle(self, line: Mapping[str, int], tip: str, ancestry: Ancestry) -> None:
        """Put the sightings on a line of commits (their ids to their places), and note what cannot stand beside it.

        Undecidable where the journal has seen a main that this clone's main does not contain, and nobody can say why.
        """
        seen = NOWHERE
        stray: Sighting | None = None
        for one in self.sightings:
            place = place_of(one.main, line, ancestry)
            if one.type == REWOUND:
                stray, seen = None, place
            elif one.main not in line:
                stray = stray or one
            elif place < seen:
                says = f"event {one.seq} names a main that lies before the one of the event before it"
                self.problems.append(Problem("main_went_back", says, Place(f"event {one.seq}")))
            else:
                stray, seen = None if stray and ancestry.contains(one.main, stray.main) else stray, place
            if place > (self._places[-1] if self._places else NOWHERE):
                self._places.append(place)
                self._firsts.append(one)
        if stray is not None:
            self._strayed(stray, tip, ancestry)

    def _strayed(self, one: Sighting, tip: str, ancestry: Ancestry) -> None:
        if ancestry.contains(tip, one.main):
            return
        try:
            behind = ancestry.contains(one.main, tip)
        except MetricgovError:
            behind = True
        if behind:
            raise Undecidable(
                "main_behind",
                f"event {one.seq} saw main at {one.main[:12]}, which main does not contain here",
                hint="run: git fetch origin main, and move main there; if main went back, any metricgov command "
                "that writes records it",
            )
        says = f"event {one.seq} saw main at {one.main[:12]}; main no longer contains it, and no event says why"
        self.problems.append(Problem("main_rewound", says, Place(f"event {one.seq}")))

    def first_to_see(self, place: int) -> tuple[int, Sighting] | None:
        """Return the first event that saw main at this place of the line or beyond, and where it saw it."""
        found = bisect_left(self._places, place)
        return None if found == len(self._places) else (self._places[found], self._firsts[found])

    def until(self, sighting: Sighting | None) -> JournalThen:
        """Return the journal before an event; as it is now without one."""
        if sighting is None:
            return JournalThen(self, self.head)
        return JournalThen(self, JournalHead("", sighting.seq - 1, sighting.prev, sighting.main_before))

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        """Return all events of a change, read once."""
        if change not in self._events:
            self._events[change] = self.journal.events_of(change)
        return self._events[change]

    def touching(self, definition: str) -> tuple[str, ...]:
        """Return all changes that touch a definition, read once."""
        if definition not in self._touching:
            self._touching[definition] = self.journal.touching(definition)
        return self._touching[definition]

    def about(self, subject: str) -> tuple[Envelope, ...]:
        """Return all events of no change that name a subject, read once."""
        if subject not in self._about:
            self._about[subject] = self.journal.about(subject)
        return self._about[subject]

    def blob(self, change: str, sha256: str) -> bytes:
        """Return stored bytes; the last ones are kept, because a definition's later steps ask for its earlier ones."""
        key = (change, sha256)
        if key not in self._blobs:
            if len(self._blobs) >= BLOBS:
                del self._blobs[next(iter(self._blobs))]
            self._blobs[key] = self.journal.blob(change, sha256)
        return self._blobs[key]


class JournalThen:
    """Implements the port Journal for what stood at a moment; nothing can be added to the past."""

    def __init__(self, memory: Memory, head: JournalHead) -> None:
        self._memory = memory
        self._head = head

    def head(self) -> JournalHead:
        """Return the last event of that moment; no commit stands for it."""
        return self._head

    def events(self, *, since: int = 0) -> Iterator[Envelope]:
        """Yield the events after a seq up to that moment."""
        return takewhile(lambda one: one.seq <= self._head.seq, self._memory.journal.events(since=since))

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        """Return the events of one change up to that moment."""
        found = self._memory.events_of(change)
        if not found or found[-1].seq <= self._head.seq:
            return found
        return tuple(one for one in found if one.seq <= self._head.seq)

    def touching(self, definition: str) -> tuple[str, ...]:
        """Return the changes that touch a definition and had begun."""
        return tuple(one for one in self._memory.touching(definition) if self.events_of(one))

    def about(self, subject: str) -> tuple[Envelope, ...]:
        """Return the events of no change that name a subject, up to that moment."""
        return tuple(one for one in self._memory.about(subject) if one.seq <= self._head.seq)

    def blob(self, change: str, sha256: str) -> bytes:
        """Return stored bytes; a digest names the same bytes at every moment."""
        return self._memory.blob(change, sha256)

    def append(self, decide: Callable[[], Sequence[Draft]]) -> tuple[Envelope, ...]:
        """Refuse: the past is read alone, and `decide` is never asked."""
        raise Refused("journal_frozen", "the journal as it stood cannot be added to", hint="work on its branch")


def baselines_elsewhere(memory: Memory, genesis: str) -> Iterator[Problem]:
    """Yield the events that accept contents as found anywhere but where the registry began; they count for nothing."""
    for one in memory.baselines:
        payload = parse(one).payload
        if isinstance(payload, Baseline) and payload.commit != genesis:
            says = f"event {one.seq} accepts {payload.commit[:12]} as found, where the registry does not begin"
            yield Problem("baseline_elsewhere", says, Place(f"event {one.seq}"))


def place_of(main: str, line: Mapping[str, int], ancestry: Ancestry) -> int:
    """Return the last place of the line that a commit contains along its own first parents, NOWHERE without one."""
    if main in line or not main:
        return line.get(main, NOWHERE)
    try:
        return next((line[one] for one in reversed(ancestry.first_parents(main)) if one in line), NOWHERE)
    except MetricgovError:
        return NOWHERE
