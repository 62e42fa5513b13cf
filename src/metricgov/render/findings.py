"""Findings of a diff as text for a terminal: gravest first, signs, before and after, place, sentence, reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from metricgov.domain.changes.findings import GRAVITY, ChangeClass, Finding, Flag, gravest
from metricgov.domain.verdict import VersionStep
from metricgov.render.inline import around, hunks, inline, words_of
from metricgov.render.kit import Ink, Screen, cells, clean, ink, plural
from metricgov.render.wording import apart, follows_words, sentence

CAPITALS = frozenset({ChangeClass.BREAKING, ChangeClass.UNKNOWN})

FLAG_WORDS: dict[Flag, str] = {
    Flag.BREAKS_CONSUMERS: "breaks references or consumers",
    Flag.GOVERNANCE: "governance",
    Flag.NOTIFY: "people are told",
    Flag.STALE_TEXT: "the description did not follow",
    Flag.BLOCKS: "never allowed",
}

STEP_WORDS: dict[ChangeClass, str] = {
    ChangeClass.IDENTICAL: "no version step",
    ChangeClass.EDITORIAL: "a patch step is due",
    ChangeClass.COMPATIBLE: "a minor step is due",
    ChangeClass.BREAKING: "a major step is due",
    ChangeClass.UNKNOWN: "a major step is due",
}

LONGEST_VALUE = 1_500
"""Characters of one value that are shown; more is said to be more."""

_MARKED = {"-": ink("- ", Ink.REMOVED), "+": ink("+ ", Ink.ADDED), " ": "  "}


def class_word(change_class: ChangeClass | None) -> str:
    """Return the class as people read it: what moves numbers in capitals, `–` where there is none."""
    if change_class is None:
        return "–"
    return change_class.value.upper() if change_class in CAPITALS else change_class.value


def class_ink(change_class: ChangeClass | None) -> Ink:
    """Return the style that repeats what the word of a class says."""
    if change_class in CAPITALS:
        return Ink.GRAVE
    return Ink.DIM if change_class in (None, ChangeClass.IDENTICAL) else Ink.WORDS


def sign(finding: Finding) -> str:
    """Return `≠` moves numbers, `~` does not, `=` means the same, `>` moved, `+` and `-` added and removed."""
    match finding.change_class:
        case ChangeClass.BREAKING | ChangeClass.UNKNOWN:
            return "≠"
        case ChangeClass.IDENTICAL:
            return "="
        case _ if finding.before is None and finding.after is not None:
            return "+"
        case _ if finding.after is None and finding.before is not None:
            return "-"
        case _ if finding.before == finding.after and finding.before is not None:
            return ">"
        case _:
            return "~"


def flag_letters(flags: Iterable[Flag]) -> str:
    """Return the letters of flags in their fixed order, `` for none."""
    asked = frozenset(flags)
    return "".join(flag.value for flag in Flag if flag in asked)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings gravest first; those of one gravity keep their order."""
    return sorted(findings, key=lambda finding: -GRAVITY[finding.change_class])


def step_words(step: VersionStep) -> str:
    """Return `1.2.0 → 2.0.0`, `new, 1.0.0`, or one version where none changed; "" where there is none."""
    before, after = clean(step.before), clean(step.after)
    if before and after and before != after:
        return f"{before} → {after}"
    if after and not before:
        return f"new, {after}"
    if before and not after:
        return f"{before}, removed"
    return after


