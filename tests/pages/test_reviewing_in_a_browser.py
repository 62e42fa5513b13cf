"""A change reviewed in a real Chromium: by keyboard, without JavaScript, on a phone, in the dark; nothing for axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.reading_world import OPEN
from desk.measured_world import build_measured
from metricgov.desk.local import LocalDesk
from pages.site import CHROMIUM, HOSTILE, Site, sited

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine, so no page was opened in a browser")

CHANGE = f"/changes/{OPEN}"
EVERY = ("/", "/definitions?q=lead", "/definitions/metric:sales_accepted_lead_rate", CHANGE, f"/changes/{HOSTILE}",
         "/changes/none", "/sign-in")  # fmt: skip


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose registry has an engine and an effect on record; nobody decides there."""
    folder = tmp_path_factory.mktemp("measured")
    build_measured(folder / "registry")
    desk = LocalDesk(folder / "registry", claimed="ops-lead")
    desk.evaluate(OPEN, as_of="2026-06-15")
    desk.forget()
    (folder / "server").mkdir()
    with sited(folder / "registry", folder / "server") as site:
        yield site


class Visit:
    """Somebody at a page; what the browser complains about is kept."""

    def __init__(self, context: Any, site: Site) -> None:
        self.context, self.site = context, site
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)
        self.page.on("pageerror", lambda one: self.complaints.append(str(one)))
        self.page.on("dialog", lambda one: (self.complaints.append(one.message), one.dismiss()))

    def open(self, path: str) -> None:
        self.page.goto(self.site.url + path)

    def sign_in(self, person: str = "crm-lead", to: str = "/") -> None:
        self.open(to)
        assert "/sign-in" in self.page.url
        self.page.keyboard.type(self.site.token(person)[1])  # the field has the focus already
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(self.site.url + to)

    def tab_to(self, name: str) -> None:
        """Press Tab until the focus is on what is called so; it has to be visible there."""
        for _ in range(150):
            self.page.keyboard.press("Tab")
            said = self.page.evaluate(
                "[document.activeElement.textContent.trim(), document.activeElement.labels?.[0]?.textContent ?? '',"
                " getComputedStyle(document.activeElement).outlineStyle]"
            )
            assert said[2] != "none", f"nobody sees where the focus is: {said[0]!r}"
            if name in said[:2]:
                return
        raise AssertionError(f"the keyboard does not reach {name}")


@pytest.fixture
def visit(chromium: Any) -> Iterator[Any]:
    """Return a function that begins a visit of a site, with options of the browser."""
    begun: list[Visit] = []

    def begin(site: Site, **options: Any) -> Visit:
        begun.append(Visit(chromium.new_context(reduced_motion="reduce", **options), site))
        return begun[-1]

    yield begin
    for one in begun:
        one.context.close()


def test_approving_by_keyboard(site: Site, visit: Any) -> None:
    """From the link of a mail to what is still missing, without a mouse; the place says what was done."""
    there = visit(site)
    there.sign_in(to=CHANGE)
    there.tab_to("To the content")
    there.tab_to("Decide")
    there.page.keyboard.press("Enter")
    there.tab_to("Your words, on record (if you like)")
    there.page.keyboard.type("Fits how we work.")
    there.tab_to("Approve")
    there.page.keyboard.press("Enter")
    there.page.wait_for_selector("#done")
    assert "Approved. Still missing:" in there.page.inner_text("#done")
    assert there.page.evaluate("document.activeElement.id") == "done"
    assert "Fits how we work." in there.page.inner_text(".decision")
    assert not there.complaints


def test_requesting_changes_by_keyboard(site: Site, visit: Any) -> None:
    there = visit(site)
    there.sign_in(to=CHANGE)
    there.tab_to("Request changes …")
    there.page.keyboard.press("Enter")
    there.tab_to("Your words, on record")
    there.page.keyboard.type("Ask sales first.")
    there.tab_to("Request changes")
    there.page.keyboard.press("Enter")
    there.page.wait_for_selector("#done")
    assert "changes requested" in there.page.inner_text(".lead")
    assert "Ask sales first." in there.page.inner_text(".decision")
    assert not there.complaints


