"""The effect of a change as pages: numbers, segments, history, tables, warnings; what is not there is named."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from metricgov.domain.effect_report import EffectOnRecord
from metricgov_tui import words_review as words
from metricgov_tui.look import ASCII, UNICODE, Look
from metricgov_tui.panels.effect import effect_lines, effect_short

SAMPLES = Path(__file__).parents[2] / "unit" / "render"


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> EffectOnRecord:
    """An effect with segments, a blocking warning, and a dependant that has no data."""
    monkeypatch.syspath_prepend(str(SAMPLES))
    return EffectOnRecord(import_module("effect_samples").report(), 2, "2026-06-18T09:58:00Z", current=True)


def page(found: EffectOnRecord, name: str, width: int = 79, look: Look = UNICODE) -> str:
    """Return a page as text."""
    return "\n".join(line.text.plain.rstrip() for line in effect_lines(found, name, width, look))


PAGES = {
    "numbers": ("ratio 0.9", "MATERIAL CHANGE (margin 2 %)", "o old   + new", "History  ", "by channel"),
    "segments": ("by channel", "paid", "(none)", "┊"),
    "history": ("old values are bridged: ×0.9", "Advised: bridge", "History as it will read", "break at 2025-07-01"),
    "tables": ("day ", "2026-01-01", "100", "90"),
    "warnings": ("stops", "target 40 set to 35", "dashboard <b>Weekly</b> (finance-lead): its owner is told"),
}


@pytest.mark.parametrize("name", words.PAGES)
def test_each_page_says_its_part(found: EffectOnRecord, name: str) -> None:
    text = page(found, name)
    assert all(one in text for one in PAGES[name]), text


@pytest.mark.parametrize("name", words.PAGES)
def test_a_metric_without_data_says_why_on_every_page(found: EffectOnRecord, name: str) -> None:
    text = page(found, name)
    assert "lead_quality_trend, computed from sales_accepted_lead_rate" in text
    if name in ("numbers", "segments", "tables"):
        assert "Not evaluated: crm_orders has no column" in text


def test_an_effect_of_other_contents_stands_back_and_says_so(found: EffectOnRecord) -> None:
    lines = effect_lines(replace(found, revision=1, current=False), "numbers", 79, UNICODE)
    assert lines[0].text.plain.startswith("! of revision 1: the contents are others now.")
    assert all(str(one.text.style) == "dim" for one in lines[2:-2] if one.text.plain.strip())


def test_what_the_policy_does_not_keep_is_named_and_never_drawn_as_nothing(found: EffectOnRecord) -> None:
    evidence = found.report.evidence
    first = evidence.metrics[0]
    assert first.effect is not None
    bare = replace(first, effect=replace(first.effect, pairs=()))
    kept = replace(found, report=replace(found.report, evidence=replace(evidence, metrics=(bare,)), futures={}))
    assert "Single periods are not on record" in page(kept, "numbers")
    assert "Single periods are not on record" in page(kept, "tables")
    assert "The record holds no values" in page(kept, "history")


def test_old_and_new_have_their_own_styles_in_the_plot(found: EffectOnRecord) -> None:
    styles = {str(span.style) for one in effect_lines(found, "numbers", 79, UNICODE) for span in one.text.spans}
    assert {"old", "new"} <= styles


def test_beside_a_diff_it_is_short(found: EffectOnRecord) -> None:
    lines = effect_short(found, 46, UNICODE)
    text = "\n".join(one.text.plain for one in lines)
    assert "ratio 0.9" in text and "MATERIAL CHANGE" in text and "lead_quality_trend: not evaluated" in text
    assert max(one.text.cell_len for one in lines) <= 46


@pytest.mark.parametrize("name", words.PAGES)
@pytest.mark.parametrize("width", [60, 79, 139], ids=str)
def test_no_line_is_wider_than_its_panel(found: EffectOnRecord, name: str, width: int) -> None:
    assert max(map(len, page(found, name, width).split("\n"))) <= width


@pytest.mark.parametrize("name", words.PAGES)
def test_ascii_is_all_that_a_plain_terminal_gets(found: EffectOnRecord, name: str) -> None:
    assert page(found, name, look=ASCII).isascii()
