"""A metric over time as lines: its versions and how they compare, its values as a plot or a table; never one line
across a break, never a number without its version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from rich.text import Text

from metricgov.domain.comparability.flags import MEANINGS, Flag, Observation
from metricgov.domain.query.period_names import name_of
from metricgov.domain.views import LinkStatus
from metricgov.render.bars import bars, number
from metricgov.render.changes import state_words
from metricgov.render.history import LINK_WORDS
from metricgov.render.kit import Screen, clean, clock_words, day_words
from metricgov.render.link import factor_words, link_words
from metricgov_tui import words_registry as words
from metricgov_tui.lines import Line
from metricgov_tui.panels.parts import heading, row_of, screen_of, wrapped

if TYPE_CHECKING:
    from metricgov.domain.comparability.over_time import Series
    from metricgov.domain.past_views import VersionRow
    from metricgov.domain.reading_views import SeriesView, VersionHistory
    from metricgov.render.plots.chart import Course
    from metricgov_tui.look import Look

IN_FORCE: Final = ("applied", "baseline")
FEWEST_COLUMNS: Final = 60
"""Columns below which a plot with an axis says nothing; bars and the table do."""

PARTS: Final = (
    ("as it was before", "B"),
    ("not comparable", "x"),
    ("bridged", ":"),
    ("measured", "o"),
)
"""Parts of a line, each with a sign of its own; where they meet the last one is seen."""


# versions


def version_key(place: int) -> str:
    """Return the key of a version by its place in the history."""
    return f"version {place}"


def version_at(history: VersionHistory | None, key: str) -> VersionRow | None:
    """Return the version that a key stands for."""
    place = int(key.removeprefix("version ")) if key.startswith("version ") else -1
    return history.rows[place] if history is not None and 0 <= place < len(history.rows) else None


def version_lines(history: VersionHistory, width: int, look: Look) -> list[Line]:
    """Return the versions as a table, oldest first, what is proposed last; each row is a stop."""
    narrow = width < 70
    longest = max((len(_version(one)) for one in history.rows), default=9)
    version = min(34 if width >= 110 else 12 if narrow else 16, max(9, longest))
    columns = (version, 11, *((0, 0, 13, 0) if narrow else (11, 11, 12, max(8, width - version - 55))))
    head = ("version", "data from", "to", "known from", "link to next", "approved by")
    found = [Line(_cells(head, columns, ["dim"] * 6, look))]
    for place, row in enumerate(history.rows):
        pending = row.state not in IN_FORCE
        known = state_words(row.state) if row.state != "applied" else day_words(row.known_from)
        cells = (_version(row), day_words(row.data_from), day_words(row.data_to), known, link_short(row), _agreed(row))
        link = "" if row.link in (None, LinkStatus.SAME) else "warn" if row.link in SOFT else "grave"
        text = _cells(cells, columns, ("dim" if pending else "bold", "", "", "warn" if pending else "", link, ""), look)
        until = cells[2] if row.data_to else "now"
        spoken = f"version {_version(row)}, data from {cells[1]} to {until}, known from {known}, {cells[4]}, {cells[5]}"
        found.append(Line(text, version_key(place), spoken))
    if not history.rows:
        found.append(Line(Text("No version yet.", style="text")))
    return found


SOFT: Final = frozenset({LinkStatus.RESTATED, LinkStatus.BRIDGED, LinkStatus.BRIDGED_BY_SEGMENT})


def _version(row: VersionRow) -> str:
    mark = "" if row.state in IN_FORCE else "? "
    return mark + clean(row.version) + (f" ({clean(row.cause.partition(':')[2])})" if row.cause else "")


def link_short(row: VersionRow) -> str:
    """Return how a version compares with the next one, in a word and its factor."""
    if row.link is None:
        return "–"
    word = "bridged" if row.link is LinkStatus.BRIDGED_BY_SEGMENT else LINK_WORDS[row.link]
    factor = factor_words(row.measured).removeprefix("×") if row.measured else clean(row.factor)
    return f"{word} {factor}" if row.factor or row.link is LinkStatus.BRIDGED_BY_SEGMENT else word


def _agreed(row: VersionRow) -> str:
    if row.state == "baseline":
        return "baseline"
    if row.state != "applied":
        return clean(row.label)
    first, more = row.approved_by[:1], len(row.approved_by) - 1
    return (clean(first[0]) if first else "–") + (f" +{more}" if more > 0 else "")


def _cells(texts: Sequence[str], columns: Sequence[int], styles: Sequence[str], look: Look) -> Text:
    return row_of(zip(texts, columns, styles, strict=True), look)


def link_lines(history: VersionHistory, row: VersionRow | None, width: int, look: Look) -> list[Line]:
    """Return how a version compares with the next in words, what of the past compares today, and who agreed to it."""
    measured = [one for one in history.rows if one.state in IN_FORCE]
    if row is None:
        return []
    if row.state not in IN_FORCE:
        title = f"{_version(row)}  {state_words(row.state)}  {clean(row.label)}"
        return [heading(title, width, look), *_matrix(history, width), *_why(row, width)]
    place = measured.index(row)
    later = measured[place + 1] if place + 1 < len(measured) else None
    if later is None:
        alone = wrapped(words.one_version(day_words(row.data_from)), width) if len(measured) == 1 else []
        now = heading(f"{_version(row)}  holds now", width, look)
        return [now, *alone, *_matrix(history, width), *_why(row, width)]
    found = [heading(f"{_version(row)} {look.arrow} {_version(later)}  {link_short(row)}", width, look)]
    if row.measured is not None:
        found += wrapped(_sentence(link_words(row.measured)), width)
    elif row.link is LinkStatus.NOT_MEASURED:
        found += wrapped("No effect of that change was measured, so nobody knows how the two compare.", width)
    elif row.link is LinkStatus.BROKEN:
        found += wrapped("The two do not compare. What lies before is drawn apart.", width)
    return [*found, *_matrix(history, width), *_why(later, width)]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _why(row: VersionRow, width: int) -> list[Line]:
    """Return who agreed to a version, where and why."""
    found = []
    if row.why and row.state != "baseline":
        found += wrapped(f'"{clean(row.why)}"', width)
    if row.cause:
        found += wrapped(f"because {clean(row.cause)} changed", width, style="dim")
    if row.state == "applied":
        people = [clean(one) for one in row.approved_by]
        by = f" by {' and '.join(people)}" if people else ""
        found += wrapped(f"Agreed in {clean(row.label)}{by}, {day_words(row.known_from)}.", width, style="dim")
    elif row.state == "baseline":
        found += wrapped(f"Accepted as found, {day_words(row.known_from)}.", width, style="dim")
    return found


def _matrix(history: VersionHistory, width: int) -> list[Line]:
    """Return how every version compares with the newest one, in one sentence, and how far back that is."""
    if history.matrix is None or len(history.matrix.versions) < 2:
        return []
    newest = history.matrix.versions[-1]
    said = []
    for old in history.matrix.versions[:-1]:
        entry = history.matrix.entries[old, newest]
        word = LINK_WORDS[LinkStatus(entry.status.value)].removesuffix(" by segment")
        ratio = f" {number(entry.ratio)}" if entry.ratio is not None and entry.status.value != "same" else ""
        said.append(f"{_short(old)}–{_short(newest)} {word}{ratio}")
    found = wrapped(words.comparable(history.strict, history.bridged), width)
    return [*found, *wrapped(" · ".join(said[-6:]), width)]


def _short(label: str) -> str:
    """Return what a version is called without the kind of what changed under it: `2.0.0 (crm_leads 3.0.0)`."""
    before, sign, cause = clean(label).partition(" (")
    return f"{before}{sign}{cause.partition(':')[2] or cause}"


# values


def series_title(view: SeriesView, unit: str, today: str) -> str:
    """Return what the values are: unit, period, basis, and as of when they are known."""
    series = view.series
    basis = series.basis if series.basis in ("current", "as-reported") else f"version {clean(series.basis)}"
    known = day_words(view.known_at or today)
    by = f" and {', '.join(map(clean, series.dimensions))}" if series.dimensions else ""
    return f"{clean(unit) or 'value'} by {series.grain}{by} · basis {basis} · known on {known}"


def origin_words(view: SeriesView) -> str:
    """Return where values come from, for the message row."""
    when = f"{day_words(view.at)}, {clock_words(view.at)}".rstrip(", ")
    engine = clean(view.engine)
    if view.origin.value == "stored":
        return f"Stored values{f' from {engine}' if engine else ''}, {when}."
    return f"Values from {engine}, {when}."


def points_of(series: Series) -> tuple[Observation, ...]:
    """Return the points of the whole."""
    return series.lines[0].observations if series.lines else ()


def plot_lines(view: SeriesView, width: int, height: int, look: Look) -> list[Line]:
    """Return values as a plot, each part with its own sign and a line before each break; where it is too narrow, bars.

    Below it stand the versions that made the values.
    """
    points = points_of(view.series)
    if not points:
        return [Line(Text(words.NO_POINTS))]
    found: list[Line] = []
    screen = screen_of(width - 1, look)
    below = [*_made_by(view.series, width), *said_lines(view.series, width)]
    if width > FEWEST_COLUMNS:
        from metricgov.render.plots.chart import chart

        breaks = [place for place, one in enumerate(points) if place and Flag.BREAK in one.flags]
        room = max(6, height - min(len(below), 2))
        drawn = chart(
            _courses(points),
            [name_of(view.series.grain, one.period) for one in points],
            screen,
            breaks=breaks,
            height=room,
        )
        found += [Line(_coloured(line)) for line in drawn if "┌" not in line and not line.lstrip().startswith("+--")]
    if not found:
        found.append(Line(Text(bars_of(points, screen), style="new")))
        found.append(Line(Text(f"{points[0].period} until {points[-1].period}", style="dim")))
    return [*found, *below]


def bars_of(points: Sequence[Observation], screen: Screen) -> str:
    """Return a line of bars in which a break parts what lies on its sides."""
    parts: list[list[Observation]] = [[]]
    for place, one in enumerate(points):
        if place and Flag.BREAK in one.flags:
            parts.append([])
        parts[-1].append(one)
    sign = "|" if screen.ascii else "┊"
    return sign.join(bars([one.value for one in part], screen) or "." * len(part) for part in parts)


def _courses(points: Sequence[Observation]) -> list[Course]:
    from metricgov.render.plots.chart import Course

    return [
        Course("before the break", "B", [one.pre_break_value if Flag.BREAK in one.flags else None for one in points]),
        *(
            Course(name, sign, [one.value if _part(one) == name else None for one in points])
            for name, sign in PARTS
            if name != "as it was before"
        ),
    ]


def _part(one: Observation) -> str:
    if Flag.DIFFERS in one.flags:
        return "not comparable"
    return "bridged" if Flag.ESTIMATED in one.flags else "measured"


STYLES: Final = {"x": "old", "o": "new", ":": "bridged", "B": "old"}


def _coloured(line: str) -> Text:
    """Return a line of the plot with its signs in the colours of their parts; the signs alone say it too."""
    text = Text(line, style="text")
    inside = line.find("┤") if "┤" in line else line.find("│")
    for place, char in enumerate(line):
        if char in STYLES and place > max(inside, 0) and (inside >= 0 or line[place + 1 : place + 2] == " "):
            text.stylize(STYLES[char], place, place + 1)
    return text


def _made_by(series: Series, width: int) -> list[Line]:
    """Return which version made which part."""
    points = points_of(series)
    parts: list[tuple[str, str, str]] = []
    for one in points:
        word = _part(one)
        if not parts or parts[-1][0] != one.version or parts[-1][1] != word:
            parts.append((one.version, word, one.period))
    said = " · ".join(f"{clean(version)} {word} from {day_words(start)}" for version, word, start in parts)
    return wrapped(said, width, style="dim")


def said_lines(series: Series, width: int) -> list[Line]:
    """Return what a reader must know of a series."""
    found = []
    for one in (*(clean(stretch.says) for stretch in series.stretches if stretch.says), *map(clean, series.notes)):
        found += wrapped(one, width, style="warn")
    for warned in series.warned:
        found += wrapped(f"{warned.id} {clean(warned.says)}", width, style="warn")
    return found


def table_lines(view: SeriesView, width: int, look: Look, *, newest_first: bool = False) -> list[Line]:
    """Return values as a table: every number beside the version that made it."""
    points = points_of(view.series)
    if not points:
        return [Line(Text(words.NO_POINTS))]
    ranged = width >= FEWEST_COLUMNS and any(one.interval for one in points)
    before = width >= FEWEST_COLUMNS and any(one.pre_break_value is not None for one in points)
    columns = (12, 10, 16 if ranged else 0, 10 if before else 0, 5, max(8, width - 36 - 18 * ranged - 12 * before))
    head = ("period", "value", "95 %", "before", "flags", "version")
    found = [Line(_cells(head, columns, ["dim"] * 6, look))]
    rows = reversed(points) if newest_first else points
    for one in rows:
        if Flag.BREAK in one.flags and not newest_first:
            found.append(Line(Text(f"{look.rule * 3} break {look.rule * 3}", style="warn")))
        found.append(_point(one, view.series.grain, columns, look))
        if Flag.BREAK in one.flags and newest_first:
            found.append(Line(Text(f"{look.rule * 3} break {look.rule * 3}", style="warn")))
    return [*found, *legend(points), *said_lines(view.series, width)]


def _point(one: Observation, grain: str, columns: Sequence[int], look: Look) -> Line:
    flags = "".join(flags_of(one))
    around = f"{number(one.interval.low)}–{number(one.interval.high)}" if one.interval else ""
    was = number(one.pre_break_value) if one.pre_break_value is not None else ""
    cells = (name_of(grain, one.period), number(one.value), around, was, flags, clean(one.version))
    styles = ("", "bold", "dim", "dim", "warn", "dim")
    flagged = ", ".join(MEANINGS[flag].lower() for flag in Flag if flag in one.flags and flag is not Flag.NORMAL)
    spoken = ", ".join(
        filter(None, [name_of(grain, one.period), number(one.value), f"by version {clean(one.version)}", flagged])
    )
    return Line(_cells(cells, columns, styles, look), f"period {one.period}", spoken)


def flags_of(one: Observation) -> list[str]:
    """Return the letters of a value's flags, none where it is as usual."""
    return [flag.value for flag in Flag if flag in one.flags and flag is not Flag.NORMAL]


def legend(points: Iterable[Observation]) -> list[Line]:
    """Return what the flags of some values mean."""
    used = {flag for one in points for flag in one.flags} - {Flag.NORMAL}
    return [Line(Text(f"{flag.value}  {MEANINGS[flag]}", style="dim")) for flag in Flag if flag in used]


def values_lines(view: SeriesView | None, unit: str, engine: str, today: str, width: int, look: Look) -> list[Line]:
    """Return the values of one metric for the detail of the registry: bars, then the newest first."""
    if view is None:
        return wrapped(words.reads_from(engine), width)
    points = points_of(view.series)
    screen = screen_of(width - 1, look)
    found = wrapped(series_title(view, unit, today), width, style="bold")
    if drawn := bars_of(points, screen):
        found.append(Line(Text(drawn, style="new")))
    found += table_lines(view, width, look, newest_first=True)
    return [*found, *wrapped(origin_words(view), width, style="dim")]