def test_commenting_on_a_field_by_keyboard(shared: Site, visit: Any) -> None:
    there = visit(shared)
    there.sign_in(to=CHANGE)
    there.tab_to("Comment on calculation.where")
    there.page.keyboard.press("Enter")
    there.tab_to("Your words, on record")
    there.page.keyboard.type("Calendar days?")
    there.tab_to("Comment")
    there.page.keyboard.press("Enter")
    there.page.wait_for_selector("#done")
    assert "Calendar days?" in there.page.inner_text("article.edit:first-of-type")
    assert not there.complaints


def test_everything_without_javascript(site: Site, visit: Any) -> None:
    there = visit(site, java_script_enabled=False)
    there.sign_in(to=CHANGE)
    page = there.page
    page.fill("#words-comment", "Said without a script.")
    page.click("#do-comment button")
    page.wait_for_selector("#done")
    page.click("summary:has-text('Request changes')")
    page.fill("#words-request_changes", "Ask sales first.")
    page.click("#do-request_changes button")
    page.wait_for_selector("#done")
    assert "changes requested" in page.inner_text(".lead")
    there.open("/definitions")
    page.fill("#q", "routing speed")
    page.click("form.search button")
    page.wait_for_url("**q=routing+speed**")
    assert "Routing speed" in page.inner_text("#found tbody tr:first-child")
    page.click("button:has-text('Sign out')")
    page.wait_for_url("**/sign-in")
    there.open("/")
    assert "/sign-in" in page.url


def test_a_list_narrows_as_one_types(shared: Site, visit: Any) -> None:
    """The address follows, the field keeps its focus and what stands in it."""
    there = visit(shared)
    there.sign_in(to="/definitions")
    there.page.focus("#q")
    there.page.keyboard.type("routing speed")
    there.page.wait_for_selector("#found tbody tr:first-child:has-text('Routing speed')")
    assert "q=routing+speed" in there.page.url
    assert there.page.evaluate("document.activeElement.id") == "q"
    found = int(there.page.inner_text("#found [role=status]").split()[0])
    options = there.page.locator("#f-kind option").all_inner_texts()
    assert sum(int(one.partition("(")[2].rstrip(")")) for one in options if "(" in one) == found
    assert not there.complaints


def test_values_are_computed_in_their_place(measured: Site, visit: Any) -> None:
    there = visit(measured)
    there.sign_in(to="/definitions/metric:sales_accepted_lead_rate")
    there.page.click("button:has-text('Compute now with warehouse')")
    there.page.wait_for_selector("#values-part svg.plot")
    assert "Computed by warehouse now" in there.page.inner_text("#values-part")
    assert "values=computed" in there.page.url
    assert not there.complaints


def test_an_effect_is_computed_and_both_series_are_drawn(measured: Site, visit: Any) -> None:
    """The record of this policy keeps no single periods; they are drawn right after it was computed here."""
    there = visit(measured)
    there.sign_in(to=CHANGE)
    assert there.page.locator("svg.plot polyline.old").count() == 0
    assert "keeps no single periods" in there.page.inner_text("section:has(#effect)")
    there.page.click("summary:has-text('Compute it again')")
    there.page.fill("#as-of", "2026-06-15")
    there.page.click("button:has-text('Compute the effect')")
    there.page.wait_for_selector("svg.plot polyline.old")
    assert there.page.locator("svg.plot polyline.new").count() > 0
    assert there.page.locator("svg.plot .ratio").count() > 0
    assert "Computed and recorded." in there.page.inner_text("#done")
    assert not there.complaints


