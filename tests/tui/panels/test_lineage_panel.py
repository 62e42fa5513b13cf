"""The lineage as a tree: two roots, opened branch by branch, nothing asked that is not looked at."""

from __future__ import annotations

from metricgov.domain.reading_views import Lineage, Neighbour
from metricgov_tui.look import ASCII, UNICODE
from metricgov_tui.panels.lineage import BY, FROM, STEP, Tree, can_open, id_at, lineage_lines, parent_of

RATE, LEADS, TREND = "metric:rate", "source:leads", "metric:trend"

KNOWN = {
    RATE: Lineage(
        RATE,
        (
            Neighbour(LEADS, "computed", "Leads", "2.0.0", "active", "data-lead"),
            Neighbour("event:gone", "uses", there=False),
        ),
        (Neighbour(TREND, "computed", "Trend", "1.0.0", more=1), Neighbour("Board report", "report", owner="cfo")),
    ),
    TREND: Lineage(TREND, (Neighbour(RATE, "computed"),), (Neighbour("scorecard:crm", "uses", version="1.0.0"),)),
}


def texts(tree: Tree, width: int = 60) -> list[str]:
    return [one.text.plain for one in lineage_lines(tree, width, UNICODE)]


def test_both_roots_are_open_with_their_counts() -> None:
    shown = texts(Tree(RATE, dict(KNOWN)))
    assert shown[0] == "rate"
    assert "▾ computed from 2" in shown
    assert "▾ used by 2" in shown
    assert any("source leads" in one and "data-lead" in one for one in shown)
    assert any("event gone" in one and "missing on main" in one for one in shown)
    assert any("report Board report" in one for one in shown)


def test_a_branch_opens_below_its_line_and_goes_on_in_its_direction() -> None:
    tree = Tree(RATE, dict(KNOWN))
    key = f"{BY}{STEP}{TREND}"
    tree.opened.add(key)
    shown = texts(tree)
    place = next(number for number, one in enumerate(shown) if "trend" in one)
    assert shown[place].strip().startswith("▾")
    assert "scorecard crm" in shown[place + 1]
    assert not any("    ▸ rate" in one for one in shown), "upstream is not mixed in"


def test_what_is_not_known_yet_is_said_so() -> None:
    tree = Tree(RATE, {RATE: KNOWN[RATE]})
    tree.opened.add(f"{BY}{STEP}{TREND}")
    assert any(one.strip() == "…" for one in texts(tree))
    assert "▾ computed from …" in texts(Tree("metric:new"))


def test_keys_name_the_way_and_the_definition() -> None:
    key = f"{BY}{STEP}{TREND}{STEP}scorecard:crm"
    assert id_at(key) == "scorecard:crm"
    assert parent_of(key) == f"{BY}{STEP}{TREND}"
    assert id_at(FROM) == id_at(f"{BY}{STEP}Board report") == "", "what is outside cannot be a centre"


def test_a_ring_ends() -> None:
    tree = Tree(RATE, dict(KNOWN))
    assert can_open(tree, f"{BY}{STEP}{TREND}")
    assert not can_open(tree, f"{BY}{STEP}{TREND}{STEP}{RATE}{STEP}{TREND}")
    assert not can_open(tree, f"{BY}{STEP}Board report")


def test_rows_read_as_sentences_and_fit() -> None:
    lines = lineage_lines(Tree(RATE, dict(KNOWN)), 30, ASCII)
    assert all(one.text.cell_len <= 30 for one in lines)
    assert all(one.text.plain.isascii() for one in lines)
    spoken = next(one.says for one in lines if one.key.endswith(TREND))
    assert spoken == "trend, 1.0.0, closed"
