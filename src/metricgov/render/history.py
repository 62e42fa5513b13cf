"""What was: versions of a definition, the changelog, the audit log; what is open now lives in changes.py."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.past_views import AuditRow, ChangelogEntry, VersionRow
from metricgov.domain.views import ImpactRow, LinkStatus
from metricgov.render.changes import PROGRAM, state_words
from metricgov.render.findings import class_ink, class_word, step_words
from metricgov.render.kit import UNSENT, Ink, Screen, clean, day_words, ink, plural
from metricgov.render.link import factor_words, link_words

LINK_WORDS: dict[LinkStatus, str] = {
    LinkStatus.SAME: "same",
    LinkStatus.RESTATED: "restated",
    LinkStatus.BRIDGED: "bridged",
    LinkStatus.BRIDGED_BY_SEGMENT: "bridged by segment",
    LinkStatus.BROKEN: "broken",
    LinkStatus.NOT_MEASURED: "not measured",
}


def _link(row: VersionRow) -> str:
    if row.link is None:
        return "–"
    if row.link is LinkStatus.BRIDGED_BY_SEGMENT and row.measured:
        return f"bridged {factor_words(row.measured)}"
    factor = factor_words(row.measured) if row.measured else clean(row.factor)
    return LINK_WORDS[row.link] + (f" {factor}" if row.factor else "")


def _approved(row: VersionRow) -> str:
    if row.state == "baseline":
        return "baseline"
    if row.state != "applied":
        return clean(row.label)
    first, more = row.approved_by[:1], len(row.approved_by) - 1
    return (clean(first[0]) if first else "–") + (f" +{more}" if more > 0 else "")


def history_text(definition: str, rows: Sequence[VersionRow], *, screen: Screen | None = None) -> str:
    """Return the versions of a definition, oldest first, and below the table why each one is there.

    `?` marks a version that is only proposed; `baseline` was accepted as found, nobody approved it.
    """
    screen = screen or Screen()
    lines = [ink(screen.cut(clean(definition), screen.columns), Ink.BOLD), ""]
    if not rows:
        return screen.text([*lines, "No version yet."])
    head = ("version", "data from", "to", "known from", "link to next", "approved by")
    body = []
    for row in rows:
        pending = row.state not in ("applied", "baseline")
        known = state_words(row.state) if pending or row.state == "baseline" else day_words(row.known_from)
        version = ("? " if pending else "") + clean(row.version)
        body.append((version, day_words(row.data_from), day_words(row.data_to), known, _link(row), _approved(row)))
    lines += [*screen.table(head, body), ""]
    for row in rows:
        if not (row.why or row.cause or row.measured):
            continue
        named = [ink(clean(row.version), Ink.BOLD), clean(row.label)]
        named += [class_word(row.change_class)] if row.change_class else []
        lines += screen.wrap("  ".join(filter(None, named)), rest="  ")
        lines += screen.wrap(f'"{clean(row.why)}"', "  ") if row.why else []
        lines += screen.wrap(f"because of {clean(row.cause)}", "  ") if row.cause else []
        if row.link in LINK_WORDS and row.measured and row.link is not LinkStatus.SAME:
            lines += screen.wrap(f"link to next: {link_words(row.measured)}", "  ")
    while lines and not lines[-1]:
        lines.pop()
    return screen.text(lines)


def changelog_text(entries: Sequence[ChangelogEntry], *, screen: Screen | None = None) -> str:
    """Return applied changes in sentences for readers of numbers, by day, in the given order."""
    screen = screen or Screen()
    if not entries:
        return screen.text(["Nothing changed."])
    lines: list[str] = []
    day = ""
    for entry in entries:
        if entry.at[:10] != day:
            day = entry.at[:10]
            lines += ["", screen.rule(day_words(day))] if lines else [screen.rule(day_words(day))]
        lines += _entry(entry, screen)
    return screen.text(lines)


def _entry(entry: ChangelogEntry, screen: Screen) -> list[str]:
    name = clean(entry.title or entry.definition.partition(":")[2] or entry.definition)
    word = "baseline" if entry.state == "baseline" else class_word(entry.change_class)
    left = "  ".join(filter(None, [ink(name, Ink.BOLD), step_words(entry.version)]))
    lines = screen.ends(left, ink(word, class_ink(entry.change_class)))
    if entry.state == "baseline":
        lines += screen.wrap("Accepted as found; nobody approved it.", "  ")
    for sentence in entry.says:
        lines += screen.wrap(clean(sentence), "  ")
    lines += screen.wrap(f'Why: "{clean(entry.why)}"', "  ", "    ") if entry.why else []
    facts = [f"holds from {day_words(entry.effective_from)}" if entry.effective_from else ""]
    facts += [state_words(entry.intent), f"history: {state_words(entry.treatment)}" if entry.treatment else ""]
    facts += [f"by {clean(entry.author)}" if entry.author else ""]
    facts += [f"approved by {', '.join(clean(name) for name in entry.approved_by)}" if entry.approved_by else ""]
    facts += [clean(entry.label)]
    said = " · ".join(fact for fact in facts if fact)
    return lines + (screen.wrap(ink(said, Ink.DIM), "  ") if said else [])


def audit_text(rows: Sequence[AuditRow], *, screen: Screen | None = None) -> str:
    """Return events of the journal one a line, in the given order; a fault stands below its event."""
    screen = screen or Screen()
    if not rows:
        return screen.text(["No event matches."])
    body: list[tuple[str, ...]] = []
    for row in rows:
        proof = row.identity.value if row.who else "server"
        moment = clean(row.at.replace("T", " ").removesuffix("Z"))
        what = f"{clean(row.what)}" + (f" · {clean(row.label)}" if row.label else "")
        what += ink(f" · {UNSENT}", Ink.WARN) if row.waiting else ""
        what += ink(f" FAULT: {clean(row.fault)}", Ink.GRAVE) if row.fault else ""
        body.append((str(row.seq), moment, clean(row.who) or PROGRAM, proof, what))
    lines = screen.table(("seq", "time claimed", "who", "proof", "what"), body, right=(0,), fixed=(0,))
    faults = sum(bool(row.fault) for row in rows)
    return screen.text([*lines, f"{plural(faults, 'fault')} among {plural(len(rows), 'event')}"] if faults else lines)


REACHED: tuple[tuple[str, str], ...] = (
    ("computed", "Computed from it"),
    ("uses", "Uses it, or what is computed from it"),
)
READ_BY = "Reads its values, or those computed from it"


def impact_text(definition: str, rows: Sequence[ImpactRow], *, screen: Screen | None = None) -> str:
    """Return what is computed from a definition or uses it, nearest first, and who owns that.

    A number before a name counts the steps to it, where there are more than one.
    """
    screen = screen or Screen()
    if not rows:
        return screen.text(screen.wrap(f"Nothing is computed from {clean(definition)} or uses it."))
    known = dict(REACHED)
    titles = [*REACHED, ("", READ_BY)]
    lines: list[str] = []
    for relation, title in titles:
        group = [row for row in rows if (row.relation if row.relation in known else "") == relation]
        if group:
            lines += [screen.rule(f"{title}: {len(group)}")]
            lines += [line for row in sorted(group, key=lambda row: row.steps) for line in _reached(row, screen)]
            lines.append("")
    owners = len({row.owner for row in rows if row.owner})
    depend = plural(len(rows), "definition or use depends", "definitions and uses depend")
    return screen.text([*lines, *screen.wrap(f"{depend} on {clean(definition)}, of {plural(owners, 'owner')}.")])


def _reached(row: ImpactRow, screen: Screen) -> list[str]:
    is_consumer = row.relation not in dict(REACHED)
    name = ink(clean(row.id).removeprefix("metric:"), Ink.BOLD)
    kind = f"{clean(row.relation)}  " if is_consumer else ""
    via = clean(row.via).removeprefix("metric:")
    through = ink(f"  {'reads' if is_consumer else 'through'} {via}", Ink.DIM) if row.via else ""
    steps = str(row.steps) if row.steps > 1 and not is_consumer else " "
    return screen.ends(f"{steps} {kind}{name}{through}", clean(row.owner) or "–", rest="      ")
