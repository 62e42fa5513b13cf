"""The tables of the auditor's file as CSV that spreadsheets show and never run, and the list of its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from metricgov.domain.report import Report, Rights, Sheet, outcome
from metricgov.render.csv_text import csv_lines
from metricgov.render.findings import flag_letters
from metricgov.render.inline import words_of
from metricgov.render.json_text import json_text
from metricgov.render.kit import plural

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file: its columns, and its rows from the whole (`of_report`) or from each sheet (`of_sheet`)."""

    file: str
    says: str
    columns: str
    """Names, with a space between."""
    of_report: Callable[[Report], Iterable[Row]] | None = None
    of_sheet: Callable[[Sheet], Iterable[Row]] | None = None


def _changes(report: Report) -> Iterator[Row]:
    for one in report.sheets:
        yield (
            one.change,
            one.label,
            _joined(each[0] for each in one.definitions),
            one.change_class.value if one.change_class else "",
            one.state,
            one.requested_by,
            _joined(one.contributors or (one.author,)),
            _joined(one.duty.approved_by if one.duty else ()),
            one.duty.applied_by if one.duty else "",
            one.created_at,
            one.landed_at,
            one.commit,
            one.intent,
            one.treatment,
            one.effective_from,
            one.effect,
            _joined(one.refs),
            one.why,
            one.digest,
            str(one.first_seq),
            str(one.last_seq),
            str(len(one.exceptions)),
        )


def _steps(report: Report) -> Iterator[Row]:
    for one in report.steps:
        yield (
            one.commit,
            one.base,
            one.at,
            str(one.seen_by or ""),
            one.seen_at,
            one.author,
            one.subject,
            outcome(one),
            str(one.together),
            _joined(each.id for each in one.definitions),
            _joined(dict.fromkeys(each.change or "" for each in one.definitions if each.covered)),
            _joined(dict.fromkeys(name for each in one.definitions for name in each.approved_by)),
            "; ".join(unmet.says for each in one.definitions for unmet in each.unmet),
        )


def _decisions(sheet: Sheet) -> Iterator[Row]:
    for one in sheet.decisions:
        yield (
            sheet.change,
            sheet.label,
            one.who,
            one.type,
            str(one.revision),
            one.identity.value,
            one.proof,
            one.at,
            str(one.seq),
            one.anchor.commit if one.anchor else "",
            one.anchor.at if one.anchor else "",
            "yes" if one.counted else "no",
            one.words,
        )


def _requirements(sheet: Sheet) -> Iterator[Row]:
    for one in sheet.needs:
        yield (
            sheet.change,
            sheet.label,
            str(one.revision),
            one.code,
            one.says,
            _joined(one.who),
            _joined(one.definitions),
            str(one.since),
            one.since_at,
            one.end.value,
            str(one.ended or ""),
            one.ended_at,
            one.by,
            one.identity.value if one.ended else "",
        )


def _edits(sheet: Sheet) -> Iterator[Row]:
    for found in sheet.findings.values():
        for one in found:
            yield (
                sheet.change,
                sheet.label,
                one.definition,
                one.field,
                "" if one.before is None else words_of(one.before),
                "" if one.after is None else words_of(one.after),
                one.change_class.value,
                flag_letters(one.flags),
                one.rule,
                one.says,
            )


def _consulted(sheet: Sheet) -> Iterator[Row]:
    for one in sheet.heard:
        late = "yes" if one.late else "no"
        yield sheet.change, sheet.label, one.who, _joined(one.definitions), one.due, one.outcome, one.answered_at, late


def _duties(report: Report) -> Iterator[Row]:
    for one in report.duties:
        yield (
            one.change,
            one.label,
            one.commit,
            _joined(one.definitions),
            one.requested_by,
            _joined(one.proposed_by),
            _joined(one.approved_by),
            one.applied_by,
            one.landed_at,
            "; ".join(one.conflicts),
            "; ".join(one.notes),
        )


def _exceptions(report: Report) -> Iterator[Row]:
    for one in report.exceptions:
        yield one.kind.value, one.at, one.who, one.change, one.label, one.commit, str(one.seq or ""), one.says


def _rules(report: Report) -> Iterator[Row]:
    for one in report.rule_changes:
        head = (one.step.commit, one.step.at, outcome(one.step), one.change, one.digest_before, one.digest_after)
        for each in one.findings:
            before = "" if each.before is None else words_of(each.before)
            after = "" if each.after is None else words_of(each.after)
            yield (*head, each.path, each.field, before, after)


def _access(report: Report) -> Iterator[Row]:
    for one in report.access:
        for when, side in (("start", one.before), ("end", one.after)):
            if side is not None:
                yield one.principal, when, *_rights(side), "yes" if one.changed else "no"


def _rights(side: Rights) -> Row:
    held = (side.teams, side.accountable, side.deputy, side.responsible, side.consulted, side.keys)
    return (side.name, side.status, "yes" if side.council else "no", *map(_joined, held))


