"""`new`: a template for every kind and calculation that loads, with every open place named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metricgov.adapters.yaml.files import YamlFiles
from metricgov.app.templates import Wishes, open_fields, template
from metricgov.domain.definitions.fields import CALCULATIONS
from metricgov.domain.definitions.kinds import NATIVE, Kind, path_for
from metricgov.domain.practice.definition import examine

if TYPE_CHECKING:
    from cli.conftest import Desk, Metricgov

RunGit = Callable[..., str]
ALL = [(kind, "simple") for kind in NATIVE if kind is not Kind.METRIC] + [(Kind.METRIC, one) for one in CALCULATIONS]
COMPLETE = ("--description", "How many there are.")


@pytest.mark.parametrize(("kind", "calculation"), ALL, ids=[f"{kind}-{calculation}" for kind, calculation in ALL])
def test_a_template_loads_and_lint_names_just_its_open_places(kind: Kind, calculation: str) -> None:
    domain = "crm_handoff" if kind is Kind.METRIC else None
    path = path_for(kind, "lead_thing", domain)
    wishes = Wishes("lead_thing", "2026-06-18", domain=domain or "", calculation=calculation)
    text = template(kind, wishes)
    data = YamlFiles().load(text, path)
    problems = examine(data, path)[1]
    assert {one.code for one in problems} == {"NOT_FILLED_IN"}
    assert {one.field for one in problems} == set(open_fields(data))


@pytest.mark.parametrize("calculation", [one for one in CALCULATIONS if one not in ("ratio", "conversion")])
def test_what_is_known_is_not_asked_again(calculation: str) -> None:
    wishes = Wishes(
        "lead_thing",
        "2026-06-18",
        description="What it says.",
        domain="crm_handoff",
        calculation=calculation,
        source="crm_leads",
        time="created_at",
        inputs=("routing_speed", "closed_won_deals"),
    )
    data = YamlFiles().load(template(Kind.METRIC, wishes), "metrics/crm_handoff/lead_thing.yaml")
    assert open_fields(data) == ("decision",)


def test_it_is_written_in_its_place_and_proposed_when_it_is_complete(desk: Desk) -> None:
    done = desk.run(
        "ops-lead",
        "new",
        "metric",
        "lead_tally",
        "--domain",
        "crm_handoff",
        "--source",
        "crm_leads",
        *COMPLETE,
        "--json",
    )
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said == {
        "format": 1,
        "definition": "metric:lead_tally",
        "path": "metrics/crm_handoff/lead_tally.yaml",
        "to_fill_in": ["decision"],
    }
    text = (desk.root / said["path"]).read_bytes()
    assert YamlFiles().fmt(text, said["path"]) == text
    early = desk.run("ops-lead", "propose", "-m", "we count them")
    assert (early.code, "decision is not filled in yet" in early.err) == (2, True)
    desk.sed(said["path"], "'<fill in: who decides what by it>'", "Sizes the sales team.")
    late = desk.run("ops-lead", "propose", "-m", "we count them")
    assert late.code == 0, late.err
    assert desk.shown("lead_tally")["definitions"][0]["version"]["after"] == "1.0.0"


def test_a_source_that_stands_in_the_work_tree_alone_will_do(desk: Desk) -> None:
    """As the next steps of `init` have it: first the source, then the metric, proposed together."""
    begun = desk.run("ops-lead", "new", "source", "orders", "--description", "One row per order.")
    assert begun.code == 0, begun.err
    desk.sed("sources/orders.yaml", "column: created_at", "column: ordered_at")
    words = ("new", "metric", "order_tally", "--domain", "crm_handoff", "--source", "orders", *COMPLETE)
    alone = desk.run("ops-lead", *words, "--propose")
    assert (alone.code, "there is no source 'orders' on main" in alone.err, "leave out --propose" in alone.err) == (
        2,
        True,
        True,
    )
    done = desk.run("ops-lead", *words)
    assert done.code == 0, done.err
    text = (desk.root / "metrics/crm_handoff/order_tally.yaml").read_text()
    assert "source: orders\n  time: ordered_at" in text
    above = desk.run("ops-lead", "new", "metric", "order_share", "--domain", "crm_handoff", "--input", "order_tally")
    assert above.code == 0, above.err


def test_on_a_terminal_it_asks_for_what_makes_it_complete(desk: Desk) -> None:
    done = desk.run(
        "ops-lead",
        "new",
        "metric",
        "lead_tally",
        answers=["crm_handof", "n", "crm_handoff", "simple", "crm_lead", "crm_leads", "How many."],
    )
    assert done.code == 0, done.err
    text = (desk.root / "metrics/crm_handoff/lead_tally.yaml").read_text()
    assert "description: How many." in text
    assert "time: created_at" in text


def test_the_editor_makes_a_change_of_it_at_once(desk: Desk) -> None:
    fill = desk.editor("s/<fill in: who[^>]*>/Sizes the sales team./")
    words = ("new", "metric", "lead_tally", "--domain", "crm_handoff", "--source", "crm_leads", *COMPLETE, "--edit")
    done = desk.run("ops-lead", *words, "-m", "we count them", editor=fill)
    assert done.code == 0, done.err
    assert desk.shown("lead_tally")["state"] == "in_review"
    assert not (desk.root / "metrics/crm_handoff/lead_tally.yaml").exists()


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        pytest.param(("metric", "churn_rate", "--domain", "analytics"), 1, "is taken by", id="INV-41-taken"),
        pytest.param(("source", "churn_rate"), 1, "is taken by", id="INV-41-taken-by-another-kind"),
        pytest.param(("metric", "churnrate", "--domain", "analytics"), 1, "looks like churn_rate", id="looks-alike"),
        pytest.param(("metric", "Churn Rate 2", "--domain", "analytics"), 2, "churn_rate_2", id="no-name"),
        pytest.param(("metric", "../../x", "--domain", "analytics"), 2, "bad_name", id="INV-42-path"),
        pytest.param(("metric", "fresh_one", "--domain", "../x"), 2, "bad_name", id="INV-42-domain"),
        pytest.param(("metric", "fresh_one"), 2, "--domain analytics|", id="no-domain"),
        pytest.param(("source", "fresh_one", "-m", "x"), 2, "--edit or --propose", id="words-nobody-would-keep"),
        pytest.param(("metrik", "fresh_one"), 2, "did you mean metric?", id="no-kind"),
        pytest.param(("metric", "fresh_one", "--domain", "analytics", "--type", "rate"), 2, "conversion", id="no-type"),
        pytest.param(
            ("metric", "fresh_one", "--domain", "analytics", "--source", "crm_lead"), 2, "crm_leads", id="no-source"
        ),
    ],
)
def test_what_cannot_begin_is_refused(desk: Desk, words: tuple[str, ...], exit_code: int, says: str) -> None:
    done = desk.run("ops-lead", "new", *words)
    assert (done.code, says in " ".join(done.err.split())) == (exit_code, True), done.err
    assert not list(desk.root.rglob("*fresh_one*"))


def test_a_file_that_is_there_is_not_overwritten(desk: Desk) -> None:
    path = desk.root / "metrics/crm_handoff/lead_tally.yaml"
    path.write_text("mine")
    done = desk.run("ops-lead", "new", "metric", "lead_tally", "--domain", "crm_handoff")
    assert (done.code, path.read_text()) == (1, "mine")


def test_a_name_that_somebody_proposes_is_taken(desk: Desk) -> None:
    words = ("new", "workflow", "lead_care", "--team", "crm-handoff", *COMPLETE, "--edit", "-m", "x")
    first = desk.run("ops-lead", *words, editor=desk.editor("s/.<fill in: what happens first>./First./"))
    assert first.code == 0, first.err
    second = desk.run("crm-lead", *words)
    assert (second.code, "name_proposed" in second.err) == (1, True)


def test_a_name_once_published_is_never_used_again(metricgov: Metricgov, tmp_path: Path, git: RunGit) -> None:
    """INV-18: not even after somebody deleted the file on main by hand."""
    root = tmp_path / "alone"
    assert metricgov("init", root, "--preset", "solo", "--person", "ada").code == 0
    words = ("new", "workflow", "lead_care", "--team", "ada", "--description", "Care.")
    assert metricgov(*words, cwd=root).code == 0
    path = root / "workflows/lead_care.yaml"
    path.write_text(path.read_text().replace("'<fill in: what happens first>'", "First."))
    for step in (("propose", "-m", "x"), ("approve", "lead_care"), ("apply", "lead_care")):
        done = metricgov(*step, cwd=root)
        assert done.code == 0, done.err
    git(root, "rm", "-q", "workflows/lead_care.yaml")
    git(root, "commit", "-qm", "by hand")
    done = metricgov(*words, cwd=root)
    assert (done.code, "name_was_used" in done.err) == (1, True), done.err
