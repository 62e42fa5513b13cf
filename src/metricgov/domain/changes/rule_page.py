"""The reference page of a rule set, as Markdown made from the table alone; the docs build writes it to a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.changes.rules import (
    calculation,
    data,
    expressions,
    fallback,
    governance,
    lifecycle,
    words,
)
from metricgov.domain.changes.rules.table import all_rules
from metricgov.domain.changes.values import Rule

FAMILIES: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("A definition as a whole", (*lifecycle.RULES, *lifecycle.ACROSS)),
    ("Words, people, checks, KPIs", words.RULES),
    ("Calculations", calculation.RULES),
    ("SQL: the same in other words", expressions.SPELLINGS),
    ("SQL: filters", expressions.FILTER_RULES),
    ("SQL: expressions", expressions.EXPRESSION_RULES),
    ("Sources", data.SOURCE_RULES),
    ("Events", data.EVENT_RULES),
    ("Workflows, objectives, scorecards, governance, files of other tools", governance.RULES),
    ("What no field leads to", fallback.RULES),
)

FLAG_WORDS: dict[Flag, str] = {
    Flag.BREAKS_CONSUMERS: "breaks references or consumers",
    Flag.GOVERNANCE: "the owners and the tier of before decide",
    Flag.NOTIFY: "readers are told",
    Flag.STALE_TEXT: "the description was not touched",
    Flag.BLOCKS: "never allowed, whoever agrees",
}

CLASS_WORDS: dict[ChangeClass, str] = {
    ChangeClass.IDENTICAL: "canonical forms are equal; passes without anybody",
    ChangeClass.EDITORIAL: "words, owners, tags; no number can move",
    ChangeClass.COMPATIBLE: "something is added, or old and new values can stand in one series",
    ChangeClass.BREAKING: "a published number can move",
    ChangeClass.UNKNOWN: "cannot be decided from the text; treated as breaking until evidence or a person decides",
}


def rule_page(version: int) -> str:
    """Return the page of one rule set."""
    return "\n".join(_page(version)).rstrip() + "\n"


def _page(version: int) -> Iterator[str]:
    rules = all_rules(version)
    known = {rule.id for rule in rules}
    yield f"# What a change means: rule set {version}"
    yield ""
    yield "Generated from the rule table; edit the rules, not this page. Every edit of a field is explained by the"
    yield "first rule that applies to it, in the order of the table. An edit that no rule explains is `unknown`. A"
    yield "published rule set never changes its judgement: `rules` in `metricgov.yaml` chooses the set."
    yield ""
    yield "| class | meaning |"
    yield "|---|---|"
    yield from (f"| {change_class} | {words} |" for change_class, words in CLASS_WORDS.items())
    yield ""
    yield "| flag | meaning |"
    yield "|---|---|"
    yield from (f"| {flag.value} | {words} |" for flag, words in FLAG_WORDS.items())
    yield ""
    for title, family in FAMILIES:
        yield f"## {title}"
        yield ""
        yield "| rule | class | flags |"
        yield "|---|---|---|"
        shown = [rule for rule in family if rule.id in known]
        yield from (f"| [{rule.id}](#{rule.id.lower()}) | {rule.change_class} | {_flags(rule)} |" for rule in shown)
        yield ""
        for rule in shown:
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    flags = _flags(rule)
    yield f"### {rule.id}"
    yield ""
    yield f"Class **{rule.change_class}**" + (f", flags **{flags}**" if flags else "") + "."
    yield ""
    yield f"- Says: `{rule.says}`"
    yield f"- Because: {rule.because}"
    if rule.fields:
        yield f"- Fields: {_fields(rule.fields)}"
    yield ""
    yield "```yaml"
    yield "# before"
    yield rule.example.before
    yield "# after"
    yield rule.example.after
    yield "```"
    yield ""


def _flags(rule: Rule) -> str:
    return " ".join(sorted(flag.value for flag in rule.flags))


def _fields(fields: Iterable[str]) -> str:
    """Return the fields by pattern, each with the kinds it stands for."""
    kinds: dict[str, list[str]] = {}
    for text in fields:
        kind, _, pattern = text.partition(":")
        kinds.setdefault(pattern, []).append(kind)
    return "; ".join(f"`{pattern or 'the whole'}` ({', '.join(of)})" for pattern, of in kinds.items())
