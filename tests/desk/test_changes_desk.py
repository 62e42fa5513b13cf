"""What reviewers ask about one change, against a registry with a past."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.reading_world import APPLIED, OPEN, RATE, SOURCE, WITHDRAWN, Hours, build
from metricgov.app.collecting import from_texts
from metricgov.app.contents import EditedPath
from metricgov.app.moment import Moment
from metricgov.app.proposing import revise
from metricgov.bootstrap import Workspace
from metricgov.desk.local import LocalDesk
from metricgov.domain.changes.file_rows import Form
from metricgov.domain.changes.findings import GRAVITY
from metricgov.domain.edited_views import EditedDefinition, FieldEdit, How
from metricgov.domain.errors import MetricgovError
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.state import ChangeState

METRIC = "metric:sales_accepted_lead_rate"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with a past; tests only read it."""
    root = tmp_path_factory.mktemp("desk") / "registry"
    build(root)
    return root


@pytest.fixture(scope="module")
def desk(past: Path) -> LocalDesk:
    """The desk of crm-lead there."""
    return LocalDesk(past, claimed="crm-lead")


def _field(edited: EditedDefinition, name: str) -> FieldEdit:
    return next(one for one in edited.fields if one.finding.field == name)


def test_fields_come_gravest_first_with_the_words_that_differ(desk: LocalDesk) -> None:
    (edited,) = desk.edits(OPEN)
    assert edited.definition == METRIC
    gravity = [GRAVITY[one.finding.change_class] for one in edited.fields]
    assert gravity == sorted(gravity, reverse=True)
    window = _field(edited, "calculation.numerator.where")
    (mark,) = window.marks
    assert (window.before[slice(*mark.before)], window.after[slice(*mark.after)]) == ("14", "7")
    assert window.sql
    assert not _field(edited, "description").sql


def test_version_and_date_are_apart_from_what_somebody_edited(desk: LocalDesk) -> None:
    (edited,) = desk.edits(OPEN)
    assert {one.field for one in edited.follows} == {"version", "effective_from"}
    assert not {one.finding.field for one in edited.fields} & {"version", "effective_from"}


def test_rows_pair_the_lines_of_both_files(desk: LocalDesk) -> None:
    (edited,) = desk.edits(OPEN)
    changed = [(old, new) for old, new in edited.rows if edited.before[old - 1] != edited.after[new - 1]]
    assert len(changed) == len(edited.before) - edited.unchanged
    assert any("'7' DAY" in edited.after[new - 1] and "'14' DAY" in edited.before[old - 1] for old, new in changed)


@pytest.mark.parametrize("change", [APPLIED, SOURCE, WITHDRAWN], ids=["applied", "of a source", "withdrawn"])
def test_a_change_that_is_over_shows_what_was_recorded(desk: LocalDesk, change: str) -> None:
    (edited,) = desk.edits(change)
    assert edited.fields
    assert edited.before != edited.after
    assert edited.unchanged


def test_impact_lists_what_is_computed_from_each_definition(desk: LocalDesk) -> None:
    ((name, rows),) = desk.impact(OPEN)
    assert name == METRIC
    assert any(one.id == "metric:lead_quality_trend" and one.relation == "computed" for one in rows)


def test_the_story_numbers_its_events(desk: LocalDesk) -> None:
    lines = desk.story(OPEN)
    assert [one.seq for one in lines] == sorted(one.seq for one in lines)
    assert lines[-1].who == "sales-ops-lead"


def test_without_an_effect_on_record_there_is_none(desk: LocalDesk) -> None:
    with pytest.raises(MetricgovError) as refused:
        desk.effect(OPEN)
    assert refused.value.code == "no_effect"


def test_answers_can_be_sent_to_another_process(desk: LocalDesk) -> None:
    for answer in (desk.change(OPEN), desk.edits(OPEN), desk.impact(OPEN), desk.story(OPEN)):
        assert pickle.loads(pickle.dumps(answer)) == answer


def test_a_newer_revision_shows_only_what_differs_from_the_one_that_was_read(past: Path, tmp_path: Path) -> None:
    copy = tmp_path / "registry"
    shutil.copytree(past, copy, symlinks=True)
    desk = LocalDesk(copy, claimed="ops-lead")
    assert desk.edits(OPEN, since=1) == ()
    _revise(copy, lambda text: text.replace("'14' DAY", "'7' DAY").replace("within 14 days", "within a week"))
    (edited,) = desk.edits(OPEN, since=1)
    assert [one.finding.field for one in edited.fields] == ["description"]
    assert _field(edited, "description").before.endswith("within 7 days.")


def test_form_alone_is_told_as_form(past: Path, tmp_path: Path) -> None:
    copy = tmp_path / "registry"
    shutil.copytree(past, copy, symlinks=True)
    _revise(copy, _in_another_form)
    (edited,) = LocalDesk(copy, claimed="ops-lead").edits(OPEN)
    assert {(one.field, one.form) for one in edited.form} == {
        ("dimensions", Form.REFORMATTED),
        ("tags", Form.MOVED),
    }
    assert _field(edited, "calculation.where").how is How.RESPELLED


def _in_another_form(text: str) -> str:
    where = "NOT is_test AND NOT is_partner"
    assert where in text
    moved = text.replace("\ntags: [lead]\n", "\n").replace("\nentity:", "\ntags: [lead]\nentity:")
    listed = moved.replace("dimensions: [channel, country]", "dimensions:\n  - channel\n  - country")
    counted = listed.replace("  numerator:\n", "  numerator:\n    # counted by lead\n", 1)
    edited = counted.replace("scale: 100", "scale: 1").replace("within 14 days", "within two weeks")
    return edited.replace(where, "not is_partner and not is_test")


def _revise(root: Path, edit: Callable[[str], str]) -> None:
    """Give the open change other contents, as its author."""
    workspace = Workspace(root, clock=Hours(datetime(2026, 6, 20, tzinfo=UTC)))

    def collect(moment: Moment) -> Sequence[EditedPath]:
        source = workspace.access.source
        entry = source.tree(moment.tip, (RATE,))[RATE]
        after = edit(next(iter(source.read([entry.oid]))).decode())
        return from_texts(moment.tip, {RATE: after.encode()}, source=source)

    def claims(state: ChangeState) -> Claims:
        revision = state.revision
        assert revision is not None
        return Claims(
            why="again", intent=revision.intent, treatment=revision.treatment, effective_from=revision.effective_from
        )

    revise(workspace.access, change=OPEN, actor=Actor("ops-lead"), collect=collect, claims=claims)
