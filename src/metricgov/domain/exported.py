"""The journal as flat rows for other programs: which columns there are and what each holds."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.domain.workflow.envelope import Identity


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One event; "" and None stand for what an event of its type does not have. COLUMNS says what each field is."""

    seq: int
    at: str
    who: str
    identity: Identity
    type: str
    what: str
    words: str
    change: str
    definitions: tuple[str, ...]
    change_class: str
    revision: int | None
    cycle: int | None
    contents: str
    commit: str
    main: str
    sha256: str
    prev: str
    fault: str


COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("seq", "seq", "Place of the event in the journal, from 1."),
    ("at", "at", "When its writer says it happened: UTC, ISO 8601, in seconds."),
    ("who", "who", "Id of the person who acted; empty for the program itself."),
    ("identity", "identity", "How it is known who acted: `claimed`, `server`, `host` or `signed`."),
    ("type", "type", "Type of the event, as in the reference of events."),
    ("what", "what", "The event as a sentence that continues the name."),
    ("words", "words", "What the person said: a reason, a why, a comment."),
    ("change", "change", "Id of the change request; empty for events of the registry."),
    ("definitions", "definitions", "Ids of the definitions that the change touches at that moment."),
    ("class", "change_class", "Class of the change as recorded with its contents at that moment."),
    ("revision", "revision", "Number of the revision that the event is about."),
    ("cycle", "cycle", "Review cycle that the event is about."),
    ("contents", "contents", "Digest of the change set that the event is about."),
    ("commit", "commit", "Commit that landed, was accepted as found, or that main moved to."),
    ("main", "main", "Tip of the target branch that the writer saw."),
    ("sha256", "sha256", "SHA-256 of the event, which the next one names as `prev`."),
    ("prev", "prev", "SHA-256 of the event before."),
    ("fault", "fault", "Why the event cannot be read; empty if it can."),
)
"""Name of each column, the field it shows, and what it holds; new ones are only ever added at the end."""
