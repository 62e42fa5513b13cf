"""A small registry in memory: people, contents, a journal; every command goes through the real `decide`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.digest import JSON, BlobRef, ChangeSet, PathEdit, sha256_hex
from metricgov.domain.ssh import PublicKey, string
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.context import Context
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import ZERO, Actor, Draft, Envelope, Identity
from metricgov.domain.workflow.fold import Folded, fold
from metricgov.domain.workflow.judge import Judgement, judge
from metricgov.domain.workflow.proposal import Proposal, Subject, Touched, combined_canonical
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import Intent, Treatment

REGISTRY = "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"
TARGET = "refs/heads/main"
CHANGE = "01J9ZQ4N8T6V3W2X1Y0RK7M2P5"
OTHER = "01J9ZQ4N8T6V3W2X1Y0RK7M2P6"
TODAY = "2026-07-01"
TIP = "a" * 40
PATH = "metrics/crm_handoff/routing_speed.yaml"
SPEED = Subject("metric:routing_speed", domain="crm_handoff", tags=frozenset({"lead"}))

PEOPLE = (
    "crm-lead", "crm-deputy", "ops-lead", "analytics-lead", "head-of-marketing", "paid-lead", "paid-deputy",
    "finance-lead", "sales-ann", "sales-bob", "stranger", "data-lead",
)  # fmt: skip

RACI: dict[str, Any] = {
    "kind": "raci",
    "council": "metrics-council",
    "registry": {"accountable": "head-of-marketing", "deputy": "analytics-lead"},
    "entries": [
        {
            "match": {"domain": "crm_handoff"},
            "responsible": ["ops-lead"],
            "accountable": "crm-lead",
            "deputy": "crm-deputy",
            "consulted": ["sales-operations"],
            "informed": ["finance-lead"],
        },
        {"match": {"domain": "paid"}, "accountable": "paid-lead", "deputy": "paid-deputy"},
        {"match": {"kind": "source"}, "accountable": "data-lead"},
    ],
}
TEAMS = [
    {"id": "metrics-council", "title": "Metrics council", "members": ["head-of-marketing", "analytics-lead"]},
    {"id": "sales-operations", "title": "Sales operations", "members": ["sales-ann", "sales-bob"]},
]


def key(number: int) -> str:
    """Return a public key that nobody holds the other half of."""
    kind = b"ssh-ed25519"
    return PublicKey(kind.decode(), string(kind) + string(number.to_bytes(32, "big")), ()).line


def files(
    *,
    preset: str = "standard",
    people: Sequence[str] = PEOPLE,
    left: Sequence[str] = (),
    teams: Sequence[Mapping[str, Any]] = TEAMS,
    raci: Mapping[str, Any] = RACI,
    policy: Mapping[str, Any] | None = None,
    services: Sequence[Mapping[str, Any]] = (),
    keys: bool | None = None,
) -> dict[str, dict[str, Any]]:
    """Return the raw mappings of the four governance files; everybody has a key where the preset asks for one."""
    signs = preset == "regulated" if keys is None else keys
    return {
        "people": {
            "kind": "people",
            "people": [
                {
                    "id": one,
                    "name": one.title(),
                    "email": f"{one}@example.com",
                    "status": "left" if one in left else "active",
                }
                | ({"login": one, "keys": [{"key": key(number)}]} if signs else {"login": one})
                for number, one in enumerate(people)
            ],
            "teams": list(teams),
            "services": list(services),
        },
        "raci": dict(raci),
        "policy": {"kind": "policy", "preset": preset} | dict(policy or {}),
        "metricgov": {"kind": "metricgov", "registry": REGISTRY, "format": 1},
    }


def governance(**values: Any) -> Governance:
    """Return a governance from the same arguments as `files`."""
    return Governance.of(files(**values))


def team_of(size: int, preset: str) -> Governance:
    """Return the smallest sensible governance for so many people: p1 accountable, p2 deputy, all on the council."""
    names = [f"p{number}" for number in range(1, size + 1)]
    registry = {"accountable": "p1"} | ({"deputy": "p2"} if size > 1 else {})
    raci = {"kind": "raci", "council": "council", "registry": registry, "entries": []}
    teams = [{"id": "council", "title": "Council", "members": names}]
    return governance(preset=preset, people=names, teams=teams, raci=raci)


def blob(text: str) -> BlobRef:
    """Return the reference of a file with this text."""
    return BlobRef("100644", sha256_hex(text.encode()))


def touched(
    change_class: ChangeClass = ChangeClass.BREAKING,
    *,
    subject: Subject = SPEED,
    path: str = PATH,
    flags: Sequence[Flag] = (),
    new: bool = False,
    after: Subject | None = None,
    **values: Any,
) -> Touched:
    """Return one definition of a change."""
    before = None if new else subject
    return Touched(subject.id, path, before, after or subject, change_class, frozenset(flags), **values)


def proposal(
    *definitions: Touched,
    before: str = "old",
    after: str = "new",
    canonical: str | None = None,
    **values: Any,
) -> Proposal:
    """Return contents: each definition's path goes from one text to another."""
    definitions = definitions or (touched(),)
    edits = [
        PathEdit(one.path, None if one.before is None else blob(f"{before} {one.path}"), blob(f"{after} {one.path}"))
        for one in definitions
    ]
    return Proposal(
        changes=ChangeSet.of(edits),
        canonical=canonical or combined_canonical({one.id: after for one in definitions}),
        definitions=definitions,
        base=TIP,
        **values,
    )


