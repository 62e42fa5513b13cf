"""The signs of the screens: the word comes first, a sign repeats it; every sign has an ASCII form."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Look:
    """Signs as they are drawn here; one column wide each, in both forms but where a terminal needs two or three."""

    meaning_changed: str = "≠"
    words: str = "~"
    same: str = "="
    moved: str = ">"
    added: str = "+"
    removed: str = "-"
    cursor: str = "▌"
    unmet: str = "□"
    met: str = "■"
    talk: str = '"'
    error: str = "✗"
    warn: str = "!"
    ok: str = "✓"
    arrow: str = "→"
    dash: str = "–"
    ellipsis: str = "…"
    dot: str = "·"
    crumb: str = "›"
    rule: str = "─"
    bar: str = "│"
    opened: str = "▾"
    closed: str = "▸"
    open_change: str = "◦"
    full: str = "█"
    empty: str = "░"
    interval: str = "├●┤"
    beside: str = "±"
    times: str = "×"
    chosen: str = "•"
    typing: str = "▏"
    plots: bool = True
    """Whether pictures are drawn; without, a sentence and a table stand in their place."""


UNICODE = Look()

ASCII = Look(
    meaning_changed="!=",
    cursor="#",
    unmet="[ ]",
    met="[x]",
    error="x",
    ok="ok",
    arrow="->",
    dash="-",
    ellipsis="...",
    dot="|",
    crumb=">",
    rule="-",
    bar="|",
    opened="v",
    closed=">",
    open_change="o",
    full="#",
    empty=".",
    interval="[*]",
    beside="+-",
    times="x",
    chosen="*",
    typing="_",
)
"""For terminals without UTF-8."""

PLAIN = replace(ASCII, plots=False)
"""For the plain mode."""
