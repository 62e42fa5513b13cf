"""Deeds through the desk: what is foreseen is what is answered; verdicts on other contents, kept and sent words."""

from __future__ import annotations

import pickle
import subprocess
from pathlib import Path

import pytest

from metricgov.desk.deciding import FORESEEN, NEEDS_WORDS, Deed
from metricgov.desk.local import LocalDesk
from metricgov.domain.errors import BadInput, MetricgovError, Refused
from metricgov.domain.workflow.requirements import RefusedUnmet

NAME = "sales_accepted_lead_rate"


@pytest.mark.parametrize("person", ["ops-lead", "crm-lead", "head-of-marketing", "content-lead"])
@pytest.mark.parametrize("deed", FORESEEN)
def test_what_is_foreseen_is_what_is_answered(registry: Path, person: str, deed: str) -> None:
    """A dimmed key is refused with the same code when it is pressed, an open one is done (INV-17)."""
    desk = LocalDesk(registry, claimed=person)
    foreseen = desk.foresee(NAME).refusals[deed]
    said = Deed(deed, words="because", day="2027-02-01", person="head-of-marketing")
    try:
        desk.do(NAME, said)
        answered = ""
    except MetricgovError as error:
        answered = error.code
    assert answered == (foreseen.code if foreseen else "")


def test_a_verdict_on_another_revision_is_refused(registry: Path) -> None:
    """INV-02: what counts is what was read."""
    desk = LocalDesk(registry, claimed="crm-lead")
    with pytest.raises(Refused) as caught:
        desk.do(NAME, Deed("approve", revision=2, cycle=1))
    assert caught.value.code == "stale"
    assert "you read revision 2" in caught.value.message
    assert desk.do(NAME, Deed("approve", revision=1, cycle=1)).done == ("approved",)


@pytest.mark.parametrize("deed", sorted(NEEDS_WORDS))
def test_words_that_must_be_there(registry: Path, deed: str) -> None:
    """Nothing goes on record without them."""
    desk = LocalDesk(registry, claimed="crm-lead")
    before = desk.mark()
    with pytest.raises(BadInput) as caught:
        desk.do(NAME, Deed(deed, words="  "))
    assert caught.value.code == "words_missing"
    assert desk.mark() == before


def test_unmet_requirements_come_all_at_once(registry: Path) -> None:
    """The refusal of `apply` names what is missing, who and how, and nothing is written."""
    desk = LocalDesk(registry, claimed="ops-lead")
    before = desk.mark()
    with pytest.raises(RefusedUnmet) as caught:
        desk.do(NAME, Deed("apply"))
    foreseen = desk.foresee(NAME).refusals["apply"]
    assert foreseen is not None
    assert [one.says for one in foreseen.missing] == [one.says for one in caught.value.unmet]
    assert len(foreseen.missing) > 1
    assert desk.mark() == before


def test_talk(registry: Path) -> None:
    """A comment begins a thread on a field; it is closed and opened again."""
    desk = LocalDesk(registry, claimed="crm-lead")
    view = desk.do(NAME, Deed("comment", words="calendar days?", field="calculation.numerator.where")).view
    (thread,) = view.threads
    assert thread.field == "calculation.numerator.where"
    assert desk.do(NAME, Deed("comment", words="yes", thread=thread.id)).view.threads[0].remarks[1].words == "yes"
    assert desk.do(NAME, Deed("resolve", thread=thread.id)).view.threads[0].resolved
    assert not desk.do(NAME, Deed("reopen", thread=thread.id)).view.threads[0].resolved


def test_an_objection_stands_until_it_is_ended(registry: Path) -> None:
    """Whose it is can be named, and only then can it be ended."""
    LocalDesk(registry, claimed="head-of-marketing").do(NAME, Deed("request_changes", words="too short"))
    desk = LocalDesk(registry, claimed="crm-lead")
    assert desk.foresee(NAME).refusals["end_objection"] is None
    view = desk.do(NAME, Deed("end_objection", words="agreed by phone", person="head-of-marketing")).view
    assert not any(one.counts and one.decision == "request_changes" for one in view.decisions)


def test_a_delegation_is_about_this_definition(registry: Path) -> None:
    """It ends by itself."""
    desk = LocalDesk(registry, claimed="crm-lead")
    said = Deed("delegate", words="on holiday", person="crm-deputy", day="2027-01-31")
    assert desk.do(NAME, said).done == ("delegated",)


def test_offline_words_are_kept_and_sent_later(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is queued is never shown as done; a sync sends it (INV-53)."""
    bare = tmp_path / "origin.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(registry), str(bare)], check=True)
    subprocess.run(["git", "remote", "add", "origin", str(bare)], cwd=registry, check=True)
    subprocess.run(["git", "fetch", "-q", "origin"], cwd=registry, check=True)
    monkeypatch.setenv("METRICGOV_OFFLINE", "1")
    offline = LocalDesk(registry, claimed="crm-lead")
    assert offline.do(NAME, Deed("approve", revision=1)).kept == 1
    assert offline.standing().offline
    assert offline.standing().unsent == 1
    with pytest.raises(Refused):
        offline.sync()
    monkeypatch.delenv("METRICGOV_OFFLINE")
    desk = LocalDesk(registry, claimed="crm-lead")
    assert desk.sync().sent == 1
    assert desk.standing().unsent == 0


def test_everything_can_pass_to_another_process(registry: Path) -> None:
    """Answers and refusals are values."""
    desk = LocalDesk(registry, claimed="crm-lead")
    foreseen = desk.foresee(NAME)
    assert pickle.loads(pickle.dumps(foreseen)) == foreseen
    outcome = desk.do(NAME, Deed("approve"))
    assert pickle.loads(pickle.dumps(outcome)) == outcome
    with pytest.raises(RefusedUnmet) as caught:
        desk.do(NAME, Deed("apply"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.code, again.message, again.unmet) == (caught.value.code, caught.value.message, caught.value.unmet)
