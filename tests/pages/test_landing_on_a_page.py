"""Applying and scheduling on the page of a change: who may, once the rules let it through, and what is said before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from metricgov.desk.asked_proposing import Saying
from metricgov.desk.deciding import Deed
from metricgov.desk.local import LocalDesk
from pages.site import Site, hidden, sited, words

EVERY = ("read", "propose", "decide", "apply")


@pytest.fixture
def landing(past: Path, tmp_path: Path) -> Iterator[tuple[Site, str]]:
    """A server, and a change to which one approval is missing."""
    with sited(past, tmp_path) as site:
        desk = LocalDesk(site.registry, claimed="ops-lead")
        done = desk.rename("routing_speed", "speed_of_routing", saying=Saying("clearer")).outcome
        assert done is not None
        yield site, done.view.change


def approved(site: Site, change: str) -> None:
    desk = LocalDesk(site.registry, claimed="crm-lead")
    view = desk.change(change)
    for one in [who for need in view.requirements if not need.met for who in need.who[:1]]:
        other = LocalDesk(site.registry, claimed=one)
        view = other.change(change)
        other.do(change, Deed("approve", revision=view.revision, cycle=view.cycle))
    assert all(one.met for one in LocalDesk(site.registry, claimed="crm-lead").change(change).requirements)


def sent(browser: httpx.Client, change: str, deed: str, page: str | None = None, **said: str) -> httpx.Response:
    shown = browser.get(f"/changes/{change}").text if page is None else page
    answer = browser.post(f"/changes/{change}/{deed}", data={**hidden(shown, f"/{deed}"), **said})
    return browser.get(answer.headers["location"]) if answer.status_code == 303 else answer


def test_it_is_offered_to_those_who_may_and_not_before(landing: tuple[Site, str]) -> None:
    site, change = landing
    browser, reader = site.signed_in("crm-lead", *EVERY), site.signed_in("crm-lead")
    before = browser.get(f"/changes/{change}").text
    assert 'id="do-apply"' not in before
    assert "Apply" in words(before).partition("What you cannot do now, and why")[2].partition("Talk")[0]
    approved(site, change)
    page = browser.get(f"/changes/{change}").text
    assert 'id="do-apply"' in page
    assert 'id="do-schedule"' in page
    assert 'id="do-unschedule"' not in page
    assert "Only another change, such as a revert, undoes that." in words(page)
    assert "/apply" not in reader.get(f"/changes/{change}").text


def test_applying(landing: tuple[Site, str]) -> None:
    site, change = landing
    approved(site, change)
    browser = site.signed_in("crm-lead", *EVERY)
    page = browser.get(f"/changes/{change}").text
    done = words(sent(browser, change, "apply", page).text)
    assert "Applied: it stands on main." in done
    assert "Nothing is missing" in done
    assert "metric:speed_of_routing" in LocalDesk(site.registry, claimed="crm-lead").names()
    again = browser.get(f"/changes/{change}").text
    assert 'id="do-apply"' not in again
    form = {**hidden(page, "/apply"), "nonce": "another"}
    refused = browser.post(f"/changes/{change}/apply", data=form)
    assert refused.status_code in (409, 412)
    assert "Apply: not done." in words(refused.text)


def test_what_was_not_read_is_not_applied(landing: tuple[Site, str]) -> None:
    """Somebody said something since the page was opened: the page comes again, with it."""
    site, change = landing
    approved(site, change)
    browser = site.signed_in("crm-lead", *EVERY)
    page = browser.get(f"/changes/{change}").text
    LocalDesk(site.registry, claimed="ops-lead").do(change, Deed("comment", words="Wait for sales."))
    refused = sent(browser, change, "apply", page)
    assert refused.status_code == 412
    assert "something happened to this change since you read it" in words(refused.text)
    assert "Wait for sales." in refused.text
    assert "Applied" in words(sent(browser, change, "apply").text)


def test_a_day_is_set_and_taken_back(landing: tuple[Site, str]) -> None:
    site, change = landing
    approved(site, change)
    browser = site.signed_in("crm-lead", *EVERY)
    day = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    for wrong in ("2020-01-01", "soon", ""):
        refused = sent(browser, change, "schedule", day=wrong)
        assert 400 <= refused.status_code < 500, wrong
        assert "Schedule: not done." in words(refused.text)
    done = sent(browser, change, "schedule", day=day).text
    assert "Scheduled." in words(done)
    assert LocalDesk(site.registry, claimed="crm-lead").change(change).due.startswith(day)
    assert "needs words" in words(sent(browser, change, "unschedule").text)
    assert "The time is taken back." in words(sent(browser, change, "unschedule", words="Not yet.").text)
    assert not LocalDesk(site.registry, claimed="crm-lead").change(change).due


def test_the_right_is_asked_for_whatever_the_page_showed(landing: tuple[Site, str]) -> None:
    site, change = landing
    approved(site, change)
    page = site.signed_in("crm-lead", *EVERY).get(f"/changes/{change}").text
    for deed in ("apply", "schedule"):
        refused = site.signed_in("crm-lead").post(f"/changes/{change}/{deed}", data=hidden(page, f"/{deed}"))
        assert refused.status_code == 403
    assert "metric:speed_of_routing" not in LocalDesk(site.registry, claimed="crm-lead").names()