def counts(findings: Iterable[Finding]) -> str:
    """Return `2 BREAKING, 3 editorial`, gravest first, without what only follows."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.definition, []).append(finding)
    classes = [finding.change_class for group in groups.values() for finding in apart(group)[0]]
    grave_first = sorted(set(classes), key=lambda change_class: -GRAVITY[change_class])
    return ", ".join(f"{classes.count(each)} {class_word(each)}" for each in grave_first)


def place(finding: Finding) -> str:
    """Return `path:line`."""
    return clean(finding.path) + (f":{finding.line}" if finding.line else "")


def value_lines(finding: Finding, screen: Screen, indent: str = "  ") -> list[str]:
    """Return what stood there and what stands there now, in the shortest form that shows both in full."""
    if finding.before is None and finding.after is None:
        return []
    if not finding.field and any(isinstance(side, Mapping) for side in (finding.before, finding.after)):
        return []  # a whole file, which nobody reads in one line
    if lines := hunks(finding.before, finding.after):
        return [line for mark, text in lines for line in screen.wrap(text, indent + _MARKED[mark])]
    before, after = words_of(finding.before), words_of(finding.after)
    if before == after and finding.before != finding.after:
        before, after = (str(value).encode("unicode_escape").decode() for value in (finding.before, finding.after))
    if before == after:
        return screen.wrap(around("", after, LONGEST_VALUE)[1], indent)
    cut = around(before, after, LONGEST_VALUE)
    old = screen.wrap(cut[0], indent + ink("- ", Ink.REMOVED))
    new = screen.wrap(cut[1], indent + ink("+ ", Ink.ADDED))
    if finding.before is None:
        return new
    if finding.after is None:
        return old
    short = f"{before} → {after}"
    if cells(short) <= screen.columns // 2:
        return screen.wrap(ink(short, Ink.CHANGED), indent)
    joined = inline(before, after, screen.columns - len(indent))
    whole = finding.field.startswith("calculation") and len(old) == len(new) == 1
    if joined is None or whole:
        return [*old, *new]
    return screen.wrap(joined, indent)


def finding_lines(finding: Finding, screen: Screen) -> list[str]:
    """Return one finding in full: sign, field, class, values, sentence, reason, place and rule."""
    look = class_ink(finding.change_class)
    letters = flag_letters(finding.flags)
    field = clean(finding.field) or "the whole definition"
    word = class_word(finding.change_class) + (f" {letters}" if letters else "")
    lines = screen.ends(f"{ink(sign(finding), look)} {ink(field, Ink.BOLD)}", ink(word, look))
    values = value_lines(finding, screen)
    lines += values
    said = sentence(finding, values_shown=bool(values))
    lines += screen.wrap(said, "    ") if said else []
    if finding.because:
        lines += screen.wrap(ink(clean(finding.because), Ink.DIM), "    ")
    if finding.cause:
        lines += screen.wrap(f"because {clean(finding.cause)} changed", "    ")
    where, rule = place(finding), clean(finding.rule)
    if cells(where) + cells(rule) + 6 > screen.columns:
        return [*lines, *screen.wrap(ink(where, Ink.DIM), "    "), *screen.wrap(ink(rule, Ink.DIM), "    ")]
    return lines + screen.ends(ink(where, Ink.DIM), ink(rule, Ink.DIM), indent="    ")


def folded_words(findings: Sequence[Finding]) -> str:
    """Return everything that means the same in one sentence."""
    names = list(dict.fromkeys(clean(finding.field) or "the whole file" for finding in findings))
    said = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return f"= {len(findings)} with the same meaning: {said}"


def folded(findings: Sequence[Finding], screen: Screen) -> list[str]:
    """Return the line for everything that means the same, none for nothing."""
    return screen.ends(ink(folded_words(findings), Ink.DIM), ink("identical", Ink.DIM)) if findings else []


def block(findings: Iterable[Finding], screen: Screen) -> list[str]:
    """Return the findings of one definition: gravest first, identical ones and what follows folded at the end."""
    told, follow = apart(ordered(findings))
    same = [finding for finding in told if finding.change_class is ChangeClass.IDENTICAL]
    lines: list[str] = []
    for finding in told:
        if finding.change_class is not ChangeClass.IDENTICAL:
            lines += finding_lines(finding, screen)
    lines += folded(same, screen)
    return lines + (screen.ends(ink(follows_words(follow), Ink.DIM), ink("follows", Ink.DIM)) if follow else [])


def affected_lines(findings: Sequence[Finding], screen: Screen) -> list[str]:
    """Return definitions that did not change but are computed from one that did, one line each, by cause."""
    lines: list[str] = []
    by_cause = sorted(findings, key=lambda finding: finding.cause or "")
    for cause, group in groupby(by_cause, key=lambda finding: finding.cause):
        lines += screen.wrap(f"computed from {clean(cause or 'what changed')}:", "  ")
        for finding in ordered(group):
            word = ink(class_word(finding.change_class), class_ink(finding.change_class))
            lines += screen.ends(f"    {clean(finding.definition)}", word, rest="      ")
    return lines


def flag_legend(findings: Iterable[Finding], screen: Screen) -> list[str]:
    """Return what the letters of the flags that occur mean."""
    met = frozenset(flag for finding in findings for flag in finding.flags)
    said = " · ".join(f"{flag.value} {FLAG_WORDS[flag]}" for flag in Flag if flag in met)
    return screen.wrap(ink(said, Ink.DIM)) if said else []


def heading(definition: str, change_class: ChangeClass, step: VersionStep, screen: Screen) -> list[str]:
    """Return the first line of a definition: its id, the version step, the class."""
    parts = [ink(clean(definition), Ink.BOLD), step_words(step)]
    return screen.ends("  ".join(filter(None, parts)), ink(class_word(change_class), class_ink(change_class)))


def step_note(step: VersionStep, change_class: ChangeClass) -> str:
    """Return what the class asks of the version: `1.2.0 → 2.0.0 is due`, or that it is done."""
    if not step.required or step.required == step.after:
        return ""
    if not step.before:
        return f"version {clean(step.required)} is due"
    return f"{STEP_WORDS[change_class]}: {clean(step.before)} → {clean(step.required)}"


def findings_text(
    findings: Sequence[Finding],
    *,
    steps: Mapping[str, VersionStep] | None = None,
    affected: Sequence[Finding] = (),
    screen: Screen | None = None,
) -> str:
    """Return the findings of a diff for a terminal, by definition, gravest first, with a summary at the end.

    `steps` gives the version step of each definition id; `affected` are findings of definitions that did not change.
    """
    screen = screen or Screen()
    steps = steps or {}
    if not findings and not affected:
        return screen.text(["Nothing governed differs."])
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.definition, []).append(finding)
    classes = {name: gravest(each.change_class for each in group) for name, group in groups.items()}
    lines: list[str] = []
    for name in sorted(groups, key=lambda name: -GRAVITY[classes[name]]):
        step = steps.get(name, VersionStep())
        lines += heading(name, classes[name], step, screen)
        lines += block(groups[name], screen)
        note = step_note(step, classes[name])
        lines += [*(screen.wrap(note, "  ") if note else ()), ""]
    if affected:
        lines += [screen.rule(f"Affected, not changed: {len({each.definition for each in affected})}")]
        lines += [*affected_lines(affected, screen), ""]
    lines += flag_legend([*findings, *affected], screen)
    lines += screen.wrap(f"{plural(len(groups), 'definition')}: {counts(findings) or 'no finding'}", rest="  ")
    return screen.text(lines)
