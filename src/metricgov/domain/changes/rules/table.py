"""The rule sets, frozen once published: new judgement is a new set, chosen in metricgov.yaml."""

from __future__ import annotations

from functools import cache
from typing import Final

from metricgov.domain.changes.rules import (
    calculation,
    data,
    expressions,
    fallback,
    governance,
    lifecycle,
    words,
)
from metricgov.domain.changes.values import Rule
from metricgov.domain.errors import BadInput

FIELD_RULES: Final[dict[int, tuple[Rule, ...]]] = {
    1: (
        *expressions.SPELLINGS,
        *lifecycle.RULES,
        *words.RULES,
        *calculation.RULES[:3],
        *expressions.FILTER_RULES,
        *expressions.EXPRESSION_RULES,
        *calculation.RULES[3:],
        *data.RULES,
        *governance.RULES,
    ),
}
"""Rules that speak for an edit, in the order in which they are asked."""

OTHER_RULES: Final[dict[int, tuple[Rule, ...]]] = {1: (*fallback.RULES, *lifecycle.ACROSS)}
"""Rules that no field leads to: they look at a whole diff, or at several definitions."""

LATEST: Final = 1


def all_rules(version: int) -> tuple[Rule, ...]:
    """Return every rule of a rule set."""
    return (*_set(version), *OTHER_RULES[version])


@cache
def rules_for(kind: str, pattern: str, version: int) -> tuple[Rule, ...]:
    """Return the rules that may speak for an edit of a field, in order."""
    return tuple(rule for rule in _set(version) if any(_names(text, kind, pattern) for text in rule.fields))


def _set(version: int) -> tuple[Rule, ...]:
    try:
        return FIELD_RULES[version]
    except KeyError:
        known = ", ".join(map(str, FIELD_RULES))
        raise BadInput(
            "unknown_rule_set", f"there is no rule set {version}", hint=f"metricgov.yaml may name: {known}"
        ) from None


def _names(text: str, kind: str, pattern: str) -> bool:
    of, _, named = text.partition(":")
    if of != kind:
        return False
    if named == "**":
        return pattern != ""
    if named.endswith(".**"):
        return pattern.startswith(named.removesuffix("**"))
    return named == pattern
