"""Contrast, measured on the tables: text 7:1, signs and dim text 4.5:1, high contrast 10:1 (WCAG 2.2, 1.4.6)."""

from __future__ import annotations

import pytest

from metricgov_tui.themes import HIGH_CONTRAST, NO_COLOUR, QUIET, STYLES, THEMES, Theme


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as #rrggbb."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_gives_what_the_standard_says() -> None:
    """Black on white is 21:1, a grey of the standard's examples 4.54:1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("theme", "name"),
    [(theme, name) for theme in THEMES.values() if theme.background for name in theme.colours],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_everything_can_be_read(theme: Theme, name: str) -> None:
    """Every colour of every theme against its background."""
    least = 10.0 if theme is HIGH_CONTRAST else 4.5 if name in QUIET else 7.0
    assert contrast(theme.colours[name], theme.background) >= least


def test_without_colour_no_style_has_one() -> None:
    """NO_COLOR: bold, underline and reverse only."""
    for name in STYLES:
        style = NO_COLOUR.style(name)
        assert style.color is None
        assert style.bgcolor is None
        assert not style.dim
        assert not style.italic


def test_what_is_grave_is_never_told_by_colour_alone() -> None:
    """Red and green differ in weight too where they stand for opposite things."""
    assert NO_COLOUR.style("grave").bold
    assert NO_COLOUR.style("changed").underline
    assert NO_COLOUR.style("cursor").reverse
