"""Findings, errors, changes, versions and the journal as text and as JSON."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from render_samples import ALL, AT, EVIL, METRIC, PARENT, WINDOW, anything, findings

from metricgov.domain import past_views, views
from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.errors import BadInput, InvalidFiles, Place, Problem, Refused
from metricgov.domain.past_views import StoryLine
from metricgov.domain.verdict import VersionStep
from metricgov.domain.views import Ask, ChangeView, InboxRow, RequirementView
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.requirements import RefusedUnmet, Requirement
from metricgov.render import as_json, changes, history, overrides, past_json, story
from metricgov.render.findings import findings_text, sign
from metricgov.render.kit import Screen, cells
from metricgov.render.problems import error_json, error_text

relaxed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_findings_read_gravest_first_with_place_and_reason() -> None:
    said = findings_text(ALL, steps={METRIC: VersionStep("1.2.0", "1.2.0", "2.0.0")}, affected=(PARENT,))
    assert said == Path(__file__).with_name("findings.txt").read_text()


def test_findings_read_without_utf8() -> None:
    said = findings_text(ALL, screen=Screen(ascii=True))
    assert said.isascii()
    assert "!= calculation.numerator.where" in said
    assert "within [30 -> 14] days" in said


def test_nothing_to_say_is_said() -> None:
    assert findings_text(()) == "Nothing governed differs.\n"


@pytest.mark.parametrize(
    ("change_class", "before", "after", "expected"),
    [
        pytest.param(ChangeClass.BREAKING, 1, 2, "≠", id="breaking"),
        pytest.param(ChangeClass.UNKNOWN, None, 2, "≠", id="unknown-is-grave"),
        pytest.param(ChangeClass.EDITORIAL, 1, 2, "~", id="words"),
        pytest.param(ChangeClass.COMPATIBLE, None, 2, "+", id="added"),
        pytest.param(ChangeClass.COMPATIBLE, 1, None, "-", id="removed"),
        pytest.param(ChangeClass.COMPATIBLE, 1, 1, ">", id="moved"),
        pytest.param(ChangeClass.IDENTICAL, 1, 2, "=", id="same"),
    ],
)
def test_the_sign_repeats_the_class(change_class: ChangeClass, before: object, after: object, expected: str) -> None:
    found = dataclasses.replace(WINDOW, change_class=change_class, before=before, after=after)  # type: ignore[arg-type]
    assert sign(found) == expected


@relaxed
@given(st.lists(findings, max_size=4), st.booleans())
def test_any_findings_fit_and_keep_to_printing_letters(found: list[typing.Any], ascii_only: bool) -> None:
    said = findings_text(found, affected=found, screen=Screen(ascii=ascii_only))
    assert all(cells(line) <= 80 for line in said.splitlines())
    assert said.replace("\n", "").isprintable()


def test_every_problem_of_a_file_is_told_with_its_place() -> None:
    place = "metrics/a/b.yaml"
    problems = [
        Problem("yaml_tag", "tags are not read", Place(place, 3, 7), "remove it"),
        Problem("field_unknown", "key `foo` is not known", Place(place, 9), "see metricgov schema"),
        Problem("field_unknown", "key `bar` is not known", Place(place, 11), "see metricgov schema"),
    ]
    assert error_text(InvalidFiles(problems)) == (
        "metrics/a/b.yaml:3:7: tags are not read [yaml_tag]\n"
        "  hint: remove it\n"
        "metrics/a/b.yaml:9: key `foo` is not known [field_unknown]\n"
        "metrics/a/b.yaml:11: key `bar` is not known [field_unknown]\n"
        "  hint: see metricgov schema\n"
    )
    body = json.loads(error_json(InvalidFiles(problems)))["error"]
    assert list(body) == ["code", "message", "hint", "problems"]
    assert [(each["line"], each["column"]) for each in body["problems"]] == [(3, 7), (9, 0), (11, 0)]


def test_an_error_without_a_place_names_the_program() -> None:
    said = error_text(BadInput("ref_unknown", "no branch `x`", hint="git branch lists them"))
    assert said == "metricgov: no branch `x` [ref_unknown]\n  hint: git branch lists them\n"
    assert json.loads(error_json(Refused("a", "b")))["error"]["problems"] == []


def test_a_refusal_names_everything_unmet_with_who_and_how() -> None:
    """INV-17: all at once, who can meet each, and how."""
    unmet = (
        Requirement("approval_accountable", "approval of crm-lead", ("crm-lead",), "metricgov approve chg-7f3kq2"),
        Requirement("approval_council", "one of the council agrees"),
    )
    error = RefusedUnmet("not applied: 2 are missing", unmet)
    assert error_text(error) == (
        "metricgov: not applied: 2 are missing [approval_accountable]\n"
        "  □ approval of crm-lead\n"
        "    who  crm-lead\n"
        "    how  metricgov approve chg-7f3kq2\n"
        "  □ one of the council agrees\n"
        "    who  nobody can, as things stand\n"
    )
    assert [one["code"] for one in json.loads(error_json(error))["error"]["unmet"]] == [
        "approval_accountable",
        "approval_council",
    ]


@given(anything, anything, anything)
def test_no_error_carries_controls_to_a_terminal(code: str, message: str, path: str) -> None:
    error = BadInput(code, message, hint=message, place=Place(path, 1))
    assert error_text(error).replace("\n", "").isprintable()
    assert json.loads(error_json(error))["error"]["message"] == message


ROW = InboxRow(
    "01JX0000000000000000007F3KQ2",
    "chg-7f3kq2",
    Ask.DECIDE,
    METRIC,
    "You are accountable for it.",
    "ops-lead",
    ChangeClass.BREAKING,
    "2026-06-18T15:30:00Z",
    VersionStep("1.2.0", "2.0.0"),
    "2026-07-01",
    "Known 16 days sooner.",
    missing=3,
)


def test_an_inbox_row_says_what_is_asked_until_when_and_why_you() -> None:
    assert changes.inbox_text([ROW], now=AT) == (
        "time left  asked   definition                class     from\n"
        "5 h        Decide  sales_accepted_lead_rate  BREAKING  ops-lead\n"
        "\n"
        "chg-7f3kq2  sales_accepted_lead_rate  1.2.0 → 2.0.0  from 1 Jul 2026\n"
        '  ops-lead: "Known 16 days sooner."\n'
        "  You are accountable for it. Missing: 3.\n"
    )
    assert changes.inbox_text([], now=AT) == "Nothing waits for you.\n"


def test_a_change_shows_every_requirement_unmet_first() -> None:
    """INV-17: who can meet each, and how; what is met says by whom."""
    view = ChangeView(
        "01",
        "chg-7f3kq2",
        "in_review",
        "ops-lead",
        "Sooner.",
        2,
        1,
        AT,
        requirements=(
            RequirementView("t", "treatment stated", met=True, met_by=("ops-lead",)),
            RequirementView("a", "approval of crm-lead", met=False, who=("crm-lead",), how="approve", due=AT),
        ),
    )
    said = changes.change_text(view)
    assert "── Missing 1 of 2 ─" in said
    unmet, met = said.index("□ approval of crm-lead\n"), said.index("■ treatment stated: ops-lead")
    assert unmet < met
    assert "    who  crm-lead\n    how  approve\n" in said


def test_a_story_reads_day_by_day() -> None:
    view = ChangeView("01", "chg-7f3kq2", "in_review", "ops-lead", "Sooner.", 1, 1, AT)
    lines = (
        StoryLine("2026-06-15T15:58:19Z", "ops-lead", "began it", "Sooner."),
        StoryLine("2026-06-16T11:41:12Z", "analytics-lead", "approved revision 1", "", Identity.SIGNED),
        StoryLine("2026-06-16T12:00:00Z", "", "found the target at 4f0d2b1"),
    )
    assert story.story_text(view, lines) == (
        "chg-7f3kq2\n\n"
        "15 Jun 2026\n"
        "  15:58  ops-lead began it.\n"
        '         "Sooner."\n\n'
        "16 Jun 2026\n"
        "  11:41  analytics-lead (signed) approved revision 1.\n"
        "  12:00  metricgov found the target at 4f0d2b1.\n\n"
        "Now: in review.\n"
    )


def test_history_keeps_baselines_and_proposals_apart_from_approvals() -> None:
    """INV-26: a baseline is shown as a baseline."""
    rows = (
        past_views.VersionRow(METRIC, "1.0.0", "baseline", "2023-01-01", "2024-01-01", link=views.LinkStatus.BROKEN),
        past_views.VersionRow(
            METRIC,
            "2.0.0",
            "applied",
            "2024-01-01",
            known_from="2023-12-12T00:00:00Z",
            link=views.LinkStatus.BRIDGED,
            factor="1.08",
            approved_by=("paid-lead", "head-of-marketing"),
        ),
        past_views.VersionRow(METRIC, "3.0.0", "in_review", "2026-08-01", label="chg-9xw2td"),
    )
    lines = history.history_text(METRIC, rows).splitlines()
    assert lines[3:] == [
        "1.0.0    1 Jan 2023  1 Jan 2024  baseline     broken        baseline",
        "2.0.0    1 Jan 2024  –           12 Dec 2023  bridged 1.08  paid-lead +1",
        "? 3.0.0  1 Aug 2026  –           in review    –             chg-9xw2td",
    ]


def test_a_changelog_speaks_in_sentences() -> None:
    entry = past_views.ChangelogEntry(
        AT, METRIC, "Sales-accepted lead rate", ChangeClass.BREAKING, VersionStep("1.2.0", "2.0.0"), (WINDOW.says,)
    )
    said = history.changelog_text([entry, dataclasses.replace(entry, state="baseline", title="")])
    assert said.count("── 18 Jun 2026 ─") == 1
    assert "  Window shorter: a lead accepted on day 20 counted; now it does not.\n" in said
    assert "Accepted as found; nobody approved it." in said


def test_a_fault_of_the_journal_stands_at_its_event() -> None:
    row = past_views.AuditRow(7, AT, "ops", Identity.HOST, "approved", "approved revision 1", fault="prev differs")
    said = history.audit_text([row])
    assert "approved revision 1 FAULT: prev differs" in said
    assert said.endswith("1 fault among 1 event\n")


factors = st.builds(Factor, st.floats(0.1, 9), st.floats(0, 1), st.none() | anything)
links = st.builds(
    Linked,
    anything,
    st.sampled_from(Status),
    st.none() | st.sampled_from(LinkScale),
    st.none() | factors,
    dimension=anything,
    segments=st.lists(st.builds(Factor, st.floats(0.1, 9), st.floats(0, 1), st.none() | anything), max_size=9).map(
        tuple
    ),
    start=st.just("2025-01-01"),
    end=st.just("2026-01-01"),
    estimator=anything,
    reason=anything,
)
"""Links with hostile names."""


def _build(kind: typing.Any) -> st.SearchStrategy[typing.Any]:
    """Return a strategy for a view type from its annotations, hostile texts included."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([_build(one) for one in args])
    if origin is tuple:
        return st.lists(_build(args[0]), max_size=2).map(tuple)
    if origin is frozenset:
        return st.frozensets(_build(args[0]))
    if kind is views.Finding:
        return findings
    if kind is Linked:
        return links
    if kind is type(None):
        return st.none()
    if kind is str:
        return anything | st.just(AT)
    if kind is int:
        return st.integers(0, 10**6)
    if kind is bool:
        return st.booleans()
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    hints = typing.get_type_hints(kind, localns={"Linked": Linked})
    fields = {field.name: _build(hints[field.name]) for field in dataclasses.fields(kind)}
    return st.fixed_dictionaries(fields).map(lambda found: kind(**found))


