#!/usr/bin/env python3
"""A second verifier of a metricgov registry: one file for an auditor to read, trust and run alone (INV-63).

    python second_verifier.py REPO [--journal REF] [--main REF] [--root DIGEST] [--expect SEQ:SHA256] [--json]

It needs Python 3.11, `git` and `ssh-keygen`; it imports nothing of metricgov, and nothing of metricgov imports it. It
writes nothing. Exit codes: 0 everything holds, 1 something does not, 2 wrong call, 3 this clone cannot tell.

What it checks, in the order of this file:
 1. GIT      objects are read by id; settings, hooks, replacements and grafts of the machine are out of play.
 2. FORMS    every event is one RFC 8785 text with exactly the keys its type has.
 3. JOURNAL  every file has its one place; every event names the hash of the one before; bytes are what their name says;
             commits of the branch only add; the anchors on main, and the one you kept, are in the chain.
 4. CHANGES  every event was possible where it stands: stage, revision, cycle, digest, contributors, statement, time.
 5. FILES    a small reader of YAML, for the rules in force and for how a definition is routed.
 6. RULES    who had to agree, by the people, roles and policy of the base of a step.
 7. MAIN     every step of main: each governed path that changed is covered by exactly one change that was approved as
             those rules asked, when the step was made, and that was not used before.

What it cannot judge, and takes from the record (it says so in its output): the class of a change, its flags and its
canonical form need the meaning of SQL; which definitions are computed from others needs their lineage; whether an
effect was computed. The first verifier computes classes anew: metricgov audit verify --full.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

ZERO = "0" * 64
NAMESPACE, KEY_NAMESPACE = "metricgov.decision/v1", "metricgov.key/v1"


Json = Any  # what was read, after its form was checked
Event = dict[str, Any]  # an envelope: seq, prev, main, change, type, actor, at, payload, statement
Decision = dict[str, Any]  # the payload of a decision, with what it says and its event
Subject = dict[str, Any]  # what routing looks at
Roles = dict[str, Any]  # who has which part in a change of one definition
Entry = tuple[str, str]  # mode and object id
Tree = dict[str, Entry]
Edited = tuple[str, Entry | None, Entry | None]  # a path, before and after
Slot = tuple[str, frozenset[str]]  # a place that an approval has to fill, and who could
Level = tuple[Any, Any, Any]  # accountable, deputy and the entry of raci.yaml
Plan = tuple[str, Any, Roles]  # a definition, what the record says of it, and its roles
Open = tuple[bool, set[str], str]  # whether policy only watches, paths, and why they are not covered
Verdict = tuple[list[Open], list[str]]
Reasons = Iterator[tuple[str, str]]
Contents = Callable[[Iterable[str]], Iterator[bytes | None]]


class Undecided(Exception):
    """This clone does not hold what an answer needs; exit code 3, never a pass and never a finding."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# 1. GIT ---------------------------------------------------------------------------------------------------------------


