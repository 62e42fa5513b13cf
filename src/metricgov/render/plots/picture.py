"""Pictures: a Vega-Lite specification as SVG or PNG, drawn without a browser; equal input gives equal bytes.

A specification is a plain value, so it is also what `--json` readers get who draw for themselves. Colours are those of
Okabe and Ito, which people who see colours differently tell apart; dashes, shapes and words repeat what colour says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from xml.sax.saxutils import quoteattr

from metricgov.domain.digest import JSON
from metricgov.domain.errors import Undecidable

Spec = dict[str, JSON]
Format = Literal["svg", "png"]

VEGA_LITE = "6.4"
"""The version of Vega-Lite that specifications are written for."""

OLD, NEW, BREAK, BAND = "#d55e00", "#0072b2", "#595959", "#56b4e9"
"""Vermilion for the definition before, blue for the one after, grey for breaks, sky blue for uncertainty."""

_CONFIG: Mapping[str, JSON] = {
    "aria": False,  # the whole picture is named in words; its marks are not, which would be most of the file
    "background": "white",
    "font": "sans-serif",
    "axis": {"labelColor": "#333333", "titleColor": "#333333", "gridColor": "#e5e5e5", "titleFontWeight": "normal"},
    "title": {"anchor": "start", "fontSize": 13, "subtitleColor": "#333333"},
    "view": {"stroke": None},
}
_SCALE = 2.0


def spec(title: str, says: str, body: Mapping[str, JSON]) -> Spec:
    """Return a whole specification; `says` is the picture in words, for readers who do not see it."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": title,
        "description": says,
        "config": dict(_CONFIG),
        **body,
    }


def picture(wanted: Spec, kind: Format) -> bytes:
    """Return the picture; Undecidable where the library that draws it is not installed."""
    try:
        import vl_convert
    except ModuleNotFoundError as error:
        raise Undecidable(
            "plots_library",
            "pictures are drawn by vl-convert-python, which is not installed",
            hint="pip install 'metricgov[plots]'",
        ) from error
    if kind == "svg":
        drawn = vl_convert.vegalite_to_svg(wanted, vl_version=VEGA_LITE)
        return drawn.replace(
            "<svg ", f'<svg role="img" aria-label={quoteattr(str(wanted["description"]))} ', 1
        ).encode()
    return vl_convert.vegalite_to_png(wanted, vl_version=VEGA_LITE, scale=_SCALE)
