"""What a tick did, for a terminal, a log of cron, and programs."""

from __future__ import annotations

from collections.abc import Mapping

from metricgov.domain.digest import JSON
from metricgov.domain.ticked import Did, Done, Failed, Ticked, Waits
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink, plural, time_words

FORMAT = 1
SOON = 5
"""Dates that are named at most."""

WORDS: dict[Did, str] = {
    Did.MAIN_RECORDED: "recorded",
    Did.APPLY_FINISHED: "finished",
    Did.APPLY_ABANDONED: "abandoned",
    Did.APPLIED: "applied",
    Did.SUSPENDED: "SUSPENDED",
    Did.EXPIRED: "expired",
    Did.REMINDED: "reminded",
    Did.ESCALATED: "escalated",
}


def ticked_text(ticked: Ticked, labels: Mapping[str, str], screen: Screen | None = None) -> str:
    """Return one line a thing done or not done, and what has a date; `labels` are short ids by change."""
    screen = screen or Screen()
    lines: list[str] = []
    for one in ticked.done:
        word = ink(f"{WORDS[one.did]:<9}", Ink.WARN if one.did is Did.SUSPENDED else Ink.ADDED)
        lines += screen.wrap(f"{word}  {_about(one, labels)}{clean(one.says)}", rest="           ")
        if one.did is Did.SUSPENDED:
            lines += screen.wrap(f"see: metricgov change show {labels.get(one.change, one.change)}", "           ")
    for failure in ticked.failed:
        word = ink("NOT DONE ", Ink.GRAVE)
        lines += screen.wrap(f"{word}  {_about(failure, labels)}{clean(failure.says)}", rest="           ")
        lines += screen.wrap(clean(failure.how), "           ") if failure.how else []
    if not lines:
        lines.append("Nothing was due.")
    for wait in ticked.waits[:SOON]:
        about, when = _about(wait, labels), time_words(wait.due)
        if wait.what == "review":
            late = wait.due <= ticked.at
            word = ink("OVERDUE  ", Ink.GRAVE) if late else "next     "
            says = f"its override {'was' if late else 'is'} to be reviewed by {when} UTC: metricgov inbox"
            lines += screen.wrap(f"{word}  {about}{says}", rest="           ")
            continue
        what = "will be applied" if wait.what == "apply" else "expires, if people still have to agree,"
        lines += screen.wrap(f"next       {about}{what} from {when} UTC", rest="           ")
    if len(ticked.waits) > SOON:
        lines.append(f"           and {plural(len(ticked.waits) - SOON, 'more date')}; --json lists all")
    return screen.text(lines)


def ticked_json(ticked: Ticked, labels: Mapping[str, str]) -> str:
    """Return `tick --json`."""

    def about(one: Done | Failed | Waits) -> dict[str, JSON]:
        return {
            "change": one.change or None,
            "label": labels.get(one.change),
            "definition": one.definition or None,
        }

    body: dict[str, JSON] = {
        "format": FORMAT,
        "at": ticked.at,
        "done": [{"did": one.did.value, **about(one), "says": one.says} for one in ticked.done],
        "failed": [{"code": one.code, **about(one), "says": one.says, "how": one.how} for one in ticked.failed],
        "next": [{"what": one.what, **about(one), "due": one.due} for one in ticked.waits],
    }
    return json_text(body)


def _about(one: Done | Failed | Waits, labels: Mapping[str, str]) -> str:
    if not one.change:
        return ""
    name = clean(one.definition).removeprefix("metric:")
    return "  ".join(filter(None, [ink(labels.get(one.change, one.change), Ink.BOLD), name])) + "  "
