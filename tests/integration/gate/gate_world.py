"""A small registry with people, made once and copied: what gate, apply and fuzz tests act in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from metricgov.adapters.git.journal_verify import Verification, anchors_on, verify
from metricgov.adapters.git.objects import NOBODY, ObjectFormat
from metricgov.adapters.git.setup import commit_files, create_repository
from metricgov.app import deciding
from metricgov.app.access import Access
from metricgov.app.applying import Landed, apply
from metricgov.app.collecting import from_texts
from metricgov.app.gate import gate
from metricgov.app.moment import at_tip, known_change
from metricgov.app.proposing import propose, revise
from metricgov.app.start import Beginning, baseline_entries, first_events
from metricgov.bootstrap import Workspace
from metricgov.domain.definitions.governance import Preset
from metricgov.domain.verdict import DefinitionVerdict, GateReport
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.judge import Judgement
from metricgov.domain.workflow.requirements import Code, RefusedUnmet
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import Intent, Treatment

REGISTRY = "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"
AT = "2026-06-18T08:00:00Z"
TODAY = "2026-06-18"
GATE_AT = "2026-06-18T18:00:00Z"
MAIN = "refs/heads/main"

SPEED = "metrics/crm/routing_speed.yaml"
ACCEPTED = "metrics/crm/accepted_leads.yaml"
QUALIFIED = "metrics/crm/qualified_leads.yaml"
INDEX = "metrics/growth/acceptance_index.yaml"
VIEWS = "metrics/content/page_views.yaml"
LEADS = "sources/leads.yaml"
PAGES = "sources/pages.yaml"
PEOPLE, RACI, POLICY = "governance/people.yaml", "governance/raci.yaml", "governance/policy.yaml"
SETTINGS, ATTRIBUTES = "metricgov.yaml", ".gitattributes"

COUNCIL = ("head-of-marketing", "analytics-lead", "data-lead")
EVERYBODY = ("crm-lead", "crm-deputy", "ops-lead", "growth-lead", "sales-lead", *COUNCIL)

_SIMPLE = """kind: metric
name: {name}
title: {title}
version: 1.0.0
status: active
effective_from: 2026-01-01
description: {description}
decision: Moves the weekly budget.
domain: {domain}
unit: count
calculation:
  type: simple
  source: {source}
  time: created_at
  grain: day
  where: {where}
  aggregate: count
dimensions: [channel]
entity: {entity}
identity: One row each.
exclusions: Test rows.
"""
_SOURCE = """kind: source
name: {name}
title: {title}
version: 1.0.0
status: active
effective_from: 2026-01-01
description: One row for each.
relations:
  warehouse: raw.{name}
columns:
  - {{name: {key}, type: string, nullable: false}}
  - {{name: created_at, type: timestamp, nullable: false}}
  - {{name: channel, type: string}}
  - {{name: is_test, type: boolean, nullable: false}}
  - {{name: qualified_at, type: timestamp}}
  - {{name: accepted_at, type: timestamp}}
  - {{name: routed_at, type: timestamp}}
primary_key: [{key}]
time: {{column: created_at, zone: UTC}}
"""
_PERSON = "  - {{id: {id}, name: {id}, email: {id}@example.com}}\n"

FILES: dict[str, str] = {
    SPEED: """kind: metric
name: routing_speed
title: Routing speed
version: 1.0.0
status: active
effective_from: 2026-01-01
description: Share of new leads that a sales person owned within 4 hours.
decision: Under 80 the rota is changed.
domain: crm
unit: percent
calculation:
  type: ratio
  source: leads
  time: created_at
  grain: day
  where: NOT is_test
  numerator:
    where: routed_at <= created_at + INTERVAL '4' HOUR
    aggregate: count
  denominator:
    aggregate: count
  scale: 100
dimensions: [channel]
entity: lead_id
identity: One lead per address and quarter.
exclusions: Test leads.
""",
    ACCEPTED: _SIMPLE.format(
        name="accepted_leads",
        title="Accepted leads",
        description="Leads that sales accepted within 30 days.",
        domain="crm",
        source="leads",
        where="NOT is_test AND accepted_at <= created_at + INTERVAL '30' DAY",
        entity="lead_id",
    ),
    QUALIFIED: _SIMPLE.format(
        name="qualified_leads",
        title="Qualified leads",
        description="Leads that answered all questions.",
        domain="crm",
        source="leads",
        where="NOT is_test AND qualified_at IS NOT NULL",
        entity="lead_id",
    ),
    INDEX: """kind: metric
