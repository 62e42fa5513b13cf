"""How values look on a page: words, marks in texts, pictures. What it means was decided long before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup

from metricgov.api.problem_answers import as_told
from metricgov.desk.deciding import Refusal
from metricgov.desk.foreseeing import refusal_of
from metricgov.domain.changes.file_rows import FormEdit
from metricgov.domain.changes.findings import GRAVITY, ChangeClass, Finding, gravest
from metricgov.domain.comparability.effect import Effect, Part
from metricgov.domain.comparability.evidence import MetricEffect
from metricgov.domain.digest import JSON
from metricgov.domain.edited_views import EditedDefinition, FieldEdit, How
from metricgov.domain.effect_report import EffectReport
from metricgov.domain.errors import MetricgovError
from metricgov.domain.views import Ask, ChangeView, LinkStatus, RequirementView
from metricgov.domain.workflow.envelope import Identity
from metricgov.render.bars import number
from metricgov.render.effect_words import FUTURE, VERDICTS, advice_words, goal_words, reader_words
from metricgov.render.findings import class_word, sign, step_words
from metricgov.render.inline import words_of
from metricgov.render.kit import clean, day_words, plural, time_words
from metricgov.render.link import link_words
from metricgov.render.plots.effect_svg import forest_svg, overlap_svg
from metricgov.render.plots.forest import forest_words
from metricgov.render.plots.overlap import overlap_words
from metricgov.render.plots.timeline import timeline_words
from metricgov.render.plots.timeline_svg import timeline_svg
from metricgov.render.wording import follows_words, sentence

SIGN_WORDS: Final = {
    "≠": "meaning changed",
    "=": "same meaning",
    "+": "added",
    "-": "taken out",
    ">": "moved",
    "~": "words only",
}
"""What the sign before a field says, for those who do not know it or do not see it."""

HOW_WORDS: Final = {
    How.CHANGED: "",
    How.ADDED: "new",
    How.REMOVED: "taken out",
    How.RESPELLED: "written in another way",
    How.AFFECTED: "its own text stayed",
    How.WHOLE: "",
}

ASK_WORDS: Final = {
    Ask.DECIDE: "Decide",
    Ask.ANSWER: "Answer",
    Ask.REVISE: "Revise",
    Ask.APPLY: "Apply",
    Ask.RE_DATE: "Re-date",
    Ask.REVIEW: "Review late",
    Ask.REQUEST: "Request",
}

IDENTITY_WORDS: Final = {
    Identity.CLAIMED: "claimed",
    Identity.SERVER: "by this server",
}

LINKS: Final = {
    LinkStatus.SAME: "one series",
    LinkStatus.RESTATED: "computed again",
    LinkStatus.BRIDGED: "bridged",
    LinkStatus.BRIDGED_BY_SEGMENT: "bridged by segment",
    LinkStatus.BROKEN: "broken",
    LinkStatus.NOT_MEASURED: "not measured",
}


HINTS: Final = {
    "stale": "what differs stands below: read it, then decide",
    "change_unknown": "the inbox lists the changes that are open",
    "definition_unknown": "look for it among the definitions",
    "no_effect": "somebody with the data computes it",
    "token_invalid": "ask whoever runs this server for another one",
    "right_missing": "ask whoever runs this server for a token with that right",
}
"""Next steps for people at a page, where those of the command line would be of no use to them."""


def refusal(error: MetricgovError) -> Refusal:
    """Return an error as pages show it."""
    found = refusal_of(as_told(error))
    return replace(found, hint=HINTS.get(found.code, found.hint))


def text(value: str) -> Markup:
    """Return somebody's words with their lines; nothing in them is markup."""
    return Markup("\n").join(clean(line) for line in value.replace("\r\n", "\n").strip("\n").split("\n"))


def marked(value: str, spans: Iterable[tuple[int, int, bool]], kind: str) -> Markup:
    """Return a text with some of its characters marked; a moved part says so in its class."""
    found, at = Markup(""), 0
    for start, end, moved in sorted(spans):
        if end <= start or start < at:
            continue
        found += _kept(value[at:start])
        found += Markup('<mark class="{}">{}</mark>').format("moved" if moved else kind, _kept(value[start:end]))
        at = end
    return found + _kept(value[at:])


def _kept(piece: str) -> Markup:
    return Markup("\n").join(line if line.isprintable() else clean(line) for line in piece.split("\n"))


def before(edit: FieldEdit) -> Markup:
    """Return the text of a field before, with what went marked."""
    return marked(edit.before, ((*one.before, one.moved) for one in edit.marks), "gone")


def after(edit: FieldEdit) -> Markup:
    """Return the text of a field after, with what came marked."""
    return marked(edit.after, ((*one.after, one.moved) for one in edit.marks), "came")


def sign_of(finding: Finding) -> str:
    """Return the sign of a finding."""
    return sign(finding)


def class_of(change_class: ChangeClass | None) -> str:
    """Return a name for the style of a class."""
    return change_class.value if change_class else "none"


def says(finding: Finding) -> str:
    """Return what a finding says below its field and texts, "" where that only repeats them."""
    return sentence(finding, values_shown=True)


def form(edits: Sequence[FormEdit]) -> str:
    """Return what changed in the form of a file alone, grouped: `moved: dimensions; reformatted: tags`."""
    ordered = sorted(edits, key=lambda one: one.form.value)
    groups = groupby(ordered, key=lambda one: one.form.value)
    return "; ".join(
        f"{name}: {', '.join(one.field or 'the head of the file' for one in found)}" for name, found in groups
    )


