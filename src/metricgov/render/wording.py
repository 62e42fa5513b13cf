"""What a finding says below its field and values: nothing that stands there already; and what follows by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metricgov.domain.changes.findings import WRITTEN_BY_THE_TOOL, Finding
from metricgov.domain.digest import JSON
from metricgov.render.inline import words_of
from metricgov.render.kit import clean, day_words

_ARROW = " -> "
_LONGEST_LEAD = 40
"""Characters that a sentence may say before it names its field: `numerator: `, `draft: `."""


def sentence(finding: Finding, *, values_shown: bool) -> str:
    """Return what a finding says without its field, "" where that only repeats the values shown above it."""
    said = _without_field(clean(finding.says), clean(finding.field))
    if values_shown and (said == "edited" or _echoes(said, finding)):
        return ""
    return _with_arrow(said, finding)


def whole_sentence(finding: Finding) -> str:
    """Return what a finding says, for a place that shows neither its field nor its values."""
    return _with_arrow(clean(finding.says), finding)


def apart(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings of one definition that somebody edited, and those that only follow from them.

    Where nothing else was edited, a version or date is the edit.
    """
    told = [finding for finding in findings if finding.rule not in WRITTEN_BY_THE_TOOL]
    if not told:
        return list(findings), []
    return told, [finding for finding in findings if finding.rule in WRITTEN_BY_THE_TOOL]


def follows_words(findings: Sequence[Finding]) -> str:
    """Return what follows from an edit: `= version 1.2.0 → 2.0.0, valid from 1 Jul 2026`, "" for nothing."""
    said = []
    for finding in findings:
        before, after = words_of(finding.before), words_of(finding.after)
        dated = finding.field == "effective_from"
        said.append(f"valid from {day_words(after)}" if dated else f"{clean(finding.field)} {before} → {after}")
    return f"= {', '.join(sorted(said, reverse=True))}" if said else ""


def _with_arrow(said: str, finding: Finding) -> str:
    """Return a sentence with a real arrow between its sides; one that stands in a value is SQL and stays."""
    in_values = any(_ARROW in words_of(side) for side in (finding.before, finding.after))
    return said if in_values or said.count(_ARROW) != 1 else said.replace(_ARROW, " → ")


def _without_field(said: str, field: str) -> str:
    """Return a sentence that begins with its field, or with the last word of it, without that."""
    if not field:
        return said
    for name, before_arrow in ((field, False), (field.rpartition(".")[2], True)):
        for lead in _leads(said):
            rest = said[len(lead) :]
            if not rest.startswith(name):
                continue
            after = rest[len(name) :]
            if after.startswith(": "):
                return lead + after[2:]
            if after.startswith(" ") and (not before_arrow or _ARROW in after[1:]):
                return lead + after[1:]
    return said


def _leads(said: str) -> tuple[str, ...]:
    """Return what a sentence may say before it names its field, `numerator: `, and that it says nothing before it."""
    head, colon, _ = said.partition(": ")
    may_lead = colon and 0 < len(head) <= _LONGEST_LEAD and not set(":>") & set(head)
    return (head + colon, "") if may_lead else ("",)


def _echoes(said: str, finding: Finding) -> bool:
    sides = said.split(_ARROW)
    return len(sides) == 2 and _names(sides[0], finding.before) and _names(sides[1], finding.after)


def _names(word: str, value: JSON) -> bool:
    """Return whether a word of a sentence is just a value, perhaps cut short."""
    if isinstance(value, bool):
        return word == ("yes" if value else "no")
    if value is None or isinstance(value, Mapping) or not value:
        return word == "nothing" or isinstance(value, Mapping)
    shown = " ".join(words_of(value).split())
    return word == shown or ("..." in (word[:3], word[-3:]) and word.removeprefix("...").removesuffix("...") in shown)
