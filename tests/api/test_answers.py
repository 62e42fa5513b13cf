"""What every answer of the server carries: tags, pages, fields, problems, numbers of requests."""

from __future__ import annotations

import json

import httpx
import pytest

RATE = "sales_accepted_lead_rate"


def test_a_tag_saves_the_answer(crm: httpx.Client) -> None:
    """RFC 9110, 13.1.2: If-None-Match."""
    first = crm.get(f"/v1/definitions/{RATE}")
    assert first.status_code == 200
    again = crm.get(f"/v1/definitions/{RATE}", headers={"If-None-Match": f'"another", {first.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert crm.get(f"/v1/definitions/{RATE}", headers={"If-None-Match": '"another"'}).status_code == 200


def test_pages_go_through_everything_once(crm: httpx.Client) -> None:
    """A cursor leads to the next page until there is none."""
    whole = crm.get("/v1/definitions", params={"limit": 1000}).json()
    assert whole["next"] == ""
    found, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = crm.get("/v1/definitions", params={"limit": 37, "cursor": cursor}).json()
        found += page["items"]
        cursor, pages = page["next"], pages + 1
    assert found == whole["items"]
    assert pages == -(-len(found) // 37)


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "WyJhIiwgLTFd", "WzEsIDJd", "é"])
def test_a_wrong_cursor_is_named(crm: httpx.Client, cursor: str) -> None:
    answer = crm.get("/v1/definitions", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


def test_only_the_fields_that_are_asked_for(crm: httpx.Client) -> None:
    """Sparse fields, of one thing and of each in a list; a name that is none is refused with those there are."""
    items = crm.get("/v1/changes", params={"fields": "label,state"}).json()["items"]
    assert items
    assert all(one.keys() == {"label", "state"} for one in items)
    assert crm.get(f"/v1/definitions/{RATE}", params={"fields": "id"}).json() == {"id": f"metric:{RATE}"}
    refused = crm.get("/v1/changes", params={"fields": "lable"})
    assert refused.status_code == 422
    assert "label" in refused.json()["hint"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/nothing", 404, "http_404"),
        ("/v1/definitions/nothing_like_it", 404, "definition_unknown"),
        ("/v1/changes/chg-zzzzzz", 404, "change_unknown"),
        (f"/v1/definitions/{RATE}/who?change_class=grave", 422, "request_invalid"),
        ("/v1/definitions?limit=0", 422, "request_invalid"),
        ("/v1/changes?state=in_reviev", 422, "state_unknown"),
        ("/v1/metrics/nothing_like_it/stored", 404, "definition_unknown"),
    ],
    ids=str,
)
def test_errors_are_problems(crm: httpx.Client, path: str, status: int, code: str) -> None:
    """RFC 9457, with our stable code and the next step."""
    answer = crm.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["title"]
    assert "hint" in problem


def test_nobody_is_told_how_to_sign_in(url: str) -> None:
    answer = httpx.get(f"{url}/v1/inbox")
    assert (answer.status_code, answer.json()["code"]) == (401, "no_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_right_that_is_missing_is_named(url: str) -> None:
    headers = {"Authorization": "Bearer crm-lead/read"}
    answer = httpx.post(f"{url}/v1/changes/{RATE}/approve", headers=headers, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")
    assert "decide" in answer.json()["title"]


def test_a_request_keeps_its_number(crm: httpx.Client) -> None:
    """One that is no plain word is replaced: it goes into logs."""
    assert crm.get("/health", headers={"X-Request-Id": "trace-7.1"}).headers["x-request-id"] == "trace-7.1"
    made = crm.get("/health", headers={"X-Request-Id": "two words"}).headers["x-request-id"]
    assert made
    assert made != "two words"


def test_long_answers_are_compressed(crm: httpx.Client) -> None:
    assert crm.get("/v1/definitions").headers["content-encoding"] == "gzip"


def test_ready_and_version(crm: httpx.Client) -> None:
    assert crm.get("/ready").json() == {"registry": "ok"}
    assert crm.get("/v1/version").json()["api"] == "v1"


def test_a_long_question_tells_how_far_it_is(crm: httpx.Client) -> None:
    """Server-sent events: progress, then the answer, on one connection."""
    events = []
    with crm.stream("GET", "/v1/audit", headers={"Accept": "text/event-stream"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
    assert [name for name, _ in events][-1] == "answer"
    assert {name for name, _ in events[:-1]} <= {"progress"}
    assert events[-1][1] == crm.get("/v1/audit").json()
