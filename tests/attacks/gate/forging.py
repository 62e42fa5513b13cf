"""Events as somebody with a program of their own would write them: possible in form, whatever rights they claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from integration.gate.gate_world import World
from metricgov.domain.workflow.envelope import Actor, Draft
from metricgov.domain.workflow.statement import statement
from metricgov.domain.workflow.typed import foresee


def forged_approval(
    world: World, change: str, who: str, type_: Literal["approved", "acknowledged"] = "approved"
) -> None:
    """Write an approval in somebody's name; a contributor's is marked as their own."""
    state = world.state(change)
    revision = state.revision
    assert revision is not None
    payload: dict[str, Any] = {"revision": revision.number, "cycle": state.cycle, "digest": revision.digest}
    payload |= {"reason": ""} | ({"self_approved": who in state.contributors} if type_ == "approved" else {})
    draft = Draft(change, type_, Actor(who), state.last_at, payload, main=world.tip)
    event = foresee(draft, state.last_seq + 1)
    said = replace(draft, statement=statement(state, event.payload, who))  # type: ignore[arg-type]
    world.access.journal.append(lambda: (said,))


def forged_answer(world: World, change: str, who: str) -> None:
    """Write that somebody was heard, whoever they are."""
    forged_approval(world, change, who, type_="acknowledged")


def forged_revision(world: World, change: str, **differs: Any) -> None:
    """Write the revision under review once more with other claims, as its next one of the same contents."""
    revision = world.state(change).revision
    assert revision is not None
    payload: Mapping[str, Any] = {**revision.as_json(), "number": revision.number + 1, **differs}
    last = list(world.access.journal.events())[-1]
    subjects = tuple(one["id"] for one in payload["definitions"])
    draft = Draft(change, "revision_submitted", Actor("ops-lead"), last.at, payload, main=world.tip, subjects=subjects)
    world.access.journal.append(lambda: (draft,))
