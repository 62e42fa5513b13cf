"""What the screens say that no use case says: short, present tense, "you", each with the key that leads on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metricgov.domain.errors import MetricgovError
from metricgov.render.kit import time_words

if TYPE_CHECKING:
    from metricgov.desk.asked import Standing
    from metricgov.domain.draft_views import DraftRow

SMALL = "Small window: 80×24 shows everything."
STOPPED = "Stopped. Nothing was recorded."
NOTHING_RUNS = "Nothing runs that could be stopped."
COPIED = "Copied: {}"
OUR_MISTAKE = "Something broke in this panel; your draft is safe. The rest works. y copies the report."


def nothing_waits(open_changes: int, mine: int) -> str:
    """Return what the empty inbox says."""
    if not open_changes:
        return "No change is open. e on a definition in 2 Registry starts one; : tour shows how in three minutes."
    mine_words = "none is yours" if not mine else "1 is yours (l)" if mine == 1 else f"{mine} are yours (l)"
    verb = "1 change is open" if open_changes == 1 else f"{open_changes} changes are open"
    return f"Nothing waits for you. {verb} (l l l l), {mine_words}."


def drafts(count: int) -> str:
    """Return the heading of drafts."""
    return "1 draft of yours" if count == 1 else f"{count} drafts of yours"


def draft_says(row: DraftRow) -> list[str]:
    """Return what a draft is, what has happened to it, and the keys that lead on."""
    about = f"Typed on {time_words(row.touched)}, for the next revision of {row.label}." if row.label else ""
    found = [about or f"Typed on {time_words(row.touched)}. Nobody else has seen it."]
    if row.note:
        found.append(f"Meanwhile: {row.note}.")
    if row.held:
        found.append(f"It is open in {row.held}; here it can be read, and taken over.")
    return [*found, "Enter goes on with it; there m then d discards it."]


def sent(standing: Standing) -> str:
    """Return what the header says about the remote: `✓ sent`, or what still waits here."""
    waits = f"{standing.unsent} not yet sent" if standing.unsent else ""
    if standing.offline:
        return f"offline · {waits}" if waits else "offline"
    if not standing.remote:
        return "this clone only"
    return waits or "✓ sent"


def fetched(standing: Standing, age: float) -> str:
    """Return when this clone heard from the others last; `age` in seconds."""
    waits = f"{standing.unsent} wait to be sent; . sends." if standing.unsent else "Nothing waits to be sent."
    if not standing.remote:
        return "No remote: everything is in this clone."
    if not standing.fetched_at:
        return f"Not fetched yet; . fetches. {waits}"
    return f"Fetched {ago(age)}. {waits}"


def not_heard(keys: Sequence[str]) -> str:
    """Return which keys were dropped, because what they were meant for did not come."""
    return f"Not done: {' '.join(keys)}. What you typed that for is still not here; type it again when it is."


def ago(seconds: float) -> str:
    """Return an age in the largest unit that says something."""
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {name} ago"
    return f"{int(max(0, seconds))} s ago"


def news(count: int) -> str:
    """Return how much has come that is not shown yet."""
    return f"{count} new: ." if count else ""


def error(one: MetricgovError) -> str:
    """Return an error with its place and next step, as one line."""
    told = str(one)
    return f"{told}{'' if told.endswith(('.', '?')) else '.'}" + (f" {_begun(one.hint)}" if one.hint else "")


IN_A_TERMINAL = {
    "tour": "The tour starts in a terminal, not in a browser: metricgov tui, then : tour.",
    "init": "A registry is made in a terminal, not in a browser: metricgov init asks; then load this page again.",
    "plain": "The plain mode is for a terminal: metricgov tui --plain.",
}
"""What is said in a browser in place of what leaves the screens: nobody could answer there."""


def nothing_shown(one: MetricgovError) -> tuple[str, ...]:
    """Return why a place stays empty for somebody who cannot be let in, and the way on."""
    again = "q leaves; metricgov tui --as NAME opens it as somebody who has rights."
    way = again if one.code in ("actor_unknown", "actor_left") else "q leaves; metricgov doctor looks at the rest."
    return (f"Nothing is shown: {one.message}.", *([f"{_begun(one.hint)}."] if one.hint else []), way)


def progress(what: str, done: int, total: int, seconds: float) -> str:
    """Return how far long work is; without a known length a count and the time, no bar."""
    if total:
        return f"{what} {100 * done // total} % · {done:,} of {total:,} · {seconds:.0f} s · Ctrl-C stops"
    return f"{what} {done:,} · {seconds:.0f} s · Ctrl-C stops" if done else f"{what} · {seconds:.0f} s · Ctrl-C stops"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def _begun(hint: str) -> str:
    """Return a hint as a sentence begins; one that begins with a path or a command stays as it is typed."""
    first = hint.partition(" ")[0]
    return hint if "/" in first or first == "metricgov" else hint[:1].upper() + hint[1:]