name: acceptance_index
title: Acceptance index
version: 1.0.0
status: active
effective_from: 2026-01-01
description: Accepted leads for each qualified one.
decision: Read every quarter.
domain: growth
unit: ratio
calculation:
  type: derived
  grain: month
  expression: accepted / NULLIF(qualified, 0)
  inputs:
    - {metric: accepted_leads, alias: accepted}
    - {metric: qualified_leads, alias: qualified}
identity: As in its inputs.
exclusions: Test leads, through its inputs.
""",
    VIEWS: _SIMPLE.format(
        name="page_views",
        title="Page views",
        description="Pages that somebody looked at.",
        domain="content",
        source="pages",
        where="NOT is_test",
        entity="page_id",
    ),
    LEADS: _SOURCE.format(name="leads", title="Leads", key="lead_id"),
    PAGES: _SOURCE.format(name="pages", title="Pages", key="page_id"),
    PEOPLE: "kind: people\npeople:\n"
    + "".join(_PERSON.format(id=one) for one in EVERYBODY)
    + "teams:\n"
    + f"  - {{id: metrics-council, title: Metrics council, members: [{', '.join(COUNCIL)}]}}\n"
    + "  - {id: sales, title: Sales, members: [sales-lead]}\n",
    RACI: """kind: raci
council: metrics-council
registry: {accountable: head-of-marketing, deputy: analytics-lead}
entries:
  - match: {domain: crm}
    responsible: [ops-lead]
    accountable: crm-lead
    deputy: crm-deputy
    consulted: [sales]
  - match: {domain: growth}
    responsible: [ops-lead]
    accountable: growth-lead
    deputy: crm-deputy
  - match: {kind: source}
    responsible: [ops-lead]
    accountable: data-lead
    deputy: analytics-lead
""",
    POLICY: """kind: policy
preset: standard
enforce: block
scopes:
  - match: {domain: content}
    enforce: observe
""",
    SETTINGS: f"""kind: metricgov
registry: {REGISTRY}
format: 1
journal: metricgov/journal
rules: 1
dialect: duckdb
opaque:
  - paths: ["models/**/*.sql"]
    owner: data-lead
