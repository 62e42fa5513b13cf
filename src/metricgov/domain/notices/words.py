"""A notice as a message: a subject line and plain text that any channel can carry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from metricgov.domain import time
from metricgov.domain.notices.notice import Notice
from metricgov.domain.workflow.requirements import shown

LONGEST = 1500
"""Letters of somebody's own words that a message carries; the rest stands where it links to."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CALLS = re.compile(r"@(?=(?:everyone|here|channel|all)\b)|<(?=[!@#])")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: an id to drop repeats by, one line of subject, plain text."""

    id: str
    subject: str
    text: str


def message_of(notice: Notice, ident: str, *, base: str = "", over: str = "") -> Message:
    """Return a notice in words; `base` is the URL of the server ("": none), `over` why nothing is asked any more."""
    lines = [f"{_line(notice.says)}, on {time.spoken(notice.at)}."]
    if notice.words:
        lines += ["", *(f"> {line}" for line in _own(notice.words).splitlines())]
    if notice.changed:
        lines += ["", f"The change: {_line(notice.changed)}"]
    lines += ["", f"Why you: {_line(notice.because)}"]
    if over:
        lines += [f"Asked of you: nothing any more; {over}."]
    elif notice.asks:
        lines += [f"Asked of you: {_line(notice.asks)}"]
        lines += [f"Until: {time.spoken(notice.until)}"] if notice.until else []
    lines += ["", _where(notice, base), "", f"Notice {ident}"]
    return Message(ident, f"[metricgov] {_line(notice.headline)}", "\n".join(lines))


def digest_of(notices: Sequence[Notice], ident: str, *, base: str = "", every: str = "daily") -> Message:
    """Return several notices as one message, what asks for something first."""
    ordered = sorted(notices, key=lambda one: (not one.asks, one.seq))
    lines = []
    for one in ordered:
        lines += [f"* {_line(one.headline)}", f"  {_line(one.says)}, on {time.spoken(one.at)}. {_line(one.because)}"]
        if one.asks:
            until = f" (until {time.spoken(one.until)})" if one.until else ""
            lines.append(f"  Asked of you: {_line(one.asks)}{until}")
        lines += [f"  {_where(one, base)}", ""]
    number = len(ordered)
    subject = f"[metricgov] {every}: {number} {'thing' if number == 1 else 'things'}"
    return Message(ident, subject, "\n".join((*lines, f"Notice {ident}")))


def _where(notice: Notice, base: str) -> str:
    if not notice.change:
        return f"See: {base}/" if base else "See: metricgov audit log"
    if base:
        return f"See: {base.rstrip('/')}/changes/{notice.change}"
    return f"See: metricgov change show {shown(notice.change)}"


def _line(text: str) -> str:
    return _plain(text.replace("\n", " ")).strip()


def _own(text: str) -> str:
    kept = _plain(text.replace("\r\n", "\n")).strip()
    return kept if len(kept) <= LONGEST else kept[:LONGEST].rstrip() + " …"


def _plain(text: str) -> str:
    """Return a text that hides nothing and calls nobody: chat programs act on `@here` and `<!channel>`."""
    return _CALLS.sub(lambda found: found[0] + "\u2060", _CONTROL.sub("", text))
