"""The approver's report: every form shows the same figures, and no text from outside becomes markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from effect_samples import EVIL_SEGMENT, report

from metricgov.domain.effect_report import EffectReport
from metricgov.render.effect import effect_json, effect_text
from metricgov.render.effect_markdown import effect_markdown
from metricgov.render.effect_page import effect_html

FORMS = {"text": effect_text, "markdown": effect_markdown, "html": effect_html, "json": effect_json}


class Seen(HTMLParser):
    """Collects what a browser would be shown, and what it would be told to load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")]

    def handle_data(self, data: str) -> None:
        self.words += data + " "


def plain(form: str, found: EffectReport) -> str:
    """Return the words of a form, as its reader gets them."""
    text = FORMS[form](found)
    if form == "html":
        seen = Seen()
        seen.feed(text)
        return seen.words
    if form == "markdown":
        return re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), text)
    return text


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
@pytest.mark.parametrize(
    "words",
    [
        "chg-7f3kq2",
        "metric:sales_accepted_lead_rate",
        "Sales-accepted lead rate",
        "three weeks",
        "redefinition",
        "restate",
        "paid",
        "W04",
        "blocks",
        "computed from",
        "crm_orders has no column",
        "E3",
        "old values are bridged: ×0.9",
        "row 8 of the decision table",
        "target 40 set to 35: re-based in this change; on the new basis 36 (35.5 to 36.5)",
        "threshold (warn) 34: has no kind; warn by definition",
        "its owner is told",
        "history as it will read",
        "break at 2025-07-01, 40.5 before",
    ],
)
def test_a_form_shows(form: str, words: str) -> None:
    assert " ".join(words.lower().split()) in " ".join(plain(form, report()).lower().split())


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_form_shows_the_figures_of_the_total(form: str) -> None:
    total = report().evidence.metrics[0].effect
    assert total is not None
    assert total.total.estimate is not None
    low, high = total.total.estimate.interval.values
    shown = plain(form, report())
    for value in (total.total.old, total.total.new, total.total.estimate.ratio, low, high):
        assert f"{value:.4g}".rstrip("0").rstrip(".") in shown.replace(",", "")


def test_json_holds_the_evidence_the_change_and_the_titles() -> None:
    found = json.loads(effect_json(report()))
    assert found["format"] == 1
    assert found["change"]["label"] == "chg-7f3kq2"
    assert [one["metric"] for one in found["metrics"]] == ["sales_accepted_lead_rate", "lead_quality_trend"]
    assert found["facts"]["sales_accepted_lead_rate"]["unit"] == "percent"
    points = found["futures"]["sales_accepted_lead_rate"]["lines"][0]["observations"]
    assert [one["period"] for one in points if one["status"] == "B"] == ["2025-07-01"]


def test_the_page_loads_and_runs_nothing() -> None:
    seen = Seen()
    seen.feed(effect_html(report()))
    assert not seen.tags & {"script", "iframe", "img", "object", "embed", "link", "base", "form"}
    assert {one for one in seen.addresses if not one.startswith("#")} == set()
    assert {"figure", "svg", "figcaption", "table"} <= seen.tags


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_name_from_the_data_stays_text(form: str) -> None:
    """A value of a dimension is written by whoever fills the warehouse."""
    text = FORMS[form](report())
    assert EVIL_SEGMENT not in text
    assert "<script" not in text
    assert "<b>Weekly" not in text
    assert "alert" in plain(form, report())


def test_equal_reports_are_equal_bytes() -> None:
    for form in FORMS.values():
        assert form(report()) == form(report())


def test_without_a_metric_that_moves_it_says_so() -> None:
    found = report()
    nothing = replace(found, evidence=replace(found.evidence, metrics=()))
    for form in ("text", "markdown", "html"):
        assert "No number can move" in plain(form, nothing)