def test_a_warning_that_stops_a_change_is_let_pass(measured: Site, visit: Any) -> None:
    """By somebody who can rule on it, with a reason; it stands among what is missing until then."""
    there = visit(measured)
    there.sign_in(to=CHANGE)
    needs = there.page.inner_text(".decision .needs")
    assert "You can: let it pass, under Effect." in needs
    assert "W09 sales_accepted_lead_rate" in needs
    for person, scopes in (("sales-ops-analyst", ()), ("crm-lead", ("read",))):
        assert "/accept-warning" not in measured.signed_in(person, *scopes).get(CHANGE).text
    there.page.click("summary:has-text('Let W09 of sales_accepted_lead_rate pass')")
    there.page.fill("#pass-W09-sales_accepted_lead_rate", "Targets follow next quarter.")
    there.page.click("details[open] button:has-text('Let it pass')")
    there.page.wait_for_selector("#done")
    assert "The warning stands accepted." in there.page.inner_text("#done")
    assert "W09 sales_accepted_lead_rate" not in there.page.inner_text(".decision .needs")
    assert "Targets follow next quarter." in there.page.inner_text("section:has(#story)")
    assert not there.complaints


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(measured: Site, shared: Site, visit: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    for site, paths in ((shared, EVERY), (measured, (CHANGE, "/definitions/metric:sales_accepted_lead_rate"))):
        there = visit(site, color_scheme=scheme)
        there.sign_in()
        for path in paths:
            there.open(path)
            there.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            found = axe.run(there.page)
            said = [(one["id"], [each["html"] for each in one["nodes"][:3]]) for one in found.response["violations"]]
            assert not said, (path, said)


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(shared: Site, measured: Site, visit: Any, width: int) -> None:
    for site, paths in ((shared, EVERY), (measured, (CHANGE,))):
        there = visit(site, viewport={"width": width, "height": 740})
        there.sign_in()
        for path in paths:
            there.open(path)
            there.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            assert there.page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_what_attacks_does_nothing(shared: Site, visit: Any) -> None:
    """No script of a text runs, no picture of it is asked for, nothing is loaded from elsewhere."""
    there = visit(shared)
    asked: list[str] = []
    there.page.on("request", lambda one: asked.append(one.url))
    there.sign_in()
    for path in (f"/changes/{HOSTILE}", "/"):
        there.open(path)
        assert "broken into" not in there.page.title().replace("<script>document.title='broken into'</script>", "")
    assert all(one.startswith(shared.url) for one in asked)
    assert not [one for one in asked if one.endswith("/x")]
    assert not there.complaints


def test_no_other_page_frames_ours(shared: Site, visit: Any, tmp_path: Path) -> None:
    there = visit(shared)
    there.sign_in()
    outside = tmp_path / "outside.html"
    outside.write_text(f"<iframe src='{shared.url}{CHANGE}' width=900 height=900></iframe>")
    there.page.goto(outside.as_uri())
    there.page.wait_for_timeout(300)
    assert not [one for one in there.page.frames[1:] if one.url.startswith(shared.url)]


def test_a_form_of_another_site_does_nothing(shared: Site, visit: Any, tmp_path: Path) -> None:
    there = visit(shared)
    there.sign_in()
    outside = tmp_path / "outside.html"
    action = f"{shared.url}{CHANGE}/comment"
    form = f"<form method=post action='{action}'><input name=words value=Forged></form>"
    outside.write_text(f"{form}<script>document.forms[0].submit()</script>")
    there.page.goto(outside.as_uri(), wait_until="commit")
    there.page.wait_for_selector("#refused")
    assert "not sent from a page of this server" in there.page.inner_text("main")
    there.open(CHANGE)
    assert "Forged" not in there.page.inner_text("main")


def test_a_form_is_sent_once_however_often_one_presses(site: Site, visit: Any) -> None:
    there = visit(site)
    there.sign_in(to=CHANGE)
    there.page.fill("#words-comment", "Pressed twice.")
    there.page.dblclick("#do-comment button")
    there.page.wait_for_selector("#done")
    assert there.page.inner_text("section:has(#talk)").count("Pressed twice.") == 1


def test_on_paper_there_is_what_one_reads(shared: Site, visit: Any) -> None:
    there = visit(shared)
    there.sign_in(to=CHANGE)
    there.page.emulate_media(media="print")
    assert not there.page.is_visible("#do-comment")
    assert not there.page.is_visible("header.top")
    assert there.page.is_visible("article.edit")
