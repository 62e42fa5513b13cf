"""Decisions over HTTP: recorded as the server's, refused as the rules say, never by mistake about another state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.reading_world import OPEN
from desk.measured_world import Standing
from metricgov.bootstrap import Workspace
from metricgov.client import connect
from metricgov.desk.deciding import Deed
from metricgov.domain.workflow.requirements import RefusedUnmet
from serving_http import served


@pytest.fixture
def writable(past_copy: Path) -> Iterator[str]:
    with served(past_copy, clock=Standing()) as address:
        yield address


def last_event(folder: Path) -> tuple[str, str, str]:
    workspace = Workspace(folder)
    *_, last = workspace.journal.events_of(OPEN)
    workspace.repository.close()
    return last.type, last.actor.principal, last.actor.identity.value


def test_a_decision_is_recorded_as_the_servers(writable: str, past_copy: Path) -> None:
    """What the server has found out about a person is in the journal: identity `server`, not claimed, not signed."""
    desk = connect(writable, "crm-lead")
    view = desk.change(OPEN)
    done = desk.do(OPEN, Deed("approve", words="Agreed.", revision=view.revision, cycle=view.cycle))
    assert done.done == ("approved",)
    assert last_event(past_copy) == ("approved", "crm-lead", "server")
    assert desk.reader().proof == "server"


def test_a_refusal_arrives_whole(writable: str, past_copy: Path) -> None:
    """Everything that is missing, who can supply it and how; nothing is recorded."""
    before = last_event(past_copy)
    with pytest.raises(RefusedUnmet) as refused:
        connect(writable, "crm-lead").do(OPEN, Deed("apply"))
    assert len(refused.value.unmet) >= 2
    assert all(one.says for one in refused.value.unmet)
    assert any(one.who for one in refused.value.unmet)
    assert last_event(past_copy) == before


def test_what_changed_since_it_was_read_is_not_decided(writable: str) -> None:
    """If-Match holds a command to the state that was read."""
    with httpx.Client(base_url=writable, headers={"Authorization": "Bearer crm-lead"}) as client:
        tag = client.get(f"/v1/changes/{OPEN}").headers["etag"]
        first = client.post(f"/v1/changes/{OPEN}/comment", json={"words": "First."}, headers={"If-Match": tag})
        assert first.status_code == 200
        late = client.post(f"/v1/changes/{OPEN}/comment", json={"words": "Late."}, headers={"If-Match": tag})
        assert (late.status_code, late.json()["code"]) == (412, "if_match")
        assert "Late." not in client.get(f"/v1/changes/{OPEN}").text


def test_words_that_are_needed_are_asked_for(writable: str) -> None:
    with httpx.Client(base_url=writable, headers={"Authorization": "Bearer crm-lead"}) as client:
        answer = client.post(f"/v1/changes/{OPEN}/comment")
        assert (answer.status_code, answer.json()["code"]) == (422, "words_missing")
        answer = client.post(f"/v1/changes/{OPEN}/comment", json={"wrods": "Hello."})
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
        answer = client.post(f"/v1/changes/{OPEN}/comment", content=b"{", headers={"Content-Type": "application/json"})
        assert answer.status_code == 422


def test_nobody_abstains_in_anothers_name(writable: str, past_copy: Path) -> None:
    """What no rule lets anybody do is said to be so, and is no bug."""
    before = last_event(past_copy)
    with httpx.Client(base_url=writable, headers={"Authorization": "Bearer crm-lead"}) as client:
        answer = client.post(f"/v1/changes/{OPEN}/abstain", json={"name_of": "ops-lead"})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_delegable")
    assert last_event(past_copy) == before
