"""Break-glass in words: what two people let through, what is due after it, and what nobody has looked at in time."""

from __future__ import annotations

from metricgov.domain.digest import JSON
from metricgov.domain.verdict import LateReview, Overriding
from metricgov.domain.views import ChangeView, OverrideView
from metricgov.domain.workflow.requirements import shown
from metricgov.render.kit import Ink, Screen, clean, day_words, ink


def people_words(names: tuple[str, ...]) -> str:
    """Return `ann and bob`, in the order given."""
    return " and ".join(clean(name) for name in names)


def overriding_words(override: Overriding) -> str:
    """Return who overrode and until when it is to be reviewed, as it follows `override in chg-…`."""
    return f"by {people_words(override.people)}, review due by {clean(day_words(override.review_due))}"


def waived_lines(override: Overriding, screen: Screen) -> list[str]:
    """Return the reason and every agreement that an override stands in for."""
    lines = screen.wrap(f'because "{clean(override.reason)}"', "  ", "    ")
    for sentence in override.waives:
        lines += screen.wrap(f"{ink('overrides', Ink.WARN)}  {clean(sentence)}", "  ", " " * 13)
    return lines


def late_sentence(late: LateReview) -> str:
    """Return what is overdue, and what that holds up."""
    about = ", ".join(clean(name) for name in late.definitions[:3])
    more = f" and {len(late.definitions) - 3} more" if len(late.definitions) > 3 else ""
    return (
        f"the override of {clean(shown(late.change))} by {people_words(late.people)} was to be reviewed by "
        f"{day_words(late.due)}; until then nothing else changes {about}{more}"
    )


def late_lines(late: tuple[LateReview, ...], screen: Screen) -> list[str]:
    """Return a warning for each review that is overdue, with who can end it and how."""
    lines: list[str] = []
    for one in late:
        lines += screen.wrap(f"{ink('warning', Ink.WARN)}  {late_sentence(one)}", "", "  ")
        lines += screen.wrap(f"who  {', '.join(clean(name) for name in one.who) or 'nobody can'}", "  ", "       ")
        lines += screen.wrap(f"how  {clean(one.how)}", "  ", "       ")
    return lines


def overriding_json(override: Overriding | None) -> JSON:
    """Return the key `override` of a definition; null where nothing was overridden."""
    if override is None:
        return None
    return {
        "people": list(override.people),
        "reason": override.reason,
        "review_due": override.review_due,
        "waives": list(override.waives),
    }


def late_json(late: LateReview) -> dict[str, JSON]:
    """Return an overdue review."""
    return {
        "change": late.change,
        "definitions": list(late.definitions),
        "due": late.due,
        "people": list(late.people),
        "who": list(late.who),
        "how": late.how,
    }


def override_lines(view: ChangeView, screen: Screen) -> list[str]:
    """Return where the override of a change stands, and the warnings about others that nobody looked at in time."""
    lines = late_lines(tuple(one for one in view.late if one.change != view.change), screen)
    return [*_own(view.override, view.label, screen), *lines] if view.override else lines


def _own(one: OverrideView, label: str, screen: Screen) -> list[str]:
    word, ref = ink("OVERRIDE", Ink.GRAVE), clean(label)
    lines = screen.wrap(f'{word}  called by {clean(one.called_by)}: "{clean(one.reason)}"', "  ", "    ")
    if not one.confirmed_by:
        lines += screen.wrap("□ a second, different person has to confirm it", "    ", "      ")
        lines += screen.wrap(f"who  {', '.join(map(clean, one.second)) or 'nobody can'}", "      ", "           ")
        return [*lines, *screen.wrap(f"how  metricgov override {ref} -m REASON", "      ", "           ")]
    lines += screen.wrap(f"confirmed by {clean(one.confirmed_by)}", "    ")
    for sentence in one.waives:
        lines += screen.wrap(f"stands in for: {clean(sentence)}", "    ", "      ")
    if one.reviewed_by:
        end = f"reverted by {clean(one.revert)}" if one.revert else "kept"
        return [
            *lines,
            *screen.wrap(f'reviewed by {clean(one.reviewed_by)}, {end}: "{clean(one.words)}"', "    ", "      "),
        ]
    late = ink("OVERDUE, ", Ink.GRAVE) if one.late else ""
    lines += screen.wrap(f"□ {late}review due by {day_words(one.review_due)}", "    ", "      ")
    if one.reviewers:
        lines += screen.wrap(f"who  {', '.join(map(clean, one.reviewers))}", "      ", "           ")
        lines += screen.wrap(f"how  metricgov review-override {ref} -m WORDS", "      ", "           ")
    return lines


def override_json(one: OverrideView | None) -> JSON:
    """Return the key `override` of a change; null where nobody called for one."""
    if one is None:
        return None
    return {
        "called_by": one.called_by,
        "reason": one.reason,
        "confirmed_by": one.confirmed_by or None,
        "second": list(one.second),
        "waives": list(one.waives),
        "review_due": one.review_due or None,
        "reviewers": list(one.reviewers),
        "reviewed_by": one.reviewed_by or None,
        "outcome": one.outcome or None,
        "words": one.words,
        "revert": one.revert or None,
        "late": one.late,
    }
