"""`+`: a definition from a template of its type, a definition of another kind, or a request to those responsible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from metricgov.desk.asked import Desk
from metricgov.desk.beginning import TYPE_WORDS, Beginning
from metricgov.domain.definitions.fields import CALCULATIONS
from metricgov.domain.definitions.kinds import NATIVE
from metricgov_tui.dialogs.ask import AskLine, Field
from metricgov_tui.dialogs.box import Box
from metricgov_tui.lines import Line
from metricgov_tui.screens.base import Face
from metricgov_tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.domain.draft_views import Choices
    from metricgov_tui.app import GovApp

REQUEST: Final = "request"

KIND_WORDS: Final = {
    "source": "a table or file that metrics are computed from",
    "event": "something that is sent when it happens",
    "workflow": "a process and its steps",
    "objective": "what shall be true at the end of a period",
    "scorecard": "the metrics that a team looks at together",
}


class NewBox(Box[str]):
    """Gives back `metric:ratio`, another kind, or `request`."""

    DEFAULT_CSS = "NewBox LineView { height: 15; }"

    def title_words(self) -> str:
        """Return the title."""
        return "New    Enter chooses, Esc closes"

    def inside(self) -> ComposeResult:
        """The choices."""
        yield LineView(id="new")

    def on_mount(self) -> None:
        """Show them."""
        view = self.query_one(LineView)
        view.show(lambda _width: new_lines())
        view.focus()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Choose."""
        self.dismiss(event.key)


def new_lines() -> list[Line]:
    """Return everything that can be begun."""
    found = [Line(Text("A metric", style="title"))]
    for word, says in zip(CALCULATIONS, TYPE_WORDS, strict=True):
        found.append(Line(Text.assemble(f"  {word:<14}", (says, "dim")), f"metric:{word}", f"metric, {word}: {says}"))
    found.append(Line(Text("Another definition", style="title")))
    for kind in NATIVE:
        if kind != "metric":
            says = KIND_WORDS.get(kind, "")
            found.append(Line(Text.assemble(f"  {kind:<14}", (says, "dim")), str(kind), f"{kind}: {says}"))
    found.append(Line(Text("No contents", style="title")))
    says = "ask those who answer for a definition to change it"
    found.append(Line(Text.assemble(f"  {REQUEST:<14}", (says, "dim")), REQUEST, f"request: {says}"))
    return found


def begin_new(app: GovApp, definition: str = "") -> None:
    """Ask what to begin; `definition` is what a request would be about."""

    def chosen(what: str | None) -> None:
        face = app.screen
        if what and isinstance(face, Face):
            face.begin(_go_on(app, face, what, definition), group="new")

    app.push_screen(NewBox(), chosen)


async def _go_on(app: GovApp, face: Face, what: str, definition: str) -> None:
    if what == REQUEST:
        _ask_request(app, face, definition)
        return
    choices = await face.ask(Desk.choices)
    kind, _, calculation = what.partition(":")
    title = f"A new {kind}{f', {calculation}' if calculation else ''}"

    def named(said: dict[str, str] | None) -> None:
        if said is None:
            return
        if not said.get("name"):
            app.say("A definition needs a name: lower-case letters, digits and _.", "warn")
            return
        from metricgov_tui.screens.edit import Edit

        title, team, domain = (said.get(one, "") for one in ("title", "team", "domain"))
        wanted = Beginning(kind, said["name"], domain, calculation, said.get("source", ""), title=title, team=team)
        app.push_screen(Edit(definition=f"{kind}:{said['name']}", wanted=wanted))

    app.push_screen(
        AskLine(title, fields_for(kind, calculation, choices), "Enter begins the draft, Esc leaves it"), named
    )


def fields_for(kind: str, calculation: str, choices: Choices) -> list[Field]:
    """Return what is asked about a new definition of a kind."""
    found = [Field("name", "Name", hint="lower_case_words"), Field("title", "Title", hint="as readers see it")]
    if kind == "metric":
        found.append(Field("domain", "Domain", hint=", ".join(choices.domains)))
    if kind == "metric" and calculation != "derived":
        found.append(Field("source", "Source", hint=", ".join(choices.sources)))
    if kind in ("workflow", "objective", "scorecard"):
        found.append(Field("team", "Team" if kind != "objective" else "Owner", hint=", ".join(choices.people)))
    return found


def _ask_request(app: GovApp, face: Face, definition: str) -> None:
    def said(words: dict[str, str] | None) -> None:
        if words is not None:
            face.begin(_request(app, face, words["name"], words["why"]), group="new")

    fields = [
        Field("name", "Definition", definition.partition(":")[2] or definition, "its name"),
        Field("why", "Why", hint="what should change, and why; goes on record"),
    ]
    app.push_screen(AskLine("Ask for a change", fields, "Enter asks those responsible, Esc leaves it"), said)


async def _request(app: GovApp, face: Face, name: str, why: str) -> None:
    done = await face.ask(Desk.request_change, name, why)
    app.say(f"Asked, as {done.label}. Those responsible see it in their inbox.", "ok")