CLAIMS = c.Claims(
    why="The window was too wide.",
    intent=Intent.REDEFINITION,
    treatment=Treatment.BREAK,
    effective_from=TODAY,
)


@dataclass
class World:
    """One journal, one governance, one clock. `contents` is what the trees show of each change now."""

    governance: Governance = field(default_factory=governance)
    log: list[Envelope] = field(default_factory=list)
    contents: dict[str, Proposal] = field(default_factory=dict)
    now: str = f"{TODAY}T08:00:00Z"
    main: str = TIP
    identity: Identity = Identity.HOST

    def state(self, change: str = CHANGE) -> ChangeState:
        """Return the fold of a change; every event of the journal must have been admissible."""
        folded = self.folded(change)
        assert folded.problems == (), folded.problems
        return folded.state

    def folded(self, change: str = CHANGE) -> Folded:
        """Return the fold of a change with its problems."""
        return fold(change, [one for one in self.log if one.change == change])

    def context(self, actor: str, change: str = CHANGE, **values: Any) -> Context:
        """Return the context of a command."""
        return Context(
            **{
                "actor": Actor(actor, values.pop("identity", self.identity)),
                "now": self.now,
                "registry": REGISTRY,
                "target": TARGET,
                "main": self.main,
                "governance": self.governance,
                "proposal": self.contents.get(change),
            }
            | values
        )

    def do(self, actor: str, command: c.Command, change: str = CHANGE, **values: Any) -> ChangeState:
        """Decide and append; returns the state after."""
        drafts = decide(self.state(change), command, self.context(actor, change, **values))
        self.append(*drafts)
        return self.state(change)

    def append(self, *drafts: Draft) -> None:
        """Append drafts as the journal would."""
        for draft in drafts:
            self.log.append(
                Envelope(
                    seq=len(self.log) + 1,
                    prev=self.log[-1].sha256 if self.log else ZERO,
                    main=draft.main,
                    change=draft.change,
                    type=draft.type,
                    actor=draft.actor,
                    at=draft.at,
                    payload=draft.payload,
                    statement=draft.statement,
                )
            )

    def forge(self, type: str, actor: str, payload: Mapping[str, JSON], **values: Any) -> None:
        """Write an event past `decide`, as somebody with push rights could."""
        draft = Draft(values.pop("change", CHANGE), type, Actor(actor, self.identity), self.now, payload, **values)
        self.append(draft)

    def propose(
        self,
        actor: str = "ops-lead",
        contents: Proposal | None = None,
        claims: c.Claims = CLAIMS,
        change: str = CHANGE,
        **values: Any,
    ) -> ChangeState:
        """Create a change and submit it."""
        self.contents[change] = contents or proposal()
        return self.do(actor, c.Create(change=change, claims=claims, **values), change)

    def seen(self, change: str = CHANGE) -> c.Seen:
        """Return what is under review."""
        state = self.state(change)
        return c.Seen(revision=len(state.revisions), cycle=state.cycle, digest=state.digest)

    def approve(self, *people: str, change: str = CHANGE, **values: Any) -> ChangeState:
        """Approve as each of them."""
        for person in people:
            self.do(person, c.Approve(seen=self.seen(change)), change, **values)
        return self.state(change)

    def object(self, person: str, reason: str = "not yet", change: str = CHANGE) -> ChangeState:
        """Request changes."""
        return self.do(person, c.RequestChanges(seen=self.seen(change), reason=reason), change)

    def acknowledge(self, *people: str, change: str = CHANGE) -> ChangeState:
        """Acknowledge as each of them."""
        for person in people:
            self.do(person, c.Acknowledge(seen=self.seen(change)), change)
        return self.state(change)

    def revise(self, actor: str, contents: Proposal, claims: c.Claims = CLAIMS, change: str = CHANGE) -> ChangeState:
        """Submit the next revision."""
        self.contents[change] = contents
        return self.do(actor, c.Revise(claims=claims), change)

    def judge(self, change: str = CHANGE, **values: Any) -> Judgement:
        """Judge a change at the tip."""
        return judge(
            self.state(change),
            values.pop("contents", self.contents[change]),
            values.pop("governance", self.governance),
            now=values.pop("now", self.now),
            registry=REGISTRY,
            target=TARGET,
            **values,
        )

    def unmet(self, change: str = CHANGE, **values: Any) -> set[str]:
        """Return the codes that are still missing."""
        return {str(one.code) for one in self.judge(change, **values).unmet}

    def refused(self, actor: str, command: c.Command, change: str = CHANGE, **values: Any) -> dict[str, str]:
        """Decide and expect a refusal; returns its sentences by code. Nothing is written."""
        length = len(self.log)
        try:
            self.do(actor, command, change, **values)
        except RefusedUnmet as refusal:
            assert len(self.log) == length
            return {str(one.code): one.says for one in refusal.unmet}
        raise AssertionError(f"{command!r} by {actor} was not refused")

    def agreed(self) -> World:
        """Bring the standard breaking change as far as everybody agreeing."""
        self.propose()
        self.acknowledge("sales-ann")
        self.approve("crm-lead", "head-of-marketing")
        return self

    def later(self, now: str) -> World:
        """Move the clock."""
        self.now = now
        return self
