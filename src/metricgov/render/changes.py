"""Changes for a terminal: list, one in full, its story, the inbox, who must agree; what was lives in history.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.draft_views import DraftRow
from metricgov.domain.verdict import heard_words
from metricgov.domain.views import (
    Ask,
    ChangedDefinition,
    ChangeRow,
    ChangeView,
    DecisionView,
    InboxRow,
    RequirementView,
    Then,
    ThreadView,
    WhoView,
)
from metricgov.domain.workflow.requirements import NO_PERSON
from metricgov.render.findings import (
    affected_lines,
    block,
    class_ink,
    class_word,
    flag_legend,
    flag_letters,
    step_words,
)
from metricgov.render.kit import UNSENT, Ink, Screen, clean, day_words, ink, plural, time_left, time_words
from metricgov.render.overrides import override_lines

ASK_WORDS: dict[Ask, str] = {
    Ask.DECIDE: "Decide",
    Ask.ANSWER: "Answer",
    Ask.REVISE: "Revise",
    Ask.APPLY: "Apply",
    Ask.RE_DATE: "Re-date",
    Ask.REVIEW: "Review",
    Ask.REQUEST: "Request",
}

DECIDED: dict[str, str] = {
    "approve": "approved",
    "request_changes": "objects",
    "acknowledge": "answered",
    "abstain": "abstained",
    "reject": "rejected",
}
"""Verdicts as a table says them after a name."""

PROGRAM = "metricgov"
"""Who acts where no person does."""


def state_words(state: str) -> str:
    """Return a state as people say it: `in review`."""
    return clean(state).replace("_", " ")


def _classed(change_class: ChangeClass | None) -> str:
    return ink(class_word(change_class), class_ink(change_class))


def _bare(definition: str) -> str:
    """Return a definition's name; metrics are what people mean unless another kind is said."""
    return clean(definition).removeprefix("metric:")


def _quoted(who: str, words: str, screen: Screen, indent: str = "") -> list[str]:
    return screen.wrap(f'{clean(who) or PROGRAM}: "{clean(words)}"', indent, indent + "  ") if words else []


def inbox_text(
    rows: Sequence[InboxRow], drafts: Sequence[DraftRow] = (), *, now: str, screen: Screen | None = None
) -> str:
    """Return what waits for a person, in the given order, each with one sentence that says why it is them.

    `now` is UTC in seconds and only serves to show the time left. Their drafts come last.
    """
    screen = screen or Screen()
    kept = _draft_lines(drafts, screen)
    if not rows:
        return screen.text(["Nothing waits for you.", *([""] if kept else []), *kept])
    head = ("time left", "asked", "definition", "class", "from")
    body = []
    for row in rows:
        left = time_left(row.due, now)
        if row.days_left:
            left = plural(row.days_left, "working day")
        late = ink(left, Ink.GRAVE) if left.endswith("late") else left
        name = _bare(row.definition) + (f" +{row.more}" if row.more else "")
        body.append((late, ASK_WORDS[row.asked], name, _classed(row.change_class), clean(row.author)))
    lines = screen.table(head, body)
    lines.append("")
    for row in rows:
        step = step_words(row.version)
        since = f"from {day_words(row.effective_from)}" if row.effective_from else ""
        unsent = ink(UNSENT, Ink.WARN) if row.waiting else ""
        named = "  ".join(filter(None, [ink(clean(row.label), Ink.BOLD), _bare(row.definition), step, since, unsent]))
        lines += screen.wrap(named, rest="  ")
        lines += _quoted(row.author, row.why, screen, "  ")
        missing = f" Missing: {row.missing}." if row.missing else ""
        lines += screen.wrap(clean(row.because) + missing, "  ")
    return screen.text([*lines, *([""] if kept else []), *kept])


def _draft_lines(drafts: Sequence[DraftRow], screen: Screen) -> list[str]:
    if not drafts:
        return []
    lines = [ink("Drafts that nobody else has seen:", Ink.BOLD)]
    for one in drafts:
        name = _bare(one.definition)
        said = [f"for {clean(one.label)}" if one.label else "", f"typed {day_words(one.touched)}", one.note]
        said += [f"open in {one.held}" if one.held else ""]
        lines += screen.wrap(f"{name}  {', '.join(filter(None, said))}: metricgov edit {name}", "  ")
    return lines


def change_list_text(rows: Sequence[ChangeRow], *, what: str = "change", screen: Screen | None = None) -> str:
    """Return changes one a line, in the given order; `what` names what was looked for where there are none."""
    screen = screen or Screen()
    if not rows:
        return screen.text([f"No {clean(what)}."])
    head = ("change", "state", "definition", "class", "from", "last step")
    body = []
    for row in rows:
        name = _bare(row.definition) + (f" +{row.more}" if row.more else "")
        state = state_words(row.state) + (f", {clean(row.note)}" if row.note else "")
        cells = (clean(row.label), state, name, _classed(row.change_class), clean(row.author), day_words(row.moved_at))
        body.append(cells)
    return screen.text(screen.table(head, body))


