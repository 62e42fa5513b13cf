"""What stands below a finding's field: no word twice, what follows folded, and differences that can be seen."""

from __future__ import annotations

import pytest
from render_samples import METRIC, PATH, WINDOW, finding, report

from metricgov.domain.changes.findings import ChangeClass, Finding, Flag
from metricgov.domain.digest import JSON
from metricgov.domain.verdict import DefinitionVerdict, Verdict, VersionStep
from metricgov.render.findings import findings_text
from metricgov.render.gate_github import gate_github
from metricgov.render.gate_markdown import gate_markdown
from metricgov.render.inline import around, hunks
from metricgov.render.kit import Screen
from metricgov.render.wording import sentence, whole_sentence

VERSION = finding("VERSION_WRITTEN", "version", "1.2.0", "2.0.0", ChangeClass.EDITORIAL, "version 1.2.0 -> 2.0.0")
DATE = finding(
    "EFFECTIVE_WRITTEN",
    "effective_from",
    "2026-01-01",
    "2026-11-22",
    ChangeClass.EDITORIAL,
    "measures by this version from 2026-11-22",
)
SQL = "\n".join(
    ["SELECT date_trunc('day', created_at) AS period,", "  count(*) AS value", "FROM leads"]
    + [f"-- a long comment in line {number} that fills the text" for number in range(60)]
    + ["WHERE seconds < 60", "GROUP BY 1", "ORDER BY 1"]
)


def said(field: str, before: JSON, after: JSON, says: str) -> Finding:
    return finding("R", field, before, after, ChangeClass.BREAKING, says)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(
            said("calculation.where", "a > 30", "a > 14", "calculation.where: window 30 days -> 14 days"),
            "window 30 days → 14 days",
            id="field-in-front",
        ),
        pytest.param(said("title", "Old", "New", "title Old -> New"), "", id="only-what-stands-above"),
        pytest.param(said("description", "a", "b", "description edited"), "", id="only-that-it-is-edited"),
        pytest.param(
            said("calculation.grain", "day", "week", "grain day -> week: readers lose rows"),
            "day → week: readers lose rows",
            id="last-word-of-the-field",
        ),
        pytest.param(
            said("calculation.numerator.aggregate", "a", "b", "numerator: calculation.numerator.aggregate a -> b"),
            "numerator: a → b",
            id="field-inside",
        ),
        pytest.param(
            said("calculation.sql", SQL, SQL.replace("60", "90"), f"calculation.sql: {SQL[:20]}... -> {SQL[:20]}..."),
            "",
            id="cut-values",
        ),
        pytest.param(said("sql", f"{SQL}60", f"{SQL}90", "sql: ...BY 160 -> ...BY 190"), "", id="ends-of-values"),
        pytest.param(said("opaque", None, {"a": 1}, "opaque nothing -> 1 fields"), "", id="counted-fields"),
        pytest.param(said("review", True, False, "review yes -> no"), "", id="yes-and-no"),
        pytest.param(said("where", "a -> 'b'", "c", "where: c -> a -> 'b'"), "c -> a -> 'b'", id="arrows-of-sql-stay"),
        pytest.param(
            said("calculation.window", 1, 2, "window shorter than before"),
            "window shorter than before",
            id="a-sentence",
        ),
    ],
)
def test_a_sentence_repeats_nothing(one: Finding, expected: str) -> None:
    assert sentence(one, values_shown=True) == expected


def test_where_nothing_stands_above_a_sentence_stays_whole() -> None:
    one = said("title", "Old", "New", "title Old -> New")
    assert whole_sentence(one) == "title Old → New"
    assert sentence(one, values_shown=False) == "Old → New"


def test_version_and_date_fold_into_one_line_that_is_not_counted() -> None:
    text = findings_text((WINDOW, DATE, VERSION), steps={METRIC: VersionStep("1.2.0", "2.0.0", "2.0.0")})
    folded = [line for line in text.splitlines() if line.startswith("= ")]
    assert folded == [f"{'= version 1.2.0 → 2.0.0, valid from 22 Nov 2026':<73}follows"]
    assert "VERSION_WRITTEN" not in text
    assert text.endswith("1 definition: 1 BREAKING\n")
    plain = findings_text((WINDOW, DATE, VERSION), screen=Screen(ascii=True))
    assert "= version 1.2.0 -> 2.0.0, valid from 22 Nov 2026" in plain


def test_a_version_that_is_the_only_edit_is_told_in_full() -> None:
    text = findings_text((VERSION,))
    assert "VERSION_WRITTEN" in text
    assert text.endswith("1 definition: 1 editorial\n")


def test_hosts_see_the_folded_line_as_well() -> None:
    one = DefinitionVerdict(
        METRIC, PATH, ChangeClass.BREAKING, frozenset({Flag.NOTIFY}), VersionStep("1.2.0", "2.0.0"), (WINDOW, VERSION)
    )
    blocked = report(Verdict.BLOCKED, one)
    assert "version 1.2.0 → 2.0.0" in gate_markdown(blocked)
    assert "VERSION_WRITTEN" not in gate_markdown(blocked)
    assert "VERSION_WRITTEN" not in gate_github(blocked)


def test_long_sql_shows_the_lines_that_differ() -> None:
    text = findings_text((said("(text)", SQL, SQL.replace("seconds < 60", "seconds < 90"), "x"),))
    shown = [line.strip() for line in text.splitlines()]
    assert "- WHERE seconds < 60" in shown
    assert "+ WHERE seconds < 90" in shown
    assert "line 59" in text
    assert "line 58" not in text


def test_texts_without_lines_are_cut_around_what_differs() -> None:
    long = "a -> b, " * 300
    before, after = around(f"{long}60{long}", f"{long}1000{long}", 200)
    assert "60" in before
    assert "1000" in after
    assert before.startswith("… ")
    assert len(before) < 250
    one = said("(text)", f"{long}60{long}", f"{long}1000{long}", "x")
    assert "60a -> b" in " ".join(findings_text((one,)).split())
    assert "60a" in gate_markdown(
        report(
            Verdict.BLOCKED, DefinitionVerdict("opaque:x", "x", ChangeClass.UNKNOWN, frozenset(), VersionStep(), (one,))
        )
    )


def test_more_lines_than_fit_are_counted() -> None:
    one, other = ("\n".join(f"{word} {number}" for number in range(90)) for word in ("old", "new"))
    lines = hunks(one, other)
    assert len(lines) == 41
    assert lines[-1] == (" ", "… 140 more lines: 50 removed, 90 added")


def test_a_line_of_a_text_cannot_end_a_block_of_markdown() -> None:
    text = "one\n```\n::error::x\nthree"
    one = said("(text)", text, f"{text}\nfour\n```", "x")
    wrapped = DefinitionVerdict("opaque:x", "x", ChangeClass.UNKNOWN, frozenset(), VersionStep(), (one,))
    lines = gate_markdown(report(Verdict.BLOCKED, wrapped)).splitlines()
    assert [line.strip() for line in lines].count("```") == 1
    assert not any(line.lstrip().startswith("::") for line in lines)