VIEWS: dict[str, tuple[typing.Any, typing.Any, typing.Any]] = {
    "inbox": ([InboxRow], lambda rows, screen: changes.inbox_text(rows, now=AT, screen=screen), as_json.inbox_json),
    "changes": (
        [views.ChangeRow],
        lambda rows, screen: changes.change_list_text(rows, screen=screen),
        as_json.changes_json,
    ),
    "change": (ChangeView, lambda view, screen: changes.change_text(view, screen=screen), as_json.change_json),
    "story": (
        ChangeView,
        lambda view, screen: story.story_text(
            view, [StoryLine(AT, EVIL, EVIL, EVIL), StoryLine(EVIL, "", "")], screen=screen
        ),
        lambda view: past_json.story_json(view, [StoryLine(AT, EVIL, EVIL, EVIL), StoryLine(EVIL, "", "")]),
    ),
    "versions": (
        [past_views.VersionRow],
        lambda rows, screen: history.history_text(EVIL, rows, screen=screen),
        past_json.history_json,
    ),
    "changelog": (
        [past_views.ChangelogEntry],
        lambda rows, screen: history.changelog_text(rows, screen=screen),
        past_json.changelog_json,
    ),
    "events": (
        [past_views.AuditRow],
        lambda rows, screen: history.audit_text(rows, screen=screen),
        past_json.audit_json,
    ),
    "impact": (
        [views.ImpactRow],
        lambda rows, screen: history.impact_text(EVIL, rows, screen=screen),
        as_json.impact_json,
    ),
    "who": (views.WhoView, lambda view, screen: changes.who_text(view, screen=screen), as_json.who_json),
}


