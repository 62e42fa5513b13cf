"""Tokens of a server as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metricgov.render.kit import Ink, Screen, clean, day_words, ink


def tokens_text(rows: Sequence[Mapping[str, object]], now: str, screen: Screen) -> str:
    """Return one token in two lines: its id, whose and how it stands, then what it allows and when it was used."""
    if not rows:
        return screen.text(screen.wrap("There is no token. Make one: metricgov token create PERSON"))
    lines: list[str] = []
    for row in rows:
        state = _state(row, now)
        head = f"{ink(str(row['id']), Ink.BOLD)}  {clean(str(row['principal']))}  {clean(str(row['name']))}"
        lines += screen.ends(head, ink(state, Ink.DIM if state.startswith(("until", "no end")) else Ink.WARN))
        scopes = row["scopes"]
        rights = ", ".join(map(str, scopes)) if isinstance(scopes, list) else str(scopes)
        used = f"used {day_words(str(row['used_at']))}" if row["used_at"] else "never used"
        lines += screen.wrap(f"{rights} · {used}", "  ")
    return screen.text(lines)


def _state(row: Mapping[str, object], now: str) -> str:
    if row["revoked_at"]:
        return f"revoked {day_words(str(row['revoked_at']))}"
    until = str(row["expires_at"])
    if not until:
        return "no end"
    return f"{'expired' if until <= now else 'until'} {day_words(until)}"
