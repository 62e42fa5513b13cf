"""Names and forms of what stands on the journal branch, read strictly; reaching the branch lives elsewhere."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass

from metricgov.domain.digest import JSON, LARGEST, canonical_json, sha256_hex
from metricgov.domain.errors import BadInput, Undecidable
from metricgov.domain.workflow.envelope import Actor, Envelope, Identity

FORMAT = 1
KEYS = frozenset({"seq", "prev", "main", "change", "type", "actor", "at", "payload", "statement"})

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
SEQ = re.compile(r"\d{9,16}")
HEX64 = re.compile(r"[0-9a-f]{64}")
EVENT_TYPE = re.compile(r"[a-z][a-z0-9_]{0,63}")
OBJECT_ID = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SUBJECT = re.compile(r"([a-z]+):(.+)", re.DOTALL)
PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")

EVENT_PATH = re.compile(r"(?:changes/(..)/([^/]+)|registry/(\d{3})/(\d{3}))/(\d{9,16})\.(json|sig)")
BLOB_PATH = re.compile(r"(?:changes/(..)/([^/]+)|registry)/blobs/([0-9a-f]{64})")
MARKER_PATH = re.compile(r"subjects/(..)/([^/]+)/([^/]+)")
WORKFLOW = ".github/workflows/metricgov.yml"
"""What a host runs when the branch is pushed; an event `workflow_written` holds its digest."""
OTHER_PATHS = frozenset({"registry.json", WORKFLOW})

TRAILERS = re.compile(
    r"^Metricgov-Journal: (\d{1,16}) ([0-9a-f]{64})\nMetricgov-Last: (\S*)\nMetricgov-Main: (-|[0-9a-f]+)\Z",
    re.MULTILINE,
)


REDACTED = "redacted"
"""The one type of event whose append takes files away: blobs of its own change."""


@dataclass(frozen=True, slots=True)
class JournalRegistry:
    """What registry.json says: whose journal this is and which ref its changes reach."""

    registry: str
    target: str
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Return the stored bytes."""
        return canonical_json({"registry": self.registry, "target": self.target, "format": self.format})


@dataclass(frozen=True, slots=True)
class Tip:
    """What the trailers of the last commit say about the last event."""

    seq: int
    sha256: str
    path: str
    main: str


def shard(name: str) -> str:
    """Return the first two hex digits of the SHA-256 of a name."""
    return sha256_hex(name.encode("utf-8", "surrogateescape"))[:2]


def change_folder(change: str) -> str:
    """Return the folder of a change; ids are ULIDs, so nothing a person wrote becomes a path (INV-42)."""
    if not ULID.fullmatch(change):
        raise BadInput("bad_change_id", f"not a change id: {change!r}", hint="run: metricgov change list")
    return f"changes/{shard(change)}/{change}"


def event_path(change: str | None, seq: int) -> str:
    """Return where an event stands."""
    name = f"{seq:09d}"
    return f"{change_folder(change)}/{name}.json" if change else f"registry/{name[:3]}/{name[3:6]}/{name}.json"


def signature_path(change: str | None, seq: int) -> str:
    """Return where the signature of an event's statement stands: beside the event."""
    return event_path(change, seq).removesuffix("json") + "sig"


def blob_path(change: str | None, sha256: str) -> str:
    """Return where the bytes that an event needs stand."""
    if not HEX64.fullmatch(sha256):
        raise BadInput("bad_digest", f"not a SHA-256: {sha256!r}")
    return f"{change_folder(change) if change else 'registry'}/blobs/{sha256}"


def subject_folder(definition: str) -> str:
    """Return the folder of a definition's markers; a name that is not plain stands as its SHA-256 (INV-42)."""
    found = SUBJECT.fullmatch(definition)
    if not found:
        raise BadInput("bad_definition_id", f"not a definition id: {definition!r}", hint="write kind:name")
    kind, name = found.groups()
    plain = name if PLAIN_NAME.fullmatch(name) and kind != "opaque" else sha256_hex(name.encode("utf-8", "replace"))
    return f"subjects/{shard(f'{kind}.{plain}')}/{kind}.{plain}"


def blobs_named_by(envelope: Envelope) -> tuple[str, ...]:
    """Return the SHA-256 of the bytes that have to stand beside the events of a change because this one names them."""
    payload, found = envelope.payload, []
    for edit in _list(payload.get("edits")):
        if isinstance(edit, dict):
            sides = (edit.get("before"), edit.get("after"))
            found += [side.get("sha256") for side in sides if isinstance(side, dict)]
    return tuple(one for one in found if isinstance(one, str) and HEX64.fullmatch(one))