def requirement_lines(requirements: Sequence[RequirementView], screen: Screen) -> list[str]:
    """Return every requirement, unmet ones first with who can meet them and how: `□` unmet, `■` met."""
    lines: list[str] = []
    for one in sorted(requirements, key=lambda requirement: requirement.met):
        if one.met:
            by = ", ".join(clean(name) for name in one.met_by)
            lines += screen.wrap(ink("■ ", Ink.ADDED) + clean(one.says) + (f": {by}" if by else ""), "  ", "    ")
            continue
        lines += screen.wrap(ink("□ ", Ink.WARN) + clean(one.says), "  ", "    ")
        who = ", ".join(clean(name) for name in one.who) or "nobody can, as things stand"
        lines += screen.wrap(f"who  {who}", "    ", "         ") if one.who or one.code not in NO_PERSON else []
        lines += screen.wrap(f"how  {clean(one.how)}", "    ", "         ") if one.how else []
        lines += screen.wrap(f"due  {due_words(one.due, one.days_left)}", "    ", "         ") if one.due else []
    return lines


def due_words(due: str, days_left: int | None) -> str:
    """Return a deadline with the working days that are left: `8 Jul 2026, in 3 working days`; or that it is over."""
    if days_left is None:
        return f"{day_words(due)}, which is over"
    left = "today" if days_left == 0 else f"in {plural(days_left, 'working day')}"
    return f"{day_words(due)}, {left}"


def _decision(decision: DecisionView, screen: Screen) -> list[str]:
    verb = clean(decision.decision).replace("_", " ")
    proof = "" if decision.identity.value == "claimed" else f", {decision.identity.value}"
    name = clean(decision.principal)
    if decision.on_behalf_of:
        name += f" for {clean(decision.on_behalf_of)}"
    about = f", only {', '.join(_bare(one) for one in decision.definitions)}" if decision.definitions else ""
    said = f"{name}: {verb}{about}, revision {decision.revision}, {time_words(decision.at)}{proof}"
    lines = screen.wrap(said, "  ", "    ")
    if decision.words:
        lines += screen.wrap(f'"{clean(decision.words)}"', "    ")
    if not decision.counts:
        lines += screen.wrap("counts no more" + (f": {clean(decision.note)}" if decision.note else ""), "    ")
    elif decision.note:
        lines += screen.wrap(clean(decision.note), "    ")
    return lines


def _thread(thread: ThreadView, screen: Screen) -> list[str]:
    about = " ".join(clean(part) for part in (thread.path, thread.field) if part)
    head = "  ".join(filter(None, [ink(clean(thread.id), Ink.BOLD), about, "settled" if thread.resolved else "open"]))
    lines = screen.wrap(head, "  ", "    ")
    for one in thread.remarks:
        lines += screen.wrap(f'{clean(one.principal)}, {time_words(one.at)}: "{clean(one.words)}"', "    ", "      ")
    return lines


def definition_lines(definition: ChangedDefinition, screen: Screen, *, findings: bool) -> list[str]:
    """Return a definition of a change: its name, version step and class, and its findings if they are wanted."""
    letters = flag_letters(definition.flags)
    word = class_word(definition.change_class) + (f" {letters}" if letters else "")
    name = "  ".join(filter(None, [ink(clean(definition.id), Ink.BOLD), step_words(definition.version)]))
    lines = screen.ends(name, ink(word, class_ink(definition.change_class)))
    return lines + (block(definition.findings, screen) if findings else [])


def head_lines(view: ChangeView, screen: Screen) -> list[str]:
    """Return what a change is, who wrote it and why, and what is stated about it."""
    parts = [ink(clean(view.label), Ink.BOLD), state_words(view.state)]
    parts += [ink(UNSENT, Ink.WARN)] if view.unsent else []
    parts += [f"revision {view.revision}"] if view.revision else []
    parts += [f"from {day_words(view.effective_from)}"] if view.effective_from else []
    parts += [f"due {time_words(view.due)}"] if view.due else []
    parts += [f"expires {day_words(view.expires)}"] if view.expires and view.state != "approved" else []
    lines = screen.wrap(" · ".join(parts), rest="  ")
    lines += _quoted(view.author, view.why, screen)
    history = f"history: {state_words(view.treatment)}" if view.treatment else ""
    lines += screen.wrap(" · ".join(filter(None, [state_words(view.intent), history])), rest="  ")
    others = [clean(name) for name in view.contributors if name != view.author]
    lines += screen.wrap(f"also written by {', '.join(others)}", rest="  ") if others else []
    lines += screen.wrap(f"tickets {', '.join(clean(ref) for ref in view.refs)}", rest="  ") if view.refs else []
    lines += screen.wrap(clean(view.effect), rest="  ") if view.effect else []
    lines += screen.wrap(clean(view.reverts), rest="  ") if view.reverts else []
    roles = (("asked for by", view.requested_by), ("implemented by", view.implemented_by))
    named = " · ".join(f"{word} {clean(name)}" for word, name in roles if name and name != view.author)
    lines += screen.wrap(named, rest="  ") if named else []
    lines += screen.wrap(f"applied as {clean(view.applied_as)[:12]}", rest="  ") if view.applied_as else []
    return [line for line in lines if line] + [""]


