"""What a proposal would mean, before it is made: findings, version steps, and who would have to agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from metricgov.domain.changes.findings import ChangeClass, Finding
from metricgov.domain.verdict import VersionStep
from metricgov.render.findings import findings_text
from metricgov.render.kit import Screen, clean, day_words


class Needed(Protocol):
    """Something that others would have to give."""

    @property
    def says(self) -> str:
        """It, as a sentence."""

    @property
    def who(self) -> tuple[str, ...]:
        """Who can give it."""


class Asked(Protocol):
    """Somebody who is heard and does not decide."""

    @property
    def principal(self) -> str:
        """A person or team."""

    @property
    def definitions(self) -> tuple[str, ...]:
        """What they are asked about."""

    @property
    def people(self) -> Collection[str]:
        """The people behind it."""

    @property
    def due(self) -> str | None:
        """Until when."""


def preview_text(
    findings: Sequence[Finding],
    *,
    steps: Mapping[str, VersionStep],
    affected: Sequence[Finding],
    needed: Sequence[Needed],
    questions: Sequence[Asked],
    change_class: ChangeClass,
    foreseen: bool = True,
    screen: Screen | None = None,
) -> str:
    """Return findings and, below them where it is `foreseen`, everything that others would have to give."""
    screen = screen or Screen()
    text = findings_text(findings, steps=steps, affected=affected, screen=screen)
    return text + screen.text(_needed(needed, questions, change_class, screen) if foreseen else [])


def _needed(
    needed: Sequence[Needed], questions: Sequence[Asked], change_class: ChangeClass, screen: Screen
) -> list[str]:
    if not needed and not questions:
        alone = change_class is ChangeClass.IDENTICAL
        return screen.wrap("Nobody has to agree: it means what it meant." if alone else "Nobody else has to agree.")
    lines = [screen.rule("Who will have to agree")]
    for one in needed:
        lines += screen.wrap(clean(one.says) + _people(one.who, one.says), "  ", "    ")
    for asked in questions:
        about = ", ".join(clean(name) for name in asked.definitions)
        until = f"until {day_words(asked.due or '')}, then silence counts"
        people = _people(tuple(sorted(asked.people)), asked.principal)
        lines += screen.wrap(f"{clean(asked.principal)} is asked about {about}, {until}{people}", "  ", "    ")
    return lines


def _people(who: Sequence[str], said: str) -> str:
    """Return the people behind a sentence, "" where it names them already."""
    if not who:
        return ": nobody can, as things stand"
    named = all(name in said.split() for name in who)
    return "" if named else f": {', '.join(clean(name) for name in who)}"