def redacted_by(envelope: Envelope) -> tuple[str, ...]:
    """Return the SHA-256 of the bytes that an event says were taken away with it."""
    named = _list(envelope.payload.get("blobs")) if envelope.type == REDACTED and envelope.change else []
    return tuple(one for one in named if isinstance(one, str) and HEX64.fullmatch(one))


def _list(value: JSON) -> list[JSON]:
    return list(value) if isinstance(value, list | tuple) else []


def commit_message(events: tuple[Envelope, ...]) -> str:
    """Return the message of an append; its trailers let a fetch of depth 1 find the last event.

    The random one keeps equal appends of two writers apart: with equal ids, both would believe that theirs was taken.
    """
    last = events[-1]
    words = ", ".join(dict.fromkeys(event.type for event in events))
    path = event_path(last.change, last.seq)
    own = f"Metricgov-Append: {os.urandom(8).hex()}\n"
    return f"metricgov: {words}\n\n{own}" + trailers(Tip(last.seq, last.sha256, path, last.main))


def trailers(tip: Tip) -> str:
    """Return the trailers for a tip."""
    return f"Metricgov-Journal: {tip.seq} {tip.sha256}\nMetricgov-Last: {tip.path}\nMetricgov-Main: {tip.main or '-'}\n"


def read_tip(message: str, commit: str) -> Tip:
    """Read the trailers of a journal commit."""
    found = TRAILERS.search(message.rstrip("\n"))
    if not found:
        raise damaged(f"commit {commit[:12]} is not an append of metricgov")
    seq, sha256, path, main = found.groups()
    return Tip(int(seq), sha256, path, "" if main == "-" else main)


def read_registry(data: bytes) -> JournalRegistry:
    """Read registry.json."""
    try:
        value = json.loads(data)
        found = JournalRegistry(value["registry"], value["target"], value["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged("registry.json cannot be read") from error
    if found.format != FORMAT:
        raise Undecidable(
            "journal_format",
            f"the journal has format {found.format}, this program reads {FORMAT}",
            hint="update metricgov",
        )
    if found.to_bytes() != data or not isinstance(found.registry, str) or not isinstance(found.target, str):
        raise damaged("registry.json is not in its one form")
    return found


def read_envelope(data: bytes, path: str) -> Envelope:
    """Read one event as it stands at a path: exactly the known keys, exactly the RFC 8785 bytes."""
    try:
        value: JSON = json.loads(data.decode("utf-8"), parse_int=_integer, parse_constant=_refuse)
        if canonical_json(value) != data:
            raise damaged(f"{path} is not in its one form")
        envelope = _envelope(value)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(f"{path} cannot be read: {error}") from error
    if event_path(envelope.change, envelope.seq) != path:
        raise damaged(f"{path} holds event {envelope.seq} of another place")
    return envelope


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST:
        raise ValueError(f"{text[:20]} is beyond 2^53")
    return int(text)


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _envelope(value: JSON) -> Envelope:
    if not isinstance(value, dict) or value.keys() != KEYS:
        raise ValueError("its keys are not those of an event")
    actor, change, statement = value["actor"], value["change"], value["statement"]
    if not isinstance(actor, dict) or actor.keys() != {"principal", "identity"}:
        raise ValueError("its actor has other keys")
    forms = (
        (value["prev"], HEX64, "prev"),
        (value["main"], OBJECT_ID, "main"),
        (value["type"], EVENT_TYPE, "type"),
        (value["at"], MOMENT, "at"),
        (actor["principal"], re.compile(r"[ -~]{0,200}"), "principal"),
        *(() if change is None else ((change, ULID, "change"),)),
    )
    for text, form, name in forms:
        if not isinstance(text, str) or not form.fullmatch(text):
            raise ValueError(f"its {name} is malformed")
    seq = value["seq"]
    if type(seq) is not int or seq < 1:
        raise ValueError("its seq is malformed")
    if not isinstance(value["payload"], dict) or not isinstance(statement, dict | None):
        raise ValueError("its payload or statement is not a mapping")
    return Envelope(
        seq=seq,
        prev=value["prev"],
        main=value["main"],
        change=change,
        type=value["type"],
        actor=Actor(actor["principal"], Identity(actor["identity"])),
        at=value["at"],
        payload=value["payload"],
        statement=statement,
    )


def damaged(message: str) -> Undecidable:
    """Return the error for a journal that does not read as one."""
    return Undecidable(
        "journal_damaged", message, hint="run: metricgov audit verify; compare with another clone of the registry"
    )