def _deciders(report: Report) -> Iterator[Row]:
    for one in report.deciders:
        responsible, consulted = _joined(one.responsible), _joined(one.consulted)
        yield one.definition, responsible, one.accountable, one.deputy, consulted, "; ".join(one.places), one.gap


def _joined(names: Iterable[str]) -> str:
    return "; ".join(names)


TABLES: tuple[Table, ...] = (
    Table(
        "changes.csv",
        "one row a change",
        "change label definitions class state requested_by written_by approved_by applied_by created_at "
        "landed_at commit intent treatment effective_from effect tickets why contents first_event last_event "
        "exceptions",
        of_report=_changes,
    ),
    Table(
        "steps.csv",
        "one row a first-parent step of main, governed or not",
        "commit base committed_at seen_by_event seen_at author subject outcome together definitions changes "
        "approved_by missing",
        of_report=_steps,
    ),
    Table(
        "decisions.csv",
        "one row a decision",
        "change label who decision revision identity proof claimed_at event vouched_by vouched_at counted words",
        of_sheet=_decisions,
    ),
    Table(
        "requirements.csv",
        "one row for everything that was ever missing",
        "change label revision code says who definitions since_event since end ended_event ended_at by identity",
        of_sheet=_requirements,
    ),
    Table(
        "edits.csv",
        "one row an edited field, with its class",
        "change label definition field before after class flags rule says",
        of_sheet=_edits,
    ),
    Table(
        "consulted.csv",
        "one row a question to somebody, and how they were heard",
        "change label who definitions due outcome answered_at late",
        of_sheet=_consulted,
    ),
    Table(
        "duties.csv",
        "who wrote, approved and applied what reached main",
        "change label commit definitions requested_by written_by approved_by applied_by landed_at conflicts notes",
        of_report=_duties,
    ),
    Table(
        "exceptions.csv",
        "one row an exception",
        "kind at who change label commit event says",
        of_report=_exceptions,
    ),
    Table(
        "rules.csv",
        "one row an edited field of policy, RACI, people or settings",
        "commit committed_at outcome change governance_before governance_after path field before after",
        of_report=_rules,
    ),
    Table(
        "access.csv",
        "everybody's part at the start and at the end",
        "principal when name status council teams accountable deputy responsible consulted keys changed",
        of_report=_access,
    ),
    Table(
        "deciders.csv",
        "who decides about the definitions that were touched, at the end",
        "definition responsible accountable deputy consulted approvals gap",
        of_report=_deciders,
    ),
)

EVENTS = ("events.csv", "every event of the period, as `metricgov audit export` writes it")
"""The one table that comes from the journal as it is."""


def table_text(table: Table, rows: Iterable[Row]) -> str:
    """Return a table with its head."""
    return "".join(csv_lines(table.columns.split(), rows))


def manifest(report: Report, digests: dict[str, str]) -> str:
    """Return what the folder holds: the digest of every file, and what all of them were computed from."""
    return json_text(
        {
            "kind": KIND,
            "format": 1,
            "program": report.program,
            "registry": report.registry,
            "target": report.target,
            "period": {"from": report.period.first, "to": report.period.last},
            "at": report.at,
            "journal": {"events": report.chain.events, "sha256": report.chain.sha256},
            "main": {"genesis": report.line.genesis, "tip": report.line.tip},
            "root": {"digest": report.line.root, "pinned": report.line.pinned},
            "files": dict(sorted(digests.items())),
        }
    )


KIND = "metricgov audit report"
"""By this a folder is known as one that may be written again."""


def summary_json(report: Report, digest: str) -> str:
    """Return what `audit report --json` prints."""
    return json_text(
        {
            "format": 1,
            "report": {
                "from": report.period.first,
                "to": report.period.last,
                "changes": len(report.sheets),
                "states": dict(report.tally()),
                "steps": dict(report.outcomes()),
                "approvals": {kind.value: number for kind, number in report.counted.items()},
                "conflicts": sum(bool(one.conflicts) for one in report.duties),
                "exceptions": len(report.exceptions),
                "journal": {"events": report.chain.events, "sha256": report.chain.sha256},
                "root": {"digest": report.line.root, "pinned": report.line.pinned},
                "manifest_sha256": digest,
            },
        }
    )


def summary_text(report: Report, digest: str) -> str:
    """Return what the file holds in a few lines, and the digest by which it can be known again."""
    steps = ", ".join(f"{number} {word}" for word, number in report.outcomes().items()) or "none"
    approvals = ", ".join(f"{number} {kind.value}" for kind, number in report.counted.items() if number) or "none"
    conflicts = sum(bool(one.conflicts) for one in report.duties)
    return "\n".join(
        (
            f"{report.period.first} to {report.period.last}: {plural(len(report.sheets), 'change')}, "
            f"{plural(len(report.exceptions), 'exception')}, {plural(conflicts, 'conflict')} of duties",
            f"  steps of main   {steps}",
            f"  approvals       {approvals}",
            f"  journal         event {report.chain.events} {report.chain.sha256}",
            f"  manifest.json   {digest}",
            "",
        )
    )
