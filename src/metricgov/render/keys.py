"""The keys of people.yaml as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metricgov.domain.digest import JSON
from metricgov.render.kit import Ink, Screen, clean, day_words, ink


def keys_text(rows: Sequence[Mapping[str, JSON]], screen: Screen) -> str:
    """Return one key in two lines: whose and how it stands, then its fingerprint."""
    if not rows:
        return screen.text(screen.wrap("people.yaml holds no key. Add yours: metricgov key add FILE"))
    lines: list[str] = []
    for row in rows:
        state = _state(row)
        head = f"{ink(clean(str(row['person'])), Ink.BOLD)}  {clean(str(row['kind']))}"
        lines += screen.ends(head, ink(state, Ink.DIM if state == "active" else Ink.WARN))
        lines += screen.wrap(clean(str(row["fingerprint"])), "  ")
    return screen.text(lines)


def _state(row: Mapping[str, JSON]) -> str:
    if row["status"] == "active":
        return "active" if row["proved"] else "active, not proved"
    since = row["compromised_since"]
    return f"revoked, compromised since {day_words(str(since))}" if since else "revoked"
