"""The gate's report as text, and the words that its other formats share."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.errors import Problem
from metricgov.domain.verdict import (
    Agreed,
    Coverage,
    DefinitionVerdict,
    Descent,
    Evidence,
    GateReport,
    Unmet,
    Verdict,
    heard_words,
)
from metricgov.domain.workflow.requirements import shown
from metricgov.render.findings import affected_lines, block, flag_legend, heading, step_note, step_words
from metricgov.render.kit import Ink, Screen, clean, ink, plural, time_words
from metricgov.render.overrides import late_lines, overriding_words, waived_lines

VERDICT_WORDS: dict[Verdict, str] = {
    Verdict.PASS: "PASS",
    Verdict.BLOCKED: "BLOCKED",
    Verdict.WOULD_BLOCK: "WOULD BLOCK",
    Verdict.UNDECIDED: "UNDECIDED",
}
_ULID = 26
_VERDICT_INK: dict[Verdict, Ink] = {
    Verdict.PASS: Ink.ADDED,
    Verdict.BLOCKED: Ink.GRAVE,
    Verdict.WOULD_BLOCK: Ink.WARN,
    Verdict.UNDECIDED: Ink.GRAVE,
}


def open_definitions(report: GateReport) -> list[DefinitionVerdict]:
    """Return the definitions that nothing lets through, gravest first; those that policy only observes come last."""
    unmet = [definition for definition in report.definitions if not lets_through(definition)]
    return sorted(unmet, key=lambda definition: (definition.observed, -GRAVITY[definition.change_class]))


def lets_through(definition: DefinitionVerdict) -> bool:
    """Say whether a definition passes by its own right: something covers it and nothing is missing."""
    return definition.covered and not definition.unmet


def coverage_words(definition: DefinitionVerdict) -> str:
    """Return what lets a definition through, in words that never call a baseline an approval (INV-26)."""
    change = clean(definition.change or "")
    change = shown(change) if len(change) == _ULID and change.isalnum() else change
    agreed = ", ".join(clean(name) for name in definition.approved_by)
    match definition.coverage:
        case Coverage.APPROVED:
            return "approved" + (f" in {change}" if change else "") + (f" by {agreed}" if agreed else "")
        case Coverage.OVERRIDE:
            said = overriding_words(definition.override) if definition.override else ""
            return f"OVERRIDE{f' of {change}' if change else ''} {said}; not approved as the policy asks"
        case Coverage.BASELINE:
            return "baseline: accepted as found, not approved"
        case Coverage.IDENTICAL:
            return "same meaning, needs nobody"
        case Coverage.NONE:
            return f"not covered; the nearest change is {change}" if change else "no change covers it"


def verdict_sentence(report: GateReport) -> str:
    """Return the verdict in one sentence that a reader of any format meets first."""
    changed = plural(len(report.definitions), "changed definition")
    blocked = [definition for definition in open_definitions(report) if not definition.observed]
    observed = len(open_definitions(report)) - len(blocked)
    wrong = plural(len(report.problems), "problem")
    match report.verdict:
        case Verdict.PASS if not report.definitions:
            return "nothing governed changed"
        case Verdict.PASS if overridden := [each for each in report.definitions if each.override]:
            return f"{changed}, {len(overridden)} of them by override: a review is due"
        case Verdict.PASS:
            return f"{changed}, each approved, accepted as found or with the same meaning"
        case Verdict.BLOCKED if blocked:
            return f"{len(blocked)} of {changed} may not pass"
        case Verdict.BLOCKED:
            return f"{wrong} in the files" if report.problems else f"{changed} may not pass"
        case Verdict.WOULD_BLOCK:
            return f"observing only: {observed} of {changed} would not pass"
        case Verdict.UNDECIDED:
            return "no verdict is possible; this is not a pass"


def missing_words(unmet: Unmet) -> str:
    """Return one unmet requirement with who can meet it and how."""
    who = ", ".join(clean(name) for name in unmet.who)
    parts = [clean(unmet.says), f"who: {who}" if who else "", f"how: {clean(unmet.how)}" if unmet.how else ""]
    return " · ".join(part for part in parts if part)


def problem_words(problem: Problem) -> str:
    """Return `path:line:column: message [code]`."""
    where = clean(str(problem.place))
    return (f"{where}: " if where else "") + f"{clean(problem.message)} [{clean(problem.code)}]"


def inputs_words(report: GateReport) -> list[str]:
    """Return what the verdict is a function of, so that it can be found again (INV-24)."""
    commits = f"base {clean(report.base)[:12] or '–'}, head {clean(report.head)[:12] or '–'}"
    journal = f"journal {report.journal_size:,} at {clean(report.journal_head)[:12] or '–'}"
    policy = f"policy {clean(report.policy_digest)[:12] or '–'}"
    said = [f"{commits}, at {time_words(report.at)} UTC", f"{policy}, {journal}"]
    return [*said, root_words(report.descent)] if report.descent else said


def root_words(descent: Descent) -> str:
    """Return how the rules came from the pinned root."""
    root = f"root {clean(descent.root)[:12]} as pinned"
    if not descent.steps:
        return f"{root}: the rules of base are those"
    watched = f", {descent.observed} of them only observed" if descent.observed else ""
    changes = plural(descent.steps, "change of the rules", "changes of the rules")
    return f"{root}, at {clean(descent.commit)[:12]}; {changes} since, each approved under those before{watched}"


def _missing(definition: DefinitionVerdict, screen: Screen) -> list[str]:
    lines: list[str] = []
    for unmet in definition.unmet:
        lines += screen.wrap(ink("□ ", Ink.WARN) + clean(unmet.says), "  ", "    ")
        who = ", ".join(clean(name) for name in unmet.who)
        if who:
            lines += screen.wrap(f"who  {who}", "    ", "         ")
        if unmet.how:
            lines += screen.wrap(f"how  {clean(unmet.how)}", "    ", "         ")
    return lines


def _heard(definition: DefinitionVerdict, screen: Screen) -> list[str]:
    """Return how the consulted were heard so far: who spoke for whom and when, or since when silence counts."""
    lines: list[str] = []
    for one in definition.consulted:
        if one.outcome != "open":
            lines += screen.wrap(ink("■ ", Ink.ADDED) + clean(heard_words(one)), "  ", "    ")
    return lines


def _open_definition(definition: DefinitionVerdict, screen: Screen) -> list[str]:
    lines = heading(definition.id, definition.change_class, definition.version, screen)
    if not definition.findings or all(each.change_class is ChangeClass.IDENTICAL for each in definition.findings):
        lines += screen.wrap(ink(clean(definition.path), Ink.DIM))
    lines += block(definition.findings, screen)
    note = step_note(definition.version, definition.change_class)
    lines += screen.wrap(note, "  ") if note else []
    said = coverage_words(definition)
    lines += screen.wrap(f"{said}; policy only observes here" if definition.observed else said, "  ")
    if definition.unmet:
        lines += screen.wrap(f"missing {len(definition.unmet)}:", "  ")
    return [*lines, *_missing(definition, screen), *_heard(definition, screen), ""]


def evidence_words(evidence: Evidence) -> str:
    """Return the evidence for a definition in one line: contents, approvals with event and identity, who was heard."""
    agreed = [f"{_named(one)} event {one.seq:,} ({_known(one)})" for one in evidence.approvals]
    heard = [f"{clean(one.principal)} {OUTCOMES.get(one.outcome, clean(one.outcome))}" for one in evidence.consulted]
    parts = [f"revision {evidence.revision} {clean(evidence.digest)[:12]}", ", ".join(agreed), ", ".join(heard)]
    parts += [
        f"{clean(one.warning)} {clean(one.metric)} accepted by {clean(one.principal)}" for one in evidence.accepted
    ]
    if evidence.reverts:
        pure = "pure revert" if evidence.pure_revert else "not a pure revert"
        parts.append(f"{pure} of {clean(shown(evidence.reverts))}")
    return " · ".join(part for part in parts if part)


OUTCOMES = {
    "answered": "answered",
    "contributed": "wrote it",
    "timed_out": "did not answer in time",
    "open": "not heard",
}


def _named(one: Agreed) -> str:
    return clean(one.principal) + (f" for {clean(one.on_behalf_of)}" if one.on_behalf_of else "")


def _known(one: Agreed) -> str:
    said = clean(one.identity) + (f" {clean(one.proof)}" if one.proof else "")
    said += ", kept" if one.kept else ""
    return said + (", their own" if one.self_approved else "")


def _proof(evidence: Evidence, screen: Screen) -> list[str]:
    """Return the evidence for a definition with everything that is needed to look it up."""
    rows = [
        ("change", clean(evidence.change)),
        ("contents", f"revision {evidence.revision}, cycle {evidence.cycle}, {clean(evidence.digest)}"),
        ("submitted", f"{time_words(evidence.submitted_at)} UTC"),
        *(
            ("approved", f"{_named(one)}, event {one.seq:,}, {time_words(one.at)} UTC, {_known(one)}")
            for one in evidence.approvals
        ),
        *(("asked", clean(heard_words(one))) for one in evidence.consulted),
    ]
    return [line for name, said in rows for line in screen.wrap(said, f"    {name:<10} ", " " * 15)]


def _covered(definitions: Sequence[DefinitionVerdict], screen: Screen, *, verbose: bool) -> list[str]:
    lines = [screen.rule(f"Let through: {len(definitions)}")] if definitions else []
    for definition in definitions:
        lines += heading(definition.id, definition.change_class, definition.version, screen)
        words = coverage_words(definition)
        lines += screen.wrap(ink(words, Ink.GRAVE) if definition.override else words, "  ")
        lines += waived_lines(definition.override, screen) if definition.override else []
        if definition.evidence is not None:
            brief = ink(evidence_words(definition.evidence), Ink.DIM)
            lines += _proof(definition.evidence, screen) if verbose else screen.wrap(brief, "  ", "    ")
    return lines + [""] * bool(definitions)


def _problems(problems: Sequence[Problem], screen: Screen) -> list[str]:
    lines: list[str] = []
    for problem in problems:
        lines += screen.wrap(problem_words(problem), rest="  ")
        lines += screen.wrap(f"hint: {clean(problem.hint)}", "  ") if problem.hint else []
    return lines + [""] * bool(problems)


def gate_text(report: GateReport, screen: Screen | None = None, *, verbose: bool = False) -> str:
    """Return the report for a terminal: verdict, problems, what may not pass with what is missing, then the rest.

    `verbose` shows the evidence for what passes in full.
    """
    screen = screen or Screen()
    word = ink(VERDICT_WORDS[report.verdict], _VERDICT_INK[report.verdict])
    lines = [*screen.wrap(f"{word}  {verdict_sentence(report)}", rest="  ")]
    for said in inputs_words(report):
        lines += screen.wrap(ink(said, Ink.DIM), rest="  ")
    lines.append("")
    lines += _problems(report.problems, screen)
    lines += [*late_lines(report.late, screen), ""] if report.late else []
    waiting = open_definitions(report)
    for definition in waiting:
        lines += _open_definition(definition, screen)
    lines += _covered([each for each in report.definitions if lets_through(each)], screen, verbose=verbose)
    if report.affected:
        names = {finding.definition for finding in report.affected}
        lines += [screen.rule(f"Affected, not changed: {len(names)}"), *affected_lines(report.affected, screen), ""]
    lines += flag_legend([finding for definition in waiting for finding in definition.findings], screen)
    while lines and not lines[-1]:
        lines.pop()
    return screen.text(lines)


def version_words(definition: DefinitionVerdict) -> str:
    """Return the version step of a definition, with the one that is due where the file has not taken it."""
    step = definition.version
    due = f", {clean(step.required)} is due" if step.required and step.required != step.after else ""
    return (step_words(step) or "–") + due
