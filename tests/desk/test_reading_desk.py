"""Reading definitions at the desk: everything that is searched, both sides of the lineage, who decides."""

from __future__ import annotations

import pickle
import subprocess
from pathlib import Path

import pytest

from desk.measured_world import RATE, Standing
from metricgov.desk.local import LocalDesk
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.errors import BadInput
from metricgov.domain.views import DefinitionRow


def row(desk: LocalDesk, definition: str) -> DefinitionRow:
    return next(one for one in desk.definitions() if one.id == definition)


def test_a_row_holds_everything_that_is_searched_and_narrowed(desk: LocalDesk) -> None:
    found = row(desk, RATE)
    assert (found.title, found.status, found.domain) == ("Sales-accepted lead rate", "active", "crm_handoff")
    assert (found.owner, found.category, found.kpi) == ("crm-lead", "quality", True)
    assert (found.sources, found.tags) == (("crm_leads",), ("lead",))
    assert found.open_change.startswith("chg-")
    assert not row(desk, "metric:routing_speed").open_change, "its only change was withdrawn"


def test_names_are_those_of_the_rows(desk: LocalDesk) -> None:
    names, rows = desk.names(), desk.definitions()
    assert set(names) == {one.id for one in rows}
    assert RATE in names


def test_a_file_that_does_not_load_says_where(measured_copy: Path) -> None:
    path = measured_copy / "metrics/crm_handoff/routing_speed.yaml"
    path.write_text(path.read_text() + "colour: green\n")
    for words in (("add", "-A"), ("commit", "-q", "-m", "by hand")):
        subprocess.run(["git", "-c", "user.email=a@b", "-c", "user.name=a", *words], cwd=measured_copy, check=True)
    desk = LocalDesk(measured_copy, claimed="crm-lead", clock=Standing())
    found = row(desk, "metric:routing_speed")
    assert "colour" in found.problem
    assert found.problem.startswith("line ")
    assert not row(desk, RATE).problem


def test_both_sides_of_a_metric(desk: LocalDesk) -> None:
    found = desk.lineage(RATE)
    sources = {one.id: one for one in found.computed_from}
    users = {one.id: one for one in found.used_by}
    assert sources["source:crm_leads"].relation == "computed"
    assert sources["objective:grow_qualified_pipeline"].relation == "uses"
    assert users["metric:lead_quality_trend"].relation == "computed"
    assert users["Lead quality by channel"].relation == "dashboard"
    relations = [one.relation for one in found.computed_from]
    assert relations == sorted(relations), "what is computed comes first"


def test_walking_from_a_source_leads_to_what_is_computed_from_it(desk: LocalDesk) -> None:
    leads = {one.id: one for one in desk.lineage("source:crm_leads").used_by}
    assert leads[RATE].more, "there is more behind it"
    assert {one.id for one in desk.lineage(RATE).computed_from} > {"source:crm_leads"}


@pytest.mark.parametrize("change_class", [ChangeClass.EDITORIAL, ChangeClass.BREAKING])
def test_who_decides_depends_on_the_class(desk: LocalDesk, change_class: ChangeClass) -> None:
    found = desk.who(RATE, change_class, by="ops-lead")
    assert (found.change_class, found.accountable) == (change_class, "crm-lead")
    assert not any("ops-lead" in one.who for one in found.requirements)


def test_a_card_and_what_is_not_there(desk: LocalDesk) -> None:
    assert desk.card("sales_accepted_lead_rate").id == RATE
    with pytest.raises(BadInput, match="led_rate"):
        desk.card("led_rate")


def test_answers_can_be_sent(desk: LocalDesk) -> None:
    """To another process, or by a server."""
    for answer in (desk.definitions(), desk.card(RATE), desk.lineage(RATE), desk.who(RATE), desk.history(RATE)):
        assert pickle.loads(pickle.dumps(answer)) == answer


def test_a_moved_main_is_read_anew(measured_copy: Path) -> None:
    desk = LocalDesk(measured_copy, claimed="crm-lead", clock=Standing())
    before = len(desk.names())
    path = measured_copy / "metrics/crm_handoff/routing_speed.yaml"
    path.unlink()
    for words in (("add", "-A"), ("commit", "-q", "-m", "by hand")):
        subprocess.run(["git", "-c", "user.email=a@b", "-c", "user.name=a", *words], cwd=measured_copy, check=True)
    assert len(desk.names()) == before - 1
    assert "metric:routing_speed" not in {one.id for one in desk.definitions()}
