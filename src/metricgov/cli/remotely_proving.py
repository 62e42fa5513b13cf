"""Commands that take long, asked at a server: the effect of a change, and what auditors ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from metricgov.desk.asked import Desk

Params = Mapping[str, Any]


def _effect(desk: Desk, params: Params) -> None:
    from metricgov.cli.numbers import Form, tell_kept, tell_report
    from metricgov.cli.progress import Meter
    from metricgov.domain.errors import Refused

    change = params["change"]
    form = Form.JSON if params["as_json"] else params["form"]
    if params["recorded"]:
        found = desk.effect(change)
        if not found.current:
            says, hint = "no effect of these contents is on record", f"metricgov effect {found.report.change.label}"
            raise Refused("no_effect", says, hint=hint)
        tell_report(found.report, form, params["out"])
        return
    day, engine, meter = f"{params['as_of']:%Y-%m-%d}" if params["as_of"] else "", params["engine"] or "", Meter()
    try:
        found = desk.evaluate(change, engine=engine, as_of=day, dry_run=params["dry_run"], progress=meter)
    finally:
        meter.clear()
    tell_report(found.report, form, params["out"])
    if not params["dry_run"]:
        tell_kept(found.report.change.label, found.report.evidence.basis_sha256, anew=found.anew)


def _verify(desk: Desk, params: Params) -> None:
    from metricgov.cli.audit import tell_verified
    from metricgov.cli.progress import Meter
    from metricgov.desk.judging import anchor_of, pinned
    from metricgov.desk.proving import ValuesHeld

    asked = {name: params[name] for name in ("full", "root", "expect", "since")}
    pinned(params["root"], full=params["full"], since=params["since"])
    anchor_of(params["expect"])
    meter = Meter()
    try:
        found = desk.verify(**asked, progress=meter)
    finally:
        meter.clear()
    tell_verified(
        {
            "events": found.events,
            "changes": found.changes,
            "sha256": found.sha256,
            "problems": found.wrong,
            "first_bad": found.first_bad,
            "note": found.note,
            "since": found.since,
            "ahead": found.ahead,
        },
        found.values or ValuesHeld(0, ()),
        as_json=params["as_json"],
        full=params["full"],
        walked=found.main,
    )


def _scan(desk: Desk, params: Params) -> None:
    from metricgov.cli.audit_main import BypassFormat, tell_bypasses
    from metricgov.cli.progress import Meter

    meter = Meter()
    try:
        walked = desk.bypasses(since=params["since"], progress=meter)
    finally:
        meter.clear()
    tell_bypasses(walked, BypassFormat.JSON if params["as_json"] else params["format_"])


def _report(desk: Desk, params: Params) -> None:
    from metricgov.cli.audit_report import unpacked
    from metricgov.cli.output import data, talk
    from metricgov.cli.progress import Meter
    from metricgov.desk.audit_file import wish_of

    asked = {name: params[name] for name in ("first", "last", "root", "expect", "at")}
    wish_of(**asked)
    meter = Meter()
    try:
        found = desk.report(**asked, progress=meter)
    finally:
        meter.clear()
    unpacked(found, params["out"])
    data(found.summary if params["as_json"] else found.says)
    talk(f"Open {params['out'] / 'index.html'}")


PROVING: Final[Mapping[str, Callable[[Desk, Params], None]]] = {
    "numbers:effect": _effect,
    "audit:verify": _verify,
    "audit_main:scan": _scan,
    "audit_report:report": _report,
}
"""What each of these commands does at a server, by its place in the table of commands."""
