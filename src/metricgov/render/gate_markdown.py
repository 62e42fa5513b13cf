"""The gate's report as Markdown for a pull request comment; text from files can neither mark up nor address anybody."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metricgov.domain.changes.findings import ChangeClass, Finding
from metricgov.domain.verdict import DefinitionVerdict, GateReport, Overriding
from metricgov.render.findings import class_word, counts, flag_letters, folded_words, ordered, sign
from metricgov.render.gate_text import (
    VERDICT_WORDS,
    coverage_words,
    evidence_words,
    inputs_words,
    lets_through,
    open_definitions,
    problem_words,
    verdict_sentence,
    version_words,
)
from metricgov.render.inline import around, hunks, words_of
from metricgov.render.kit import clean, plural
from metricgov.render.overrides import late_sentence
from metricgov.render.wording import apart, follows_words, sentence

LIMIT = 65_000
"""Characters of a whole comment; GitHub refuses one of more than 65,536."""

MARKER = "<!-- metricgov gate -->"
"""Last line of every comment, by which a CI job finds its own comment again."""

_RESERVE = 900
_LONGEST_VALUE = 400
_MOST_FINDINGS = 40
_SPECIAL = re.compile(r"[^\w\s,;'?]|_", re.ASCII)
_SIGILS = frozenset("@#!~$&^%")
_WORD_SIGNS = frozenset("_-/.")


def _entity(match: re.Match[str]) -> str:
    char, text, start = match[0], match.string, match.start()
    before, following = text[start - 1 : start], text[match.end() : match.end() + 1]
    if not char.isascii():
        return char
    if char in _WORD_SIGNS and before.isalnum() and following.isalnum():  # inside a word they mark nothing up
        if char == "-" and text[max(start - 2, 0) : start].lower() == "gh":
            return "&#45;&#8203;"
        return "&#46;" if char == "." and text[max(start - 3, 0) : start].lower() == "www" else char
    if char == "." and before.isalpha() and not following.strip():  # the end of a sentence
        return char
    # Hosts look for people, issues and labels after decoding: an invisible space behind the sign stops that.
    return f"&#{ord(char)};" + ("&#8203;" if char in _SIGILS and following.strip() else "")


def escaped(text: str, longest: int = 0) -> str:
    """Return text from outside as Markdown that shows exactly that text, on one line, and links to nothing."""
    bare = clean(text)
    if longest and len(bare) > longest:
        bare = f"{bare[:longest]} … {len(bare) - longest:,} more characters"
    return _SPECIAL.sub(_entity, bare)


def _code(text: str) -> str:
    return f"<code>{escaped(text)}</code>"


class _Page:
    """Blocks of a comment up to its limit; a block that does not fit is left out whole."""

    def __init__(self, limit: int) -> None:
        self.room = limit - _RESERVE
        self.blocks: list[str] = []

    def add(self, block: str) -> bool:
        """Add a block if it fits, and say whether it did."""
        if len(block) + 1 > self.room:
            return False
        self.room -= len(block) + 1
        self.blocks.append(block)
        return True


def _row(definition: DefinitionVerdict) -> str:
    word = class_word(definition.change_class)
    shown = f"**{word}**" if word.isupper() else word
    letters = flag_letters(definition.flags)
    state = escaped(coverage_words(definition))
    if definition.unmet:
        state += f", {len(definition.unmet)} missing"
    if definition.observed and not lets_through(definition):
        state += " (observed only)"
    mark = "✗" if not lets_through(definition) else "⚠" if definition.override else "✓"
    cells = [mark, _code(definition.id), f"{shown} {letters}".strip(), escaped(version_words(definition)), state]
    return "| " + " | ".join(cells) + " |"


def _missing(definition: DefinitionVerdict) -> str:
    lines = [f"**Missing for {_code(definition.id)}**", ""]
    for unmet in definition.unmet:
        who = ", ".join(escaped(name) for name in unmet.who)
        parts = [escaped(unmet.says), f"who: {who}" if who else "", f"how: {escaped(unmet.how)}" if unmet.how else ""]
        lines.append("- [ ] " + " · ".join(part for part in parts if part))
    return "\n".join([*lines, ""])


def _overridden(definition: DefinitionVerdict, override: Overriding) -> str:
    said = f"{escaped(coverage_words(definition))}: {escaped(override.reason, _LONGEST_VALUE)}"
    lines = [f"**{_code(definition.id)}** {said}", "", *(f"- overrides: {escaped(one)}" for one in override.waives)]
    return "\n".join([*lines, ""])


def _edits(finding: Finding) -> list[str]:
    """Return the lines of a block in which `-` and `+` show what changed; none could end it or be a host's command."""
    if lines := hunks(finding.before, finding.after):
        return [f"{mark.strip() or '·'} {text}".rstrip() for mark, text in lines]
    sides = around(words_of(finding.before), words_of(finding.after), _LONGEST_VALUE)
    given = (finding.before, finding.after)
    return [f"{mark} {text}" for mark, text, side in zip("-+", sides, given, strict=True) if side is not None]


