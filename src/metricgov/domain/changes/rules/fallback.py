"""What is said of an edit that no rule explains: unknown, and a person decides (INV-13)."""

from __future__ import annotations

from metricgov.domain.changes.rules.rows import EDITORIAL, UNKNOWN, row

UNKNOWN_FIELD = row(
    "UNKNOWN_FIELD", UNKNOWN, (),
    "{field} {before} -> {after}: no rule knows this field, or not with such a value",
    "What nothing explains is treated as breaking until a person has looked at it.",
    ("title: Routing speed", "title: Routing speed\nbucket_days: 7"),
)  # fmt: skip

UNREADABLE = row(
    "UNREADABLE", UNKNOWN, (),
    "{name} cannot be read on one side",
    "What cannot be read explains nothing, so it is treated as breaking.",
    ("title: Routing speed", "title: [Routing speed"),
)  # fmt: skip

DRAFT_EDITED = row(
    "DRAFT_EDITED", EDITORIAL, (),
    "draft: {says}",
    "A draft was never published, so no published number can move.",
    ("status: draft\ncalculation:\n  where: a", "status: draft\ncalculation:\n  where: b"),
)  # fmt: skip

STALE_TEXT = row(
    "STALE_TEXT", EDITORIAL, (),
    "the calculation changes and the description does not",
    "In real histories most changes of logic left the text as it was: say what is new, or that the meaning is not.",
    (
        "description: Share of leads.\ncalculation:\n  where: a",
        "description: Share of leads.\ncalculation:\n  where: b",
    ),
    flags="S",
)  # fmt: skip

SUFFIX_NOT_BUMPED = row(
    "SUFFIX_NOT_BUMPED", EDITORIAL, (),
    "the name ends in {after} and the body changes under it",
    "A number in a name promises that a new body gets a new name.",
    (
        "name: leads_v2\ncalculation:\n  where: a",
        "name: leads_v2\ncalculation:\n  where: b",
    ),
    flags="N",
)  # fmt: skip

RETURNS_TO_EARLIER = row(
    "RETURNS_TO_EARLIER", EDITORIAL, (),
    "means again what version {after} meant",
    "A revert re-joins the old version; what was published between stays marked.",
    ("version: 2.0.0\ncalculation:\n  where: b", "version: 3.0.0\ncalculation:\n  where: a"),
    flags="N",
)  # fmt: skip

RULES = (UNKNOWN_FIELD, UNREADABLE, DRAFT_EDITED, STALE_TEXT, SUFFIX_NOT_BUMPED, RETURNS_TO_EARLIER)