@pytest.mark.parametrize("name", VIEWS)
def test_any_view_fits_the_screen_and_its_json_parses(name: str) -> None:
    """INV-24 for what people read: the same view gives the same bytes, whatever it holds."""
    kind, text, to_json = VIEWS[name]
    built = st.lists(_build(kind[0]), max_size=3) if isinstance(kind, list) else _build(kind)

    @relaxed
    @given(built, st.booleans())
    def holds(value: typing.Any, ascii_only: bool) -> None:
        said = text(value, Screen(ascii=ascii_only))
        assert said == text(value, Screen(ascii=ascii_only))
        assert all(cells(line) <= 80 for line in said.splitlines())
        assert said.replace("\n", "").isprintable()
        assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]
        document = json.loads(to_json(value))
        assert next(iter(document)) == "format"
        assert document["format"] == 1

    holds()


@pytest.mark.parametrize(
    "kind",
    [
        one
        for one in {**vars(views), **vars(past_views)}.values()
        if isinstance(one, type) and dataclasses.is_dataclass(one)
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_field_of_a_view_reaches_its_json(kind: type) -> None:
    """A field that a use case fills and no program can read is a field for nothing."""
    row_of = {
        "InboxRow": as_json.inbox_row,
        "ChangeRow": as_json.change_row,
        "ChangeView": as_json.change_object,
        "RequirementView": as_json.requirement_row,
        "DecisionView": as_json.decision_row,
        "RulingView": as_json.ruling_row,
        "OverrideView": overrides.override_json,
        "LateReview": overrides.late_json,
        "ThreadView": as_json.thread_row,
        "RemarkView": as_json.remark_row,
        "ChangedDefinition": as_json.changed_definition,
        "StoryLine": past_json.story_row,
        "StoryNeed": past_json.story_need,
        "Then": as_json.then_object,
        "VersionRow": past_json.version_row,
        "ChangelogEntry": past_json.changelog_row,
        "AuditRow": past_json.audit_object,
        "DefinitionRow": as_json.definition_row,
        "ImpactRow": as_json.impact_row,
        "WhoView": as_json.who_object,
        "Consulted": as_json.consulted_json,
    }.get(kind.__name__)
    if row_of is None:
        assert kind.__name__ in ("Finding", "VersionStep")
        return
    spelled = (
        {"change_class": "class"}
        | ({"late": "late_reviews"} if kind is ChangeView else {})
        | ({"author": "from"} if kind is InboxRow else {})
    )
    hints = typing.get_type_hints(kind, localns={"Linked": Linked})
    plain = {str: "x", int: 1, bool: True, Identity: Identity.HOST, VersionStep: VersionStep(), Ask: Ask.ANSWER}
    filled = {field.name: plain.get(hints[field.name], ()) for field in dataclasses.fields(kind)}
    filled |= {name: None for name in filled if name in ("override", "measured")}
    filled |= {name: ChangeClass.BREAKING for name in filled if name == "change_class"}
    filled |= {name: frozenset({Flag.NOTIFY}) for name in filled if name == "flags"}
    filled |= {name: views.LinkStatus.SAME for name in filled if name == "link"}
    document = row_of(kind(**filled))
    assert {spelled.get(field.name, field.name) for field in dataclasses.fields(kind)} == set(document)
