"""`why`: what the difference between two published values consists of."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.measured import AsOf, KnownAt, engine_of, metric_named
from metricgov.cli.numbers import Engine
from metricgov.cli.options import AsJson, Name
from metricgov.desk.explained import ENGINE_LESS, moment_of, versions_of
from metricgov.domain.errors import BadInput, MetricgovError

if TYPE_CHECKING:
    from metricgov.app.valuing import Valuer
    from metricgov.desk.session import Session


def why(
    name: Name,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="2026-03, 2026-W12, 2026-Q1, 2026 or 2026-03-18.")],
    other: Annotated[
        str, typer.Argument(metavar="[OTHER]", help="A later period of the same length, to compare with.")
    ] = "",
    reported: Annotated[
        str,
        typer.Option(
            "--reported", metavar="DATE", help="The first value as it was known then (when it was first stored)."
        ),
    ] = "",
    known_at: KnownAt = "",
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="DIMENSION[=VALUE]",
            help="Split real movement; with a value, that segment alone; repeat for a combination.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Also draw it, into a .svg or .png file.", show_default=False),
    ] = None,
    as_of: AsOf = None,
    engine: Engine = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="Ask no engine; read what snapshot stored.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """Why a number is another one than was reported, or than that of another period.

    The difference is split into late data, mended defects, definitions (each change with its link, who approved it and
    when) and real movement; the parts sum to it exactly, and what cannot be told apart is said. What was reported comes
    from `snapshot`; the value of now is computed, unless --known-at names a day.

    JSON: {"format": 1, "metric", "start": {"period", "grain", "dimension", "segment", "value", "above", "below",
    "version", "computed_at", "vintage"}, "end", "difference", "parts": [{"cause", "amount", "about", "says",
    "dimension", "segment", "low", "high", "interval", "changes": [{"change", "label", "version", "link", "factor",
    "approved_by", "known_from", "why", "defect"}]}], "order", "notes"}; amounts are exact.

    Example: metricgov why sales_accepted_lead_rate 2026-03 --reported 2026-04-15
    """
    from metricgov.app.behind import behind
    from metricgov.app.explaining import Explainer
    from metricgov.cli.output import data, screen, talk
    from metricgov.desk.explained import question_of
    from metricgov.desk.session import Session
    from metricgov.render.why import why_csv, why_json, why_plot, why_text

    if engine and recorded:
        raise BadInput("engine_not_asked", "--recorded reads what was stored", hint="leave --engine away")
    if out is not None and out.suffix not in (".svg", ".png"):
        raise BadInput("bad_picture", f"{out} is neither .svg nor .png", hint="--out why.svg")
    session = Session()
    session.workspace.require_journal()
    metric = metric_named(session, name)
    asked = question_of(period, other, moment_of(reported), moment_of(known_at), by or [])
    versions = versions_of(session, metric)
    with ExitStack() as stack:
        valuer = None if recorded else _valuer(stack, session, metric, engine, as_of)
        vintages = session.workspace.values.vintages(metric)
        changes = behind(versions, session.reading.journal)
        found = Explainer(metric, versions, changes, vintages, valuer, session.workspace.settings.dialect).explain(
            asked
        )
    if as_json or as_csv:
        data(why_json(found) if as_json else why_csv(found))
    else:
        data(why_text(found, screen()))
    if out is not None:
        from metricgov.render.plots.picture import picture

        out.write_bytes(picture(why_plot(found), "svg" if out.suffix == ".svg" else "png"))
        talk(f"Drawn: {out}")


def _valuer(
    stack: ExitStack, session: Session, metric: str, engine: str | None, as_of: datetime | None
) -> Valuer | None:
    """Return an engine to ask; None where metricgov.yaml names none and nobody named one."""
    try:
        return stack.enter_context(engine_of(session, engine, as_of))(metric)
    except MetricgovError as error:
        if engine is None and error.code in ENGINE_LESS:
            return None
        error.hint = "; ".join(one for one in (error.hint, "or go by what was stored: --recorded") if one)
        raise