""",
    ATTRIBUTES: "* -text\n",
    "models/leads.sql": "select * from raw.leads\n",
    "README.md": "Our metrics.\n",
}

WORDS = {
    "why": "Agreed in the weekly review.",
    "intent": Intent.REDEFINITION,
    "treatment": Treatment.BREAK,
    "effective_from": TODAY,
}
"""What the author of a breaking change says."""


@dataclass
class Minutes:
    """A clock that is a minute (or another `step`) later each time it is read."""

    at: datetime = datetime(2026, 6, 18, 8, 0, tzinfo=UTC)
    step: timedelta = timedelta(minutes=1)

    def now(self) -> datetime:
        self.at += self.step
        return self.at


def edited(path: str, *replacements: tuple[str, str], text: str = "") -> bytes:
    """Return a file of the world with texts replaced, each of which it must hold."""
    found = text or FILES[path]
    for old, new in replacements:
        assert old in found, (path, old)
        found = found.replace(old, new)
    return found.encode()


FASTER = {SPEED: edited(SPEED, ("'4' HOUR", "'2' HOUR"), ("4 hours", "2 hours"))}
"""A breaking edit that takes its description along."""
REWORDED = {SPEED: edited(SPEED, ("Under 80 the rota", "Under 80 the weekend rota"))}
"""An edit of words alone."""
SHORTER = {ACCEPTED: edited(ACCEPTED, ("'30' DAY", "'14' DAY"), ("30 days", "14 days"))}
"""A breaking edit of a metric that another one is computed from."""


@dataclass
class World:
    """The registry and the hands of its people; `next` numbers its changes."""

    root: Path
    clock: Minutes = field(default_factory=Minutes)
    next: int = 0

    @cached_property
    def workspace(self) -> Workspace:
        return Workspace(self.root, clock=self.clock)

    @property
    def access(self) -> Access:
        return self.workspace.access

    @property
    def tip(self) -> str:
        return self.workspace.repository.resolve(MAIN)

    def close(self) -> None:
        """End the processes that read for it, and forget everything that was read."""
        if "workspace" in self.__dict__:
            self.workspace.repository.close()
            del self.__dict__["workspace"]

    def propose(
        self, edits: Mapping[str, bytes | None], who: str = "ops-lead", submit: bool = True, **words: object
    ) -> str:
        """Propose contents on top of main and return the change."""
        self.next += 1
        change = f"01J9ZQ4N8T6V3W2X1Y0RK7M{self.next:03}"
        propose(
            self.access,
            change=change,
            actor=Actor(who),
            collect=lambda moment: from_texts(moment.tip, edits, source=self.access.source),
            claims=Claims.model_validate(WORDS | words),
            submit=submit,
        )
        return change

    def reword(self, edits: Mapping[str, bytes | None], who: str = "ops-lead", **words: object) -> str:
        """Propose contents that move no number."""
        return self.propose(edits, who, **{"intent": None, "treatment": None, "effective_from": None, **words})

    def revise(self, change: str, edits: Mapping[str, bytes | None], who: str = "ops-lead", **words: object) -> None:
        """Give a change other contents."""
        revise(
            self.access,
            change=change,
            actor=Actor(who),
            collect=lambda moment: from_texts(moment.tip, edits, source=self.access.source),
            claims=lambda _state: Claims.model_validate(WORDS | words),
        )

    def decide(self, change: str, verdict: deciding.Verdictive, *people: str, reason: str = "") -> None:
        """Let people say the same."""
        for one in people:
            deciding.give_verdict(self.access, change=change, actor=Actor(one), verdict=verdict, reason=reason)

    def approve(self, change: str, *people: str) -> None:
        """Let people approve."""
        self.decide(change, commands.Approve, *people)

    def say(self, change: str, who: str, command: commands.Command) -> None:
        """Give any other command about a change."""
        deciding.say(self.access, change=change, actor=Actor(who), command=lambda _state: command)

    def state(self, change: str) -> ChangeState:
        return known_change(self.access, change)

    def judged(self, change: str) -> Judgement:
        found = at_tip(self.access).judgement(self.state(change))
        assert found is not None
        return found

    def agree(self, change: str) -> str:
        """Let everybody who is still missing say what they are asked for; return the change."""
        for _ in range(10):
            unmet = [one for one in self.judged(change).unmet if one.code != Code.NOT_YET_EFFECTIVE]
            if not unmet:
                return change
            heard = unmet[0].code in {Code.CONSULTED, Code.DEPENDANT}
            verdict: deciding.Verdictive = commands.Acknowledge if heard else commands.Approve
            self.decide(change, verdict, unmet[0].who[0])
        raise AssertionError(self.judged(change).unmet)

    def approved(self, edits: Mapping[str, bytes | None], who: str = "ops-lead", **words: object) -> str:
        """Propose contents and let everybody agree."""
        return self.agree(self.propose(edits, who, **words))

    def apply(self, change: str, who: str = "ops-lead") -> Landed:
        return apply(self.access, landing=self.workspace.landing, change=change, actor=Actor(who))

    def contents(self, change: str) -> dict[str, bytes | None]:
        """Return what a change puts at its paths: with the version and the date that were written into it."""
        revision = self.state(change).revisions[-1]
        journal = self.access.journal
        return {edit.path: journal.blob(change, edit.after.sha256) if edit.after else None for edit in revision.edits}

    def contents_of_draft(self, change: str) -> dict[str, bytes | None]:
        """Return what a draft puts at its paths."""
        draft, journal = self.state(change).draft, self.access.journal
        assert draft is not None
        return {edit.path: journal.blob(change, edit.after.sha256) if edit.after else None for edit in draft.edits}

    def read(self, path: str, commit: str = "") -> bytes:
        """Return a file as it is at a commit."""
        repository = self.workspace.repository
        entry = repository.tree(commit or self.tip, (path,))[path]
        return next(iter(repository.read([entry.oid])))

    def branch(
        self, edits: Mapping[str, bytes | None], name: str = "change", on: str = "", author: str = NOBODY
    ) -> str:
        """Commit edits on top of main (or another commit) on a branch, as a pull request does."""
        store = self.workspace.repository.store
        ref = f"refs/heads/{name}"
        if not store.ref(ref):
            assert store.swap(ref, "", on or self.tip, "branch")
        return commit_files(self.workspace.repository, name, dict(edits), message="edit", at=AT, author=author)

    def push(self, edits: Mapping[str, bytes | None], message: str = "by hand") -> str:
        """Commit edits on main by hand, past the program; a work tree on it follows."""
        return commit_files(self.workspace.repository, "main", dict(edits), message=message, at=AT)

    def gate(
        self, head: str, base: str = "main", *, at: str = GATE_AT, root: str = "", journal: str = ""
    ) -> GateReport:
        """Judge as the program does, from nothing but the repository."""
        repository = self.workspace.repository
        first, second = repository.resolve(base), repository.resolve(head)
        access, has_journal = self.workspace.frozen(first, journal)
        return gate(access, hygiene=repository, base=first, head=second, at=at, root=root, has_journal=has_journal)

    def git(self, *words: str, stdin: bytes = b"", ok: tuple[int, ...] = (0,)) -> str:
        """Run git as some user would."""
        return run_git(self.root, *words, stdin=stdin, ok=ok)

    def verification(self) -> Verification:
        """Check every byte of the journal against main."""
        repository = self.workspace.repository
        return verify(repository, self.workspace.journal.view(), anchors=anchors_on(repository, self.tip))

    def types(self, change: str | None = None) -> list[str]:
        """Return the types of a change's events; of everything without one."""
        events = self.access.journal.events()
        return [one.type for one in events if change is None or one.change == change]


