"""Commands that have no key here: the palette names them, and gives the line to type; it never pretends to do them."""

from __future__ import annotations

from typing import Final

COMMANDS: Final[tuple[tuple[str, str, str], ...]] = (
    ("rename", "give a definition a new name that replaces the old", "metricgov rename {name} NEW_NAME -m WHY"),
    ("retire", "end a definition; its file stays as a tombstone", "metricgov retire {name} -m WHY"),
    ("request", "ask the responsible people for a change", "metricgov request {name} -m WHAT"),
    ("why", "why a number changed: late data, definition, real movement", "metricgov why {name} PERIOD"),
    ("compare", "how versions of a metric compare; the matrix of all", "metricgov compare {name}"),
    ("revisions", "how published values were revised, and by what", "metricgov revisions {name}"),
    ("snapshot", "store values as they are known now", "metricgov snapshot {name}"),
    ("changelog", "what changed, in sentences for readers", "metricgov changelog"),
    ("who", "who would have to agree to a change", "metricgov who {name}"),
    (
        "audit report",
        "write an auditor's file for a period",
        "metricgov audit report --from DATE --to DATE --out FOLDER",
    ),
    ("key add", "propose a key of yours, with a proof that you hold it", "metricgov key add FILE"),
    ("doctor", "what is wrong with this set-up, and how to mend it", "metricgov doctor"),
)
"""Name, what it does, and the line to type; `{name}` is the definition that is in front."""


def line_of(command: str, definition: str) -> str:
    """Return the line to type, with the definition that is in front in it; NAME where there is none."""
    return command.replace("{name}", definition.partition(":")[2] or definition or "NAME")
