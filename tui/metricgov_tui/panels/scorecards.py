"""Scorecards as lines: a row a metric with value, target, word, way and break; every value beside its version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rich.text import Text

from metricgov.domain.comparability.attained import Standing
from metricgov.domain.comparability.flags import Flag
from metricgov.domain.query.period_names import name_of
from metricgov.render.bars import number
from metricgov.render.kit import clean, day_words, plural
from metricgov_tui import words_registry as words
from metricgov_tui.lines import Line
from metricgov_tui.panels.over_time import bars_of
from metricgov_tui.panels.parts import cut, heading, labelled, row_of, screen_of, valued, wrapped

if TYPE_CHECKING:
    from metricgov.domain.reading_views import Score, ScorecardView
    from metricgov_tui.look import Look

STEP: Final = " > "

STYLES: Final[Mapping[Standing, str]] = {
    Standing.CRITICAL: "grave",
    Standing.WARN: "warn",
    Standing.ON_TARGET: "ok",
}

NARROW: Final = 72
"""Columns below which only name, value, word and version have room."""

GRAVEST: Final = (Standing.CRITICAL, Standing.WARN)


@dataclass
class Board:
    """What is known: the scorecards, the scores of their metrics, and what they are narrowed to."""

    cards: tuple[ScorecardView, ...] = ()
    scores: dict[str, Score] = field(default_factory=dict)
    typed: str = ""
    word: str = ""
    card: str = ""
    gravest_first: bool = False

    def metrics(self, card: ScorecardView) -> tuple[str, ...]:
        """Return the metrics of a scorecard in the order of its file, or the gravest first."""
        found = tuple(dict.fromkeys(one for section in card.sections for one in section.metrics))
        if not self.gravest_first:
            return found
        return tuple(sorted(found, key=lambda one: gravity(self.scores[one].standing if one in self.scores else "")))

    def passes(self, metric: str) -> bool:
        """Say whether a metric is among those that are wanted."""
        score = self.scores.get(metric)
        held = f"{metric} {score.title if score else ''}".casefold().replace("_", " ")
        wanted = self.typed.casefold().replace("_", " ").split()
        fits = not self.word or (score is not None and score.standing.value == self.word)
        return fits and all(word in held for word in wanted)


ORDER: Final = (
    Standing.CRITICAL, Standing.WARN, Standing.OFF, Standing.BELOW, Standing.ABOVE, Standing.IN_RANGE,
    Standing.ON_TARGET, Standing.NONE,
)  # fmt: skip
"""Words, the gravest first."""


def gravity(word: str) -> int:
    """Return the place of a word in that order."""
    return ORDER.index(Standing(word))


def metric_at(key: str) -> str:
    """Return the metric of a row's key, "" for none."""
    return key.partition(STEP)[2]


def card_at(key: str) -> str:
    """Return the scorecard of a row's key."""
    return key.partition(STEP)[0]


def board_lines(board: Board, width: int, look: Look) -> list[Line]:
    """Return every scorecard with its metrics, those of the reader's teams first."""
    found: list[Line] = []
    for card in board.cards:
        if board.card and card.id != board.card:
            continue
        rows = list(_card(board, card, width, look))
        if rows:
            found += [Line(Text())] if found else []
            found += [_title(board, card, width, look), *rows]
    if not found:
        narrowed = board.typed or board.word or board.card
        found = wrapped(f'Nothing matches "{clean(board.typed or board.word)}". Esc clears.' if narrowed
                        else words.NO_SCORECARDS, width)  # fmt: skip
    return found


def _title(board: Board, card: ScorecardView, width: int, look: Look) -> Line:
    said = clean(card.title) + (" (yours)" if card.mine else "")
    facts = [f"every {clean(card.rhythm).replace('_', ' ')}" if card.rhythm else "", clean(card.version)]
    parts = (said, _summary(board, card), f" {look.dot} ".join(filter(None, facts)))
    return heading("  ".join(filter(None, parts)), width, look)


def _summary(board: Board, card: ScorecardView) -> str:
    known = [board.scores[one] for one in board.metrics(card) if one in board.scores]
    said = []
    for word in GRAVEST:
        count = sum(one.standing is word for one in known)
        said += [f"{count} {word.value}"] if count else []
    return ", ".join(said)


def _card(board: Board, card: ScorecardView, width: int, look: Look) -> Iterator[Line]:
    if card.problem:
        yield Line(Text(f"{look.error} {clean(card.problem)}", style="grave"), f"{card.id}{STEP}")
        return
    for metric in board.metrics(card):
        if board.passes(metric):
            yield _row(board, card, metric, width, look)


def columns_of(width: int) -> tuple[int, ...]:
    """Return the widths of name, value, target, word, way, course, version; the course gives way first."""
    course = 13 if width >= 92 else 0
    value, target, word, moved, version = (14, 10, 12, 6, 8) if course else (11, 9, 12, 6, 7)
    if width < NARROW:
        target = moved = 0
    rest = (value, target, word, moved, course, version)
    return min(48, max(14, width - sum(one + 2 for one in rest if one))), *rest


def head_line(width: int, look: Look) -> Text:
    """Return the head of the columns."""
    titles = ("metric", "value", "target", "stands", "moved", "last periods", "version")
    return row_of(zip(titles, columns_of(width), ["dim"] * 7, strict=True), look)


