"""What stands around the diff of a change: its head, what is missing, whom it reaches, the talk, the story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from metricgov.domain.changes.findings import GRAVITY, ChangeClass, gravest
from metricgov.render.changes import state_words
from metricgov.render.findings import class_word, flag_letters
from metricgov.render.kit import cells, clean, clock_words, day_words, plural, time_left
from metricgov.render.story import ENDS, need_words
from metricgov_tui import words_review as words
from metricgov_tui.lines import Line
from metricgov_tui.panels import diff
from metricgov_tui.panels.flow import Run, beside, ends, flow, rule
from metricgov_tui.panels.requirements import requirement_lines, short_lines

if TYPE_CHECKING:
    from metricgov.domain.past_views import StoryLine, StoryNeed
    from metricgov.domain.views import ChangeView, ImpactRow, RequirementView, ThreadView
    from metricgov_tui.look import Look

Impact = tuple[tuple[str, tuple["ImpactRow", ...]], ...]


def class_of(view: ChangeView) -> ChangeClass:
    """Return the class of a whole change."""
    return gravest(one.change_class for one in view.definitions)


def class_run(change_class: ChangeClass) -> Run:
    """Return a class with its style."""
    grave = GRAVITY[change_class] >= GRAVITY[ChangeClass.BREAKING]
    return class_word(change_class), "grave" if grave else "same" if change_class is ChangeClass.IDENTICAL else "words"


def named(view: ChangeView, look: Look) -> str:
    """Return which definition, and from which version to which: `routing_speed  1.0.0 → 2.0.0`."""
    if not view.definitions:
        return ""
    first = max(view.definitions, key=lambda one: GRAVITY[one.change_class])
    name = clean(first.id).removeprefix("metric:")
    more = f" +{len(view.definitions) - 1}" if len(view.definitions) > 1 else ""
    before, after = clean(first.version.before), clean(first.version.after)
    step = f"{before} {look.arrow} {after}" if before and after and before != after else after or before
    return f"{name}{more}  {step}".rstrip()


def due_run(view: ChangeView, now: str) -> Run | None:
    """Return the time until the next deadline of anything that is missing; None where there is none."""
    dates = sorted(one.due for one in view.requirements if one.due and not one.met)
    if not dates:
        return None
    left = time_left(dates[0], now)
    late = left.endswith("late")
    return (left if late else f"{left} left"), "late" if late else "warn" if left.endswith((" h", " min", " s")) else ""


def state_runs(view: ChangeView, look: Look, now: str, room: int = 80) -> list[Run]:
    """Return class, state, revision, first day and time left; where that is too much, without the first day."""
    runs = _state_runs(view, look, now, dated=True)
    return runs if sum(cells(text) for text, _ in runs) <= room else _state_runs(view, look, now, dated=False)


def _state_runs(view: ChangeView, look: Look, now: str, *, dated: bool) -> list[Run]:
    runs: list[Run] = [class_run(class_of(view))] if view.definitions else []
    said = [state_words(view.state)] if view.state != "in_review" else []
    said += [f"revision {view.revision}"] if view.revision else []
    said += [f"from {day_words(view.effective_from)}"] if view.effective_from and dated else []
    for one in said:
        runs += [(f" {look.dot} ", "dim"), (one, "")] if runs else [(one, "")]
    if due := due_run(view, now):
        runs += [(f" {look.dot} ", "dim"), due]
    return runs


def claim_words(view: ChangeView, look: Look, *, wide: bool) -> str:
    """Return what is stated about a change: why numbers move, what happens to history, who is accountable."""
    parts = [state_words(view.intent)] if view.intent else []
    parts += [f"history: {state_words(view.treatment)}"] if view.treatment else []
    if wide:
        parts += [f"from {day_words(view.effective_from)}"] if view.effective_from else []
        parts += [f"tickets {', '.join(map(clean, view.refs))}"] if view.refs else []
    others = [clean(name) for name in view.contributors if name != view.author]
    parts += [f"also written by {', '.join(others)}"] if others else []
    roles = (("asked for by", view.requested_by), ("implemented by", view.implemented_by))
    parts += [f"{word} {clean(name)}" for word, name in roles if name and name != view.author]
    parts += [clean(view.reverts)] if view.reverts else []
    parts += [f"applied as {clean(view.applied_as)[:12]}"] if view.applied_as else []
    return f" {look.dot} ".join(parts)


def why_lines(view: ChangeView, width: int, look: Look) -> list[Line]:
    """Return the words of the author and what is stated, as the first lines of a small screen."""
    runs: list[Run] = [(f"{clean(view.author)}: ", "dim"), (f'"{clean(view.why)}"', "")] if view.why else []
    found = [Line(text) for text in flow(runs, width, "", "  ")] if runs else []
    said = claim_words(view, look, wide=False)
    return found + ([Line(text) for text in flow([(said, "dim")], width, "", "  ")] if said else [])


# what is missing


def missing_rule(view: ChangeView, width: int, look: Look, me: str, *, brief: bool) -> Text:
    """Return the line above what is missing; where that is not shown, with all of it in a few words."""
    title = words.missing(view)
    unmet = [one for one in view.requirements if not one.met]
    if brief and unmet:
        said = f" {look.dot} ".join(words.short(one, me) for one in unmet)
        room = width - cells(title) - 9
        title += ": " + (said if cells(said) <= room else said[: room - 1] + look.ellipsis)
    return rule(title, width, look.rule, "title" if unmet else "ok")


def missing_short(view: ChangeView, width: int, look: Look, me: str, most: int) -> list[Line]:
    """Return what is missing in two columns of at most `most` rows; the last cell says where the rest is."""
    unmet = [one for one in view.requirements if not one.met]
    met = len(view.requirements) - len(unmet)
    half = width // 2
    texts = [_cell(one, half - 2, look, me) for one in unmet]
    if met:
        texts.append(Text.assemble((f"{look.met} ", "ok"), (f"{plural(met, 'is', 'are')} met, Tab lists them", "dim")))
    if len(texts) > 2 * most:
        rest = len(texts) - 2 * most + 1
        texts = [*texts[: 2 * most - 1], Text(f"{rest} more: Tab lists them", style="dim")]
    rows = (len(texts) + 1) // 2
    left, right = texts[0::2], texts[1::2]
    return [Line(text) for text in beside(left, right, half, " ")[:rows]]


def _cell(one: RequirementView, room: int, look: Look, me: str) -> Text:
    said = words.short(one, me)
    if cells(said) > room - 3:
        said = words.short(one, me, dated=False)
    text = Text.assemble((f"{look.unmet} ", "warn"), (said, "bold" if me in one.who else ""))
    if text.cell_len > room:
        text.truncate(room - cells(look.ellipsis))
        text.append(look.ellipsis)
    return text


def missing_lines(view: ChangeView, width: int, look: Look) -> list[Line]:
    """Return every requirement, unmet ones first, with who can meet it; the cursor stops at each."""
    found: list[Line] = []
    for place, one in enumerate(sorted(view.requirements, key=lambda each: each.met)):
        first, *rest = requirement_lines([one], width, look)
        said = f"{'met' if one.met else 'missing'}: {clean(one.says)}"
        found.append(Line(first.text, f"requirement {place}", said))
        found += [Line(each.text, under=True) for each in rest]
    return found or [Line(Text(words.missing(view) + "."))]


# whom it reaches


def impact_lines(impact: Impact | None, width: int, look: Look) -> list[Line]:
    """Return what is computed from each changed definition or uses it, nearest first, with its owner."""
    if impact is None:
        return [Line(Text(words.READING, style="dim"))]
    found: list[Line] = []
    for definition, rows in impact:
        if len(impact) > 1:
            found.append(Line(rule(clean(definition).removeprefix("metric:"), width, look.rule)))
        if not rows:
            found.append(Line(Text(words.NO_IMPACT)))
        groups = (
            ("computed from it", [one for one in rows if one.relation == "computed"]),
            ("uses it, or what is computed from it", [one for one in rows if one.relation == "uses"]),
            ("reads its values", [one for one in rows if one.relation not in ("computed", "uses")]),
        )
        for title, group in groups:
            if group:
                found.append(Line(Text(f"{title}: {len(group)}", style="title")))
                found += [line for one in group for line in _reached(definition, one, width)]
    return found or [Line(Text(words.NO_IMPACT))]


def _reached(definition: str, one: ImpactRow, width: int) -> list[Line]:
    kind = "" if one.relation in ("computed", "uses") else f"{clean(one.relation)} "
    name = clean(one.id).removeprefix("metric:")
    through = f"  through {clean(one.via).removeprefix('metric:')}" if one.via else ""
    left: list[Run] = [(f"  {kind}", "dim"), (name, "bold" if one.relation == "computed" else ""), (through, "dim")]
    first, *rest = ends(left, [(clean(one.owner), "")], width, "    ")
    said = f"{kind}{name.replace('_', ' ')}{through}, of {clean(one.owner) or 'nobody'}"
    return [
        Line(first, f"reached {definition} {one.relation} {one.id}", said),
        *(Line(each, under=True) for each in rest),
    ]


# the talk


def talk_lines(threads: Sequence[ThreadView], width: int, look: Look, me: str) -> list[Line]:
    """Return every discussion, open ones first, with all that was said."""
    if not threads:
        return [Line(Text(words.NO_COMMENTS))]
    found: list[Line] = []
    for thread in sorted(threads, key=lambda one: one.resolved):
        field = clean(thread.field) or ("the file" if thread.path else "the change")
        name = clean(thread.path).rpartition("/")[2].partition(".")[0]
        about = f"{name}  {field}" if thread.path else field
        state: Run = ("settled", "dim") if thread.resolved else ("open", "warn")
        head, *more = ends([(f"{look.talk} ", "warn"), (about, "bold")], [state], width)
        said = f"{state[0]} thread on {field}, {plural(len(thread.remarks), 'remark')}"
        found.append(Line(head, f"thread {thread.id}", said))
        found += [Line(text, under=True) for text in more]
        for one in thread.remarks:
            who = "you" if one.principal == me else clean(one.principal)
            runs: list[Run] = [(f"{who}, {day_words(one.at)[:-5]}: ", "dim"), (clean(one.words), "")]
            found += [Line(text, under=True) for text in flow(runs, width, "  ", "    ")]
        found.append(Line(Text()))
    return found[:-1]


# the story


def story_lines(story: Sequence[StoryLine] | None, width: int, seen: int) -> list[Line]:
    """Return what happened, by days, newest last; what is newer than the event `seen` is marked as new."""
    if story is None:
        return [Line(Text(words.READING, style="dim"))]
    found: list[Line] = []
    day = ""
    for one in story:
        if one.at[:10] != day:
            day = one.at[:10]
            found += [Line(Text())] if found else []
            found.append(Line(Text(day_words(day), style="title")))
        found += _event(one, width, new=bool(seen) and one.seq > seen)
    return found


def _event(one: StoryLine, width: int, *, new: bool) -> list[Line]:
    proof = "" if one.identity.value == "claimed" or not one.who else f" ({one.identity.value})"
    who = clean(one.who) or "metricgov"
    runs: list[Run] = [
        (f"{clock_words(one.at) or '     '}  ", "dim"),
        (who, "bold"),
        (f"{proof} {clean(one.says)}.", ""),
    ]
    runs += [("  not yet sent", "warn")] if one.waiting else []
    tail: list[Run] = [("new", "warn")] if new else []
    first, *rest = ends(runs, tail, width, " " * 7)
    found = [Line(first, f"event {one.seq}", f"{time_said(one.at)}, {who} {clean(one.says)}")]
    found += [Line(text, under=True) for text in rest]
    if one.words:
        found += [Line(text, under=True) for text in flow([(f'"{clean(one.words)}"', "")], width, " " * 7)]
    if one.fault:
        found += [Line(text, under=True) for text in flow([(clean(one.fault), "warn")], width, " " * 7)]
    for need in (*one.meanwhile, *one.needs):
        if need.end != "replaced":
            found += _need(need, width)
    return found


def time_said(at: str) -> str:
    """Return a second as `18 June, 09:52`."""
    return f"{day_words(at)[:-5]}, {clock_words(at)}"


def _need(need: StoryNeed, width: int) -> list[Line]:
    word = ENDS.get(need.end, need.end)
    style = "warn" if not need.end else "ok" if need.end == "met" else "dim"
    runs: list[Run] = [(f"{word:<7}", style), (need_words(need), "dim")]
    return [Line(text, under=True) for text in flow(runs, width, " " * 7, " " * 14)]


def since_lines(story: Sequence[StoryLine] | None, seen: int, width: int) -> list[Line]:
    """Return what happened after the event `seen`, in a line each; nothing where it is not known what was seen."""
    found: list[Line] = []
    for one in story or ():
        if not seen or one.seq <= seen:
            continue
        runs: list[Run] = [(f"{clean(one.who) or 'metricgov'} ", "bold"), (clean(one.says), "")]
        found += [Line(text) for text in flow(runs, width, "", "  ")]
    return found


# beside the diff


def counts_line(view: ChangeView, look: Look) -> Text:
    """Return how many findings of each class there are: `≠ 2 BREAKING   ~ 3 editorial   = 2 identical`."""
    every = [one for definition in view.definitions for one in definition.findings]
    signs = {
        ChangeClass.UNKNOWN: look.meaning_changed,
        ChangeClass.BREAKING: look.meaning_changed,
        ChangeClass.COMPATIBLE: look.words,
        ChangeClass.EDITORIAL: look.words,
        ChangeClass.IDENTICAL: look.same,
    }
    text = Text()
    for change_class in sorted(signs, key=lambda one: -GRAVITY[one]):
        if count := sum(one.change_class is change_class for one in every):
            word, style = class_run(change_class)
            text.append(f"{'   ' if text.plain else ''}{signs[change_class]} {count} {word}", style)
    letters = flag_letters(frozenset(flag for one in every for flag in one.flags))
    return Text.assemble(text, (f"   {letters}", "dim")) if letters else text


def evidence_lines(
    view: ChangeView,
    effect: Sequence[Line],
    impact: Impact | None,
    since: Sequence[Line],
    width: int,
    look: Look,
    me: str,
) -> list[Line]:
    """Return everything beside the diff in reading order: findings, effect, missing, impact, since you last looked."""
    count, to_read = sum(len(one.findings) for one in view.definitions), len(diff.to_read(view))
    said = f", {to_read} to read" if to_read < count else ""
    found = [Line(Text(f"FINDINGS {count}{said}", style="title")), Line(counts_line(view, look)), Line(Text())]
    effect_head = Text(f"EFFECT, revision {view.revision}" if view.revision else "EFFECT", style="title")
    found += [Line(effect_head), *effect, Line(Text())]
    found.append(Line(Text(words.missing(view).upper(), style="title")))
    found += [line for one in _unmet_first(view) for line in short_lines(one, width, look, me)]
    found += [Line(Text()), Line(Text("IMPACT", style="title")), *_impact_short(impact, width)]
    if since:
        found += [Line(Text()), Line(Text("SINCE YOU LAST LOOKED", style="title")), *since]
    return found


def _unmet_first(view: ChangeView) -> list[RequirementView]:
    return sorted(view.requirements, key=lambda one: one.met)


def _impact_short(impact: Impact | None, width: int) -> list[Line]:
    if impact is None:
        return [Line(Text(words.READING, style="dim"))]
    rows = [one for _, each in impact for one in each]
    if not rows:
        return [Line(text) for text in flow([(words.NO_IMPACT, "")], width)]
    computed = [one for one in rows if one.relation == "computed"]
    found = []
    for one in computed:
        name = clean(one.id).removeprefix("metric:")
        found += [Line(text) for text in ends([(name, "")], [(clean(one.owner), "dim")], width)]
    kinds: dict[str, int] = {}
    for one in rows:
        if one.relation != "computed":
            kind = "other use" if one.relation == "uses" else clean(one.relation)
            kinds[kind] = kinds.get(kind, 0) + 1
    said = ", ".join(plural(count, kind) for kind, count in kinds.items())
    return found + ([Line(text) for text in flow([(said, "dim")], width)] if said else [])
