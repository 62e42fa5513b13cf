"""A copy of the starter registry with a past: one change applied, one source changed, one change open, one ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from metricgov.app import deciding
from metricgov.app.access import Access
from metricgov.app.applying import apply
from metricgov.app.collecting import from_texts
from metricgov.app.contents import EditedPath
from metricgov.app.moment import Moment, at_tip, known_change
from metricgov.app.proposing import propose
from metricgov.app.start import Person, Wishes, begin, plan, touched_paths
from metricgov.assembly import outside, parts
from metricgov.bootstrap import Workspace
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.judge import Judgement
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.vocabulary import Intent, Treatment

REGISTRY = "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"
APPLIED = "01J9ZQ4N8T6V3W2X1Y0RK7M2P1"
SOURCE = "01J9ZQ4N8T6V3W2X1Y0RK7M2P2"
OPEN = "01J9ZQ4N8T6V3W2X1Y0RK7M3P1"
WITHDRAWN = "01J9ZQ4N8T6V3W2X1Y0RK7M2P4"
RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
SPEED = "metrics/crm_handoff/routing_speed.yaml"
LEADS = "sources/crm_leads.yaml"


@dataclass
class Hours:
    """A clock that is an hour later each time."""

    at: datetime = datetime(2026, 6, 18, 8, 0, tzinfo=UTC)
    read: int = field(default=0)

    def now(self) -> datetime:
        self.read += 1
        return self.at + timedelta(minutes=self.read)


@dataclass
class World:
    """The registry and the hands of its people."""

    root: Path
    workspace: Workspace

    def propose(
        self, change: str, who: str, path: str, edit: Callable[[str], str], *, submit: bool = True, **claims: object
    ) -> None:
        """Propose an edit of one file."""

        def collect(moment: Moment) -> Sequence[EditedPath]:
            source = self.workspace.access.source
            entry = source.tree(moment.tip, (path,))[path]
            before = next(iter(source.read([entry.oid]))).decode()
            after = edit(before)
            assert after != before
            return from_texts(moment.tip, {path: after.encode()}, source=source)

        propose(
            self.workspace.access,
            change=change,
            actor=Actor(who),
            collect=collect,
            claims=Claims.model_validate(claims),
            submit=submit,
        )

    def decide(self, change: str, verdict: type[commands.Verdictive], who: Sequence[str], words: str = "") -> None:
        """Let people give the same verdict."""
        for one in who:
            deciding.give_verdict(self.workspace.access, change=change, actor=Actor(one), verdict=verdict, reason=words)

    def agree(self, change: str) -> None:
        """Let everybody who is still missing say what they are asked for."""
        access = self.workspace.access
        while missing := [one for one in _judged(access, change).unmet if one.code != Code.NOT_YET_EFFECTIVE]:
            first = missing[0]
            heard = first.code in {Code.CONSULTED, Code.DEPENDANT}
            self.decide(change, commands.Acknowledge if heard else commands.Approve, [first.who[0]])

    def apply(self, change: str, who: str) -> None:
        """Apply a change."""
        apply(self.workspace.access, landing=self.workspace.landing, change=change, actor=Actor(who))


def _judged(access: Access, change: str) -> Judgement:
    found = at_tip(access).judgement(known_change(access, change))
    assert found is not None
    return found


def build(root: Path) -> World:
    """Make the registry and its past."""
    clock = Hours()
    wishes = Wishes(
        (Person("crm-lead", "CRM lead", "crm-lead@example.com"),),
        None,
        (),
        "duckdb",
        "metricgov/journal",
        outside.starter_files(),
        True,
    )
    seen = outside.survey(root, touched_paths(wishes))
    workspace = Workspace(root, clock=clock)
    beginning = plan(
        wishes, existing={}, target=parts.DEFAULT_TARGET, tip=seen.tip, registry=REGISTRY, files=workspace.files
    )
    with outside.begin_repository(root) as repository:
        begin(beginning, site=outside.site_of(repository), source=repository, clock=clock)
    world = World(root, workspace)
    _apply_a_shorter_window(world)
    _apply_a_change_of_the_source(world)
    _withdraw_one(world)
    _leave_one_open(world)
    return world


def _apply_a_shorter_window(world: World) -> None:
    def shorter(text: str) -> str:
        return text.replace("INTERVAL '30' DAY", "INTERVAL '14' DAY").replace("within 30 days", "within 14 days")

    world.propose(
        APPLIED,
        "ops-lead",
        RATE,
        shorter,
        why="Known 16 days sooner, so that budget moves within the quarter.",
        intent=Intent.REDEFINITION,
        treatment=Treatment.BREAK,
        effective_from="2026-06-18",
    )
    world.decide(APPLIED, commands.Acknowledge, ["sales-ops-lead"], "our report follows")
    world.decide(APPLIED, commands.Approve, ["crm-lead"], "matches how sales works")
    world.agree(APPLIED)
    world.apply(APPLIED, "ops-lead")


def _apply_a_change_of_the_source(world: World) -> None:
    def typed(text: str) -> str:
        return text.replace("name: created_at\n    type: timestamp", "name: created_at\n    type: date")

    world.propose(
        SOURCE,
        "data-deputy",
        LEADS,
        typed,
        why="The CRM keeps the day only from now on.",
        intent=Intent.SOURCE_CHANGE,
        treatment=Treatment.BREAK,
        effective_from="2026-06-18",
        meaning_unchanged=True,
    )
    world.agree(SOURCE)
    world.apply(SOURCE, "data-deputy")


def _withdraw_one(world: World) -> None:
    world.propose(WITHDRAWN, "ops-lead", SPEED, lambda text: text.replace("title: ", "title: The "), why="A word.")
    deciding.say(
        world.workspace.access,
        change=WITHDRAWN,
        actor=Actor("ops-lead"),
        command=lambda _state: commands.Withdraw(reason="not worth it"),
    )


def _leave_one_open(world: World) -> None:
    world.propose(
        OPEN,
        "ops-lead",
        RATE,
        lambda text: text.replace("INTERVAL '14' DAY", "INTERVAL '7' DAY").replace("within 14 days", "within 7 days"),
        why="A week is what sales promises.",
        intent=Intent.REDEFINITION,
        treatment=Treatment.BREAK,
        effective_from="2026-08-01",
    )
    world.decide(OPEN, commands.Acknowledge, ["sales-ops-lead"])