def _beside(definition: ChangedDefinition, view: ChangeView, screen: Screen) -> list[str]:
    """Return the open threads on the fields of a definition, each with its last word."""
    return thread_lines([one for one in view.threads if one.path == definition.path], screen)


def thread_lines(threads: Iterable[ThreadView], screen: Screen) -> list[str]:
    """Return open threads in one entry each: about what, and who said what last."""
    lines: list[str] = []
    for one in threads:
        if one.resolved or not one.remarks:
            continue
        last = one.remarks[-1]
        about = f"{clean(one.field or one.path)}  " if one.field or one.path else ""
        said = f'{ink(clean(one.id), Ink.WARN)}  {about}{clean(last.principal)}: "{clean(last.words)}"'
        lines += screen.wrap(said, "  ", "      ")
    return lines


def _heard(view: ChangeView, screen: Screen) -> list[str]:
    """Return how the consulted were heard where no list of requirements says it: of a change that was applied."""
    if view.requirements or not view.consulted:
        return []
    lines = [screen.rule("Consulted")]
    for one in view.consulted:
        lines += screen.wrap(clean(heard_words(one)), "  ", "    ")
    return lines


def _by_definition(definitions: Sequence[ChangedDefinition], screen: Screen) -> list[str]:
    """Return a table of the definitions of a change: class, version step, who decided what, and how much is missing."""
    head = ("definition", "class", "version", "decided", "missing")
    body = []
    for one in definitions:
        decided = ", ".join(
            f"{clean(each.principal)} {DECIDED.get(each.decision, clean(each.decision))}" for each in one.decided
        )
        missing = str(len(one.missing)) if one.missing else "–"
        body.append((_bare(one.id), _classed(one.change_class), step_words(one.version), decided or "–", missing))
    return screen.table(head, body)


def change_text(view: ChangeView, *, findings: bool = True, screen: Screen | None = None) -> str:
    """Return one change in full: state, why, what changes, everything missing with who and how, decisions so far."""
    screen = screen or Screen()
    lines = head_lines(view, screen)
    for definition in view.definitions:
        lines += [*definition_lines(definition, screen, findings=findings), *_beside(definition, view, screen), ""]
    if len(view.definitions) > 1:
        lines += [*_by_definition(view.definitions, screen), ""]
    if said := override_lines(view, screen):
        lines += [*said, ""]
    missing = sum(not one.met for one in view.requirements)
    if view.requirements:
        title = f"Missing {missing} of {len(view.requirements)}" if missing else "Nothing is missing"
        lines += [screen.rule(title), *requirement_lines(view.requirements, screen), ""]
    if view.decisions:
        lines.append(screen.rule("Decisions"))
        for decision in view.decisions:
            lines += _decision(decision, screen)
        lines.append("")
    if heard := _heard(view, screen):
        lines += [*heard, ""]
    if view.affected and findings:
        names = {finding.definition for finding in view.affected}
        lines += [screen.rule(f"Affected, not changed: {len(names)}"), *affected_lines(view.affected, screen), ""]
    if view.threads:
        lines.append(screen.rule(f"Talk: {plural(sum(not one.resolved for one in view.threads), 'open thread')}"))
        for thread in view.threads:
            lines += _thread(thread, screen)
        lines.append("")
    if findings:
        lines += flag_legend([finding for each in view.definitions for finding in each.findings], screen)
    while lines and not lines[-1]:
        lines.pop()
    return screen.text(lines)


def who_text(view: WhoView, *, screen: Screen | None = None) -> str:
    """Return who would have to agree to a change, who is asked and told, and the gap where nobody can agree."""
    screen = screen or Screen()
    lines = screen.ends(ink(clean(view.definition), Ink.BOLD), _classed(view.change_class))
    if view.gap:
        lines += screen.wrap(f"{ink('GAP', Ink.GRAVE)}  nobody can agree: {clean(view.gap)}", "  ", "    ")
    named = (
        ("responsible", view.responsible),
        ("accountable", (view.accountable,) if view.accountable else ()),
        ("deputy", (view.deputy,) if view.deputy else ()),
        ("consulted", view.consulted),
        ("informed", view.informed),
    )
    for role, people in named:
        lines += screen.wrap(", ".join(clean(name) for name in people) or "–", f"  {role:<12} ")
    lines += ["", *requirement_lines(view.requirements, screen)] if view.requirements else []
    for said in view.stand_ins:
        lines += screen.wrap(clean(said), "  ", "    ")
    lines += ["", *_then(view.then, screen)] if view.then else []
    return screen.text(lines)


def _then(then: Then, screen: Screen) -> list[str]:
    """Return by which governance an answer about the past was given, and how far the journal can tell."""
    lines = screen.wrap(
        f"as of {time_words(then.at)} UTC: governance {clean(then.governance)[:12]} at {clean(then.commit)[:12]}"
    )
    said = f"event {then.seq} ({time_words(then.seen_at)}) saw main there"
    if then.next_seq:
        said += f"; event {then.next_seq} ({time_words(then.next_at)}) was the first to see another"
    return lines + screen.wrap(ink(said, Ink.DIM))