def _finding(finding: Finding) -> str:
    letters = flag_letters(finding.flags)
    where = escaped(finding.path) + (f":{finding.line}" if finding.line else "")
    field = _code(finding.field or "the whole definition")
    lines = [f"**{sign(finding)}** {field} **{class_word(finding.change_class)}** {letters}".rstrip()]
    edits = _edits(finding)
    if edits:
        lines += ["", "```diff", *edits, "```", ""]
    else:
        lines.append("<br>")
    words = sentence(finding, values_shown=bool(edits))
    said = [escaped(words, _LONGEST_VALUE), escaped(finding.because, _LONGEST_VALUE)]
    lines.append(" ".join(part for part in said if part))
    lines.append(f"<br><sub>{where} · {escaped(finding.rule)}</sub>")
    return "\n".join([*lines, ""])


def _details(definition: DefinitionVerdict) -> str:
    mine, follow = apart(ordered(definition.findings))
    told = [finding for finding in mine if finding.change_class is not ChangeClass.IDENTICAL]
    same = [finding for finding in mine if finding.change_class is ChangeClass.IDENTICAL]
    summary = f"{_code(definition.id)}: {counts(definition.findings) or 'no finding'}"
    lines = ["<details>", f"<summary>{summary}</summary>", ""]
    lines += [_finding(finding) for finding in told[:_MOST_FINDINGS]]
    if len(told) > _MOST_FINDINGS:
        lines += [f"and {plural(len(told) - _MOST_FINDINGS, 'finding')} more", ""]
    if same:
        lines += [escaped(folded_words(same)), ""]
    if follow:
        lines += [escaped(follows_words(follow)), ""]
    return "\n".join([*lines, "</details>", ""])


def _evidence(definitions: Sequence[DefinitionVerdict]) -> str:
    """Return what was counted for each definition that passes."""
    told = [each for each in definitions if each.evidence is not None]
    lines = ["<details>", f"<summary>Evidence for {plural(len(told), 'definition')}</summary>", ""]
    lines += [f"- {_code(one.id)} {escaped(evidence_words(one.evidence))}" for one in told if one.evidence]
    return "\n".join([*lines, "", "</details>", ""])


def _affected(findings: Sequence[Finding]) -> str:
    names = len({finding.definition for finding in findings})
    lines = ["<details>", f"<summary>Affected, not changed: {names}</summary>", ""]
    for finding in ordered(findings):
        cause = f", computed from {_code(finding.cause)}" if finding.cause else ""
        lines.append(f"- {_code(finding.definition)} {class_word(finding.change_class)}{cause}")
    return "\n".join([*lines, "", "</details>", ""])


def _table(report: GateReport, page: _Page, limit: int) -> int:
    """Add the table, what may not pass first, and return how many rows found no room."""
    if not report.definitions:
        return 0
    waiting = open_definitions(report)
    rows = [*waiting, *(definition for definition in report.definitions if lets_through(definition))]
    page.add("| | definition | class | version | state |\n|---|---|---|---|---|")
    shown = 0
    for definition in rows:
        crowded = page.room < limit // 2  # the other half stays for what is missing and for the details
        if (crowded and shown >= _MOST_FINDINGS) or not page.add(_row(definition)):
            break
        shown += 1
    page.add("")
    return len(rows) - shown


def gate_markdown(report: GateReport, limit: int = LIMIT) -> str:
    """Return the report as one comment of at most `limit` characters, which says what it had to leave out."""
    page = _Page(limit)
    said = verdict_sentence(report)
    page.add(f"### metricgov: {VERDICT_WORDS[report.verdict]}\n\n{said[0].upper()}{said[1:]}.\n")
    left: list[str] = []
    problems = [
        f"- {escaped(problem_words(each))}" + (f" · {escaped(each.hint)}" if each.hint else "")
        for each in report.problems
    ]
    dropped = sum(not page.add(line) for line in problems)
    left += [plural(dropped, "problem")] * bool(dropped)
    if problems:
        page.add("")
    for late in report.late:
        who = ", ".join(map(escaped, late.who)) or "nobody can"
        page.add(f"**Warning:** {escaped(late_sentence(late))}. Who: {who} · how: {escaped(late.how)}\n")
    rows = _table(report, page, limit)
    left += [plural(rows, "row") + " of the table"] * bool(rows)
    waiting = open_definitions(report)
    for definition in waiting:
        if definition.unmet and not page.add(_missing(definition)):
            left.append(f"what {clean(definition.id)} misses")
    for definition in report.definitions:
        if definition.override and not page.add(_overridden(definition, definition.override)):
            left.append(f"what was overridden for {clean(definition.id)}")
    told = [each for each in [*waiting, *(each for each in report.definitions if lets_through(each))] if each.findings]
    undetailed = sum(not page.add(_details(definition)) for definition in told)
    left += [f"the details of {plural(undetailed, 'definition')}"] * bool(undetailed)
    proven = [each for each in report.definitions if lets_through(each) and each.evidence is not None]
    if proven and not page.add(_evidence(proven)):
        left.append(f"the evidence for {plural(len(proven), 'definition')}")
    if report.affected and not page.add(_affected(report.affected)):
        left.append(f"{plural(len(report.affected), 'affected definition')}")
    if left:
        shown = ", ".join(left)
        shown = shown if len(shown) <= _RESERVE // 4 else f"{shown[: _RESERVE // 4]} …"
        page.blocks.append(
            f"Left out, as a comment has a limit: {escaped(shown)}. `metricgov gate` prints everything.\n"
        )
    page.blocks.append(f"<sub>{escaped(' · '.join(inputs_words(report)))}</sub>\n{MARKER}")
    return "\n".join(page.blocks) + "\n"
