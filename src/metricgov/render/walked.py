"""What a walk along main found, as text, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from metricgov.domain.changes.findings import gravest
from metricgov.domain.digest import JSON
from metricgov.domain.errors import Problem
from metricgov.domain.verdict import DefinitionVerdict
from metricgov.domain.walked import Bypass, Overridden, Walked
from metricgov.domain.workflow.requirements import shown
from metricgov.render.csv_text import csv_lines
from metricgov.render.findings import class_ink, class_word, flag_letters, ordered, step_words
from metricgov.render.gate_json import problem_json, unmet_json
from metricgov.render.gate_text import problem_words
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, day_words, ink, plural, time_words
from metricgov.render.overrides import late_json, late_lines, overriding_json, overriding_words

FORMAT = 1
SHORT = 12
SHOWN = 20
COLUMNS = (
    "commit",
    "date",
    "author",
    "email",
    "subject",
    "definition",
    "path",
    "class",
    "flags",
    "change",
    "missing",
    "says",
    "observed",
    "seen_by",
)
"""Columns of the CSV of bypasses: one row a definition of a step."""


def walked_text(walked: Walked, screen: Screen) -> str:
    """Return whether main holds: the first bad step leads, then every one, then how far the answer reaches."""
    lines: list[str] = []
    if walked.bad:
        first = walked.bad[0]
        says = f"Main does not hold. The first bad step is {first.commit[:SHORT]} ({_by(first)})."
        lines += [*screen.wrap(ink(says, Ink.GRAVE)), ""]
    elif walked.problems:
        lines += screen.wrap(ink("Main and the journal do not fit together.", Ink.GRAVE))
    else:
        lines += screen.wrap(f"Main holds: {_counted(walked)}, each allowed when it was made.")
    lines += [line for one in walked.problems for line in screen.wrap(problem_words(one), "  ", "    ")]
    for one in walked.bypasses[:SHOWN]:
        lines += [*_bypass_lines(one, screen), ""]
    if len(walked.bypasses) > SHOWN:
        lines += screen.wrap(f"and {len(walked.bypasses) - SHOWN} more (metricgov audit scan lists all)", "  ")
    if walked.bad:
        lines += screen.wrap(f"{_counted(walked)}; {plural(len(walked.bad), 'bypass', 'bypasses')}.")
    return screen.text([*lines, *_overrides(walked, screen), *_notes(walked, screen)])


def bypasses_text(walked: Walked, screen: Screen) -> str:
    """Return every bypass, oldest first, and how many steps were looked at."""
    lines: list[str] = []
    for one in walked.bypasses:
        lines += [*_bypass_lines(one, screen), ""]
    lines += [line for one in walked.problems for line in screen.wrap(problem_words(one), "", "  ")]
    number = plural(len(walked.bypasses), "bypass", "bypasses") if walked.bypasses else "no bypass"
    watched = f", {len(walked.observed):,} of them only observed" if walked.observed else ""
    lines += screen.wrap(f"{_counted(walked)}: {number}{watched}.")
    return screen.text(
        [*lines, *_overrides(walked, screen), *_compromised_lines(walked, screen), *_rules_note(walked, screen)]
    )


def _overrides(walked: Walked, screen: Screen) -> list[str]:
    """Return the steps that an override covered, each named, and the reviews that are overdue."""
    lines: list[str] = []
    for one in walked.overrides[:SHOWN]:
        says = f"{one.definition}  OVERRIDE of {shown(one.change)} {overriding_words(one.override)}"
        lines += screen.wrap(f"{one.commit[:SHORT]}  {clean(says)}", "  ", " " * 16)
    if len(walked.overrides) > SHOWN:
        lines += screen.wrap(f"and {len(walked.overrides) - SHOWN} more by override (--json lists all)", "  ")
    head = f"Covered by override, not as the policy asks: {plural(len(walked.overrides), 'definition')}."
    return [*(screen.wrap(ink(head, Ink.WARN)) if lines else []), *lines, *late_lines(walked.late, screen)]


def progress_words(walked: Walked) -> str:
    """Return how far an interrupted walk came."""
    number = plural(len(walked.bypasses), "bypass", "bypasses")
    return f"Interrupted after {walked.steps:,} of {plural(walked.total, 'step')}: {number} so far."


def _counted(walked: Walked) -> str:
    return f"{plural(walked.steps, 'step')}, {walked.governed:,} of them governed"


def _by(one: Bypass) -> str:
    return f"{day_words(one.at)}, {clean(one.author)}"


def _notes(walked: Walked, screen: Screen) -> list[str]:
    lines = screen.wrap(f"began   {walked.genesis[:SHORT]} ({day_words(walked.began)})", "  ", " " * 10)
    if walked.root:
        said = "as pinned" if walked.pinned else "not pinned: compare it with the one you know, or pass --root"
        lines += [*screen.wrap(f"root    {walked.root}", "  ", " " * 10), *screen.wrap(said, " " * 10)]
    return [*lines, *_compromised_lines(walked, screen), *_rules_note(walked, screen)]


def _compromised_lines(walked: Walked, screen: Screen) -> list[str]:
    if not walked.compromised:
        return []
    number = plural(len(walked.compromised), "decision")
    says = f"{number} signed with a compromised key; each counted while the key stood on main:"
    lines = screen.wrap(ink(says, Ink.WARN))
    for one in walked.compromised[:SHOWN]:
        says = f"event {one.seq}, {time_words(one.at)}: {one.type} by {clean(one.person)}, {one.fingerprint}"
        lines += screen.wrap(f"{says}, compromised since {day_words(one.since)}", "  ", "    ")
    if len(walked.compromised) > SHOWN:
        lines += screen.wrap(f"and {len(walked.compromised) - SHOWN} more (--json lists all)", "  ")
    return lines


def _rules_note(walked: Walked, screen: Screen) -> list[str]:
    if not walked.rules_bypassed:
        return []
    says = f"Steps after {walked.rules_bypassed[:SHORT]} were judged by rules that nobody approved."
    return screen.wrap(ink(says, Ink.WARN))


def _bypass_lines(one: Bypass, screen: Screen) -> list[str]:
    observed = "only observed" if one.observed else ""
    head = f"{ink(one.commit[:SHORT], Ink.BOLD)}  {time_words(one.at)}  {clean(one.author)} <{clean(one.email)}>"
    lines = screen.ends(head, ink(observed, Ink.DIM))
    lines += screen.wrap(ink(clean(one.subject), Ink.DIM), "  ") if one.subject else []
    for definition in one.definitions:
        lines += _definition_lines(definition, screen)
    lines += [line for problem in one.problems for line in screen.wrap(problem_words(problem), "  ", "    ")]
    return lines


def _definition_lines(one: DefinitionVerdict, screen: Screen) -> list[str]:
    left = "  ".join(filter(None, (clean(one.id), step_words(one.version))))
    lines = screen.ends(left, ink(class_word(one.change_class), class_ink(one.change_class)), indent="  ")
    if one.findings:
        lines += screen.wrap(screen.cut(clean(ordered(one.findings)[0].says), 2 * screen.columns), "    ")
    for unmet in one.unmet:
        who = f" ({', '.join(clean(name) for name in unmet.who)})" if unmet.who else ""
        lines += screen.wrap(f"{ink('missing', Ink.WARN)}  {clean(unmet.says)}{who}", "    ", " " * 13)
    return lines


def walked_json(walked: Walked) -> dict[str, JSON]:
    """Return the shape of a walk."""
    bypasses: list[JSON] = [_bypass_json(one) for one in walked.bypasses]
    problems: list[JSON] = [problem_json(one) for one in walked.problems]
    return {
        "holds": walked.holds,
        "first_bad": walked.bad[0].commit if walked.bad else None,
        "tip": walked.tip,
        "genesis": walked.genesis,
        "root": walked.root,
        "root_pinned": walked.pinned,
        "steps": walked.steps,
        "governed": walked.governed,
        "joined": walked.joined,
        "rules_bypassed": walked.rules_bypassed or None,
        "bypasses": bypasses,
        "problems": problems,
        "compromised": [asdict(one) for one in walked.compromised],
        "overrides": [_override_json(one) for one in walked.overrides],
        "late_reviews": [late_json(one) for one in walked.late],
    }


def _override_json(one: Overridden) -> JSON:
    told = {"commit": one.commit, "change": one.change, "definition": one.definition}
    return {**told, "override": overriding_json(one.override)}


def bypasses_json(walked: Walked) -> str:
    """Return `audit scan --json`."""
    return json_text({"format": FORMAT, **walked_json(walked)})


def _bypass_json(one: Bypass) -> dict[str, JSON]:
    definitions: list[JSON] = [
        {
            "id": each.id,
            "path": each.path,
            "class": each.change_class.value,
            "flags": list(flag_letters(each.flags)),
            "version": {"before": each.version.before, "after": each.version.after},
            "change": each.change,
            "observed": each.observed,
            "unmet": [unmet_json(unmet) for unmet in each.unmet],
        }
        for each in one.definitions
    ]
    return {
        "commit": one.commit,
        "base": one.base,
        "at": one.at,
        "author": one.author,
        "email": one.email,
        "subject": one.subject,
        "observed": one.observed,
        "seen_by": one.seen_by or None,
        "judged_at": one.judged_at,
        "class": gravest(each.change_class for each in one.definitions).value if one.definitions else None,
        "definitions": definitions,
        "problems": [problem_json(problem) for problem in one.problems],
    }


def bypasses_csv(walked: Walked) -> str:
    """Return one row for each definition of each bypass, one for a step of which only the files are wrong."""
    return "".join(csv_lines(COLUMNS, (_cells(*row) for row in walked.rows())))


def _cells(one: Bypass, definition: DefinitionVerdict | None) -> Sequence[str]:
    step = (one.commit, one.at, one.author, one.email, one.subject)
    end = ("true" if one.observed else "false", str(one.seen_by or ""))
    if definition is None:
        return (*step, "", _first_path(one.problems), "", "", "", *_joined(one.problems), *end)
    missing = (" ".join(each.code for each in definition.unmet), "; ".join(each.says for each in definition.unmet))
    flags = "".join(flag_letters(definition.flags))
    told = (definition.id, definition.path, definition.change_class.value, flags, definition.change or "")
    return (*step, *told, *missing, *end)


def _first_path(problems: Sequence[Problem]) -> str:
    return next((one.place.path for one in problems), "")


def _joined(problems: Sequence[Problem]) -> Iterator[str]:
    yield " ".join(one.code for one in problems)
    yield "; ".join(one.message for one in problems)
