"""What stands on a page, and what its forms do, all without a script: sent as a browser without JavaScript would."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from cli.reading_world import OPEN, RATE
from metricgov.app.collecting import from_texts
from metricgov.app.contents import EditedPath
from metricgov.app.moment import Moment
from metricgov.app.proposing import revise
from metricgov.domain.notices.notice import Notice
from metricgov.domain.notices.words import message_of
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.vocabulary import Intent, Treatment
from pages.site import HOSTILE, Site, hidden, sited, words


def shown(client: httpx.Client, path: str = f"/changes/{OPEN}") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def sent(client: httpx.Client, page: str, deed: str, text: str = "", **more: str) -> httpx.Response:
    form = {**hidden(page, f"/{deed}"), "words": text, **more}
    return client.post(f"/changes/{OPEN}/{deed}", data=form)


def test_a_change_is_shown_whole(shared: Site) -> None:
    page = shown(shared.signed_in())
    said = words(page)
    for part in (
        "sales_accepted_lead_rate",
        "BREAKING",
        "in review",
        "A week is what sales promises.",
        "redefinition",
        "in effect from 1 Aug 2026",
        "≠ calculation.where meaning changed",
        "~ description words only",
        "window 14 days → 7 days",
        "FILTER_WINDOW",
        "no effect of these contents",
        "lead_quality_trend",
        "submitted revision 1",
        "You approve revision 1 of sales_accepted_lead_rate as crm-lead.",
    ):
        assert part in said, part
    assert '<mark class="gone">14</mark>' in page
    assert '<mark class="came">7</mark>' in page


def test_headings_are_in_order(shared: Site) -> None:
    client = shared.signed_in()
    for path in (f"/changes/{OPEN}", "/", "/definitions", "/definitions/metric:routing_speed", "/changes/none"):
        levels = [int(one) for one in re.findall(r"<h(\d)", client.get(path).text)]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(later - one <= 1 for one, later in pairwise(levels)), path


def test_approving_says_what_was_done_and_what_is_missing(site: Site) -> None:
    client = site.signed_in()
    answer = sent(client, shown(client), "approve", "Fits how we work.")
    assert answer.status_code == 303
    said = words(shown(client, answer.headers["location"]))
    assert "Approved. Still missing:" in said
    assert "crm-lead approve, revision 1" in said
    assert "Fits how we work." in said
    assert "by this server" in said
    assert "Take back my decision" in said


@pytest.mark.parametrize(
    ("deed", "text", "state"),
    [
        ("request-changes", "Ask sales first.", "changes requested"),
        ("reject", "Not this year.", "rejected"),
        ("abstain", "", "in review"),
    ],
)
def test_other_answers(site: Site, deed: str, text: str, state: str) -> None:
    client = site.signed_in()
    answer = sent(client, shown(client), deed, text)
    assert answer.status_code == 303
    said = words(shown(client, answer.headers["location"]))
    assert f"BREAKING {state}" in said
    assert text in said


def test_a_decision_is_taken_back(site: Site) -> None:
    client = site.signed_in()
    sent(client, shown(client), "approve")
    answer = sent(client, shown(client), "withdraw-decision")
    assert "Taken back." in words(shown(client, answer.headers["location"]))


def test_a_form_that_is_sent_twice_counts_once(site: Site) -> None:
    client = site.signed_in()
    page = shown(client)
    first, again = (sent(client, page, "comment", "Only once.") for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    assert shown(client).count("Only once.") == 2  # in the talk and in the story
    other = sent(client, page, "comment", "Something else.")
    assert other.status_code == 422
    assert "Something else." in other.text
    assert "Something else." not in shown(client)


def test_what_was_not_read_is_not_decided(site: Site) -> None:
    """The form says which revision and cycle stood there; another one is refused with words, and words are kept."""
    client = site.signed_in()
    page = shown(client)
    answer = sent(client, page, "approve", "I read an older one.", revision="7")
    assert answer.status_code == 412
    said = words(answer.text)
    assert "Approve: not done. you read revision 7, and revision 1 is under review" in said
    assert "I read an older one." in said
    for wanting in ({"revision": ""}, {"cycle": "0"}, {"revision": "nine"}, {"revision": "9" * 5000}):
        assert sent(client, page, "approve", **wanting).status_code == 422
    assert "crm-lead approve, revision" not in words(shown(client))


def test_a_new_revision_is_shown_before_it_is_decided(site: Site) -> None:
    """Somebody puts up other contents while the page is open: refused, with what differs, and the words kept."""
    client = site.signed_in()
    page = shown(client)

    def collect(moment: Moment) -> Sequence[EditedPath]:
        source = site.workspace.access.source
        entry = source.tree(moment.tip, (RATE,))[RATE]
        text = next(iter(source.read([entry.oid]))).decode().replace("INTERVAL '14' DAY", "INTERVAL '5' DAY")
        after = text.replace("within 14 days", "within 5 days").encode()
        return from_texts(moment.tip, {RATE: after}, source=source)

    claims = Claims(
        why="Five days then.", intent=Intent.REDEFINITION, treatment=Treatment.BREAK, effective_from="2027-01-01"
    )
    revise(site.workspace.access, change=OPEN, actor=Actor("ops-lead"), collect=collect, claims=lambda _state: claims)
    answer = sent(client, page, "approve", "A week is fine.")
    assert answer.status_code == 412
    said = words(answer.text)
    assert "Approve: not done. you read revision 1, and revision 2 is under review" in said
    assert "what differs stands below" in said
    assert "Diff since revision 1" in said
    assert '<mark class="gone">7</mark>' in answer.text
    assert '<mark class="came">5</mark>' in answer.text
    assert "A week is fine." in said
    again = sent(client, answer.text, "approve", "Five is fine too.")
    assert again.status_code == 303
    assert "crm-lead approve, revision 2" in words(shown(client, again.headers["location"]))


def test_a_form_without_its_number_is_refused(site: Site) -> None:
    client = site.signed_in()
    page = shown(client)
    for nonce in ("", "x" * 200, "a\nb"):
        assert sent(client, page, "comment", "Words.", nonce=nonce).status_code == 422


def test_a_refusal_names_everything_that_is_missing(site: Site) -> None:
    """Whoever wrote a change cannot approve it, whatever form they send; it is said why, and nothing is recorded."""
    author = site.signed_in("ops-lead")
    page = shown(author)
    assert 'action="/changes/' + OPEN + '/approve"' not in page
    assert "What you cannot do now, and why" in words(page)
    form = hidden(page, "/comment")
    answer = author.post(f"/changes/{OPEN}/approve", data={**form, "words": "My own."})
    assert answer.status_code == 409
    assert "not done" in words(answer.text)
    assert "ops-lead approve" not in words(shown(author))


def test_words_that_are_asked_for(site: Site) -> None:
    client = site.signed_in()
    answer = sent(client, shown(client), "request-changes", "  ")
    assert answer.status_code == 422
    assert "this goes on record and needs words" in words(answer.text)


@pytest.mark.parametrize("scopes", [("read",), ("read", "propose"), ("read", "decide")])
def test_nothing_is_offered_without_the_right(shared: Site, scopes: tuple[str, ...]) -> None:
    page = shown(shared.signed_in("crm-lead", *scopes))
    assert ("/approve" in page) == ("decide" in scopes)
    assert ("/comment" in page) == ("propose" in scopes)


def test_somebody_the_registry_does_not_know_is_told_so(shared: Site) -> None:
    answer = shared.signed_in("nobody-we-know").get("/")
    assert answer.status_code == 403
    assert "nobody-we-know is nobody with rights in governance/people.yaml" in words(answer.text)


def test_where_reading_is_open_anybody_reads_and_nobody_decides(past: Path, tmp_path: Path) -> None:
    with sited(past, tmp_path, open_reading=True) as site:
        for client in (site.client(), site.signed_in("nobody-we-know")):
            page = shown(client)
            assert '<form method="post" action="/changes' not in page
            assert "BREAKING" in shown(client, "/")
        assert "The registry does not know nobody-we-know" in words(page)
        assert "Sign in to decide or comment." in words(shown(site.client()))


def test_a_comment_stands_at_its_field_and_is_answered_and_closed(site: Site) -> None:
    client = site.signed_in()
    page = shown(client)
    path = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
    sent(client, page, "comment", "Calendar days?\nOr working days?", path=path, field="calculation.where")
    page = shown(client)
    edit = page[page.index("<code>calculation.where</code>") : page.index("<code>calculation.numerator.where</code>")]
    assert "Calendar days?\nOr working days?" in edit
    thread = re.search(r'id="thread-([^"]+)"', edit)
    assert thread is not None
    other = site.signed_in("sales-ops-lead")
    assert sent(other, shown(other), "comment", "Calendar days.", thread=thread[1]).status_code == 303
    assert sent(client, shown(client), "resolve").status_code == 303
    page = shown(client)
    assert "Closed thread on calculation.where crm-lead, 2 remarks" in words(page)
    assert sent(client, page, "reopen").status_code == 303
    assert "Open thread on" in words(shown(client))


def test_the_inbox_says_what_is_asked_and_why(shared: Site) -> None:
    page = shown(shared.signed_in(), "/")
    said = words(page)
    assert "Decide sales_accepted_lead_rate BREAKING" in said
    assert "ops-lead" in said
    assert f'href="/changes/{OPEN}"' in page
    assert "Nothing waits for you." in words(shown(shared.signed_in("sales-ops-analyst"), "/"))


@pytest.mark.parametrize(
    ("query", "first", "says"),
    [
        ("q=routing+speed", "Routing speed", "for “routing speed”"),
        ("q=ROUTING_SPEED", "Routing speed", "definition"),
        ("q=ruting+sped", "Routing speed", "none holds every word, these are alike"),
        ("domain=crm_handoff&kpi=yes&q=accepted", "Sales-accepted lead rate", "definition"),
        ("open_change=yes&q=accepted", "Sales-accepted lead rate", "1 definition"),
        ("status=none", "", "0 definitions"),
        ("q=qqqqqqqqq", "", "Nothing found."),
        ("first=999999", "", "definitions"),
    ],
)
def test_definitions_are_found(shared: Site, query: str, first: str, says: str) -> None:
    page = shown(shared.signed_in(), f"/definitions?{query}")
    names = re.findall(r'<a href="/definitions/[^"]+">([^<]+)</a>', page)
    assert (names[0] if names else "") == first
    assert says in words(page)


def test_a_facet_says_how_many_it_leaves(shared: Site) -> None:
    client = shared.signed_in()
    page = shown(client, "/definitions?q=lead")
    option = re.search(r'<option value="(crm_handoff)">crm handoff \((\d+)\)', page)
    assert option is not None
    narrowed = words(shown(client, f"/definitions?q=lead&domain={option[1]}"))
    assert f"{option[2]} definitions for “lead”" in narrowed


def test_a_list_goes_on(shared: Site) -> None:
    client = shared.signed_in()
    page = shown(client, "/definitions?status=active")
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    more = shown(client, following[1].replace("&amp;", "&"))
    seen = [set(re.findall(r'<a href="(/definitions/[^"]+)">', one)) for one in (page, more)]
    assert seen[0]
    assert seen[1]
    assert not seen[0] & seen[1]


def test_a_definition_is_shown_whole(shared: Site) -> None:
    said = words(shown(shared.signed_in(), "/definitions/sales_accepted_lead_rate"))
    for part in (
        "Sales-accepted lead rate",
        "version 2.0.0",
        "accountable crm-lead",
        "Open change:",
        "calculation.where",
        "Link to next",
        "broken",
        "Known 16 days sooner",
        "crm_leads",
        "Used by",
        "Accountable crm-lead",
        "No values are stored",
    ):
        assert part in said, part


@pytest.mark.parametrize("path", ["/changes/chg-nothing", "/definitions/metric:nothing"])
def test_what_is_not_there(shared: Site, path: str) -> None:
    """The next step is one that somebody without a command line can take."""
    answer = shared.signed_in().get(path)
    assert answer.status_code == 404
    assert "There is no such thing" in words(answer.text)
    assert "metricgov change list" not in answer.text
    assert 'href="/definitions"' in answer.text


def test_the_link_of_a_notice_opens_the_change(shared: Site) -> None:
    """From a mail, signed out: to the form, and from there to the change that the notice is about."""
    fields = dict.fromkeys(Notice.__dataclass_fields__, "")
    notice = Notice(**{**fields, "change": OPEN, "at": "2026-06-18T09:00:00Z", "seq": 1})  # type: ignore[arg-type]
    link = re.search(r"See: (\S+)", message_of(notice, "n", base=shared.url + "/").text)
    assert link is not None
    client = shared.client()
    asked = client.get(link[1])
    form = client.get(asked.headers["location"]).text
    to = re.search(r'name="next" value="([^"]*)"', form)
    assert to is not None
    answer = client.post("/sign-in", data={"token": shared.token("crm-lead")[1], "next": to[1]})
    assert answer.headers["location"] == f"/changes/{OPEN}"
    assert "A week is what sales promises." in words(shown(client, answer.headers["location"]))


def test_a_change_of_a_hostile_title_can_be_approved_like_any_other(site: Site) -> None:
    client = site.signed_in()
    page = shown(client, f"/changes/{HOSTILE}")
    answer = client.post(f"/changes/{HOSTILE}/approve", data=hidden(page, "/approve"))
    assert answer.status_code == 303


def test_an_address_of_nothing_is_a_page_for_people_and_a_problem_for_programs(shared: Site) -> None:
    for client in (shared.signed_in(), shared.client()):
        answer = client.get("/nothing", headers={"Accept": "text/html,application/xhtml+xml"})
        assert answer.status_code == 404
        assert "there is no page at this address" in words(answer.text)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert client.get("/nothing").json()["code"] == "http_404"
    assert "Sign out" in words(shared.signed_in().get("/nothing", headers={"Accept": "text/html"}).text)