def _row(board: Board, card: ScorecardView, metric: str, width: int, look: Look) -> Line:
    score = board.scores.get(metric)
    columns = columns_of(width)
    key = f"{card.id}{STEP}{metric}"
    name = cut(clean(metric.partition(":")[2]), columns[0], look)
    if score is None:
        return Line(row_of(((name, columns[0], ""), (look.ellipsis, 3, "dim")), look), key, f"{name}, reading")
    last = score.last
    if last is None:
        text = row_of(((name, columns[0], "dim"), (clean(score.why), max(10, width - columns[0] - 2), "dim")), look)
        return Line(text, key, f"{name.replace('_', ' ')}, {clean(score.why)}")
    broken = any(place and Flag.BREAK in one.flags for place, one in enumerate(score.points))
    mark = ("|" if look.rule.isascii() else "┊") if broken else " "
    moved = _moved(score)
    target = number(score.target) if score.target is not None else look.dash
    word = score.standing.value or ("other basis" if score.why else look.dash)
    course = bars_of(score.points, screen_of(max(2 * columns[5], 60), look)) if columns[5] else ""
    cells = (
        (name, columns[0], ""),
        (valued(last.value, score.unit), columns[1], "dim" if score.behind else "bold"),
        (target, columns[2], ""),
        (word, columns[3], STYLES.get(score.standing, "dim" if score.why else "")),
        (moved, columns[4], {1: "ok", -1: "warn"}.get(score.better, "dim")),
        (course, columns[5], "new"),
        (f"{mark}{clean(last.version).partition(' ')[0]}", columns[6], "warn" if broken else "dim"),
    )
    return Line(row_of(cells, look), key, _spoken(score, name, word, moved, broken=broken))


def _moved(score: Score) -> str:
    """Return whether it went the good way since the period before, in a word."""
    return {1: "better", -1: "worse"}.get(score.better, "")


def _spoken(score: Score, name: str, word: str, moved: str, *, broken: bool) -> str:
    last = score.last
    assert last is not None, "a row without a value is said elsewhere"
    said = [
        name.replace("_", " "),
        f"{valued(last.value, score.unit)} in {name_of(score.grain, last.period)}",
        f"by version {clean(last.version)}",
        f"target {number(score.target)}" if score.target is not None else "no target",
        word if score.standing else "",
        moved,
        "with a break" if broken else "",
        f"older than {score.behind}" if score.behind else "",
    ]
    return ", ".join(filter(None, said))


def about_lines(score: Score | None, width: int, look: Look) -> list[Line]:
    """Return what stands behind the row under the cursor: period, version, target, break, where the value is from."""
    if score is None:
        return []
    name = clean(score.metric.partition(":")[2])
    found = [heading("  ".join(filter(None, [name, clean(score.version)])), width, look)]
    if score.title:
        found += wrapped(clean(score.title), width)
    last = score.last
    if last is not None:
        said = f"{valued(last.value, score.unit)} in {name_of(score.grain, last.period)}, by {clean(last.version)}"
        found += labelled("Value", said + (f", {_moved(score)} than before" if score.better else ""), width)
    if score.behind:
        found += labelled("Old", f"there is no value of {score.behind}, the newest whole period", width, style="warn")
    if score.why:
        found += labelled("Why", f"{clean(score.why)}.", width, style="warn")
    if score.target is not None:
        by = f" by {day_words(score.target_by)}" if score.target_by else ""
        stands = f": {score.standing.value}" if score.standing else ""
        found += labelled("Target", f"{number(score.target)}{by}{stands}", width)
    breaks = [one for place, one in enumerate(score.points) if place and Flag.BREAK in one.flags]
    for one in breaks[-1:]:
        said = f"{clean(one.version)} begins with {name_of(score.grain, one.period)}; what lies before does not compare"
        found += labelled("Break", said + ". t shows it.", width, style="warn")
    if score.origin is not None:
        origin = "stored" if score.origin.value == "stored" else "computed"
        found += labelled("Read", f"{origin} {day_words(score.at)}", width, style="dim")
    return found


def unread(board: Board) -> int:
    """Return how many metrics have no value for want of a stored one."""
    return len({one.metric for one in board.scores.values() if not one.points and "stored" in one.why})


def resting(board: Board, engine: str) -> str:
    """Return what the message row says: what could not be read, and what reads it."""
    wanted = {metric for card in board.cards for metric in board.metrics(card)}
    if len(board.scores) < len(wanted):
        return f"{len(board.scores)} of {plural(len(wanted), 'metric')} read {'…'}"
    missing = unread(board)
    if not missing:
        return f"{plural(len(wanted), 'metric')} on {plural(len(board.cards), 'scorecard')}."
    some = "any" if missing == len(wanted) else f"{missing}"
    told = f"No value is stored of {some} of {plural(len(wanted), 'metric')}."
    return f"{told} v reads this scorecard from {clean(engine)}." if engine else f"{told} {words.NO_ENGINE}"


def counts(board: Board) -> Mapping[str, Mapping[str, int]]:
    """Return how many rows each word and each scorecard has."""
    from collections import Counter

    every = [one for card in board.cards for one in board.metrics(card)]
    standing = Counter(board.scores[one].standing.value for one in every if one in board.scores)
    return {"word": standing, "card": Counter({one.title: len(board.metrics(one)) for one in board.cards})}


def in_order(scores: Sequence[Score]) -> dict[str, Score]:
    """Return scores by their metric."""
    return {one.metric: one for one in scores}
