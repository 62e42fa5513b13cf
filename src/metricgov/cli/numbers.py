"""Numbers: what a change does to them, and data to try it on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import Actor, AsJson, ChangeId, SigningKey
from metricgov.domain.period import whole_day

if TYPE_CHECKING:
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.evidence import Evidence
    from metricgov.domain.comparability.over_time import Series
    from metricgov.domain.effect_report import EffectReport

    Evaluated = tuple[Evidence, Mapping[str, Series]]

DAY = ["%Y-%m-%d", "%Y-%m", "%Y"]
"""A day, or the first day of a month or year."""


class Form(StrEnum):
    """Forms of a report."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


Engine = Annotated[
    str | None,
    typer.Option("--engine", metavar="NAME", help="The engine of metricgov.yaml to ask.", show_default=False),
]


def effect(
    change: ChangeId,
    engine: Engine = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", parser=whole_day, metavar="DAY", help="Read as on this day (today).", show_default=False
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute and show; record nothing.")] = False,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Show what is on record; needs neither data nor an engine.")
    ] = False,
    form: Annotated[Form, typer.Option("--format", help="How the report is written.")] = Form.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the report there.", show_default=False)
    ] = None,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Compute what a change does to the numbers, and keep it with the change.

    Old and new definition are computed over the same data, overall and by each dimension; metrics that are computed
    from what changes are evaluated too.

    Example: metricgov effect sales_accepted_lead_rate
    """
    from metricgov.app.recording import record_effect, recorded_effect
    from metricgov.desk.session import Session

    session = Session(claimed)
    found = session.change(change)
    evaluated = (recorded_effect(session.access, found), {}) if recorded else _evaluated(session, found, engine, as_of)
    _told(session, found, evaluated, Form.JSON if as_json else form, out)
    if dry_run or recorded:
        return
    evidence, _ = evaluated
    events = record_effect(session.access, change=found, actor=session.actor, evidence=evidence)
    tell_kept(session.label(found), evidence.basis_sha256, anew=bool(events))


def accept_warning(
    change: ChangeId,
    warning: Annotated[str, typer.Argument(metavar="WARNING", help="The warning, as `effect` names it (W04).")],
    metric: Annotated[
        str, typer.Option("--metric", metavar="NAME", help="The metric it is about, where it stops several.")
    ] = "",
    message: Annotated[str, typer.Option("--message", "-m", metavar="WORDS", help="Why it may pass; on record.")] = "",
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Let a change pass in spite of a warning that blocks it, with a reason on record.

    For the accountable or deputy of the metric and the council, never for who contributed. It holds for exactly the
    effect on record: a new one asks again.

    Example: metricgov accept-warning routing_speed W04 -m "six weeks is all that both trackers ran"
    """
    from metricgov.app.deciding import say
    from metricgov.cli.telling import tell_outcome
    from metricgov.cli.words import spoken
    from metricgov.desk.session import Session
    from metricgov.domain.workflow.commands import AcceptWarning

    reason = spoken(message, "accepting a warning")
    session = Session(claimed, key=key)
    found, voice = session.change(change), session.voice
    command = AcceptWarning(warning=warning.upper(), metric=metric.removeprefix("metric:"), reason=reason)
    events = say(voice.access, change=found, actor=voice.actor, command=lambda _state: command, unsigned=voice.unsigned)
    tell_outcome(session, found, events, as_json=as_json)


def _told(session: Session, change: str, found: Evaluated, form: Form, out: Path | None) -> None:
    from metricgov.desk.evaluating import report_of

    tell_report(report_of(session, change, found), form, out)


def tell_report(report: EffectReport, form: Form, out: Path | None) -> None:
    """Write the report on an effect, wherever it was computed, to a file or to standard output."""
    from metricgov.cli.output import data, screen, talk, written_file
    from metricgov.render.effect import effect_json, effect_text
    from metricgov.render.effect_markdown import effect_markdown
    from metricgov.render.effect_page import effect_html
    from metricgov.render.kit import Screen

    match form:
        case Form.TEXT:
            text = effect_text(report, screen() if out is None else Screen())
        case Form.MARKDOWN:
            text = effect_markdown(report)
        case Form.HTML:
            text = effect_html(report)
        case Form.JSON:
            text = effect_json(report)
    if out is None:
        data(text)
        return
    talk(f"The report stands in {written_file(out, text)}.")


def tell_kept(label: str, basis: str, *, anew: bool) -> None:
    """Say that an effect is on record, and by what it can be reproduced."""
    from metricgov.cli.output import talk

    kept = "Recorded with" if anew else "On record already with"
    talk(f"{kept} {label}; reproduce: {basis[:12]}.")


def _evaluated(session: Session, change: str, engine: str | None, as_of: datetime | None) -> Evaluated:
    """Return the effects of the contents of a change on main as it is now, and history as it will read."""
    from metricgov.cli.progress import Meter
    from metricgov.desk.evaluating import evaluated

    meter = Meter()
    try:
        return evaluated(session, change, engine or "", as_of, progress=meter)
    finally:
        meter.clear()


def sample_data(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The DuckDB database to write.")],
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000_000, help="Rows of each source.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed gives other rows.")] = 1,
    known_at: Annotated[
        datetime | None,
        typer.Option(
            "--known-at", formats=DAY, metavar="DAY", help="As the data stood on this day.", show_default=False
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="The engine whose relations are made.")
    ] = "warehouse",
    as_json: AsJson = False,
) -> None:
    """Make up rows for the sources of this registry, to try things on.

    Equal seeds give equal rows. Planted in them: fewer rows at weekends, one channel with nearly all the tests,
    partners that raise the acceptance rate of every channel and lower that of all, a day without rows, late follow-ups,
    invoices that arrive late.

    Example: metricgov sample-data data/sample.duckdb --rows 100000
    """
    from metricgov.cli.output import data, talk
    from metricgov.cli.progress import Meter
    from metricgov.desk.session import Session
    from metricgov.render.json_text import json_text

    meter = Meter()
    try:
        made = Session().workspace.make_sample(
            path,
            rows=rows,
            seed=seed,
            engine=engine,
            progress=meter,
            known_at=known_at.date() if known_at else None,
        )
    finally:
        meter.clear()
    if as_json:
        data(json_text({"format": 1, "path": str(path), "rows": dict(made)}))
        return
    talk(f"{len(made)} tables of {rows:,} rows: {path}")
    talk("Name it in metricgov.yaml, with a change like any other:")
    talk(f"  engines: {{{engine}: {{type: duckdb, path: {path.as_posix()}}}}}")