def run_git(folder: Path, *words: str, stdin: bytes = b"", ok: tuple[int, ...] = (0,)) -> str:
    """Run git in a folder as somebody without settings of their own."""
    names = {f"GIT_{role}_{part}": f"user{'@example.com' if part == 'EMAIL' else ''}"
             for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}  # fmt: skip
    env = os.environ | names | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    done = subprocess.run(["git", *words], cwd=folder, env=env, input=stdin, capture_output=True)
    assert done.returncode in ok, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def make(
    root: Path,
    *,
    files: Mapping[str, str | bytes] | None = None,
    bare: bool = False,
    object_format: ObjectFormat = "sha1",
    before: Sequence[Mapping[str, bytes]] = (),
) -> World:
    """Make the registry: one commit (on top of those `before`), a journal whose baseline accepts it."""
    data = {path: text.encode() if isinstance(text, str) else text for path, text in (files or FILES).items()}
    with create_repository(root, bare=bare, object_format=object_format) as repository:
        for earlier in before:
            commit_files(repository, "main", dict(earlier), message="Before the registry", at=AT)
        commit = commit_files(repository, "main", data, message="Start the registry", at=AT)
        beginning = Beginning(
            REGISTRY, "head-of-marketing", "", Preset.STANDARD, "metricgov/journal", MAIN, "", data, (), True, ""
        )
        drafts = first_events(beginning, commit, baseline_entries(commit, repository), AT)
        journal = Workspace(root).journal
        journal.create(REGISTRY, MAIN, at=AT)
        journal.append(lambda: drafts)
    return World(root)


def copy_of(world: World, root: Path) -> World:
    """Return the world once more at another place."""
    shutil.copytree(world.root, root, symlinks=True)
    return World(root, Minutes(world.clock.at), world.next)


def verdict_of(report: GateReport, definition: str) -> DefinitionVerdict:
    """Return what a report says of one definition."""
    return next(one for one in report.definitions if one.id == definition)


def codes(report: GateReport) -> set[str]:
    """Return the codes of everything that a report holds against the result."""
    return {one.code for each in report.definitions for one in each.unmet} | {one.code for one in report.problems}


def refusal(error: RefusedUnmet) -> set[str]:
    """Return the codes of what was unmet."""
    return {str(one.code) for one in error.unmet}


def both(one: Mapping[str, bytes | None], *others: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """Return edits of several files as one."""
    return dict(item for each in (one, *others) for item in each.items())


def lines(report: GateReport) -> Sequence[str]:
    """Return a report as sentences, for messages of failing tests."""
    said: Iterable[str] = (f"{one.id}: {unmet.code}: {unmet.says}" for one in report.definitions for unmet in one.unmet)
    return [str(report.verdict), *said, *(str(problem) for problem in report.problems)]
