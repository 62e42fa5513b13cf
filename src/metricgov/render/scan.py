"""A scan of a past as text and as JSON, a change at a time, so that the past may be of any length."""

from __future__ import annotations

from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.digest import JSON
from metricgov.domain.scanned import Scanned, Tally
from metricgov.render.findings import class_ink, class_word, flag_letters
from metricgov.render.kit import Ink, Screen, clean, ink, plural
from metricgov.render.wording import whole_sentence

SHORT = 10
WORD = 10
"""Columns that the longest class takes."""


def change_text(one: Scanned, screen: Screen) -> str:
    """Return class, date, author and commit in one line, place in the next, then the gravest sentence."""
    word = "removed" if one.gone else "new" if one.appeared else class_word(one.change_class)
    head = ink(word.ljust(WORD), class_ink(one.change_class)) + f" {one.at[:10]}  {clean(one.author)}"
    where = clean(one.path) + (f":{one.line}" if one.line else "")
    lines = screen.ends(head, ink(one.commit[:SHORT], Ink.DIM))
    lines += screen.wrap(ink(where, Ink.BOLD), "  ")
    lines += screen.wrap(_sentence(one, screen), "  ")
    return screen.text(lines)


def _sentence(one: Scanned, screen: Screen) -> str:
    says = screen.cut(whole_sentence(one.findings[0]), 3 * screen.columns)
    others = sum(1 for finding in one.findings[1:] if finding.rule != "STALE_TEXT")
    more = f" (and {plural(others, 'other edit')})" if others else ""
    stale = "; the description did not follow" if one.words_stayed and _grave(one.change_class) else ""
    return f"{says}{more}{stale}"


def change_json(one: Scanned) -> dict[str, JSON]:
    """Return the shape of one change; whole files are not repeated, git has them."""
    return {
        "commit": one.commit,
        "at": one.at,
        "author": one.author,
        "id": one.id,
        "path": one.path,
        "line": one.line,
        "class": one.change_class.value,
        "appeared": one.appeared,
        "gone": one.gone,
        "description_stayed": one.words_stayed,
        "findings": [
            {
                "rule": finding.rule,
                "field": finding.field,
                "before": finding.before if finding.field else None,
                "after": finding.after if finding.field else None,
                "class": finding.change_class.value,
                "flags": list(flag_letters(finding.flags)),
                "says": finding.says,
                "because": finding.because,
            }
            for finding in one.findings
        ],
    }


def tally_text(tally: Tally, screen: Screen, *, interrupted: bool = False) -> str:
    """Return what the scan found in a few lines."""
    found = ", ".join(
        f"{tally.classes[one]:,} {class_word(one)}"
        for one in sorted(tally.classes, key=GRAVITY.__getitem__, reverse=True)
    )
    lines = screen.wrap(
        ink("Interrupted: ", Ink.WARN) * interrupted
        + f"{plural(tally.changes, 'change')} of definitions in {plural(tally.commits, 'commit')}"
        + (f": {found}" if found else "")
        + (f"; {plural(tally.created, 'definition')} appeared" if tally.created else "")
    )
    if tally.described:
        share = round(100 * tally.words_stayed / tally.described)
        grave = plural(tally.described, "change that moves a number, or may,", "changes that move a number, or may,")
        lines += screen.wrap(f"Of {grave} {tally.words_stayed:,} ({share}%) left the description untouched.")
    if tally.unreadable:
        lines += screen.wrap(
            f"{plural(tally.unreadable, 'file')} could not be read as definitions (malformed, binary or too large); "
            "changes of them are unknown."
        )
    return screen.text(lines)


def tally_json(tally: Tally, *, interrupted: bool = False) -> dict[str, JSON]:
    """Return the shape of the summary."""
    return {
        "commits": tally.commits,
        "changes": tally.changes,
        "created": tally.created,
        "classes": {one.value: tally.classes.get(one, 0) for one in ChangeClass},
        "grave": tally.grave,
        "grave_with_description": tally.described,
        "description_stayed": tally.words_stayed,
        "unreadable": tally.unreadable,
        "interrupted": interrupted,
    }


def _grave(change_class: ChangeClass) -> bool:
    return GRAVITY[change_class] >= GRAVITY[ChangeClass.BREAKING]
