"""Journals of any shape: a scribe that writes what is possible, and a wild hand that writes what is not."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metricgov.domain.digest import JSON, BlobRef, ChangeSet, PathEdit, sha256_hex
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.admit import admit, next_cycle
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope, Identity
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.fold import Folded, fold
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.state import ChangeState, absent
from metricgov.domain.workflow.statement import statement
from metricgov.domain.workflow.typed import TYPE_OF, TYPES, foresee
from metricgov.domain.workflow.vocabulary import Stage
from metricgov.ports.journal import JournalHead
from metricgov.ports.source import TreeChange, TreeEntry

REGISTRY = "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"
TARGET = "refs/heads/main"
TIP = "a" * 40
PEOPLE = ("crm-lead", "ops-lead", "analytics-lead", "crm-deputy")
CHANGES = tuple(f"01J9ZQ4N8T6V3W2X1Y0RK7M2P{letter}" for letter in "0123456789AB")
NAMES = ("routing_speed", "qualification_rate", "cost_per_lead")
SHA = "b" * 64


def moment(number: int) -> str:
    """Return the second of an event: they follow one another."""
    return f"2026-06-{1 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00Z"


@dataclass
class ListJournal:
    """A journal of envelopes in a list; `rewound` returns one that parts from it."""

    log: list[Envelope] = field(default_factory=list)

    def add(self, drafts: Sequence[Draft]) -> None:
        """Chain drafts to the end."""
        for draft in drafts:
            head = self.head()
            self.log.append(
                Envelope(
                    head.seq + 1,
                    head.sha256,
                    draft.main,
                    draft.change,
                    draft.type,
                    draft.actor,
                    draft.at,
                    draft.payload,
                    draft.statement,
                )
            )

    def until(self, seq: int) -> ListJournal:
        """Return the journal as it was after an event."""
        return ListJournal(self.log[:seq])

    def head(self) -> JournalHead:
        if not self.log:
            return JournalHead()
        last = self.log[-1]
        return JournalHead(f"{last.seq:040x}", last.seq, last.sha256, last.main)

    def events(self, *, since: int = 0) -> Iterator[Envelope]:
        yield from self.log[since:]

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        return tuple(one for one in self.log if one.change == change)

    def touching(self, definition: str) -> tuple[str, ...]:
        found = {one.change for one in self.log if one.change and f'"{definition}"' in one.to_bytes().decode()}
        return tuple(sorted(found))

    def changes(self) -> tuple[str, ...]:
        return tuple(sorted({one.change for one in self.log if one.change}))

    def blob(self, change: str, sha256: str) -> bytes:
        raise AssertionError("the index reads events alone")

    def append(self, decide: object) -> tuple[Envelope, ...]:
        raise AssertionError("the index writes nothing to the journal")


class NoDefinitions:
    """A source without a target."""

    def resolve(self, ref: str) -> str:
        raise BadInput("no_ref", f"there is no {ref}")

    def tree(self, commit: str, paths: Sequence[str] = ()) -> Mapping[str, TreeEntry]:
        raise AssertionError("there is no commit")

    def changed(self, base: str, head: str) -> tuple[TreeChange, ...]:
        raise AssertionError("there is no commit")

    def read(self, oids: object) -> Iterator[bytes]:
        raise AssertionError("there is no commit")

    def mentioning(self, commit: str, words: Sequence[str], *, key: str = "") -> Mapping[str, tuple[str, ...]]:
        raise AssertionError("there is no commit")


class Scribe:
    """Writes one possible event after another; every choice comes from `dice`."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.states: dict[str, ChangeState] = {}
        self.number = 0
        self.main = ""
        self.texts = 0

    def next(self) -> Draft:
        """Return the next event: usually of a change, sometimes of the registry, now and then an impossible one."""
        self.number += 1
        if self.number == 1:
            return self._draft(None, "registry_created", {"registry": REGISTRY, "target": TARGET, "format": 1})
        kind = self.dice.random()
        if kind < 0.1:
            return self._of_registry()
        change = self.dice.choice(CHANGES)
        if kind < 0.2:
            return self._wild(change)
        state = self.states.get(change) or absent(change)
        payload = self._possible(state)
        draft = self._of_change(state, payload)
        event = foresee(draft, self.number)
        if admit(state, event) is None:
            self.states[change] = evolve(state, event)
        return draft

    def _of_registry(self) -> Draft:
        after = sha256_hex(str(self.number).encode())[:40]
        if self.dice.random() < 0.3:
            entries: list[JSON] = [
                {"path": f"metrics/crm/{name}.yaml", "mode": "100644", "sha256": SHA} for name in NAMES
            ]
            return self._draft(None, "baseline", {"commit": after, "entries": entries, "reason": ""})
        payload: dict[str, JSON] = {"before": self.main, "after": after, "governance": None}
        self.main = after
        return self._draft(None, "main_moved", payload)

    def _wild(self, change: str) -> Draft:
        payload: dict[str, JSON] = self.dice.choice(
            [{}, {"text": "\0", "thread": "x"}, {"revision": 99}, {"a": [1, None]}]
        )
        name = self.dice.choice([*TYPES, "from_the_future"])
        return self._draft(self.dice.choice([change, None]), name, payload)

    def _draft(self, change: str | None, name: str, payload: Mapping[str, JSON], **more: object) -> Draft:
        actor = Actor(self.dice.choice(PEOPLE), self.dice.choice(list(Identity)))
        at = moment(
            max(0, self.number - 30) if self.dice.random() < 0.05 else self.number
        )  # now and then a clock is late
        return Draft(change, name, actor, at, payload, TIP, **more)  # type: ignore[arg-type]

    def _of_change(self, state: ChangeState, payload: Payload) -> Draft:
        draft = self._draft(state.change, TYPE_OF[type(payload)], payload.as_json())
        if isinstance(payload, e.Revised):
            who = payload.contributors[0]
            return Draft(state.change, draft.type, Actor(who), draft.at, draft.payload, TIP)
        if isinstance(payload, e.Decided):
            said = statement(state, payload, draft.actor.principal)
            return Draft(state.change, draft.type, draft.actor, draft.at, draft.payload, TIP, statement=said)
        return draft

    def _possible(self, state: ChangeState) -> Payload:
        match state.folded:
            case Stage.ABSENT:
                return self.dice.choice(
                    [
                        e.ChangeCreated(registry=REGISTRY, target=TARGET, why="the window is too long"),
                        e.ChangeRequested(
                            registry=REGISTRY, target=TARGET, definition="metric:routing_speed", why="too slow\nfor us"
                        ),
                    ]
                )
            case Stage.REQUESTED:
                return self.dice.choice(
                    [
                        e.ChangeCreated(registry=REGISTRY, target=TARGET, why="as asked"),
                        e.Declined(reason="not now"),
                    ]
                )
            case Stage.DRAFT:
                return self._drafted() if self.dice.random() < 0.3 else self.submitted(state)
            case Stage.APPLYING:
                assert state.attempt is not None
                started = state.attempt.started
                if self.dice.random() < 0.3:
                    return e.ApplyAbandoned(started=started, reason="the target moved")
                return e.Applied(commit=TIP, started=started)
            case _:
                return self._later(state)

    def _later(self, state: ChangeState) -> Payload:
        revision = state.revision
        texts = [self._comment, lambda: e.ThreadResolved(thread="t1"), lambda: e.ThreadReopened(thread="t1")]
        if revision is None or state.stage in {Stage.APPLIED, Stage.WITHDRAWN}:
            return self.dice.choice(texts)()
        about = {"revision": revision.number, "cycle": state.cycle, "digest": revision.digest}
        decided = [e.Approved, e.ChangesRequested, e.Acknowledged, e.Abstained, e.DecisionWithdrawn, e.Rejected]
        choices = [
            *texts,
            *(lambda one=one: one(**about, reason="because") for one in decided),  # type: ignore[misc]
            lambda: e.ObjectionEnded(**about, reason="settled", principal=self.dice.choice(PEOPLE)),
            *[lambda: self.submitted(state)] * 8,
            lambda: e.EffectEvaluated(digest=revision.digest, evidence=SHA, says="nothing moves"),
            lambda: e.Conflicted(onto=TIP, paths=(revision.edits[0].path,)),
            lambda: e.Scheduled(due=moment(self.number + self.dice.choice([-2, 1, 5])), **about),
            lambda: e.Unscheduled(reason="not yet"),
            lambda: e.Suspended(due=state.due or moment(self.number), unmet=("objection",)),
            lambda: e.Expired(due=revision.expires or moment(self.number)),
            lambda: e.ApplyStarted(onto=TIP, governance=SHA, **about),
            lambda: e.ApplyStarted(onto=TIP, governance=SHA, **about),
            lambda: e.Landed(commit=TIP, revision=revision.number, digest=revision.digest, covered=True),
            lambda: e.Withdrawn(reason="no longer needed"),
            lambda: e.Superseded(by=CHANGES[0], reason="better idea"),
        ]
        found: Payload = self.dice.choice(choices)()
        return found

    def _comment(self) -> e.Commented:
        self.texts += 1
        thread = self.dice.choice(["t1", "t2"])
        return e.Commented(
            thread=thread, text=f"text {self.texts}", path="metrics/crm/x.yaml" if thread == "t1" else ""
        )

    def _drafted(self) -> e.RevisionDrafted:
        return e.RevisionDrafted(**self._contents())  # type: ignore[arg-type]

    def submitted(self, state: ChangeState) -> e.RevisionSubmitted:
        """Return the next revision of a change."""
        contents = self._contents()
        return e.RevisionSubmitted(
            **contents,  # type: ignore[arg-type]
            number=len(state.revisions) + 1,
            cycle=next_cycle(state, str(contents["digest"])),
            expires=self.dice.choice([None, moment(self.number + 3)]),
            asked=(
                e.Asked(principal=self.dice.choice(PEOPLE), definitions=("metric:routing_speed",), due=moment(9000)),
            ),
        )

    def _contents(self) -> dict[str, object]:
        names = sorted(self.dice.sample(NAMES, self.dice.randint(1, 3)))
        side = [f"{self.dice.randint(0, 99):064x}" for _ in names]
        paths = [f"metrics/crm/{name}.yaml" for name in names]
        edits = ChangeSet.of(
            [
                PathEdit(path, None if self.dice.random() < 0.3 else BlobRef("100644", SHA), BlobRef("100644", new))
                for path, new in zip(paths, side, strict=True)
            ]
        )
        classes = [self.dice.choice(["editorial", "compatible", "breaking", "unknown"]) for _ in names]
        records = [
            {"id": f"metric:{name}", "path": path, "class": found, "version_before": "1.0.0", "version_after": "2.0.0"}
            for name, path, found in zip(names, paths, classes, strict=True)
        ]
        return {
            "base": TIP,
            "edits": tuple(e.Edit.model_validate(one.as_json()) for one in edits.edits),
            "digest": edits.digest,
            "canonical": SHA,
            "definitions": tuple(e.DefinitionRecord.model_validate(one) for one in records),
            "change_class": classes[0],
            "rules": 1,
            "canonicaliser": 1,
            "why": self.dice.choice(["sooner", "cheaper\0", "ehrlicher \u2603"]),
            "intent": self.dice.choice([None, "redefinition"]),
            "treatment": self.dice.choice([None, "restate", "break"]),
            "effective_from": self.dice.choice([None, "2026-07-01"]),
            "contributors": (self.dice.choice(PEOPLE),),
            "refs": ("CRM-1",),
        }


def drafts(seed: int, count: int) -> list[Draft]:
    """Return so many events."""
    scribe = Scribe(random.Random(seed))
    return [scribe.next() for _ in range(count)]


def folded(journal: ListJournal) -> dict[str, Folded]:
    """Return every change, folded from nothing."""
    return {change: fold(change, journal.events_of(change)) for change in journal.changes()}