def lines(edited: EditedDefinition) -> list[tuple[str, str, str, str]]:
    """Return the file line by line: (kind, number before, number after, text); kind is `same`, `gone` or `came`."""
    found: list[tuple[str, str, str, str]] = []
    late: list[tuple[str, str, str, str]] = []
    for old, new in edited.rows:
        if old and new and edited.before[old - 1] == edited.after[new - 1]:
            found += [*late, ("same", str(old), str(new), edited.after[new - 1])]
            late = []
            continue
        if old:
            found.append(("gone", str(old), "", edited.before[old - 1]))
        if new:
            late.append(("came", "", str(new), edited.after[new - 1]))
    return found + late


def name(ident: str) -> str:
    """Return the name in `kind:name`."""
    return ident.partition(":")[2] or ident


def gravity(view: ChangeView) -> ChangeClass | None:
    """Return the gravest class of a change."""
    return gravest(one.change_class for one in view.definitions) if view.definitions else None


def left(one: RequirementView) -> str:
    """Return how much time a requirement has."""
    if not one.due:
        return ""
    if one.days_left is None:
        return f"since {day_words(one.due)}, late"
    return f"until {day_words(one.due)}, {plural(one.days_left, 'working day')} left"


def due_words(due: str, now: str) -> str:
    """Return `LATE since …` or `until …`; "" without a date."""
    if not due:
        return ""
    return f"LATE, since {day_words(due)}" if due < now else f"until {time_words(due)}"


def interval(part: Part) -> str:
    """Return the interval of a ratio and the method, or why there is none."""
    found = part.estimate
    if found is None:
        return part.reason
    low, high = found.interval.values
    return f"{number(low)} to {number(high)}, {found.estimator.value}"


def verdict(effect: Effect) -> str:
    """Return the verdict in words."""
    said = effect.total.verdict
    return (
        f"no verdict: {effect.total.reason}" if said is None else f"{VERDICTS[said]} (margin {100 * effect.margin:g} %)"
    )


def figures(one: MetricEffect, report: EffectReport) -> list[tuple[Markup, str]]:
    """Return the pictures of an effect, each with what it shows in words."""
    if one.effect is None:
        return []
    found: list[tuple[Markup | None, str]] = [
        (overlap_svg(one.metric, one.effect, report.of(one.metric).unit), overlap_words(one.metric, one.effect))
    ]
    found += [(forest_svg(one.metric, each), forest_words(each)) for each in one.effect.dimensions]
    future = report.futures.get(one.metric)
    if future is not None:
        title = f"{FUTURE}: {timeline_words(future)}"
        found += [(timeline_svg(future, line, report.of(one.metric).unit), title) for line in future.lines[:1]]
    return [(drawn, said) for drawn, said in found if drawn is not None]


def timelines(series: Any, unit: str = "") -> list[tuple[Markup, str]]:
    """Return the picture of a series, with what it shows in words."""
    drawn = [timeline_svg(series, line, unit) for line in series.lines[:1]]
    return [(one, timeline_words(series)) for one in drawn if one is not None]


def value(held: JSON) -> Markup:
    """Return a value of a definition; a text keeps its lines."""
    return text(held) if isinstance(held, str) and held.strip() else Markup.escape(words_of(held))


def flat(data: Mapping[str, JSON], lead: str = "") -> list[tuple[str, JSON]]:
    """Return a mapping as dotted fields with their values, in its order."""
    found: list[tuple[str, JSON]] = []
    for key, held in data.items():
        if isinstance(held, Mapping) and held:
            found += flat(held, f"{lead}{key}.")
        else:
            found.append((f"{lead}{key}", held))
    return found


def by_gravity(edits: Sequence[EditedDefinition]) -> list[EditedDefinition]:
    """Return definitions, those that move numbers first."""
    return sorted(edits, key=lambda one: -max((GRAVITY[each.finding.change_class] for each in one.fields), default=0))


def iso(at: str) -> str:
    """Return a moment for machines, "" where it is none."""
    try:
        datetime.fromisoformat(at)
    except ValueError:
        return ""
    return at


DEED_WORDS: Final = {
    "approve": "approve below",
    "acknowledge": "acknowledge below",
    "accept_warning": "let it pass, under Effect",
}
"""What a reader can do about a requirement, and where on the page."""

FILTERS: Final[Mapping[str, Any]] = {
    "text": text,
    "typed": Markup.escape,
    "before": before,
    "after": after,
    "sign": sign_of,
    "sign_words": lambda finding: SIGN_WORDS[sign(finding)],
    "how_words": HOW_WORDS.__getitem__,
    "class_word": class_word,
    "class_of": class_of,
    "says": says,
    "follows": follows_words,
    "form": form,
    "filelines": lines,
    "short": name,
    "gravity": gravity,
    "left": left,
    "step": step_words,
    "time": time_words,
    "iso": iso,
    "spaced": lambda word: str(word).replace("_", " "),
    "number": number,
    "interval": interval,
    "verdict": verdict,
    "link": link_words,
    "advice": advice_words,
    "goal": goal_words,
    "consumer": reader_words,
    "held": value,
    "flat": flat,
    "ask": ASK_WORDS.__getitem__,
    "deed": DEED_WORDS.__getitem__,
    "linked": lambda one: LINKS[one] if one else "–",
    "proof": lambda one: IDENTITY_WORDS.get(one, str(one)),
    "graver": by_gravity,
}

GLOBALS: Final[Mapping[str, Any]] = {
    "figures": figures,
    "timelines": timelines,
    "plural": plural,
    "due_words": due_words,
}
