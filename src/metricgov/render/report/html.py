"""The pages of the auditor's file: no script, no address outside the folder, nothing that a text could break out of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment

from metricgov.domain.report import EXCEPTIONS, ExceptionKind, Period, Report, Sheet, outcome
from metricgov.domain.walked import Judged
from metricgov.domain.workflow.envelope import Identity
from metricgov.render.paper import paper
from metricgov.render.report.tables import EVENTS, TABLES
from metricgov.render.story import ENDS, need_words

FOLDER = Path(__file__).parent / "pages"

IDENTITIES: tuple[tuple[Identity, str], ...] = (
    (Identity.CLAIMED, "the word of whoever wrote the event; guarded by who may push to the journal branch"),
    (Identity.SERVER, "a token of the server, which wrote the event for its owner"),
    (Identity.HOST, "a login on the git host, which vouches for it"),
    (Identity.SIGNED, "a signature over the decision, by a key that the rules of its base name"),
)
"""What each kind of identity rests on, weakest first."""

GRAVE = frozenset({ExceptionKind.BYPASS, ExceptionKind.SELF_APPROVAL, ExceptionKind.CONFLICT, ExceptionKind.REWOUND})
"""Exceptions that are shown as faults; the others were within the rules."""


@dataclass(frozen=True, slots=True)
class Head:
    """What every page says of the whole file."""

    registry: str
    target: str
    program: str
    period: Period


@dataclass(frozen=True)
class Pages:
    """The pages of one file; `labels` are the short ids of all changes by id, for links."""

    head: Head
    labels: Mapping[str, str]

    def sheet(self, sheet: Sheet) -> str:
        """Return the page of one change."""
        return self._render("change.html", sheet=sheet)

    def index(self, report: Report) -> str:
        """Return the first page."""
        within = frozenset(one.label for one in report.sheets)
        governed = [one for one in report.steps if one.verdict is not None]
        outcomes: dict[str, int] = {}
        for one in governed:
            outcomes[outcome(one)] = outcomes.get(outcome(one), 0) + 1
        return self._render(
            "index.html",
            report=report,
            governed=governed,
            outcomes=dict(sorted(outcomes.items())),
            bypasses=outcomes.get("bypass", 0),
            counted=sum(report.counted.values()),
            claimed=report.counted.get(Identity.CLAIMED, 0),
            conflicts=sum(bool(one.conflicts) for one in report.duties),
            identities=IDENTITIES,
            labels=within,
            tables=[*((one.file, one.says) for one in TABLES), EVENTS],
        )

    def _render(self, name: str, **values: Any) -> str:
        return self._environment.get_template(name).render(head=self.head, **values)

    @cached_property
    def _environment(self) -> Environment:
        found = paper(FOLDER)
        found.globals.update(meaning=EXCEPTIONS, grave=GRAVE, ends=ENDS)
        found.filters.update(
            tally=_tally,
            outcome=outcome,
            ended=need_words,
            changes=self._changes,
        )
        return found

    def _changes(self, step: Judged) -> list[str]:
        """Return the labels of the changes that let a step through."""
        found = dict.fromkeys(one.change for one in step.definitions if one.change and one.covered)
        return [self.labels[one] for one in found if one in self.labels]


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in counts.items()) or "none"
