"""A registry that stands still while many of its changes are looked at: what they share is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from metricgov.app.access import Access
from metricgov.app.mentions import Mentions
from metricgov.domain.errors import Refused
from metricgov.domain.workflow.envelope import Draft, Envelope
from metricgov.ports.journal import Journal, JournalHead
from metricgov.ports.source import DefinitionSource, TreeChange, TreeEntry


def still(access: Access, names: Iterable[str] = ()) -> Access:
    """Return the ports for reading alone: every event once, and one search for what is computed from these names."""
    return replace(access, journal=StillJournal(access.journal), source=SharedSource(access.source, names))


class StillJournal:
    """Implements the port Journal for readers, over one that does not move; remembers the events of each change."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._head: JournalHead | None = None
        self._events: dict[str | None, tuple[Envelope, ...]] = {}
        self._touching: dict[str, tuple[str, ...]] = {}
        self._about: dict[str, tuple[Envelope, ...]] = {}

    def head(self) -> JournalHead:
        """Return the tip."""
        self._head = self._head or self._journal.head()
        return self._head

    def events(self, *, since: int = 0) -> Iterator[Envelope]:
        """Yield every event with seq > since, in order of seq."""
        return self._journal.events(since=since)

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        """Return the events of one change (of the registry: None), in order of seq; () if unknown."""
        if change not in self._events:
            self._events[change] = self._journal.events_of(change)
        return self._events[change]

    def touching(self, definition: str) -> tuple[str, ...]:
        """Return the ids of the changes that touch a definition, oldest first."""
        if definition not in self._touching:
            self._touching[definition] = self._journal.touching(definition)
        return self._touching[definition]

    def about(self, marker: str) -> tuple[Envelope, ...]:
        """Return the events of the registry that carry a marker, in order of seq."""
        if marker not in self._about:
            self._about[marker] = self._journal.about(marker)
        return self._about[marker]

    def blob(self, change: str, sha256: str) -> bytes:
        """Return stored bytes."""
        return self._journal.blob(change, sha256)

    def append(self, decide: Callable[[], Sequence[Draft]]) -> tuple[Envelope, ...]:  # noqa: ARG002 - of the port
        """Refuse: this is for looking."""
        raise Refused("journal_frozen", "a journal that stands still cannot be added to", hint="work on its branch")


class SharedSource:
    """Implements the port DefinitionSource; looks for all `names` at once where one commit is searched again.

    Whoever asks for some of the names gets the lines of all, and picks theirs, as they must among lines anyway. What
    was listed and found is kept for one commit at a time.
    """

    def __init__(self, source: DefinitionSource, names: Iterable[str]) -> None:
        self._source = source
        self._names = frozenset(names)
        self._commit = ""
        self._searched: set[str] = set()
        self._found: dict[str, Mentions] = {}
        self._listed: dict[tuple[str, ...], Mapping[str, TreeEntry]] = {}

    def resolve(self, ref: str) -> str:
        """Return the commit id of a ref."""
        return self._source.resolve(ref)

    def tree(self, commit: str, paths: Sequence[str] = ()) -> Mapping[str, TreeEntry]:
        """Return entries of a commit by path."""
        self._turn_to(commit)
        listed, wanted = self._listed, tuple(paths)
        if wanted not in listed:
            listed[wanted] = self._source.tree(commit, wanted)
        return listed[wanted]

    def changed(self, base: str, head: str) -> tuple[TreeChange, ...]:
        """Return what differs between two commits, by path."""
        return self._source.changed(base, head)

    def read(self, oids: Iterable[str]) -> Iterator[bytes]:
        """Yield the raw bytes of blobs."""
        return self._source.read(oids)

    def mentioning(self, commit: str, words: Sequence[str], *, key: str = "") -> Mapping[str, tuple[str, ...]]:
        """Return, by path, the lines that hold one of the words, and of the other names that were announced."""
        if not self._names.issuperset(words):
            return self._source.mentioning(commit, words, key=key)
        self._turn_to(commit)
        searched, found = self._searched, self._found
        if key not in found:
            if key not in searched:
                searched.add(key)
                return self._source.mentioning(commit, words, key=key)
            found[key] = Mentions(self._source.mentioning(commit, sorted(self._names), key=key))
        return found[key]

    def _turn_to(self, commit: str) -> None:
        if commit != self._commit:
            self._commit, self._searched, self._found, self._listed = commit, set(), {}, {}
