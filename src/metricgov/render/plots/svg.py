"""Pictures drawn by hand as SVG that a page holds: classes and plain attributes only, so that one style serves all.

Nothing in them needs a script or a style attribute; colours, dark and light, are the page's. Texts are escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

from metricgov.render.bars import number
from metricgov.render.kit import clean

WIDTH = 720
LEFT, RIGHT = 58, 14
"""Room for the figures of the vertical axis, and beside the last point."""

MOST_TICKS = 5
APART = 118
"""Room that the names of an inner place and of an end need beside each other."""

MARKED = 70
"""Points above which a course is drawn without a sign at each."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a value stands: [low, high] laid out from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        span = (self.high - self.low) or 1.0
        return self.start + (self.end - self.start) * (value - self.low) / span


class Drawing:
    """A picture that grows part by part; places count from the left and from the top."""

    def __init__(self, height: float, *, width: float = WIDTH) -> None:
        self._width, self._height = width, height
        self._parts: list[Markup] = []

    def add(self, tag: str, kind: str, *, text: str | None = None, **places: float | str) -> None:
        """Add one element of a class; of text, what it says."""
        names = ((name.replace("_", "-"), value) for name, value in places.items())
        said = Markup("").join(
            Markup(' {}="{}"').format(name, value if isinstance(value, str) else _short(value)) for name, value in names
        )
        head = Markup('<{} class="{}"').format(tag, kind) + said
        inner = Markup("/>") if text is None else Markup(">{}</{}>").format(clean(text), tag)
        self._parts.append(head + inner)

    def line(self, kind: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Add a straight line."""
        self.add("line", kind, x1=start[0], y1=start[1], x2=end[0], y2=end[1])

    def course(self, kind: str, points: Iterable[tuple[float, float] | None]) -> None:
        """Add a line through points, with a gap where there is none; a point by itself becomes a dot."""
        run: list[tuple[float, float]] = []
        for one in (*points, None):
            if one is not None:
                run.append(one)
                continue
            if len(run) > 1:
                self.add("polyline", kind, points=" ".join(f"{_short(x)},{_short(y)}" for x, y in run))
            elif run:
                self.add("circle", f"{kind} dot", cx=run[0][0], cy=run[0][1], r=2.5)
            run = []

    def sign(self, kind: str, shape: str, at: tuple[float, float], size: float = 3.2) -> None:
        """Add a sign at a place: a circle, cross, square, triangle or diamond."""
        x, y = at
        if shape == "circle":
            self.add("circle", kind, cx=x, cy=y, r=size)
        elif shape == "cross":
            self.add(
                "path", kind, d=f"M{_short(x - size)} {_short(y)}h{2 * size}M{_short(x)} {_short(y - size)}v{2 * size}"
            )
        elif shape == "square":
            self.add("rect", kind, x=x - size, y=y - size, width=2 * size, height=2 * size)
        else:
            up, down, side = {"triangle": (1.2, 1, 1.2), "diamond": (1.4, 1.4, 1.4)}[shape]
            top, low = y - up * size, y + down * size
            corners = [(x, top), (x + side * size, low if shape == "triangle" else y)]
            corners += [(x, low)] if shape == "diamond" else []
            corners += [(x - side * size, low if shape == "triangle" else y)]
            self.add("polygon", kind, points=" ".join(f"{_short(a)},{_short(b)}" for a, b in corners))

    def words(self, kind: str, text: str, x: float, y: float) -> None:
        """Add text whose anchor the class says."""
        self.add("text", kind, text=text, x=x, y=y)

    def upright(self, scale: Scale, title: str = "") -> None:
        """Draw a vertical axis: figures on the left and thin lines across."""
        for value in ticks(scale.low, scale.high, 4 if abs(scale.end - scale.start) > 100 else 2):
            y = scale(value)
            self.line("grid", (LEFT, y), (self._width - RIGHT, y))
            self.words("tick end", number(value), LEFT - 6, y + 4)
        if title:
            self.words("title", title, LEFT, min(scale.start, scale.end) - 8)

    def level(self, names: Sequence[str], scale: Scale, y: float) -> None:
        """Draw a horizontal axis: some of the names, first and last among them."""
        last = len(names) - 1
        steps = max(1, min(MOST_TICKS, last))
        for place in sorted({round(last * step / steps) for step in range(steps + 1)}):
            x = scale(place)
            between = 0 < place < last
            if between and min(x - scale(0), scale(last) - x) < APART:
                continue  # its name would run into that of an end
            kind = "tick middle" if between else "tick start" if place == 0 else "tick end"
            self.line("grid", (x, y), (x, y + 4))
            self.words(kind, names[place][:10], x, y + 18)

    def legend(self, entries: Sequence[tuple[str, str, str]], y: float) -> None:
        """Name courses, each (class, shape, words) beside its line and sign."""
        x = float(LEFT)
        for kind, shape, text in entries:
            self.line(kind, (x, y), (x + 26, y))
            self.sign(kind, shape, (x + 13, y))
            self.words("legend", text, x + 32, y + 4)
            x += 32 + 7.2 * len(text) + 22

    def markup(self, title: str) -> Markup:
        """Return the picture; `title` says in short what it is."""
        head = Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">')
        return head.format(_short(self._width), _short(self._height), clean(title)) + Markup("").join(
            [*self._parts, Markup("</svg>")]
        )


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return round values within [low, high], about so many."""
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= rough)
    first = ceil(low / step - 1e-9)
    return [float(f"{step * place:.12g}") for place in range(first, floor(high / step + 1e-9) + 1)]


def around(values: Iterable[float], room: float = 0.08) -> tuple[float, float]:
    """Return the least and the greatest with some room; of one value, room on both sides of it."""
    known = list(values)
    low, high = min(known), max(known)
    pad = (high - low) * room or abs(high) * room or 1.0
    return low - pad, high + pad


def _short(value: float) -> str:
    return escape(f"{value:.2f}".rstrip("0").rstrip("."))