class Git:
    """Reads objects of one repository."""

    answering: subprocess.Popen[bytes] | None

    def __init__(self, folder: Path | str) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        self.env = kept | {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_GRAFT_FILE": os.devnull,
            "GIT_NO_LAZY_FETCH": "1",
            "LC_ALL": "C",
        }
        options = ("safe.directory=*", "core.commitGraph=false", "core.hooksPath=/dev/null", "core.fsmonitor=false")
        self.answering = None
        self.command = ["git", "-C", str(folder), *(word for one in options for word in ("-c", one))]
        self.shallow = self.run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def run(self, *words: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run([*self.command, *words], env=self.env, input=stdin, capture_output=True, check=False)
        if done.returncode:
            raise Undecided(f"git {words[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()[:200]}")
        return done.stdout

    def resolve(self, *names: str) -> str:
        """Return the commit of the first full ref name or object id that is here, "" if none is; never a tag."""
        for name in names:
            if not re.fullmatch(r"refs/(heads|remotes|metricgov)/.+|[0-9a-f]{40}|[0-9a-f]{64}", name):
                continue
            found = subprocess.run(
                [*self.command, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"],
                env=self.env, capture_output=True, check=False,
            )  # fmt: skip
            if found.returncode == 0:
                return found.stdout.decode().strip()
        return ""

    def read(self, oid: str) -> bytes:
        """Return the bytes of one object, b"" for what is no blob here; one process answers all such questions."""
        if self.answering is None:
            self.answering = subprocess.Popen(
                [*self.command, "cat-file", "--batch"], env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return next(self._ask(self.answering, [oid])) or b""

    @staticmethod
    def _ask(process: subprocess.Popen[bytes], oids: Sequence[str]) -> Iterator[bytes | None]:
        question, answer = process.stdin, process.stdout
        if question is None or answer is None:
            raise Undecided("git does not answer")
        question.write("".join(f"{oid}\n" for oid in oids).encode())
        question.flush()
        for _ in oids:
            head = answer.readline().split()
            yield answer.read(int(head[2]) + 1)[:-1] if len(head) == 3 else None

    def contents(self, oids: Iterable[str]) -> Iterator[bytes | None]:
        """Yield the bytes of objects in order, None for one that is missing; one process, a few hundred at a time."""
        words = [*self.command, "cat-file", "--batch"]
        with subprocess.Popen(words, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            oids = iter(oids)
            while chunk := list(islice(oids, 400)):
                yield from self._ask(process, chunk)

    def contains(self, tip: str, commit: str) -> bool:
        """Say whether a commit is an ancestor of another; one that a full clone does not hold is none."""
        words = [*self.command, "merge-base", "--is-ancestor", commit, tip]
        code = subprocess.run(words, env=self.env, capture_output=True, check=False).returncode
        if code > 1 and self.shallow:
            raise Undecided(f"commit {commit[:12]} is not here: the clone is shallow")
        return code == 0

    def files(self, commit: str) -> Iterator[tuple[str, str, str]]:
        """Yield mode, object id and path of everything in a commit."""
        for row in self.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit).split(b"\0")[:-1]:
            meta, _, path = row.partition(b"\t")
            mode, _, oid = meta.decode().split(" ")
            yield mode, oid, path.decode("utf-8", "surrogateescape")

    def first_parents(self, tip: str) -> list[str]:
        """Return the commits of a branch, oldest first."""
        return self.run("rev-list", "--first-parent", "--reverse", "--end-of-options", tip).decode().split()

    def tree_changes(self, commits: Sequence[str]) -> Iterator[list[Edited]]:
        """Yield, for each commit of a line, what it changed: [(path, (mode, oid) before, (mode, oid) after)]."""
        heads = [re.match(rb"tree ([0-9a-f]+)\n", data or b"") for data in self.contents(commits)]
        trees = [head[1].decode() for head in heads if head]
        if len(trees) < len(heads):
            raise Undecided("a commit of main is missing")
        empty = self.run("hash-object", "-t", "tree", "--stdin").decode().strip()
        pairs = "".join(f"{one} {two}\n" for one, two in zip([empty, *trees], trees, strict=False))
        options = ("--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
        rows = self.run("diff-tree", *options, stdin=pairs.encode()).split(b"\0")
        found: list[list[Edited]] = [[] for _ in trees]
        current = -1
        for place in range(0, len(rows), 2):
            lead = rows[place].split(b"\n")  # a head for each pair of trees, also for equal ones, then a change
            current += len(lead) - 1
            if not lead[-1]:
                break
            modes = lead[-1].decode().lstrip(":").split(" ")
            sides = [None if mode == "000000" else (mode, oid) for mode, oid in zip(modes[:2], modes[2:4], strict=True)]
            found[current].append((rows[place + 1].decode("utf-8", "surrogateescape"), sides[0], sides[1]))
        yield from found


# 2. FORMS -------------------------------------------------------------------------------------------------------------


def canonical(value: Json) -> bytes:
    """Return the RFC 8785 bytes of a value: keys sorted as UTF-16, no white space, shortest numbers."""
    return _written(value).encode("utf-8")


def _written(value: Json) -> str:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{_written(key)}:{_written(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, float) and (not value or 1e-6 <= abs(value) < 1e21):  # the shortest digits that name it
        return format(Decimal(repr(value)).normalize(), "f") if value else "0"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise ValueError("a number that is written otherwise")
    return json.dumps(value, ensure_ascii=False)  # for text: the escapes of RFC 8785; for the rest: true, false, null


def parsed(data: bytes) -> dict[str, Json]:
    """Return the JSON object that these bytes are the one canonical form of; ValueError for any other bytes."""
    value = json.loads(data.decode("utf-8"))
    if not isinstance(value, dict) or canonical(value) != data:
        raise ValueError("not in its one form")
    return value


def _matches(pattern: str) -> Callable[[Json], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


FORM = {
    "text": lambda value: isinstance(value, str),
    "words": lambda value: isinstance(value, str) and value != "",
    "name": lambda value: isinstance(value, str) and 0 < len(value) <= 80,
    "thread": lambda value: isinstance(value, str) and 0 < len(value) <= 40,
    "bool": lambda value: isinstance(value, bool),
    "count": lambda value: type(value) is int and 1 <= value < 2**53,
    "size": lambda value: type(value) is int and 0 <= value < 2**53,
    "sha": _matches("[0-9a-f]{64}"),
    "figure": _matches(r"(-?\d+(\.\d+)?(e[+-]?\d+)?)?"),
    "oid": _matches("[0-9a-f]{40}|[0-9a-f]{64}"),
    "ulid": _matches("[0-7][0-9A-HJKMNP-TV-Z]{25}"),
    "day": _matches(r"\d{4}-\d\d-\d\d"),
    "moment": _matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "class": _matches("identical|editorial|compatible|breaking|unknown"),
    "identity": _matches("claimed|server|host|signed"),
    "heard": _matches("answered|contributed|timed_out"),
    "about": _matches("answer|decide"),
    "outcome": _matches("kept|reverted"),
    "channel": _matches("[a-z0-9][a-z0-9+.-]{0,39}"),
    "notice": _matches("ntc_[0-9a-f]{32}"),
    "key": _matches("[a-z0-9@.-]+ [A-Za-z0-9+/]+=*"),
    "warning": _matches(r"W\d\d"),
    "number": lambda value: type(value) is int,
    "digests": lambda value: isinstance(value, dict) and all(map(_matches("[0-9a-f]{64}"), value.values())),
    "host": _matches(r"\.github/workflows/metricgov\.yml"),
}
"""What a field may hold."""

PARTS = {
    "side": "mode:text sha256:sha",
    "edit": "path:text before:side~ after:side~",
    "record": "id:text path:text class:class flags?:text* version_before?:text~ version_after?:text~ accountable?:text",
    "asked": "principal:name definitions?:text* due?:moment~",
    "counted": "principal:name seq:count identity:identity kept?:bool on_behalf_of?:name~",
    "hearing": "principal:name outcome:heard by?:name~ at?:moment~ due?:moment~",
    "match": "name?:words~ tag?:words~ domain?:words~ kind?:words~",
    "entry": "path:text mode:text sha256:sha",
    "factor": "dimension:text segment:text~ factor:figure se:figure above?:figure below?:figure",
    "scatter": "grain:text tau:figure",
    "link": "metric:text status:text direction?:text scale?:text factor?:figure se?:figure above?:figure below?:figure "
    "scatter?:scatter* low?:figure high?:figure dimension?:text segments?:factor* uniform?:text* start?:text end?:text "
    "recut?:text* grain?:text periods?:size estimator?:text rolls_up?:bool share?:bool top?:figure reason?:text",
    "blocked": "metric:words id:warning code:text says:text",
}
"""Objects inside payloads."""

REVISED = (
    "base:oid edits:edit+ digest:sha canonical:sha definitions:record* class:class rules:count canonicaliser:count "
    "why:words intent?:text~ treatment?:text~ effective_from?:day~ meaning_unchanged?:bool contributors?:name* "
    "requested_by?:name~ implemented_by?:name~ refs?:text* effect_note?:text"
)
DECIDED = "revision:count cycle:count digest:sha reason?:text on_behalf_of?:name~ definitions?:text*"
REVIEW = "in_review scheduled suspended"
CONTENTS, OPEN, LATER = f"{REVIEW} conflicted", f"{REVIEW} conflicted requested draft", "*"

EVENTS = {
    # type: (stages from which it is possible, fields); `?` may be absent, `~` may be null, `*` a list, `+` a full one
    "change_requested": ("absent", "registry:text target:text definition:text why:words refs?:text*"),
    "change_created": ("absent requested", "registry:text target:text why:words reverts?:ulid~"),
    "revision_drafted": ("draft", REVISED),
    "revision_submitted": (
        CONTENTS + " draft",
        REVISED + " number:count cycle:count asked?:asked* respond_by?:moment~ expires?:moment~ rebased?:bool "
        "pure_revert?:bool~",
    ),
    "approved": (REVIEW, DECIDED + " self_approved?:bool"),
    "changes_requested": (REVIEW, DECIDED),
    "rejected": (REVIEW, DECIDED),
    "acknowledged": (REVIEW, DECIDED),
    "abstained": (REVIEW, DECIDED),
    "decision_withdrawn": (CONTENTS, DECIDED),
    "objection_ended": (CONTENTS, DECIDED + " principal:name"),
    "override_called": (REVIEW, DECIDED.replace("reason?:text", "reason:words")),
    "override_confirmed": (REVIEW, DECIDED + " review_due:moment"),
    "override_reviewed": (
        "applied",
        DECIDED.replace("reason?:text", "reason:words") + " outcome:outcome revert?:ulid~",
    ),
    "commented": (LATER, "thread:thread text:words path?:text field?:text"),
    "thread_resolved": (LATER, "thread:text"),
    "thread_reopened": (LATER, "thread:text"),
    "effect_evaluated": (
        REVIEW,
        "digest:sha evidence:sha says?:text basis?:sha~ engine?:text settings?:sha~ methods?:number read?:digests "
        "blocks?:blocked* links?:link*",
    ),
    "warning_accepted": (
        REVIEW,
        DECIDED.replace("reason?:text", "reason:words") + " evidence:sha metric:words warning:warning",
    ),
    "withdrawn": (OPEN, "reason?:text"),
    "declined": ("requested", "reason:words"),
    "superseded": (OPEN, "by:ulid reason?:text"),
    "reassigned": (REVIEW, "from:name to:name reason:words due?:moment~"),
    "escalated": (REVIEW, "from:name to:name due:moment"),
    "reminded": (REVIEW, "whom:name due:moment about:about passed?:bool"),
    "notified": (LATER, "whom:name channel:channel event:count notice:notice"),
    "scheduled": (REVIEW, "due:moment revision:count cycle:count digest:sha reason?:text"),
    "unscheduled": ("scheduled suspended", "reason:words"),
    "suspended": ("scheduled", "due:moment unmet:text+"),
    "times_corrected": (LATER, "first:count reason:words"),
    "expired": ("in_review suspended conflicted", "due:moment"),
    "redacted": ("applied declined withdrawn rejected superseded expired", "blobs:sha+ reason:words"),
    "conflicted": (REVIEW, "onto:oid paths:text+"),
    "apply_started": (
        "in_review scheduled",
        "onto:oid revision:count cycle:count digest:sha governance:sha approvals?:counted* consulted?:hearing* "
        "self_approved?:bool override?:bool",
    ),
    "applied": ("applying", "commit:oid started:count"),
    "apply_abandoned": ("applying", "started:count reason:words"),
    "landed": (CONTENTS, "commit:oid revision:count digest:sha covered?:bool override?:bool"),
    # of the registry, not of a change
    "registry_created": ("", "registry:text target:text format?:count"),
    "baseline": ("", "commit:oid entries:entry* reason?:text"),
    "main_moved": ("", "before:text after:oid governance?:sha~"),
    "main_rewound": ("", "before:text after:oid reason?:text governance?:sha~"),
    "delegated": ("", "id:ulid from:name to:name match?:match~ starts:moment ends:moment reason:words"),
    "delegation_ended": ("", "id:ulid reason?:text"),
    "key_proved": ("", "principal:name key:key"),
    "clock_corrected": ("", "first:count reason:words"),
    "workflow_written": ("", "path:host sha256:sha"),
}

VERDICT = {
    "approved": "approve",
    "changes_requested": "request_changes",
    "rejected": "reject",
    "acknowledged": "acknowledge",
    "abstained": "abstain",
    "decision_withdrawn": "withdraw_decision",
    "objection_ended": "end_objection",
    "override_called": "override",
    "override_confirmed": "override",
    "override_reviewed": "review_override",
    "warning_accepted": "accept_warning",
}
"""What each decision says in its statement."""

ENVELOPE = {"seq", "prev", "main", "change", "type", "actor", "at", "payload", "statement"}


def misfit(spec: str, value: Json) -> str:
    """Return the first field of an object that is not as the spec says, "" if all are; unknown fields are refused."""
    if not isinstance(value, dict):
        return "it is no object"
    known = set()
    for word in spec.split():
        name, _, form = word.partition(":")
        optional, name = name.endswith("?"), name.rstrip("?")
        known.add(name)
        if name not in value:
            if not optional:
                return f"{name} is missing"
            continue
        given, kind = value[name], form.rstrip("~*+")
        if given is None and form.endswith("~"):
            continue
        many = form[-1] in "*+"
        if many and (not isinstance(given, list) or (form[-1] == "+" and not given)):
            return f"{name} is no list"
        for one in given if many else [given]:
            if kind in PARTS:
                if inner := misfit(PARTS[kind], one):
                    return f"{name}: {inner}"
            elif not FORM[kind](one):
                return f"{name} is malformed"
    return "".join(f"{name} is not a field" for name in sorted(value.keys() - known)[:1])


def envelope(data: bytes, path: str) -> Event:
    """Return one event; ValueError for what is none, or belongs to another place."""
    event = parsed(data)
    if event.keys() != ENVELOPE:
        raise ValueError("its keys are not those of an event")
    actor = event["actor"]
    if not isinstance(actor, dict) or actor.keys() != {"principal", "identity"}:
        raise ValueError("its actor has other keys")
    for value, form in (
        (event["seq"], FORM["count"]),
        (event["prev"], FORM["sha"]),
        (event["main"], _matches("([0-9a-f]{40}|[0-9a-f]{64})?")),
        (event["at"], FORM["moment"]),
        (event["type"], _matches("[a-z][a-z0-9_]{0,63}")),
        (event["change"] or "0" * 26, FORM["ulid"]),
        (actor["principal"], _matches("[ -~]{0,200}")),
        (actor["identity"], FORM["identity"]),
    ):
        if not form(value):
            raise ValueError(f"{str(value)[:40]!r} is malformed")
    if not isinstance(event["payload"], dict) or not isinstance(event["statement"], dict | None):
        raise ValueError("its payload or statement is no object")
    if event_path(event["change"], event["seq"]) != path:
        raise ValueError("it belongs to another place")
    return event


# 3. JOURNAL -----------------------------------------------------------------------------------------------------------

BEYOND = 10**15
EVENT_PATH = re.compile(r"(?:changes/(..)/([^/]+)|registry/(\d{3})/(\d{3}))/(\d{9,16})\.(json|sig)")
BLOB_PATH = re.compile(r"(?:changes/(..)/([^/]+)|registry)/blobs/([0-9a-f]{64})")
MARKER_PATH = re.compile(r"subjects/(..)/([^/]+)/([^/]+)")
OTHER_PATHS = {"registry.json", ".github/workflows/metricgov.yml"}
TRAILERS = re.compile(
    r"^Metricgov-Journal: (\d{1,16}) ([0-9a-f]{64})\nMetricgov-Last: (\S*)\nMetricgov-Main: (-|[0-9a-f]+)\Z", re.M
)
ANCHOR = re.compile(r"^Metricgov-Journal: (\d{1,15}) ([0-9a-f]{64})$", re.M)


def shard(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogateescape"))[:2]


def event_path(change: str | None, seq: int) -> str:
    """Return the one place of an event."""
    name = f"{seq:09d}"
    return f"changes/{shard(change)}/{change}/{name}.json" if change else f"registry/{name[:3]}/{name[3:6]}/{name}.json"


def subject_folder(definition: str) -> str:
    """Return where the changes of a definition are marked; a name that is not plain stands as its hash."""
    kind, _, name = definition.partition(":")
    plain = re.fullmatch(r"[a-z][a-z0-9_]{0,79}", name) and kind != "opaque"
    name = name if plain else sha256(name.encode("utf-8", "replace"))
    return f"subjects/{shard(f'{kind}.{name}')}/{kind}.{name}"


class Report:
    """What was found: of events by seq, of commits by their place on main."""

    events: list[tuple[int, str, str]]
    steps: list[tuple[int, str, str]]
    notes: list[str]

    def __init__(self) -> None:
        self.events, self.steps, self.notes = [], [], []

    def event(self, seq: int, code: str, says: str) -> None:
        self.events.append((seq or BEYOND, code, says))

    def note(self, says: str) -> None:
        if says not in self.notes:
            self.notes.append(says)

    @property
    def first_bad(self) -> int | None:
        return min((seq for seq, _, _ in self.events if seq < BEYOND), default=None)


class Journal:
    """The files of the journal branch: sorted, read in order of seq, and checked against one another."""

    places: dict[int, list[tuple[str, str]]]
    signatures: dict[int, str]
    blobs: dict[tuple[str, str], str]
    marked: set[str]
    digests: dict[int, str]
    prevs: dict[int, str]
    due: dict[str, int]
    needs: dict[tuple[str, str], int]
    signed: dict[int, bytes]
    named: dict[tuple[str, str], int]
    gone: dict[tuple[str, str], int]
    record: str | None
    host: str | None
    written: Event | None
    tip: tuple[int, str, str, str]  # seq and hash of the last event, its place, the main that it saw

    def __init__(self, files: Iterable[tuple[str, str, str]], contents: Contents, message: str, report: Report) -> None:
        self.contents, self.report = contents, report
        self.places, self.signatures, self.blobs, self.marked = defaultdict(list), {}, {}, set()
        self.digests, self.prevs, self.due, self.needs, self.signed = {}, {}, {}, {}, {}
        self.named, self.gone = {}, {}
        self.record = self.host = self.written = None
        seen = set()
        for mode, oid, path in files:
            if path in seen or mode != "100644" or not self._sorted(path, oid):
                report.event(_seq_in(path), "journal_file", f"{path} does not belong on the branch")
            seen.add(path)
        found = TRAILERS.search(message.rstrip("\n"))
        if not found:
            report.event(0, "journal_tip", "the last commit is not an append of metricgov")
        self.tip = (int(found[1]), found[2], found[3], found[4]) if found else (max(self.places, default=0), "", "", "")
        self.last = max([self.tip[0], *self.places])
        self._record()

    def _sorted(self, path: str, oid: str) -> bool:
        """Put a file where it is asked for; say whether it has a place on the branch."""
        if found := EVENT_PATH.fullmatch(path):
            seq = int(found[5])
            if found[2] is not None and not FORM["ulid"](found[2]):
                return False
            if event_path(found[2], seq).removesuffix("json") + found[6] != path:
                return False
            if found[6] == "json":
                self.places[seq].append((path, oid))
            else:
                self.signatures[seq] = oid
            return True
        if found := BLOB_PATH.fullmatch(path):
            self.blobs[found[2] or "", found[3]] = oid
            return found[2] is None or (FORM["ulid"](found[2]) and shard(found[2]) == found[1])
        if found := MARKER_PATH.fullmatch(path):
            self.marked.add(path)
            plain = FORM["ulid"](found[3]) or re.fullmatch(r"\d{9,16}", found[3])
            return shard(found[2]) == found[1] and bool(plain)
        if path == "registry.json":
            self.record = oid
        elif path in OTHER_PATHS:
            self.host = oid
        return path in OTHER_PATHS

    def _record(self) -> None:
        data = next(iter(self.contents([self.record])), None) if self.record else None
        try:
            found = parsed(data or b"")
            if found.keys() != {"registry", "target", "format"} or found["format"] != 1:
                raise ValueError("it is of another format")
            self.registry, self.target = str(found["registry"]), str(found["target"])
        except ValueError as error:
            self.registry, self.target = "", "refs/heads/main"
            self.report.event(0, "journal_damaged", f"registry.json: {error}")

    def events(self) -> Iterator[Event]:
        """Yield the events in order of seq, each read once; what cannot be read is reported and left out."""
        rows = [(seq, path, oid) for seq in sorted(self.places) for path, oid in self.places[seq]]
        for (seq, path, _), data in zip(rows, self.contents([oid for _, _, oid in rows]), strict=True):
            try:
                event = envelope(data or b"", path)
            except (ValueError, RecursionError) as error:
                self.report.event(seq, "journal_damaged", f"{path}: {error}")
                continue
            self.digests[seq], self.prevs[seq] = sha256(data or b""), event["prev"]
            self._signed(event)
            self._mark(event)
            self._named(event, path)
            yield event

    def _signed(self, event: Event) -> None:
        """Check that a signed event, and no other, has a signature beside it: over its statement, in its one form."""
        seq, oid, proof = event["seq"], self.signatures.pop(event["seq"], None), event["type"] == "key_proved"
        wanted = proof or event["actor"]["identity"] == "signed"
        if (oid is not None) != wanted or (oid and event["statement"] is None):
            self.report.event(seq, "journal_signature", "a signature and an event that calls itself signed go together")
        elif oid is not None:
            data, said = next(iter(self.contents([oid])), None) or b"", canonical(event["statement"])
            if proof:
                who, key = str(event["payload"].get("principal")), str(event["payload"].get("key"))
                good = verified(who, [key], data, said, KEY_NAMESPACE)
            else:
                good = keygen("check-novalidate", data, said, NAMESPACE)
            if not plain_signature(data) or not good:
                self.report.event(seq, "journal_signature", "the signature beside it is not one over its statement")
            self.signed[seq] = data

    def _named(self, event: Event, path: str) -> None:
        """Compare what registry.json and the tip name with the events that they are about."""
        payload = event["payload"]
        said = (payload.get("registry"), payload.get("target"))
        if event["seq"] == 1 and self.registry and said != (self.registry, self.target):
            self.report.event(
                0, "journal_registry", "registry.json names another registry or target than the first event"
            )
        if event["seq"] == self.tip[0] and self.tip[2:] != (path, event["main"] or "-"):
            self.report.event(0, "journal_tip", "the tip names another place or main of the last event")

    def _mark(self, event: Event) -> None:
        """Note which markers an event makes due, and which bytes it names."""
        payload, change, seq = event["payload"], event["change"], event["seq"]
        if event["type"] == "change_requested":
            names = [payload.get("definition")]
        elif event["type"] in ("delegated", "delegation_ended"):
            names = ["governance:delegation"]
        elif event["type"] == "override_confirmed":
            names = ["governance:override"]
        elif event["type"] in ("revision_drafted", "revision_submitted"):
            names = [one.get("id") for one in payload.get("definitions") or () if isinstance(one, dict)]
            sides = [side for one in payload.get("edits") or () if isinstance(one, dict)
                     for side in (one.get("before"), one.get("after")) if isinstance(side, dict)]  # fmt: skip
            for side in sides:
                self.needs.setdefault((change, str(side.get("sha256"))), seq)
                self.named.setdefault((change, str(side.get("sha256"))), seq)
        else:
            names = []
            if event["type"] == "redacted":
                self.gone.update(((change, one), seq) for one in payload.get("blobs") or () if isinstance(one, str))
            for key in ("governance", "evidence"):
                if key in payload:
                    self.needs.setdefault((change or "", payload[key]), seq)
            if event["type"] == "workflow_written":
                self.written = event
        for name in names:
            if isinstance(name, str) and ":" in name:
                self.due.setdefault(f"{subject_folder(name)}/{change or f'{seq:09d}'}", seq)

    def blob(self, change: str, digest: str) -> bytes | None:
        """Return kept bytes, None where the tip does not hold them."""
        oid = self.blobs.get((change, digest))
        data = next(iter(self.contents([oid])), None) if oid else None
        return data if data is not None and sha256(data) == digest else None

    def close(self, anchors: Iterable[tuple[int, str, str]]) -> int:
        """Check what needs the whole branch; `anchors` are (seq, sha256, where). Return the last seq vouched for.

        The chain is walked back from the tip: an event that was changed is told from the one after it, whose `prev`
        is still right.
        """
        for seq in self.signatures:
            self.report.event(seq, "journal_signature", "a signature stands beside no event")
        witness, following = self.tip[1], self.tip[0] + 1
        for seq in sorted(self.places, reverse=True):
            if seq > self.tip[0]:
                self.report.event(seq, "journal_tip", f"event {seq} stands behind the tip, which names {self.tip[0]}")
                continue
            if seq + 1 < following:
                self.report.event(seq + 1, "journal_gap", f"events {seq + 1} to {following - 1} are missing")
                witness = ""
            following = seq
            if len(self.places[seq]) != 1:
                self.report.event(seq, "journal_gap", f"event {seq} stands {len(self.places[seq])} times")
                witness = ""
            elif seq not in self.digests:
                witness = ""
            elif witness and self.digests[seq] != witness:
                self.report.event(seq, "journal_chain", f"event {seq} is not the one that what follows it names")
                witness = ""
            else:
                witness = self.prevs[seq]
        if following > 1:
            self.report.event(1, "journal_gap", f"events 1 to {following - 1} are missing")
        elif witness not in ("", ZERO):
            self.report.event(1, "journal_chain", "event 1 follows an event that is not there")
        for path in sorted(self.due.keys() - self.marked):
            self.report.event(self.due[path], "journal_marker", f"{path} is missing")
        for path in sorted(self.marked - self.due.keys()):
            self.report.event(0, "journal_marker", f"{path} marks what the change does not touch")
        for (key, oid), data in zip(self.blobs.items(), self.contents(list(self.blobs.values())), strict=True):
            if data is None or sha256(data) != key[1]:
                self.report.event(self.needs.get(key, 0), "journal_blob", f"bytes {key[1][:12]} ({oid[:12]}) differ")
        for key, seq in self.named.items():
            if key not in self.blobs and key not in self.gone:
                self.report.event(seq, "journal_blob_missing", f"it names bytes {str(key[1])[:12]} that are not there")
        for key in sorted(self.gone.keys() & self.blobs.keys()):
            self.report.event(self.gone[key], "journal_redaction", f"{key[1][:12]} was redacted, and stands there")
        host = (next(iter(self.contents([self.host])), None) or b"") if self.host else None
        if (self.written and self.written["payload"].get("sha256")) != (None if host is None else sha256(host)):
            seq = self.written["seq"] if self.written else 0
            self.report.event(seq, "journal_workflow", "the host's workflow is not what the last such event wrote")
        anchored = 0
        for seq, digest, where in anchors:
            if self.digests.get(seq) == digest:
                anchored = max(anchored, seq)
            elif seq in self.digests:
                self.report.event(seq, "journal_anchor", f"event {seq} is not the one that {where} names")
            else:
                first = min(seq, self.last + 1)
                self.report.event(first, "journal_anchor", f"events {first} to {seq} are missing; {where} names them")
        return anchored


def _seq_in(path: str) -> int:
    found = EVENT_PATH.fullmatch(path)
    return int(found[5]) if found else 0


def only_grew(git: Git, tip: str, gone: Mapping[tuple[str, str], int], report: Report) -> None:
    """Look at every commit of the journal branch: files may be added, never changed; bytes that are `gone` may go."""
    if git.shallow:
        report.note("the clone is shallow: whether the journal branch only grew is not known")
        return
    commits = git.run("rev-list", "--reverse", "--end-of-options", tip)
    options = ("--stdin", "-r", "-m", "-z", "--raw", "--no-renames", "--diff-filter=MDT", "--no-commit-id")
    fields = git.run("diff-tree", *options, stdin=commits).decode("utf-8", "surrogateescape").split("\0")
    for meta, path in zip(fields[::2], fields[1::2], strict=False):
        blob = BLOB_PATH.fullmatch(path)
        redacted = blob and meta.endswith("D") and (blob[2] or "", blob[3]) in gone
        if not redacted and path not in OTHER_PATHS - {"registry.json"}:
            report.event(_seq_in(path), "journal_rewritten", f"a later commit changed or dropped {path}")


# 4. CHANGES -----------------------------------------------------------------------------------------------------------


class Change:
    """A change as its events tell it."""

    contributors: set[str]
    revisions: list[Json]
    decisions: list[Decision]
    objections: list[Json]
    threads: dict[str, Json]
    effects: dict[str, Json]
    rulings: list[Event]
    used: dict[str, int]  # digests of contents that stood on main, and the step that brought them
    attempt: Json
    draft: Json
    override: Json
    handed: list[Event]
    escalated: list[Event]
    corrected: list[Event]
    reminded: set[tuple[Json, ...]]

    def __init__(self, name: str) -> None:
        self.name, self.stage, self.registry, self.target = name, "absent", "", ""
        self.contributors, self.revisions, self.cycle, self.unbroken_from = set(), [], 0, 1
        self.decisions, self.objections, self.threads, self.effects, self.rulings = [], [], {}, {}, []
        self.attempt, self.commit, self.used, self.due, self.last_seq, self.last_at = None, "", {}, "", 0, ""
        self.draft = None
        self.override, self.handed, self.escalated, self.reminded, self.asked_at = None, [], [], set(), ""
        self.corrected, self.ended_at, self.redacted, self.until = [], "", False, "9"
        self.says_override, self.waived = False, False

    @property
    def revision(self) -> Json:
        return self.revisions[-1] if self.revisions else None

    def objectors(self) -> set[str]:
        """Return who has an objection that somebody else can end: it stands, or was taken back in their name."""
        return {one["of"] for one in self.objections if one["voices"] or not one["ending"]}

    def current(self, decision: Decision) -> bool:
        """Say whether a decision was given on exactly the contents under review."""
        now = (self.revision["number"], self.cycle, self.revision["digest"])
        return (decision["revision"], decision["cycle"], decision["digest"]) == now

    def overridden(self) -> Json:
        """Return the override of exactly the contents under review that two people agreed on, None without one."""
        one = self.override
        return one if one and one["confirmed"] and self.revision and self.current(one["called"]["payload"]) else None


def set_digest(edits: Iterable[Json]) -> str:
    """Return the digest of a change set: the RFC 8785 form of its edits, sorted by path."""
    keep = [{"path": one["path"], "before": one["before"], "after": one["after"]} for one in edits]
    return sha256(canonical(sorted(keep, key=lambda one: one["path"].encode())))


def statement_of(change: Change, event: Event) -> dict[str, Json]:
    """Return what the statement of a decision has to say."""
    payload, word = event["payload"], VERDICT[event["type"]]
    if event["type"] == "objection_ended":
        word += f":{payload['principal']}"
    if event["type"] == "override_reviewed":
        word += f":{payload['outcome']}"
    if event["type"] == "warning_accepted":
        word += f":{payload['warning']}:{payload['metric']}:{payload['evidence']}"
    spoken_for = payload.get("on_behalf_of")
    limits = {"definitions": payload["definitions"]} if payload.get("definitions") else {}
    return (
        ({} if spoken_for is None else {"for": spoken_for})
        | limits
        | {
            "type": NAMESPACE,
            "registry": change.registry,
            "change": change.name,
            "revision": payload["revision"],
            "cycle": payload["cycle"],
            "digest": payload["digest"],
            "canonical": change.revision["canonical"],
            "target": change.target,
            "decision": word,
            "principal": event["actor"]["principal"],
            "reason_sha256": sha256(payload.get("reason", "").encode()),
        }
    )


def impossible(change: Change, event: Event) -> Reasons:
    """Yield what makes an event impossible after what happened to its change before."""
    type_, payload = event["type"], event["payload"]
    if event["at"] < change.last_at and type_ != "times_corrected":
        yield "time_order", f"{event['at']} lies before {change.last_at}, the event before it"
    stages = EVENTS[type_][0]
    if change.stage == "absent" if stages == LATER else change.stage not in stages.split():
        yield "stage", f"the change is {change.stage}; no {type_} can follow"
        return
    revision = change.revision
    if type_ == "change_created" and change.stage == "requested":
        if (payload["registry"], payload["target"]) != (change.registry, change.target):
            yield "registry", "it was requested for another registry or target"
    elif type_ in ("revision_drafted", "revision_submitted"):
        yield from _impossible_revision(change, event)
    elif type_ in VERDICT:
        yield from _impossible_decision(change, event)
    elif type_ == "commented":
        about = change.threads.get(payload["thread"], {}).get("about")
        given = (payload.get("path", ""), payload.get("field", ""))
        if about is not None and any(given) and given != about:
            yield "thread", "the thread is about something else"
    elif type_ in ("thread_resolved", "thread_reopened"):
        known = change.threads.get(payload["thread"])
        if known is None or bool(known["resolved"]) is (type_ == "thread_resolved"):
            yield "thread", "there is no such thread in that state"
    elif type_ == "effect_evaluated" and payload["digest"] != revision["digest"]:
        yield "digest", "the effect is of other contents"
    elif type_ == "superseded" and payload["by"] == change.name:
        yield "superseded", "a change cannot take its own place"
    elif type_ == "conflicted" and not set(payload["paths"]) <= {one["path"] for one in revision["edits"]}:
        yield "paths", "not all of them are paths of the change"
    elif type_ == "apply_started":
        if not change.current(payload):
            yield "stale", "another revision is under review"
        if event["at"] < change.due:
            yield "not_yet_due", f"it was set for {change.due}"
        if payload["onto"] != event["main"]:
            yield "onto", "its writer saw another main"
        if payload.get("override") and not change.overridden():
            yield "override", "no two people overrode what these contents lack"
    elif type_ == "reassigned":
        yield from _impossible_handover(change, event)
    elif type_ == "escalated":
        if not revision.get("respond_by") or event["at"] < revision["respond_by"] or payload["due"] < event["at"]:
            yield "not_due", "nobody's time to answer is over, or it gives none"
    elif type_ == "reminded":
        if payload.get("passed") and event["at"] < payload["due"]:
            yield "not_due", f"{payload['due']} has not passed"
        if _told(payload) in change.reminded:
            yield "reminded", "they were reminded of that"
    elif type_ == "notified":
        if event["actor"]["principal"] or payload["event"] >= event["seq"]:
            yield "order", "a person says that somebody was told, or of what had not happened yet"
    elif type_ == "scheduled" and not (change.current(payload) and payload["due"] > event["at"]):
        yield "stale", "it names another revision, or a date that has passed"
    elif type_ == "times_corrected":
        if payload["first"] > change.last_seq or event["at"] >= change.last_at:
            yield "clock", "no event of the change is dated ahead of this one"
        yield from _miscorrected(change.registry, event)
    elif type_ == "unscheduled" and not payload["reason"].strip():
        yield "reason", "a reason is needed"
    elif type_ in ("suspended", "expired"):
        if payload["due"] != (change.due if type_ == "suspended" else revision.get("expires")):
            yield "due", "the record names another date"
        if event["at"] < payload["due"]:
            yield "not_yet_due", f"it waits for {payload['due']}"
    elif type_ in ("applied", "apply_abandoned") and payload["started"] != change.attempt["seq"]:
        yield "attempt", "another attempt is running"
    elif type_ == "landed" and (payload["revision"], payload["digest"]) != (revision["number"], revision["digest"]):
        yield "stale", "what landed is not the revision under review"
    elif type_ == "landed" and payload.get("override") and not change.overridden():
        yield "override", "no two people overrode what these contents lack"
    elif type_ == "redacted":
        if not event["actor"]["principal"] or not payload["reason"].strip():
            yield "reason", "a person takes texts away, and says why"
        if payload["blobs"] != sorted(set(payload["blobs"])):
            yield "paths_twice", "each digest stands once, in order"
        if set(payload["blobs"]) & needed(change):
            yield "blob_needed", "it names bytes that stood or stand on main, or that an approval is on"
        if canonical(event["statement"] or {}) != canonical(_words(change, event, "redact", blobs=payload["blobs"])):
            yield "statement", "the statement does not say what the event says"


def needed(change: Change) -> set[str]:
    """Return the digests of an ended change that may not be redacted."""
    drafts: list[Json] = [change.draft] if change.draft else []
    kept = {one["before"]["sha256"] for each in change.revisions + drafts for one in each["edits"] if one["before"]}
    decided = {one["revision"] for one in change.decisions}
    for each in change.revisions if change.stage == "applied" else ():
        if each is change.revision or each["number"] in decided:
            kept |= {one["after"]["sha256"] for one in each["edits"] if one["after"]}
    return kept


def _told(payload: Json) -> tuple[Json, ...]:
    return payload["whom"], payload["due"], payload["about"], payload.get("passed", False)


def _words(change: Change, event: Event, decision: str, **more: Json) -> dict[str, Json]:
    """Return the statement of an event that is a person's word about the change as a whole."""
    return {
        "type": NAMESPACE,
        "registry": change.registry,
        "change": change.name,
        "target": change.target,
        "decision": decision,
        "principal": event["actor"]["principal"],
        "reason_sha256": sha256(event["payload"]["reason"].encode()),
        **more,
    }


def _miscorrected(registry: str, event: Event) -> Reasons:
    """Yield what is wrong with the words of somebody who says that a clock was ahead."""
    who, payload = event["actor"]["principal"], event["payload"]
    said = {
        "type": NAMESPACE,
        "registry": registry,
        "decision": f"correct_clock:{payload['first']}",
        "principal": who,
        "reason_sha256": sha256(payload["reason"].encode()),
    }
    if not who or not payload["reason"].strip():
        yield "reason", "a clock is corrected by a person, who says why"
    if canonical(event["statement"] or {}) != canonical(said):
        yield "statement", "the statement does not say what the event says"


def _impossible_handover(change: Change, event: Event) -> Reasons:
    payload, who = event["payload"], event["actor"]["principal"]
    said = _words(change, event, f"reassign:{payload['from']}:{payload['to']}")
    if not who or payload["from"] == payload["to"] or change.contributors & {who, payload["to"]}:
        yield "reassigned", "a person who did not contribute hands the place to another who did not"
    if payload.get("due") and payload["due"] < event["at"]:
        yield "due_order", "nothing can be due before it is asked"
    if canonical(event["statement"] or {}) != canonical(said):
        yield "statement", "the statement does not say what the event says"
    if not payload["reason"].strip():
        yield "reason", "a reason is needed"


def _impossible_override(change: Change, event: Event) -> Reasons:
    """Two people, then a third: the second and the third did not contribute, and nobody is two of them (INV-15)."""
    type_, payload, who = event["type"], event["payload"], event["actor"]["principal"]
    one = change.override if change.override and change.current(change.override["called"]["payload"]) else None
    two = (one["called"], one["confirmed"]) if one else ()
    people = {each["actor"]["principal"] for each in two if each}
    if type_ == "override_called" and one:
        yield "override", "somebody called for it already"
    if type_ == "override_confirmed":
        if not one or one["confirmed"]:
            yield "override", "nobody called for it, or it is confirmed"
        if payload["review_due"] <= event["at"]:
            yield "due_order", "a review cannot be due before the override"
    if type_ == "override_reviewed":
        if not one or not change.overridden() or one["reviewed"]:
            yield "override", "it was not overridden, or is reviewed"
        if (payload.get("revert") is None) is (payload["outcome"] == "reverted"):
            yield "outcome", "what is reverted names the change that reverts it"
    if type_ != "override_called" and (who in people or who in change.contributors):
        yield "two_people", "it takes somebody else, who did not contribute"


def _impossible_revision(change: Change, event: Event) -> Reasons:
    payload, last = event["payload"], change.revision
    paths = [one["path"] for one in payload["edits"]]
    if len(set(paths)) != len(paths):
        yield "paths_twice", "a path may appear once"
    elif set_digest(payload["edits"]) != payload["digest"]:
        yield "digest", "the digest is not that of the edits it stands beside"
    if any(one["before"] == one["after"] for one in payload["edits"]):
        yield "edit_empty", "an edit must change its path"
    if event["actor"]["principal"] not in payload.get("contributors", ()):
        after = {one["path"]: one["after"] for one in last["edits"]} if last else {}
        if not last or any(after.get(one["path"], "") != one["after"] for one in payload["edits"]):
            yield "contributor", "who brought contents is not named as contributor"
    if event["type"] == "revision_submitted":
        same = (
            change.stage not in ("conflicted", "suspended") and last is not None and last["digest"] == payload["digest"]
        )
        if payload["number"] != len(change.revisions) + 1:
            yield "revision", f"the next revision is {len(change.revisions) + 1}"
        if payload["cycle"] != (change.cycle if same else change.cycle + 1):
            yield "cycle", "new contents raise the review cycle by one, and nothing else does"
        dates = [one.get("due") for one in payload.get("asked", ())]
        if any(due and due < event["at"] for due in (*dates, payload.get("respond_by"), payload.get("expires"))):
            yield "due_order", "nothing can be due before it is asked"


NEED_A_REASON = (
    "rejected",
    "changes_requested",
    "objection_ended",
    "override_called",
    "override_reviewed",
    "warning_accepted",
)


def _impossible_decision(change: Change, event: Event) -> Reasons:
    type_, payload, who = event["type"], event["payload"], event["actor"]["principal"]
    if not who:
        yield "principal", "a decision is a person's, not the program's"
    if not change.current(payload):
        yield "stale", "decided on another revision, cycle or contents than those under review"
    if event["statement"] is None or canonical(event["statement"]) != canonical(statement_of(change, event)):
        yield "statement", "the statement does not say what the event says"
    contributed, giver = who in change.contributors, payload.get("on_behalf_of")
    if giver is not None:
        if giver == who or type_ not in ("approved", "changes_requested", "acknowledged"):
            yield "delegation", "this is said in one's own name"
        elif type_ == "approved" and (payload.get("self_approved") or giver in change.contributors):
            yield "contributor", "who contributed cannot approve, nor anybody for them"
    limits = payload.get("definitions", [])
    known = {one["id"] for one in change.revision["definitions"]}
    if limits and type_ not in ("approved", "changes_requested"):
        yield "definitions", "only approving and objecting can be limited to some definitions"
    if limits != sorted(set(limits)) or not set(limits) <= known:
        yield "definitions", "the definitions of a decision are some of the change, sorted, each once"
    if type_.startswith("override_"):
        yield from _impossible_override(change, event)
    if type_ == "approved" and contributed is not payload.get("self_approved", False):
        yield "contributor", "who contributed cannot approve, and nobody else approves their own"
    if type_ in ("rejected", "objection_ended") and contributed:
        yield "contributor", "who contributed cannot do this"
    if type_ in NEED_A_REASON and not payload.get("reason", "").strip():
        yield "reason", "a reason is needed"
    overrode = [one["actor"]["principal"] for one in (change.override or {}).values() if isinstance(one, dict)]
    if type_ == "decision_withdrawn" and who not in {
        *(one["event"]["actor"]["principal"] for one in change.decisions),
        *(one["of"] for one in change.objections),
        *overrode,
    }:
        yield "no_decision", "there is no decision to take back"
    if type_ == "warning_accepted":
        named = (payload["metric"], payload["warning"])
        effect = change.effects.get(payload["digest"])
        if effect is None or effect["evidence"] != payload["evidence"]:
            yield "stale", "the warning is not of the newest effect of these contents"
        elif named not in {(one["metric"], one["id"]) for one in effect.get("blocks", ())}:
            yield "no_warning", "it does not stop that metric in that effect"
    if type_ == "objection_ended":
        if payload["principal"] not in change.objectors():
            yield "no_objection", "there is no such objection"
        if payload["principal"] == who:
            yield "own_objection", "one's own objection is withdrawn, not ended"


def evolve(change: Change, event: Event) -> None:
    """Move a change by an event that was possible."""
    type_, payload, who = event["type"], event["payload"], event["actor"]["principal"]
    change.last_seq, change.last_at = event["seq"], event["at"]
    if type_ in ("apply_started", "landed"):
        change.says_override = payload.get("override", False)
    if type_ in ("change_requested", "change_created"):
        change.stage = "requested" if type_ == "change_requested" else "draft"
        change.registry, change.target = payload["registry"], payload["target"]
    elif type_ in ("revision_drafted", "revision_submitted"):
        change.contributors |= set(payload.get("contributors", ()))
        change.draft = payload if type_ == "revision_drafted" else None
        if type_ == "revision_submitted":
            if change.stage in ("conflicted", "suspended"):
                change.unbroken_from = payload["cycle"]
            change.stage, change.cycle, change.due, change.asked_at = "in_review", payload["cycle"], "", event["at"]
            change.escalated, change.reminded = [], set()
            change.revisions.append({**payload, "at": event["at"]})
    elif type_ == "override_called":
        change.override = {"called": event, "confirmed": None, "reviewed": None}
    elif type_ in ("override_confirmed", "override_reviewed"):
        change.override = {**change.override, type_.partition("_")[2]: event}
    elif type_ == "warning_accepted":
        change.rulings.append(event)
    elif type_ in VERDICT:
        _said(change, event)
        if type_ == "decision_withdrawn" and change.override:
            if change.override["called"]["actor"]["principal"] == who:
                change.override = None
            elif change.override["confirmed"] and change.override["confirmed"]["actor"]["principal"] == who:
                change.override = {**change.override, "confirmed": None}
        if type_ == "rejected":
            change.stage = "rejected"
    elif type_ == "commented":
        about = (payload.get("path", ""), payload.get("field", ""))
        change.threads.setdefault(payload["thread"], {"by": who, "about": about, "resolved": ""})
    elif type_ in ("thread_resolved", "thread_reopened"):
        change.threads[payload["thread"]]["resolved"] = who if type_ == "thread_resolved" else ""
    elif type_ == "effect_evaluated":
        change.effects[payload["digest"]] = payload
    elif type_ == "apply_started":
        change.stage, change.attempt = "applying", {**payload, "seq": event["seq"]}
    elif type_ == "apply_abandoned":
        change.stage, change.attempt = "scheduled" if change.due else "in_review", None
    elif type_ == "scheduled":
        change.stage, change.due = type_, payload["due"]
    elif type_ == "unscheduled":
        if change.stage == "suspended":
            change.cycle = change.unbroken_from = change.cycle + 1
            change.asked_at = event["at"]
        change.stage, change.due = "in_review", ""
    elif type_ == "reassigned":
        change.handed.append(event)
    elif type_ == "escalated":
        change.escalated.append(event)
    elif type_ == "reminded":
        change.reminded.add(_told(payload))
    elif type_ == "times_corrected":
        _decide_anew(change, event)
    elif type_ == "redacted":
        change.redacted = True
    elif type_ in ("applied", "landed"):
        change.stage, change.commit = "applied", payload["commit"]
    elif type_ in ("withdrawn", "declined", "superseded", "conflicted", "suspended", "expired"):
        change.stage, change.ended_at = type_, event["at"]
        change.due = change.due if type_ == "suspended" else ""


def _decide_anew(change: Change, event: Event) -> None:
    """Take nothing from times that were ahead: what was open is decided anew, what they ended is open again."""
    change.corrected.append(event)
    confirmed = change.override and change.override["confirmed"]
    if confirmed and confirmed["at"] > event["at"]:
        due = min(confirmed["payload"]["review_due"], event["at"])
        payload = {**confirmed["payload"], "review_due": due}
        change.override = {**change.override, "confirmed": {**confirmed, "payload": payload}}
    expired = change.stage == "expired" and change.ended_at > event["at"] and not change.redacted
    if change.stage in REVIEW.split() or expired:
        change.stage, change.due, change.asked_at = "in_review", "", event["at"]
        change.cycle = change.unbroken_from = change.cycle + 1
        change.escalated, change.reminded = [], set()


def _said(change: Change, event: Event) -> None:
    """Take a decision in. One current decision a person and definition; an objection is kept until it surely is gone.

    An objection that was signed does not go with words that nobody signed: what was said in its author's name since
    is kept beside it, and weighed once the keys are known (INV-04).
    """
    type_, payload, who = event["type"], event["payload"], event["actor"]["principal"]
    if type_ == "objection_ended":
        gone = ("request_changes", payload["principal"])
        change.decisions = [one for one in change.decisions if (one["says"], _by(one)) != gone]
        for one in change.objections:
            if one["of"] == payload["principal"] and (one["voices"] or not one["ending"]):
                one["ending"] = event
        return
    limits, everything = payload.get("definitions") or (), {one["id"] for one in change.revision["definitions"]}
    change.decisions = [left for one in change.decisions if (left := _beyond(one, who, limits, everything))]
    signed = event["actor"]["identity"] == "signed"
    for one in [one for one in change.objections if one["of"] == who]:
        was_signed = one["event"]["actor"]["identity"] == "signed"
        if limits:
            if one["voices"] or one["ending"]:
                continue
            mine = set(one["about"]) or everything
            rest, taken = sorted(mine - set(limits)), sorted(mine & set(limits))
            if not taken:
                continue
            change.objections.remove(one)
            change.objections += [{**one, "about": rest, "voices": []}] if rest else []
            change.objections += [{**one, "about": taken, "voices": [event]}] if was_signed else []
        elif not was_signed:
            change.objections.remove(one)
        elif signed or not one["voices"]:
            one["voices"].append(event)
    if type_ != "decision_withdrawn":
        change.decisions.append({**payload, "definitions": limits, "says": VERDICT[type_], "event": event})
    if type_ == "changes_requested":
        change.objections.append({"of": who, "event": event, "voices": [], "ending": None, "about": limits})


def _by(decision: Decision) -> str:
    return str(decision["event"]["actor"]["principal"])


def _beyond(one: Decision, who: str, limits: Iterable[str], everything: set[str]) -> Decision | None:
    """Return what is left of an older decision once somebody decided again, on some definitions or on all of them."""
    if _by(one) != who:
        return one
    mine = set(one["definitions"]) or everything
    left = sorted(mine - set(limits)) if limits else []
    return one if left and set(left) == mine else {**one, "definitions": left} if left else None


def covers(decision: Decision, definition: str) -> bool:
    """Say whether a decision is about a definition."""
    return not decision["definitions"] or definition in decision["definitions"]


class Fold:
    """All changes and what the registry's own events say, event by event."""

    changes: dict[str, Change]
    baselines: list[Event]
    delegations: dict[str, Json]
    times: list[tuple[int, str]]

    def __init__(self, report: Report) -> None:
        self.report, self.changes, self.last_at, self.times = report, {}, "", []
        self.registry, self.main, self.baselines, self.delegations = "", "", [], {}

    def take(self, event: Event) -> bool:
        """Fold one event; an impossible one is reported and has no effect. Say whether it had one."""
        seq, type_, payload = event["seq"], event["type"], event["payload"]
        if type_ == "clock_corrected" and type(payload.get("first")) is int:
            kept = [one for one in self.times if one[0] < payload["first"]]
            if all(at > event["at"] for _, at in self.times[len(kept) :]):
                self.times, self.last_at = kept, kept[-1][1] if kept else ""
        if event["at"] < self.last_at:
            self.report.event(seq, "time_order", f"{event['at']} lies before {self.last_at}")
        elif event["at"] > self.last_at:
            self.times.append((seq, event["at"]))
        self.last_at = max(self.last_at, event["at"])
        found = self._why_not(event)
        for code, says in found:
            self.report.event(seq, code, says)
        if found:
            return False
        if event["change"] is None:
            self._of_registry(event)
            return True
        change = self.changes.setdefault(event["change"], Change(event["change"]))
        evolve(change, event)
        if type_ == "applied":
            self.main = event["main"] or payload["commit"]
        return True

    def _why_not(self, event: Event) -> list[tuple[str, str]]:
        type_, payload = event["type"], event["payload"]
        if type_ not in EVENTS:
            return [("event_type_unknown", f"event type {type_} is not known to this verifier")]
        if (event["change"] is None) != (EVENTS[type_][0] == ""):
            return [("event_misplaced", f"{type_} stands in the wrong place")]
        if wrong := misfit(EVENTS[type_][1], payload):
            return [("event_payload_invalid", f"payload of {type_}: {wrong}")]
        if not is_moment(event["at"]):
            return [("time_form", f"{event['at']} is no time")]
        if event["change"] is not None:
            return list(impossible(self.changes.get(event["change"]) or Change(event["change"]), event))[:1]
        if (type_ == "registry_created") == bool(self.registry):
            return [("registry", "the journal begins with its registry, once")]
        if type_ in ("main_moved", "main_rewound") and self.main and payload["before"] != self.main:
            return [("main", f"the recorded tip is {self.main}, not {payload['before']}")]
        if type_ == "clock_corrected":
            return list(_miscorrected(self.registry, event))[:1]
        if type_ == "key_proved":
            said = {"type": KEY_NAMESPACE, "registry": self.registry, **payload}
            if canonical(event["statement"] or {}) != canonical(said):
                return [("statement", "the proof does not say what the event says")]
        if type_ in ("delegated", "delegation_ended"):
            return [("delegation", says) for says in self._no_delegation(event)]
        return []

    def _no_delegation(self, event: Event) -> Iterator[str]:
        payload, who = event["payload"], event["actor"]["principal"]
        known = self.delegations.get(payload["id"])
        if not who:
            yield "a delegation is a person's doing"
        elif event["type"] == "delegation_ended":
            if known is None or known["ended"]:
                yield "there is no such delegation, or it has ended"
        else:
            match = {key: value for key, value in (payload.get("match") or {}).items() if value is not None}
            said = {
                "type": NAMESPACE,
                "registry": (event["statement"] or {}).get("registry", ""),
                "delegation": payload["id"],
                "decision": f"delegate:{payload['from']}:{payload['to']}",
                "match": match if payload.get("match") is not None else None,
                "starts": payload["starts"],
                "ends": payload["ends"],
                "principal": who,
                "reason_sha256": sha256(payload["reason"].encode()),
            }
            if payload["from"] == payload["to"] or known or (payload.get("match") is not None and len(match) != 1):
                yield "nobody stands in for themself, twice, or for what two keys name"
            if max(payload["starts"], event["at"]) > payload["ends"]:
                yield "it ends before it starts, or before it was given"
            if canonical(event["statement"] or {}) != canonical(said):
                yield "the statement does not say what the event says"

    def _of_registry(self, event: Event) -> None:
        payload = event["payload"]
        if event["type"] == "registry_created":
            self.registry, self.main = payload["registry"], event["main"]
        elif event["type"] == "baseline":
            self.baselines.append(event)
        elif event["type"] == "delegated":
            self.delegations[payload["id"]] = {**payload, "event": event, "ended": 0}
        elif event["type"] == "delegation_ended":
            self.delegations[payload["id"]]["ended"] = event["seq"]
        elif "after" in payload:
            self.main = payload["after"]


def is_moment(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def later(at: str, days: int) -> str:
    """Return the moment so many days of 24 hours after one."""
    found = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ") + timedelta(days=days)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")


# 5. FILES -------------------------------------------------------------------------------------------------------------


class Unread(Exception):
    """A file in a form that the small reader does not know."""


KEY = re.compile(r"""([A-Za-z0-9_./$^][^:#\[\]{},"'&*!|>]*?|'[^']*'|"[^"\\]*")[ ]*:(?= |$)""")
PLAIN: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
PLAIN |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def scalar(text: str) -> Json:
    """Return the value of an unquoted scalar by the YAML 1.2 core schema: `no` is a text."""
    if text in PLAIN:
        return PLAIN[text]
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)", text):
        return float(text)
    if re.fullmatch(r"[-+]?[0-9.]+[eE][-+]?[0-9]+|0[ox][0-9a-fA-F]+|[-+]?\.(inf|nan)", text, re.I):
        raise Unread(f"number {text}")
    if (
        ": " in text
        or " #" in text
        or text.endswith(":")
        or text[0] in "[]{},#&*!|>'\"%@`"
        or text[:2] in ("- ", "? ", "-", "?")
    ):
        raise Unread(f"scalar {text[:20]}")
    return text


class Yaml:
    """Reads mappings, lists, scalars, quoted and block texts. No anchors, tags, multi-document files: Unread."""

    def __init__(self, data: bytes) -> None:
        text = data.decode("utf-8") if len(data) <= 256 * 1024 else ""
        if not text.endswith("\n") or re.search(r"[\t\r\ufeff\x00-\x08]", text):
            raise Unread("characters")
        self.lines, self.at = text.split("\n"), 0

    def load(self) -> dict[str, Json]:
        value = self.block(0)
        if self.peek() is not None or not isinstance(value, dict):
            raise Unread(f"line {self.at + 1}")
        return value

    def peek(self) -> tuple[int, str] | None:
        """Return (indent, text) of the next line that says something, None at the end."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            body = line.strip()
            if body and not body.startswith("#"):
                if line.startswith(("---", "...", "%")):
                    raise Unread("document marks")
                return len(line) - len(line.lstrip(" ")), body
            self.at += 1
        return None

    def block(self, least: int) -> Json:
        here = self.peek()
        if here is None or here[0] < least:
            return None
        if here[1] == "-" or here[1].startswith("- "):
            return self.sequence(here[0])
        if KEY.match(here[1]):
            return self.mapping(here[0])
        self.at += 1
        return self.value(here[1], here[0] - 1)

    def mapping(self, indent: int) -> dict[str, Json]:
        found = {}
        while (here := self.peek()) and here[0] == indent and not here[1].startswith("- "):
            match = KEY.match(here[1])
            if not match:
                raise Unread(f"line {self.at + 1}")
            key = match[1][1:-1] if match[1][0] in "'\"" else scalar(match[1])
            if not isinstance(key, str) or key in found:
                raise Unread(f"key in line {self.at + 1}")
            self.at += 1
            found[key] = self.value(here[1][match.end() :].strip(), indent, below=indent)
        if here and here[0] > indent:
            raise Unread(f"indent of line {self.at + 1}")
        return found

    def sequence(self, indent: int) -> list[Json]:
        found = []
        while (here := self.peek()) and here[0] == indent and (here[1] == "-" or here[1].startswith("- ")):
            inner = here[1][1:].lstrip(" ")
            if inner.startswith("- ") or KEY.match(inner):  # a mapping or list that begins in this line
                shift = len(here[1]) - len(inner)
                self.lines[self.at] = " " * (indent + shift) + inner
                found.append(self.block(indent + 1))
            else:
                self.at += 1
                found.append(self.value(inner, indent, below=indent + 1))
        return found

    def value(self, text: str, indent: int, below: int | None = None) -> Json:
        """Read what stands after a key or dash; `below` is the least indent of a list under it."""
        if not text or text.startswith("#"):
            here = self.peek()
            if here and (here[0] > indent or (below == here[0] and here[1].startswith("-"))):
                return self.block(here[0])
            return None
        if text[0] in "|>":
            return self.text(text, indent)
        if text[0] in "[{'\"":
            return self.flow(text)
        if text[0] in "&*!@`%" or text.startswith("? "):
            raise Unread(f"line {self.at}")
        said = re.split(r" +#", text)[0]
        while self.at < len(self.lines) and (line := self.lines[self.at]).strip():
            if len(line) - len(line.lstrip(" ")) <= indent or line.strip().startswith("#"):
                break
            if said != text:
                raise Unread(f"line {self.at + 1}")
            said = text = f"{text} {line.strip()}"
            self.at += 1
        return scalar(said)

    def text(self, head: str, indent: int) -> str:
        """Read a block text, literal or folded."""
        match = re.fullmatch(r"([|>])([-+]?)(?: +#.*)?", head)
        if not match:
            raise Unread(f"line {self.at}")
        rows = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
                break
            rows.append(line)
            self.at += 1
        if rows and not rows[0].strip():
            raise Unread("a text that begins with an empty line")
        full = [len(row) - len(row.lstrip(" ")) for row in rows if row.strip()]
        first = full[0] if full else 0
        rows = [row[first:] if row.strip() else "" for row in rows]
        end = len(rows)
        while end and not rows[end - 1]:
            end -= 1
        if min(full, default=0) < first or (match[1] == ">" and any(row[:1] == " " for row in rows[:end])):
            raise Unread("a folded text with indents")
        said = "\n".join(rows[:end])
        if match[1] == ">":
            said = re.sub(r"(?<!\n)\n(?!\n)", " ", said)
            said = re.sub(r"\n\n+", lambda found: found[0][1:], said)
        return said + ("" if match[2] == "-" or not end else "\n" if match[2] == "" else "\n" * (1 + len(rows) - end))

    def flow(self, text: str) -> Json:
        """Read a list or mapping in brackets, or a quoted text; it may go on in the next lines."""
        while True:
            try:
                value, rest = self._flow(text)
                break
            except IndexError:
                if self.at >= len(self.lines) or not self.lines[self.at].strip():
                    raise Unread("an open bracket or quote") from None
                text = f"{text} {self.lines[self.at].strip()}"
                self.at += 1
        if rest and not re.match(r" +#|$", rest):
            raise Unread(f"line {self.at}: {rest[:20]}")
        return value

    def _flow(self, text: str) -> tuple[Json, str]:
        text = text.lstrip(" ")
        if text[0] == "'":
            found = re.match(r"'((?:[^']|'')*)'(?!')", text)
            return (found[1].replace("''", "'"), text[found.end() :]) if found else self._open()
        if text[0] == '"':
            found = re.match(r'"((?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*)"', text)
            return (json.loads(found[0]), text[found.end() :]) if found else self._open()
        if text[0] in "[{":
            close = "]" if text[0] == "[" else "}"
            held: Json = [] if text[0] == "[" else {}
            text = text[1:].lstrip(" ")
            while text[0] != close:
                value, text = self._flow(text)
                text = text.lstrip(" ")
                if close == "}":
                    if text[0] != ":" or not isinstance(value, str) or value in held:
                        raise Unread("a key in braces")
                    held[value], text = self._flow(text[1:])
                    text = text.lstrip(" ")
                else:
                    held.append(value)
                if text[0] == ",":
                    text = text[1:].lstrip(" ")
                elif text[0] != close:
                    raise Unread("a list in brackets")
            return held, text[1:]
        found = re.match(r"(?:[^,\[\]{}:#]|:(?=[^ ,\[\]{}])|(?<! )#)*", text)
        if found is None or found.end() == len(text):
            return self._open()
        if not found[0].strip():
            raise Unread("an empty place in brackets")
        return scalar(found[0].strip()), text[found.end() :]

    @staticmethod
    def _open() -> NoReturn:
        raise IndexError("it goes on in the next line")


def mapping_in(data: bytes) -> dict[str, Json] | None:
    """Return the mapping that a YAML file holds, None where the small reader does not know its form."""
    try:
        return Yaml(data).load()
    except (Unread, UnicodeDecodeError, RecursionError):
        return None


# 6. RULES -------------------------------------------------------------------------------------------------------------

GOVERNANCE = {
    "people": "governance/people.yaml",
    "raci": "governance/raci.yaml",
    "policy": "governance/policy.yaml",
    "metricgov": "metricgov.yaml",
}
RANK = {name: rank for rank, name in enumerate(("claimed", "server", "host", "signed"))}
STRICT = {name: rank for rank, name in enumerate(("none", "heard", "answered"))}
EFFECT = {name: rank for rank, name in enumerate(("none", "if_engine", "always"))}
GRAVE = ("breaking", "unknown")

NOTHING = {
    "alone": False, "accountable": False, "responsible": False, "council": 0, "approvals": 0, "consulted": "none",
    "effect": "none", "statements": False, "identity": "claimed", "threads": False, "ticket": False,
}  # fmt: skip
ONE = {"approvals": 1}
HOST = {"identity": "host", "accountable": True}
PRESETS: dict[str, tuple[dict[str, dict[str, Json]], tuple[int, int, int], bool]] = {
    # name: (rules by class; days until silence counts, until a substitute may decide, until an override is looked at
    #        (0: none is allowed); whether a contributor may approve)
    "solo": ({"editorial": ONE, "compatible": ONE, "governance": {"council": 1},
              "breaking": {"approvals": 1, "statements": True, "effect": "if_engine"}}, (0, 0, 0), True),
    "small": ({"editorial": ONE, "compatible": ONE, "governance": {"council": 1},
               "breaking": {"approvals": 1, "statements": True, "effect": "if_engine", "consulted": "heard"}},
              (3, 3, 7), False),
    "standard": ({"editorial": {"responsible": True}, "compatible": {"accountable": True},
                  "governance": {"council": 1},
                  "breaking": {"accountable": True, "council": 1, "consulted": "heard", "effect": "if_engine",
                               "statements": True}}, (5, 5, 5), False),
    "regulated": ({"editorial": HOST, "compatible": {**HOST, "consulted": "heard", "threads": True},
                   "governance": {"identity": "host", "council": 1},
                   "breaking": {**HOST, "council": 2, "consulted": "answered", "effect": "if_engine",
                                "statements": True, "threads": True}}, (10, 10, 3), False),
}  # fmt: skip


def is_governance(definition: str) -> bool:
    return definition.startswith("governance:") or definition.rpartition("/")[2].endswith(".gitattributes")


NATIVE = re.compile(
    r"(?:metrics/([a-z][a-z0-9_]{0,79})|(sources|events|workflows|objectives|scorecards))/([a-z][a-z0-9_]{0,79})\.yaml"
)


def id_of(path: str, globs: Iterable[str] = ()) -> str | None:
    """Return the definition that stands at a path, None where nothing governed does."""
    names = {file: kind for kind, file in GOVERNANCE.items()} | {".gitattributes": "gitattributes"}
    if path in names:
        return f"governance:{names[path]}"
    if found := NATIVE.fullmatch(path):
        return f"{(found[2] or 'metrics')[:-1]}:{found[3]}"
    return f"opaque:{path}" if path.endswith("/.gitattributes") or any(globbed(one, path) for one in globs) else None


def globbed(pattern: str, path: str) -> bool:
    """Say whether a glob of metricgov.yaml is about a path: `*` within a folder, `**` across."""
    wild = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = [wild.get(token) or re.escape(token) for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern)]
    return re.fullmatch("".join(parts), path, re.S) is not None


def plain_look(path: str) -> str:
    """Return the path that a file system which ignores case and normal forms takes this one for."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def subject(definition: str, data: Json, path: str, owner: str = "") -> Subject:
    """Return what routing looks at."""
    data = data or {}
    found, kind, name = NATIVE.fullmatch(path), *definition.split(":", 1)
    return {
        "id": definition, "kind": kind, "name": name, "owner": owner,
        "domain": data.get("domain") or ((found[1] or "") if found else ""),
        "tags": _names(data.get("tags")), "consulted": _names(data.get("consulted")),
    }  # fmt: skip


def _names(value: Json) -> tuple[str, ...]:
    return tuple(one for one in ([value] if isinstance(value, str) else value or ()) if isinstance(one, str))


def about(match: Json, one: Subject) -> bool:
    """Say whether a match of raci.yaml or policy.yaml is about a subject."""
    key, value = next(((key, match[key]) for key in ("name", "tag", "domain", "kind") if match.get(key)), ("", ""))
    if key == "name":
        return fnmatchcase(one["name"], value)
    return value in one["tags"] if key == "tag" else bool(key) and one[key] == value


class Rules:
    """The people, roles and policy in force at one commit."""

    def __init__(self, raw: Json) -> None:
        self.raw, self.digest = raw, sha256(canonical(raw))
        self.raci, self.policy, self.config = raw["raci"], raw["policy"], raw["metricgov"]
        people = raw["people"]
        self.people = {one["id"]: one for one in people["people"] if one.get("status", "active") == "active"}
        self.teams = {one["id"]: one["members"] for one in people.get("teams") or ()}
        self.preset, (silence, answer, review), self.self_approval = PRESETS[self.policy["preset"]]
        stated = self.policy.get("override") or {}
        self.days = self._or(self.policy.get("consulted_days"), silence)
        self.respond = self._or(self.policy.get("respond_days"), answer)
        self.review = self._or(stated.get("review_days"), review or 5) if stated.get("allowed", review > 0) else 0
        self.council = self.members(self.raci["council"])
        self.globs = [glob for one in self.config.get("opaque") or () for glob in one["paths"]]
        known = {one["id"] for one in people["people"]} | self.teams.keys()
        named = {self.raci["council"], *self._deciders(self.raci["registry"])}
        named |= {name for one in self.raci.get("entries") or () for name in self._deciders(one)}
        if not named - {None} <= known or not self.config["registry"]:
            raise KeyError("a role names nobody")

    @staticmethod
    def _or(stated: int | None, preset: int) -> int:
        return preset if stated is None else stated

    @staticmethod
    def _deciders(entry: Json) -> tuple[Json, Json]:
        return entry["accountable"], entry.get("deputy")

    def members(self, name: str) -> frozenset[str]:
        return frozenset(one for one in self.teams.get(name, (name,)) if one in self.people)

    def can_be(self, person: str, identity: str) -> bool:
        """Say whether somebody could act with this identity: whatever is more than claimed needs an active key."""
        keys = self.people[person].get("keys") or ()
        return identity == "claimed" or any(key.get("status", "active") == "active" for key in keys)

    def rule(self, class_: str, subjects: Iterable[Subject]) -> dict[str, Json]:
        """Return what a class of change asks for; scopes that match a subject make it stricter, never milder."""
        preset = {"alone": True} if class_ == "identical" else self.preset["breaking" if class_ in GRAVE else class_]
        rule = NOTHING | preset | _stated(self.policy.get("classes"), class_)
        if any(rule[key] for key in ("accountable", "responsible", "council", "approvals")):
            rule["alone"] = False
        for scope in self.policy.get("scopes") or ():
            stated = _stated(scope.get("classes"), class_)
            if stated and any(about(scope["match"], one) for one in subjects):
                other = rule | stated
                rule = {key: _stricter(key, rule[key], other[key]) for key in rule}
        return rule

    def observed(self, subjects: Iterable[Subject], new: bool) -> bool:
        """Say whether policy only watches these definitions; the strictest of several scopes counts.

        Who writes a `new` definition chooses its name and tags, so by those nothing gets looser.
        """
        ways: set[str] = set()
        for one in subjects:
            scopes = self.policy.get("scopes") or ()
            stated = {
                scope["enforce"]
                for scope in scopes
                if scope.get("enforce")
                and about(scope["match"], one)
                and not (
                    new and scope["enforce"] == "observe" and (scope["match"].get("name") or scope["match"].get("tag"))
                )
            }
            ways |= {"block"} if "block" in stated else stated or {self.policy.get("enforce", "block")}
        return ways == {"observe"}

    def levels(self, one: Subject, new: bool = False) -> tuple[list[Level], bool]:
        """Return who can decide about a subject, most specific first: [(accountable, deputy, entry)]; and a tie."""
        if is_governance(one["id"]):
            return [(self.raci["council"], None, {})], False
        found = defaultdict(list)
        for entry in self.raci.get("entries") or ():
            if about(entry["match"], one):
                key = next(key for key in ("name", "tag", "domain", "kind") if entry["match"].get(key))
                key = "pattern" if key == "name" and set("*?") & set(entry["match"]["name"]) else key
                found[key].append((*self._deciders(entry), entry))
        if one["owner"]:
            found["owner"] = [(one["owner"], None, {})]
        levels: list[Level] = []
        for key in ("domain", "owner", "kind") if new else ("name", "pattern", "tag", "domain", "owner", "kind"):
            if len(found[key]) > 1:
                if not levels:
                    return [(*self._deciders(self.raci["registry"]), {}), (self.raci["council"], None, {})], True
                continue
            levels += found[key]
        return [*levels, (*self._deciders(self.raci["registry"]), {}), (self.raci["council"], None, {})], False

    def deciders(
        self,
        levels: list[Level],
        barred: frozenset[str],
        change: Change | None,
        identity: str,
        sure: Callable[[Event], str] | None,
    ) -> frozenset[str]:
        """Return who can give the accountable's approval: by raci.yaml, handed over, or escalated (late enough)."""
        named = [name for level in levels for name in level[:2] if name]
        line = [(name, free) for name in named if (free := self.members(name) - barred)]
        if not line:
            return frozenset()
        holder, base = line[0]
        people, since, due = base, 0, ""
        if change is None or sure is None or not change.revision:
            return people
        if change.revision.get("respond_by") and self.respond:
            due = max(change.revision["respond_by"], later(change.asked_at, self.respond))
        first = self.members(levels[0][0]) | self.members(levels[0][1]) | self.council
        for event in change.handed:
            given, by = event["payload"], event["actor"]["principal"]
            fits = given["from"] == holder and by in (first | base | people) - change.contributors
            if not fits or RANK[sure(event)] < RANK[identity]:
                continue
            if given["to"] in barred | change.contributors or given["to"] not in self.people:
                continue
            holder, people, since = given["to"], frozenset({given["to"]}), event["seq"]
            due = max(given["due"], later(event["at"], self.respond)) if given.get("due") and self.respond else due
        said = ("approve", "request_changes", "reject")
        answered = {_by(one): one["event"]["seq"] for one in change.decisions
                    if one["says"] in said and change.current(one)}  # fmt: skip
        went = [one for one in change.escalated if one["seq"] > since and one["payload"]["from"] == holder
                and one["at"] <= change.until]  # fmt: skip
        for name, free in line[1:]:
            if name == holder or not free - people:
                continue
            told = [one for one in went if one["payload"]["to"] == name and due and one["at"] >= due]
            event = told[0] if told else {}
            if not told or any(answered.get(who, event["seq"]) < event["seq"] for who in people):
                break
            people |= free
            due = max(event["payload"]["due"], later(event["at"], self.respond))
        return people

    def roles(
        self,
        one: Subject,
        class_: str,
        contributors: Iterable[str],
        flags: Iterable[str] = (),
        new: bool = False,
        other: Subject | None = None,
        change: Change | None = None,
        sure: Callable[[Event], str] | None = None,
    ) -> Roles:
        """Return the places that approvals have to fill for a change of a subject, and who has which part in it."""
        barred = frozenset() if self.self_approval else frozenset(contributors)
        sides = [one] if other is None else [one, other]
        governed = is_governance(one["id"]) and class_ != "identical"
        rule = self.rule("governance" if governed else class_, sides)
        levels, tie = self.levels(one, new)
        named = [name for level in levels for name in level[:2] if name]
        decides = self.deciders(levels, barred, change, rule["identity"], sure)
        entry = levels[0][2]
        consulted = dict.fromkeys(
            [*(entry.get("consulted") or ()), *(name for side in sides for name in side["consulted"])]
        )
        responsible = frozenset(person for name in entry.get("responsible") or () for person in self.members(name))
        pool = responsible | frozenset(person for name in named for person in self.members(name))

        def able(people: frozenset[str]) -> frozenset[str]:
            return frozenset(person for person in people - barred if self.can_be(person, rule["identity"]))

        council, number, further, slots = able(self.council), rule["council"], rule["approvals"], []
        if is_governance(one["id"]):
            number = 0 if rule["alone"] else max(1, rule["council"], min(2, len(council)))
        elif rule["accountable"] or "G" in flags:
            further -= 0 if rule["accountable"] else min(1, further)
            slots.append(("the accountable", able(decides)))
        elif rule["responsible"]:
            slots.append(("a responsible person or the accountable", able(responsible | decides)))
        slots += [("the council", council)] * number + [("somebody with a role for it", able(pool))] * further
        heard = frozenset(person for name in consulted for person in self.members(name))
        enders = (self.members(levels[0][0]) | self.members(levels[0][1])) - barred | decides
        return {
            "rule": rule, "tie": tie, "slots": slots, "consulted": tuple(consulted), "enders": enders,
            "objectors": pool | heard | frozenset(person for _, people in slots for person in people),
            "level": levels[0][:2],
        }  # fmt: skip

    def locked(self) -> bool:
        """Say whether nobody could ever change governance again under these rules (INV-09)."""
        one = subject("governance:people", None, GOVERNANCE["people"])
        ways = (self.roles(one, "unknown", [author])["slots"] for author in self.people)
        return not self.council or all(None in fill(slots, self.people) for slots in ways)


def _stated(classes: Json, class_: str) -> dict[str, Json]:
    return {key: value for key, value in ((classes or {}).get(class_) or {}).items() if value is not None}


def _stricter(key: str, one: Json, other: Json) -> Json:
    ranks = {"consulted": STRICT, "effect": EFFECT, "identity": RANK}.get(key)
    if ranks:
        return max(one, other, key=ranks.__getitem__)
    return (one and other) if key == "alone" else max(one, other)


def fill(slots: Sequence[Slot], people: Iterable[str]) -> list[str | None]:
    """Return who fills each place, one person at most one (INV-06); a filled place stays filled, perhaps by another."""
    place: dict[str, int] = {}

    def seat(slot: int, tried: set[str]) -> bool:
        for person in sorted(people):
            if person in slots[slot][1] and person not in tried:
                tried.add(person)
                if person not in place or seat(place[person], tried):
                    place[person] = slot
                    return True
        return False

    for index in range(len(slots)):
        seat(index, set())
    filled = {slot: person for person, slot in place.items()}
    return [filled.get(index) for index in range(len(slots))]


# 7. MAIN --------------------------------------------------------------------------------------------------------------


class Main:
    """The first-parent line of the target, judged step by step as the journal goes on.

    Events arrive in order. One that names a main further along the line than any before it has seen the steps up to
    there: they are judged by the journal as it stood before that event, and by the rules of each step's base.
    """

    tree: Tree
    known: dict[tuple[Entry | None, ...], Rules | None]
    sums: dict[str, str]
    by_path: dict[str, set[str]]
    recorded: dict[tuple[Entry | None, ...], tuple[str, str]]
    stray: Event | None
    genesis: str | None
    rules: Rules | None
    last_good: tuple[Entry | None, ...] | None
    globs: Sequence[str]
    root: str

    def __init__(self, git: Git, tip: str, journal: Journal, fold: Fold, report: Report, pinned: str) -> None:
        self.git, self.journal, self.fold, self.report, self.tip = git, journal, fold, report, tip
        self.line = git.first_parents(tip)
        self.place = {commit: place for place, commit in enumerate(self.line)}
        self.changes, self.commits = list(git.tree_changes(self.line)), list(git.contents(self.line))
        if git.shallow:
            raise Undecided("the clone is shallow, so main cannot be walked from its root: git fetch --unshallow")
        self.tree, self.known, self.sums, self.by_path, self.recorded = {}, {}, {}, defaultdict(set), {}
        self.next, self.seen, self.stray, self.last = 0, -1, None, ("", "")
        self.genesis = self.rules = self.last_good = None
        self.pinned, self.globs, self.judged, self.now = pinned, (), 0, "9"

    def anchors(self) -> Iterator[tuple[int, str, str]]:
        """Return what the commits of main vouch for: the trailers that an applied change leaves there."""
        for commit, data in zip(self.line, self.commits, strict=True):
            for seq, digest in ANCHOR.findall((data or b"").decode("utf-8", "replace").partition("\n\n")[2]):
                yield int(seq), digest, f"commit {commit[:12]}"

    def before(self, event: Event) -> None:
        """Judge the steps that an event is the first to have seen."""
        main, rewound = event["main"], event["type"] == "main_rewound"
        if main != self.last[1] or rewound:
            place = self.place_of(main)
            if rewound:
                self.stray, self.seen = None, place
            elif main and main not in self.place:
                self.stray = self.stray or event
            elif place < self.seen:
                self.report.event(event["seq"], "main_went_back", "it names a main before the one of an earlier event")
            else:
                if self.stray and self.git.contains(main, self.stray["main"]):
                    self.stray = None
                self.seen = place
            seen = min(event["at"], self.now)  # nobody saw it in a time that is yet to come
            self.judge_until(place, min(self.last[0], seen), seen, event["seq"])
        self.last = (event["at"], main)

    def after(self, event: Event) -> None:
        """Take note of an event that had its effect: contents by path, and the rules it says were in force."""
        payload = event["payload"]
        if event["type"] == "revision_submitted":
            for edit in payload["edits"]:
                self.by_path[edit["path"]].add(event["change"])
        where = payload.get("onto") if event["type"] == "apply_started" else payload.get("after")
        if payload.get("governance") and self.next and where == self.line[self.next - 1]:
            if self.rules is not None and self.rules.digest != payload["governance"]:
                self.report.event(event["seq"], "governance", f"the rules at {where[:12]} are not those it names")
            self.recorded[self.rules_key()] = (event["change"] or "", payload["governance"])

    def finish(self, now: str) -> None:
        """Judge what no event has seen, as if it were recorded now, and ask whether main still holds what was seen."""
        self.judge_until(len(self.line) - 1, min(self.last[0] or now, now), now, 0)
        if self.genesis is None:
            raise Undecided("main holds no metricgov.yaml, now or before")
        for event in self.fold.baselines:
            if event["payload"]["commit"] != self.genesis:
                self.report.event(
                    event["seq"], "baseline_elsewhere", "it accepts contents where the registry did not begin"
                )
        for change in self.fold.changes.values():
            if change.waived and change.stage == "applied" and not change.says_override:
                self.report.event(
                    change.last_seq, "override_hidden", "it landed by an override, and the journal hides it"
                )
        if self.stray and not self.git.contains(self.tip, self.stray["main"]):
            if self.git.contains(self.stray["main"], self.tip):
                raise Undecided(f"event {self.stray['seq']} saw a main beyond this one: git fetch origin main")
            self.report.event(self.stray["seq"], "main_rewound", "main lost the commit it saw, and no event says why")

    def place_of(self, commit: str) -> int:
        """Return the last place of the line that a commit contains along its own first parents, -1 without one."""
        if commit in self.place or not commit:
            return self.place.get(commit, -1)
        try:
            return max((self.place[one] for one in self.git.first_parents(commit) if one in self.place), default=-1)
        except Undecided:
            return -1

    def judge_until(self, last: int, earliest: str, latest: str, seq: int) -> None:
        while self.next <= last:
            for _ in range(self.advance(last, earliest, latest, seq)):
                self.go()

    def go(self) -> None:
        """Step forward: the tree, the rules for what follows, and which approvals this step used up (INV-23)."""
        step = self.next
        self.next += 1
        for path, _, after in self.changes[step]:
            self.tree.pop(path, None)
            if after:
                self.tree[path] = after
        paths = {path for path, _, _ in self.changes[step]}
        for name in {one for path in paths for one in self.by_path.get(path, ())}:
            change = self.fold.changes[name]
            if all(self.side(self.tree.get(one["path"])) == one["after"] for one in change.revision["edits"]):
                change.used.setdefault(change.revision["digest"], step)
        if self.genesis is None and GOVERNANCE["metricgov"] in self.tree:
            self.genesis = self.line[step]
            self.begin()
        elif paths & {*GOVERNANCE.values()}:
            self.rules = self.rules_here()

    def begin(self) -> None:
        """Take the first rules as they are; only a pinned digest says whether they are the right ones."""
        self.rules = self.rules_here()
        if self.rules is None:
            raise Undecided("the first governance of this registry does not load")
        self.root = self.rules.digest
        if self.force.config["registry"] != self.journal.registry:
            raise Undecided("the journal is that of another registry")
        if self.rules.locked():
            self.found("the registry begins with rules that nobody could ever change", self.next - 1)
        for path, (mode, _) in self.tree.items():
            if id_of(path) and mode != "100644":
                self.found(f"{path} is no regular file", self.next - 1)

    def found(self, says: str, step: int) -> None:
        self.report.steps.append((step, self.line[step], says))

    # Rules of the base

    @property
    def force(self) -> Rules:
        """Return the rules in force; where none are, nothing is judged by them."""
        if self.rules is None:
            raise Undecided("no rules are in force here")
        return self.rules

    def rules_key(self, tree: Tree | None = None) -> tuple[Entry | None, ...]:
        return tuple((self.tree if tree is None else tree).get(path) for path in GOVERNANCE.values())

    def rules_here(self, tree: Tree | None = None) -> Rules | None:
        """Return the rules in a tree, None where they do not load.

        Where the small reader does not know the form of a file, the governance.json that an event names is taken.
        """
        key = self.rules_key(tree)
        if key not in self.known:
            self.known[key] = self._rules(key)
        rules = self.known[key]
        if rules is not None and tree is None:
            self.last_good, self.globs = key, rules.globs
        return rules

    def _rules(self, key: tuple[Entry | None, ...]) -> Rules | None:
        if any(entry is None or entry[0] != "100644" for entry in key):
            return None
        raw = {kind: self.data(entry) for kind, entry in zip(GOVERNANCE, key, strict=True)}
        try:
            if None not in raw.values():
                return Rules(raw)
            if key in self.recorded:
                change, digest = self.recorded[key]
                self.report.note(
                    f"rules {digest[:12]} as recorded: their YAML is in a form this verifier does not read"
                )
                return Rules(parsed(self.journal.blob(change, digest) or b""))
        except (KeyError, TypeError, AttributeError, ValueError):
            return None
        self.report.note("a version of the rules is in a form this verifier does not read, and no event names it")
        return None

    # One step, or the shortest run of steps that is covered together

    def advance(self, last: int, earliest: str, latest: str, seq: int) -> int:
        """Judge the next step, or as many together as are covered; report what is not. Return how many that were."""
        first = self.next
        if self.genesis is None or not self.concerned(self.changes[first]):
            return 1
        self.judged += 1
        open_, covering = self.verdict(first, self.changes[first], earliest, latest)
        if not open_:
            return 1
        together = {path: (before, after) for path, before, after in self.changes[first]}
        for step in range(first + 1, last + 1):
            for path, before, after in self.changes[step]:
                together[path] = (together[path][0] if path in together else before, after)
            if self.concerned(self.changes[step]):
                joined = [(path, *sides) for path, sides in sorted(together.items()) if sides[0] != sides[1]]
                still, covering = self.verdict(step, joined, earliest, latest)
                helps = any(self._paths(name) & paths for name in covering for _, paths, _ in open_)
                if not still and helps:
                    return step - first + 1
        if all(observed for observed, _, _ in open_):
            self.report.note(f"{self.line[first][:12]}: policy only watched here: {open_[0][2]}")
        else:
            seen = f" (first seen by event {seq})" if seq else ""
            for _, _, says in open_:
                self.found(says + seen, first)
        return 1

    def concerned(self, changes: list[Edited]) -> bool:
        return any(id_of(path, self.globs) or id_of(plain_look(path), self.globs) for path, _, _ in changes)

    def verdict(self, step: int, changes: list[Edited], earliest: str, latest: str) -> Verdict:
        """Return [(observed, paths, reason)] for what nothing lets through, and the changes that cover the rest.

        Nobody knows when a host moved main: not before the last event that had not seen it, not after the first that
        had. Within that the commit claims a moment; where it does not pass then, the latest one counts.
        """
        claimed = re.search(rb"\ncommitter [^\n]*> (\d+) ", self.commits[step] or b"")
        stamp = datetime.fromtimestamp(int(claimed[1]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if claimed else latest
        stamp = min(max(stamp, earliest), latest)
        open_, covering = self._verdict(changes, stamp)
        if open_ and stamp != latest:
            again, other = self._verdict(changes, latest)
            return (again, other) if not again else (open_, covering)
        return open_, covering

    def _verdict(self, changes: list[Edited], at: str) -> Verdict:
        if self.rules is None:
            return self.restored(changes), []
        rules, differing, open_ = self.rules, {}, []
        result = self.tree | {path: after for path, _, after in changes}
        for path, before, after in changes:
            if path in differing:
                open_.append((False, {path}, f"{path} stands twice in the commit"))
            if id_of(path, rules.globs):
                differing[path] = (self.side(before), self.side(after))
                if after and after[0] != "100644":
                    open_.append((False, {path}, f"{path} is no regular file"))
            elif after and id_of(plain_look(path), rules.globs) and self.twin(path, result):
                open_.append((False, {path}, f"{path} looks like another path to some file systems"))
        groups, added = defaultdict(list), {id_of(path) for path, (before, _) in differing.items() if before is None}
        for path in differing:
            groups[str(id_of(path, rules.globs))].append(path)
        taken = [path for path, entry in result.items() if entry and id_of(path) in added - {None}] if added else []
        if len({id_of(path) for path in taken}) < len(taken):
            open_.append((False, {*taken}, f"one name stands at several of {', '.join(sorted(taken))}"))
        wanted = {name for path in differing for name in self.by_path.get(path, ())}
        judged = {name: self.unmet(self.fold.changes[name], differing, at) for name in sorted(wanted)}
        covering = set()
        for definition, paths in groups.items():
            if self.same(definition, paths, changes):
                continue
            touching = [name for name in judged if self._paths(name) & {*paths}]
            own = [name for name in touching if not judged[name] and {*paths} <= self._paths(name)]
            landed = [name for name in own if self.fold.changes[name].stage in ("applied", "applying")]
            if landed:  # of several with the same contents, the one that was announced last brought them
                own = [max(landed, key=lambda name: self.fold.changes[name].last_seq)]
            if len(own) == 1:
                covering.add(own[0])
                continue
            sides = [subject(definition, self.data(side), path, self.owner(path)) for path in paths
                     for side in self._sides(path, changes) if side]  # fmt: skip
            reasons = [reason for name in touching for reason in judged[name]] or ["no change covers it"]
            if own:
                reasons = [f"{len(own)} changes cover it"]
            open_.append(
                (
                    rules.observed(sides, all(differing[path][0] is None for path in paths)),
                    {*paths},
                    f"{', '.join(paths)}: {'; '.join(dict.fromkeys(reasons))}",
                )
            )
        if {*GOVERNANCE.values()} & {*differing}:
            then = self.rules_here({path: entry for path, entry in result.items() if entry})
            if then is None or then.locked():
                open_.append((False, set(), "the rules of the result do not load, or nobody could ever change them"))
        return open_, sorted(covering)

    def restored(self, changes: list[Edited]) -> list[Open]:
        """Where the rules in force do not load, only a return to the last ones that did passes, or to a pinned root."""
        joined = self.tree | {path: after for path, _, after in changes}
        tree = {path: entry for path, entry in joined.items() if entry}
        others = [path for path, _, _ in changes if id_of(path, self.globs) and path not in GOVERNANCE.values()]
        result = self.rules_here(tree)
        back = result is not None and (self.rules_key(tree) == self.last_good or result.digest == self.pinned)
        return [] if back and not others else [(False, {*others}, "no rules were in force that could allow this")]

    def twin(self, path: str, result: Mapping[str, Entry | None]) -> bool:
        """Say whether a file system that ignores case and normal forms takes a path, or a folder of it, for another."""
        parts = path.split("/")
        heads = {plain_look("/".join(parts[: depth + 1])): "/".join(parts[: depth + 1]) for depth in range(len(parts))}
        for other, entry in result.items():
            pieces = other.split("/") if entry else []
            for depth in range(min(len(pieces), len(parts))):
                head = "/".join(pieces[: depth + 1])
                if heads.get(plain_look(head), head) != head:
                    return True
        return False

    def same(self, definition: str, paths: list[str], changes: list[Edited]) -> bool:
        """Say whether a definition holds the same tree of values as before, and policy asks nobody about that."""
        if len(paths) != 1:
            return False
        before, after = (self.data(side) for side in self._sides(paths[0], changes))
        if before is None or after is None or json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True):
            return False
        sides = [subject(definition, data, paths[0], self.owner(paths[0])) for data in (before, after)]
        return bool(self.force.rule("identical", sides)["alone"])

    def _paths(self, name: str) -> set[str]:
        return {one["path"] for one in self.fold.changes[name].revision["edits"]}

    @staticmethod
    def _sides(path: str, changes: list[Edited]) -> tuple[Entry | None, Entry | None]:
        return next((before, after) for one, before, after in changes if one == path)

    def side(self, entry: Entry | None) -> Json:
        """Return a tree entry as change sets hold it: git mode and SHA-256 of the raw bytes."""
        if entry is None:
            return None
        if entry[1] not in self.sums:
            self.sums[entry[1]] = sha256(self.git.read(entry[1]) if entry[0] != "160000" else b"")
        return {"mode": entry[0], "sha256": self.sums[entry[1]]}

    def data(self, entry: Entry | None) -> dict[str, Json] | None:
        return mapping_in(self.git.read(entry[1])) if entry and entry[0] == "100644" else None

    def owner(self, path: str) -> str:
        files = self.force.config.get("opaque") or ()
        native = id_of(path)
        return "" if native else next((one["owner"] for one in files if one.get("owner")
                                       and any(globbed(glob, path) for glob in one["paths"])), "")  # fmt: skip

    # One change, judged at the base of the step

    def unmet(self, change: Change, differing: Mapping[str, Json], at: str) -> list[str]:
        """Return why a change does not let its paths through here; [] if it does."""
        revision, rules = change.revision, self.force
        shown = f"chg-{change.name[-6:].lower()}"
        if any(differing.get(one["path"]) != (one["before"], one["after"]) for one in revision["edits"]):
            return [f"{shown} proposes other contents"]
        used = change.used.get(revision["digest"], -1)
        landed = self.place.get(change.commit, len(self.line))
        if max(used, -1) > self.place_of(revision["base"]) or (change.commit and landed < self.next):
            return [f"the approval of {shown} was used before"]
        out = []
        if change.stage not in ("in_review", "scheduled", "applying", "applied") or (
            change.stage == "scheduled" and at < change.due
        ):
            out.append(f"{shown} is {change.stage}")
        if (change.registry, change.target) != (self.fold.registry, self.journal.target):
            out.append(f"{shown} was made for another registry or target")
        change.until = at
        plans = self.plans(change, out)
        asked = max((RANK[roles["rule"]["identity"]] for _, _, roles in plans), default=0)
        out += [
            f"who corrected the clock of {shown} is not of the council, or not known as surely as it asks"
            for one in change.corrected
            if one["actor"]["principal"] not in rules.council or RANK[self.identity(one)] < asked
        ]
        current = [one for one in change.decisions if change.current(one) or self.kept(change, one)]
        votes = [one for one in current
                 if one["says"] == "approve" and _by(one) in rules.people
                 and (not change.contributors & {_by(one), one.get("on_behalf_of")}
                      or (rules.self_approval and one.get("self_approved")))]  # fmt: skip
        votes.sort(key=lambda one: (bool(one.get("on_behalf_of")), one["event"]["seq"]))
        waived = self.overridden(change, plans)
        lacks: list[str] = []
        for definition, _, roles in plans:
            asked, slots, strong = roles["rule"]["identity"], roles["slots"], dict[str, Decision]()
            for one in votes:  # a place is filled by whose it is, whoever speaks for them, and once
                if not covers(one, definition):
                    continue
                if RANK[self.identity(one["event"])] >= RANK[asked] and self.speaks(change, one, roles, asked):
                    strong.setdefault(one.get("on_behalf_of") or _by(one), one)
            lacking = [slot[0] for slot, who in zip(slots, fill(slots, strong), strict=True) if who is None]
            if roles["tie"]:
                out.append(f"entries of raci.yaml contradict each other about {definition}")
            if not slots and not roles["rule"]["alone"]:
                lacks.append(f"nobody can approve {definition}")
            lacks += [f"{shown} lacks the approval of {says} for {definition}" for says in lacking]
        heard, people = self.hearing(change, plans, current, at)
        lacks += [f"{name} was asked about {shown} and has not answered" for name in heard]
        out += [f"{who} objects to {shown}" for who in self.standing(change, plans, people)]
        out += [f"{shown}: {says}" for says in self.owed(change, plans, at)]
        lacks += [f"{shown}: {says}" for says in self.asked_besides(change, plans, at)]
        out += [f"{says}, the override of {shown} is overdue" for says in self.overdue(change, at)]
        change.waived = change.waived or bool(waived and lacks and not out)
        return out if waived else out + lacks

    def overridden(self, change: Change, plans: list[Plan]) -> bool:
        """Say whether two people rightly let a change through without the agreements it lacks (INV-15)."""
        one, rules = change.overridden(), self.force
        if not one or not rules.review or any(is_governance(definition) for definition, _, _ in plans):
            return False
        two = [one["called"], one["confirmed"]]
        people = {event["actor"]["principal"] for event in two}
        least = max((RANK[roles["rule"]["identity"]] for _, _, roles in plans), default=0)
        if (
            len(people) < 2
            or not people <= rules.people.keys()
            or people & {two[1]["actor"]["principal"]} & change.contributors
        ):
            return False
        weighty = all(people & ((rules.council | roles["enders"]) - change.contributors) for _, _, roles in plans)
        in_time = two[1]["payload"]["review_due"] <= later(two[1]["at"], rules.review)
        return weighty and in_time and all(RANK[self.identity(event)] >= least for event in two)

    def overdue(self, change: Change, at: str) -> Iterator[str]:
        """Yield definitions whose override nobody looked at in time: nothing else of them lands before."""
        mine = {record["id"] for record in change.revision["definitions"]}
        for other in self.fold.changes.values():
            one = other.overridden() if other.stage == "applied" and other is not change else None
            if one and not one["reviewed"] and one["confirmed"]["payload"]["review_due"] <= at:
                for name in sorted(mine & {record["id"] for record in other.revision["definitions"]}):
                    yield f"{name} was overridden and the review of it is due: chg-{other.name[-6:].lower()}"

    def speaks(self, change: Change, decision: Decision, roles: Roles, identity: str = "claimed") -> bool:
        """Say whether a decision may be given in the name it is given in: a delegation ran when it was given."""
        giver, event = decision.get("on_behalf_of"), decision["event"]
        if giver is None:
            return True
        for one in self.fold.delegations.values():
            by, given = one["event"]["actor"]["principal"], one["event"]
            if (one["from"], one["to"]) != (giver, event["actor"]["principal"]) or given["seq"] > event["seq"]:
                continue
            if not one["starts"] <= event["at"] <= one["ends"] or (one["ended"] and one["ended"] < event["seq"]):
                continue
            if change.contributors & {giver, one["to"], by} or not {giver, one["to"], by} <= self.force.people.keys():
                continue
            if by != giver and (by not in self.force.council or by == one["to"]):
                continue
            sure = (
                self.identity(given) if (given["statement"] or {}).get("registry") == self.fold.registry else "claimed"
            )
            match = {key: value for key, value in (one.get("match") or {}).items() if value}
            chosen = roles["new"] and match.keys() & {"name", "tag"}  # by the author of what is new
            if (
                RANK[sure] >= RANK[identity]
                and not chosen
                and (one.get("match") is None or all(about(match, side) for side in roles["sides"]))
            ):
                return True
        return False

    def plans(self, change: Change, out: list[str]) -> list[Plan]:
        """Return (definition, class, roles) for each definition of a change, of both sides where it moves."""
        revision, rules, found = change.revision, self.force, list[Plan]()
        records = {one["id"]: one for one in revision["definitions"]}
        self.report.note("the class and flags of each change are taken from the record")
        groups = defaultdict(list)
        for edit in revision["edits"]:
            groups[str(id_of(edit["path"], rules.globs))].append(edit)
        for definition, edits in groups.items():
            if definition not in records:
                out.append(f"the record says nothing about {definition}")
                continue
            record = records[definition]
            before, after = (
                next((self._subject(change, definition, one, side) for one in edits if one[side]), None)
                for side in ("before", "after")
            )
            if "B" in record.get("flags", ()) or (
                after is None and NATIVE.fullmatch(record["path"]) and before and before["status"] != "draft"
            ):
                out.append(f"{definition}: what was published never goes")
            more = {"contributors": change.contributors, "flags": record.get("flags", ())}
            more |= {"change": change, "sure": self.identity}
            sides = [one for one in (before, after) if one]
            if before is None:
                if after is not None:
                    roles = rules.roles(after, record["class"], new=True, **more) | {"sides": sides, "new": True}
                    found.append((definition, record, roles))
                continue
            first = rules.roles(before, record["class"], other=after, **more) | {"sides": sides, "new": False}
            found.append((definition, record, first))
            if after and (after["domain"], after["tags"]) != (before["domain"], before["tags"]):
                second = rules.roles(after, record["class"], other=before, **more) | {"sides": sides, "new": False}
                found += [(definition, record, second)] if second["level"] != first["level"] else []
        return found

    def _subject(self, change: Change, definition: str, edit: Json, side: str) -> Subject:
        oid = self.journal.blobs.get((change.name, edit[side]["sha256"]))
        data = mapping_in(self.git.read(oid)) if oid and edit[side]["mode"] == "100644" else None
        if data is None and NATIVE.fullmatch(edit["path"]):
            self.report.note(f"{definition} is routed by its folder and name: this verifier does not read its file")
        return subject(definition, data, edit["path"], self.owner(edit["path"])) | {
            "status": (data or {}).get("status")
        }

    def identity(self, event: Event) -> str:
        """Return how sure it is that somebody acted: signed, with a key that counts here, or else only claimed."""
        if event["seq"] in self.journal.signed:
            person = self.force.people.get(event["actor"]["principal"]) or {}
            keys = [key["key"] for key in person.get("keys") or () if key.get("status", "active") == "active"]
            signature = self.journal.signed[event["seq"]]
            if verified(event["actor"]["principal"], keys, signature, canonical(event["statement"])):
                return "signed"
        return "claimed"

    def kept(self, change: Change, decision: Decision) -> bool:
        """Say whether policy keeps an approval of an earlier form of the same contents; which form, the record says."""
        now, number = change.revision, decision["revision"]
        if not self.force.policy.get("reformatting_keeps_approval") or number >= now["number"]:
            return False
        if decision["cycle"] < change.unbroken_from:
            return False
        then = change.revisions[number - 1]
        claims = (
            "canonical",
            "intent",
            "treatment",
            "effective_from",
            "meaning_unchanged",
            "implemented_by",
            "requested_by",
        )
        form = [
            [(one["path"], one["before"], one["after"] and one["after"]["mode"]) for one in each["edits"]]
            for each in (then, now)
        ]
        same = form[0] == form[1] and all(then.get(key) == now.get(key) for key in claims)
        if same and decision["digest"] == then["digest"]:
            self.report.note("an approval outlived a change of form; that the meaning stayed is taken from the record")
            return True
        return False

    def hearing(
        self, change: Change, plans: list[Plan], current: list[Decision], at: str
    ) -> tuple[list[str], set[str]]:
        """Return who was to be heard and was not, and everybody who was asked.

        Consulted people follow from the rules; who is asked as accountable for a dependant, the record says.
        """
        due = {one["principal"]: one for one in change.revision.get("asked", ())}
        least, asked = later(change.asked_at, self.force.days), defaultdict(list)
        for definition, _, roles in plans:
            if roles["rule"]["consulted"] != "none":
                for name in roles["consulted"]:
                    asked[name].append((definition, roles["rule"]))
        causes = [roles["rule"] for definition, record, roles in plans
                  if not is_governance(definition) and record["class"] not in ("identical", "editorial")]  # fmt: skip
        own = {definition for definition, _, _ in plans}
        for name, one in due.items():
            about_ = [each for each in one.get("definitions") or [""] if each not in own]
            if name not in asked and causes and about_:
                rules = [
                    {**rule, "consulted": max(rule["consulted"], "heard", key=STRICT.__getitem__)} for rule in causes
                ]
                asked[name] = [(definition, rule) for definition in about_ for rule in rules]
        silent, people = list[str](), set[str]()
        for name, questions in asked.items():
            kind = max((rule["consulted"] for _, rule in questions), key=STRICT.__getitem__)
            least_sure = max(RANK[rule["identity"]] for _, rule in questions)
            behind = self.force.members(name)
            people |= behind
            voices = defaultdict(list)
            for one in current:
                rightly = _by(one) in behind
                if not rightly and one.get("on_behalf_of") in behind:
                    rightly = self.speaks_of(change, one, name, plans)
                if rightly and RANK[self.identity(one["event"])] >= least_sure:
                    voices[_by(one), one.get("on_behalf_of")].append(one)
            spoke = any(
                all(any(covers(one, definition) for one in said) for definition, _ in questions)
                for said in voices.values()
            )
            day = due.get(name, {}).get("due")
            late = kind == "heard" and day and max(day, least) <= at
            if not spoke and not (behind and behind <= change.contributors) and not late:
                silent.append(name)
        return silent, people

    def speaks_of(self, change: Change, decision: Decision, name: str, plans: list[Plan]) -> bool:
        """Say whether somebody answers rightly for one who was asked, about everything they were asked about."""
        parts = [roles for _, _, roles in plans if name in roles["consulted"]]
        return bool(parts) and all(self.speaks(change, decision, roles) for roles in parts)

    def standing(self, change: Change, plans: list[Plan], asked: set[str]) -> list[str]:
        """Return whose objections stand: of people with a part in the change, not ended by somebody who may."""
        found = []
        for one in change.objections:
            who, ending = one["of"], one["ending"]
            said = {**one["event"]["payload"], "event": one["event"]}
            mine = [plan for plan in plans if not one["about"] or plan[0] in one["about"]]
            if not mine:  # what it is about was taken out of the change
                continue
            voices = [({who, said.get("on_behalf_of")} if self.speaks(change, said, roles) else {who}, roles)
                      for _, _, roles in mine]  # fmt: skip
            at = [roles for names, roles in voices if names & roles["objectors"]]
            if who not in self.force.people or not (at or any(names & asked for names, _ in voices)):
                continue
            at = at or [roles for _, _, roles in mine]
            sure = max(RANK[roles["rule"]["identity"]] for roles in at)
            may = frozenset().union(*(roles["enders"] for roles in at)) - change.contributors - {who}
            if ending and ending["actor"]["principal"] in may and RANK[self.identity(ending)] >= sure:
                continue
            least = min(sure, RANK[self.identity(one["event"])])
            if not any(RANK[self.identity(voice)] >= least for voice in one["voices"]):
                found.append(who)
        return found

    def owed(self, change: Change, plans: list[Plan], at: str) -> Iterator[str]:
        """Yield what the author owes: statements, a day that has come, words, governance apart."""
        revision, rules = change.revision, [roles["rule"] for _, _, roles in plans]
        governed = [is_governance(definition) for definition, _, _ in plans]
        moving = any(record["class"] in GRAVE and not is_governance(definition) for definition, record, _ in plans)
        day = revision.get("effective_from")
        if moving or any(rule["statements"] for rule in rules):
            if not all(revision.get(key) for key in ("intent", "treatment", "effective_from")):
                yield "intent, treatment and day are not all stated"
            elif day < at[:10] and revision["treatment"] != "restate":
                yield f"its day {day} had passed and history is not restated"
        if moving and day and day > at[:10]:
            yield f"its day {day} had not come"
        if any("S" in record.get("flags", ()) for _, record, _ in plans) and not revision.get("meaning_unchanged"):
            yield "the logic changed and the description did not"
        if any(governed) and not all(governed):
            yield "governance and definitions change apart from each other"

    def ruled(self, change: Change, plans: list[Plan], block: Json) -> bool:
        """Say whether somebody who answers for a metric let its warning pass, for the effect that gave it."""
        rules, definition = self.force, f"metric:{block['metric']}"
        effect = change.effects[change.revision["digest"]]
        roles = [one for name, _, one in plans if name == definition]
        path = next((one for one in effect.get("read", ()) if id_of(one, rules.globs) == definition), None)
        if not roles and path is not None:
            self.report.note(f"{definition} is routed by its folder and name: this verifier does not read its file")
            classes = [record["class"] for _, record, _ in plans]
            gravest = max(classes, key=("identical", "editorial", "compatible", "breaking", "unknown").index)
            roles = [rules.roles(subject(definition, None, path), gravest, change.contributors)]
        able = rules.council.union(*(one["enders"] for one in roles))
        able -= frozenset() if rules.self_approval else change.contributors
        sure = max((RANK[one["rule"]["identity"]] for one in roles or [one for _, _, one in plans]), default=0)
        named = (effect["evidence"], block["metric"], block["id"])
        return any(
            tuple(event["payload"][key] for key in ("evidence", "metric", "warning")) == named
            and event["actor"]["principal"] in able & rules.people.keys()
            and RANK[self.identity(event)] >= sure
            for event in change.rulings
        )

    def asked_besides(self, change: Change, plans: list[Plan], at: str) -> Iterator[str]:
        """Yield what the rules ask for besides people: ticket, effect, threads, no freeze."""
        revision, rules = change.revision, [roles["rule"] for _, _, roles in plans]
        if any(rule["ticket"] for rule in rules) and not revision.get("refs"):
            yield "no ticket is named"
        if revision["digest"] not in change.effects:
            asked = {rule["effect"] for rule in rules}
            if "always" in asked or ("if_engine" in asked and not revision.get("effect_note")):
                yield "its effect was not computed, or said not to be"
        for block in change.effects.get(revision["digest"], {}).get("blocks", ()):
            if not self.ruled(change, plans, block):
                yield f"nobody who may accepted {block['id']} about {block['metric']}"
        enders = frozenset(person for _, _, roles in plans for person in roles["enders"])
        for name, thread in change.threads.items():
            among = change.contributors if thread["by"] in change.contributors else set()
            settlers = {thread["by"], *enders, *among}
            if any(rule["threads"] for rule in rules) and thread["resolved"] not in settlers:
                yield f"thread {name} is open"
        for freeze in self.force.policy.get("freezes") or ():
            starts, ends = (_second(freeze[key], key == "ends") for key in ("starts", "ends"))
            for definition, record, roles in plans:
                classes, match = freeze.get("classes"), freeze.get("match")
                if (
                    is_governance(definition)
                    or record["class"] == "identical"
                    or (classes and record["class"] not in classes)
                ):
                    continue
                if starts <= at < ends and (match is None or any(about(match, side) for side in roles["sides"])):
                    yield f"{definition} is frozen: {freeze['name']}"


def _second(text: str, last: bool) -> str:
    """Return the UTC second that a freeze names: of a day its first, of a last day the first after it."""
    if len(text) == 10:
        return later(f"{text}T00:00:00Z", 1 if last else 0)
    found = datetime.fromisoformat(text.strip())
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain_signature(data: bytes) -> bool:
    """Say whether a file is an armoured SSHSIG in its one form: lines of 70 letters, no byte more."""
    found = re.fullmatch(rb"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n", data)
    try:
        inner = base64.b64encode(base64.b64decode(found[1].replace(b"\n", b""), validate=True)) if found else b""
    except ValueError:
        return False
    return found is not None and found[1] == b"\n".join(inner[at : at + 70] for at in range(0, len(inner), 70))


def keygen(act: str, signature: bytes, data: bytes, namespace: str, signers: str = "", principal: str = "") -> bool:
    """Ask ssh-keygen about a signature over these bytes for one purpose."""
    with tempfile.TemporaryDirectory() as folder:
        file, allowed = Path(folder) / "sig", Path(folder) / "signers"
        file.write_bytes(signature)
        allowed.write_text(signers)
        words = ["ssh-keygen", "-Y", act, "-n", namespace, "-s", str(file)]
        words += ["-f", str(allowed), "-I", principal] if signers else []
        return subprocess.run(words, input=data, capture_output=True, check=False).returncode == 0


def verified(principal: str, keys: Iterable[str], signature: bytes, data: bytes, namespace: str = NAMESPACE) -> bool:
    """Say whether one of these keys signed these bytes.

    Each line of the allowed signers names the one principal, literally: no pattern, no certificate authority.
    """
    plain = [key.split()[:2] for key in keys if re.fullmatch(r"[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\n]*)?", key)]
    lines = "".join(f'{principal} namespaces="{namespace}" {" ".join(key)}\n' for key in plain if "cert" not in key[0])
    named = re.fullmatch(r"[a-z][a-z0-9_-]*", principal)
    return bool(named and lines) and keygen("verify", signature, data, namespace, lines, principal)


# THE CALL -------------------------------------------------------------------------------------------------------------


def verify(
    repo: str,
    *,
    journal: str = "",
    main: str = "",
    root: str = "",
    expect: tuple[int, str] | None = None,
    now: str = "",
) -> tuple[Report, Journal, Main]:
    """Verify a registry; return the report, the journal and the walk along main."""
    git, report = Git(repo), Report()
    names = (journal, f"refs/heads/{journal}") if journal else tuple(
        f"refs/{where}/metricgov/journal" for where in ("heads", "remotes/origin"))  # fmt: skip
    tip = git.resolve(*names)
    if not tip:
        raise Undecided("the journal is not in this clone: git fetch origin metricgov/journal:metricgov/journal")
    message = git.run("cat-file", "commit", tip).decode("utf-8", "replace").partition("\n\n")[2]
    found = Journal(git.files(tip), git.contents, message, report)
    target = main or found.target
    top = git.resolve(target, f"refs/heads/{target}", target.replace("refs/heads/", "refs/remotes/origin/"))
    if not top:
        raise Undecided(f"{target} is not in this clone")
    fold = Fold(report)
    walk = Main(git, top, found, fold, report, root)
    walk.now = now = now or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for event in found.events():
        walk.before(event)
        if fold.take(event):
            walk.after(event)
    anchors = [*walk.anchors(), *([(*expect, "--expect")] if expect else [])]
    anchored = found.close(anchors)
    only_grew(git, tip, found.gone, report)
    walk.finish(now)
    if root and walk.root != root:
        walk.found(
            f"the first governance has the digest {walk.root}, and {root} is pinned",
            walk.place.get(walk.genesis or "", 0),
        )
    if not root:
        report.note(f"nobody pinned the root: compare {walk.root} with the digest you were given")
    if anchored < found.tip[0]:
        report.note(f"tail not anchored after seq {anchored}")
    return report, found, walk


def main(words: Sequence[str] | None = None) -> int:
    """Run the verifier; return its exit code."""
    parser = argparse.ArgumentParser(prog="second_verifier", description=__doc__.split("\n")[0])
    parser.add_argument("repo", help="folder of the repository, with or without a work tree")
    parser.add_argument("--journal", default="", help="full ref or commit of the journal; default: its branch")
    parser.add_argument("--main", default="", help="full ref or commit of main; default: what registry.json names")
    parser.add_argument("--root", default="", help="digest of the first governance, as it was pinned")
    parser.add_argument("--expect", default="", metavar="SEQ:SHA256", help="an event, as somebody kept it elsewhere")
    parser.add_argument("--at", default="", metavar="TIME", help="judge steps nobody has seen as of this UTC time")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    expect = re.fullmatch(r"(\d{1,15}):([0-9a-f]{64})", given.expect)
    if (
        (given.expect and not expect)
        or (given.root and not FORM["sha"](given.root))
        or (given.at and not is_moment(given.at))
    ):
        parser.error("--expect is SEQ:SHA256, --root 64 digits, --at 2026-07-01T09:00:00Z")
    try:
        anchor = (int(expect[1]), expect[2]) if expect else None
        report, journal, walk = verify(
            given.repo, journal=given.journal, main=given.main, root=given.root, expect=anchor, now=given.at
        )
    except (Undecided, OSError) as error:
        print(json.dumps({"verdict": "undecided", "because": str(error)}) if given.json else f"undecided: {error}")
        return 3
    bad = sorted(report.events) + sorted(report.steps)
    if given.json:
        print(json.dumps({
            "format": 1, "verdict": "fail" if bad else "pass", "events": journal.tip[0], "sha256": journal.tip[1],
            "first_bad": report.first_bad, "root": walk.root, "steps": len(walk.line), "judged": walk.judged,
            "problems": [{"seq": seq if seq < BEYOND else None, "code": code, "says": says}
                         for seq, code, says in sorted(report.events)],
            "bypasses": [{"commit": commit, "says": says} for _, commit, says in sorted(report.steps)],
            "notes": report.notes,
        }, indent=2))  # fmt: skip
        return 1 if bad else 0
    print(f"journal: {journal.tip[0]} events, the last {journal.tip[0]}:{journal.tip[1]}")
    print(f"main: {len(walk.line)} commits, {walk.judged} of them change something governed")
    for seq, code, says in sorted(report.events):
        print(f"BAD  {f'event {seq}' if seq < BEYOND else 'journal'}: {says} [{code}]")
    for _, commit, says in sorted(report.steps):
        print(f"BAD  commit {commit[:12]}: {says}")
    for says in report.notes:
        print(f"note: {says}")
    print(f"first bad event: {report.first_bad}" if report.first_bad else "FAIL" if bad else "PASS: everything holds")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
