"""Every key of every screen, in one table: bindings, footer, `?`, the palette and the documentation come from it.

No Alt, no function keys, no Ctrl-A B P Q S W and backslash: tmux, screen, flow control, job control, browsers and
editors keep theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.binding import BindingType


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that keys do in one kind of place.

    `where` is the place (a heading of WHERE), `keys` names of Textual with commas between, `action` the name by which
    `tui.yaml` maps it to other keys, `words` what the key row says, `says` the line in `?` and the documentation.
    """

    where: str
    keys: str
    action: str
    words: str
    says: str


WHERE: Final[Mapping[str, str]] = {
    "app": "Everywhere",
    "rows": "Rows, text and trees",
    "lists": "Lists",
    "first": "Where there is no registry",
    "inbox": "Inbox",
    "registry": "Registry",
    "scorecards": "Scorecards",
    "audit": "Audit log",
    "policy": "Policy",
    "timeline": "Timeline",
    "review": "Review of a change",
    "decide": "Review, after d",
    "more": "Review, after m",
    "edit": "Edit",
    "edit_more": "Edit, after m",
    "dialog": "Dialogs",
}
"""The places of the table, with their headings."""

TABLE: Final = (
    Key("app", "1", "place('inbox')", "inbox", "the inbox: what waits for you"),
    Key("app", "2", "place('registry')", "registry", "the registry: find a definition"),
    Key("app", "3", "place('scorecards')", "scorecards", "scorecards: values against targets"),
    Key("app", "4", "place('audit')", "audit log", "the audit log: search, verify, export"),
    Key("app", "5", "place('policy')", "policy", "policy: who can approve what, gaps, deadlocks"),
    Key("app", "tab", "next_panel", "panel", "the next panel"),
    Key("app", "shift+tab", "previous_panel", "panel before", "the panel before"),
    Key("app", "escape", "back", "back", "one step back; never quits, discards or sends"),
    Key("app", "q", "leave", "quit", "back; on a place: quit"),
    Key("app", "slash", "search", "search", "search here"),
    Key("app", "n", "next_match", "next", "the next match; with no search: the next finding or problem"),
    Key("app", "N", "previous_match", "previous", "the match, finding or problem before"),
    Key("app", "colon", "palette", "all", "everything by its name"),
    Key("app", "question_mark", "keys", "keys", "the keys that work here"),
    Key("app", "y", "copy", "copy", "copy what the cursor is on"),
    Key("app", "full_stop", "news", "show new", "bring in news; fetch"),
    Key("app", "ctrl+l", "redraw", "redraw", "draw the screen again"),
    Key("app", "ctrl+c", "stop", "stop", "stop what runs"),
    Key("app", "ctrl+z", "suspend_process", "suspend", "suspend; fg comes back"),
    Key("first", "t", "try", "try", "try the starter registry in a copy"),
    Key("first", "i", "init", "make one here", "make a registry here (metricgov init)"),
    Key("rows", "j,down", "down", "down", "a row down"),
    Key("rows", "k,up", "up", "up", "a row up"),
    Key("rows", "g,home", "first", "first", "the first row"),
    Key("rows", "G,end", "last", "last", "the last row"),
    Key("rows", "ctrl+d", "half_down", "half page", "half a page down"),
    Key("rows", "ctrl+u", "half_up", "half page up", "half a page up"),
    Key("rows", "pagedown,space", "page_down", "page", "a page down"),
    Key("rows", "pageup", "page_up", "page up", "a page up"),
    Key("rows", "enter", "open", "open", "open what the cursor is on"),
    Key("lists", "l,right", "view_right", "view right", "the view or pane to the right; in a tree: open"),
    Key("lists", "h,left", "view_left", "view left", "the view or pane to the left; in a tree: close"),
    Key("lists", "f", "facets", "facets", "narrow the list by facets"),
    Key("lists", "s", "sort", "sort", "sort by the next column"),
    Key("lists", "w", "watch", "watch", "watch it, or not any more"),
    Key("lists", "t", "timeline", "timeline", "the timeline of the metric"),
    Key("lists", "e", "edit", "edit", "edit the definition, revise the change"),
    Key("lists", "plus", "new", "new", "begin a definition, or ask for a change"),
    Key("lists", "p", "plot", "plot or table", "plot or table"),
    Key("audit", "V", "verify", "verify", "verify every event, in the background"),
    Key("audit", "X", "export", "export…", "export what search and filter let through"),
    Key("registry", "v", "read_values", "read values", "read the values from the engine"),
    Key("scorecards", "v", "read_values", "read values", "read the values from the engine"),
    Key("timeline", "v", "read_values", "read values", "read the values from the engine"),
    Key("timeline", "b", "basis", "basis", "the basis: current, as reported, a version"),
    Key("timeline", "d", "dates", "dates", "data until, known on"),
    Key("timeline", "x", "split", "by", "by a dimension, or the whole"),
    Key("review", "a", "approve", "approve", "agree to the revision under review"),
    Key("review", "r", "request_changes", "request changes", "object until something is changed"),
    Key("review", "d", "decide", "decide…", "every decision there is"),
    Key("review", "c", "comment", "comment", "comment on this field"),
    Key("review", "x", "resolve", "resolve", "close a thread, or open it again"),
    Key("review", "v", "evaluate", "evaluate", "compute the effect"),
    Key("review", "m", "more", "apply…", "apply, schedule, delegate and the rest"),
    Key("review", "W", "accept_warning", "accept warning", "let it pass in spite of a warning that stops it; e mends"),
    Key("review", "e", "edit", "revise", "revise the change"),
    Key("review", "s", "split", "split", "side by side, or inline"),
    Key("review", "z", "unfold", "unfold", "show what is folded"),
    Key("review", "p", "pages", "pages", "plots and tables of the effect"),
    Key("review", "less_than_sign", "previous_change", "previous", "the change before, in the list it came from"),
    Key("review", "greater_than_sign", "next_change", "next", "the next change in the list it came from"),
    Key("review", "t", "timeline", "timeline", "the timeline of the metric"),
    Key("review", "l,right", "view_right", "view right", "the view to the right"),
    Key("review", "h,left", "view_left", "view left", "the view to the left"),
    Key("decide", "a", "approve", "approve", "agree to the revision under review"),
    Key("decide", "r", "request_changes", "request changes", "object until something is changed"),
    Key("decide", "c", "acknowledge", "acknowledge", "answer as somebody who is consulted"),
    Key("decide", "b", "abstain", "abstain", "say that you have no opinion"),
    Key("decide", "R", "reject", "reject", "end the change with a no"),
    Key("decide", "w", "withdraw_decision", "withdraw", "take your decision back"),
    Key("decide", "e", "end_objection", "end an objection", "end somebody's standing objection"),
    Key("decide", "o", "review_override", "review an override", "look at what was overridden"),
    Key("more", "a", "apply", "apply", "put the approved change on main"),
    Key("more", "s", "schedule", "schedule", "apply it at a time"),
    Key("more", "u", "unschedule", "unschedule", "take that time back"),
    Key("more", "d", "delegate", "delegate", "let somebody decide in your name"),
    Key("more", "g", "reassign", "reassign", "hand this decision to somebody else"),
    Key("more", "b", "rebase", "rebase", "bring it onto today's main"),
    Key("more", "p", "supersede", "supersede", "end it in favour of another"),
    Key("more", "w", "withdraw", "withdraw", "take the change back"),
    Key("more", "n", "decline", "decline", "say no to a request"),
    Key("more", "o", "override", "override", "let it through; takes two people"),
    Key("more", "k", "accept_warning", "accept a warning", "let it pass in spite of a warning that stops it"),
    Key("more", "v", "revert", "revert", "propose to undo it"),
    Key("edit", "i", "type", "type", "type in the field or the text; Enter does it too"),
    Key("edit", "h,left", "form", "form", "the form"),
    Key("edit", "l,right", "yaml", "YAML", "the text"),
    Key("edit", "u", "undo", "undo", "undo the last edit"),
    Key("edit", "U", "redo", "redo", "redo it"),
    Key("edit", "E", "editor", "$EDITOR", "open the text in your editor"),
    Key("edit", "a", "answer", "answer", "the questions below: why, history, from when"),
    Key("edit", "x", "remove", "remove", "take the field or item out"),
    Key("edit", "T", "take_over", "take over", "write here what another window holds"),
    Key("edit", "less_than_sign", "previous_file", "file before", "the file before, where a change has several"),
    Key("edit", "greater_than_sign", "next_file", "next file", "the next file of the change"),
    Key("edit", "v", "evaluate", "effect", "compute the effect of what is typed"),
    Key("edit", "S", "submit", "submit…", "submit, after a confirmation"),
    Key("edit", "m", "more", "more…", "more: discard the draft"),
    Key("edit_more", "d", "discard", "discard", "discard the draft"),
    Key("dialog", "escape", "cancel", "leave it", "close; words that were typed are kept"),
)  # fmt: skip
"""All keys; the order is that of the help."""

NAMES: Final[Mapping[str, str]] = {
    "slash": "/", "question_mark": "?", "colon": ":", "full_stop": ".", "plus": "+", "less_than_sign": "<",
    "greater_than_sign": ">", "escape": "Esc", "enter": "Enter", "tab": "Tab", "shift+tab": "Shift-Tab",
    "down": "↓", "up": "↑", "left": "←", "right": "→", "home": "Home", "end": "End", "pagedown": "PgDn",
    "pageup": "PgUp", "space": "Space",
}  # fmt: skip
"""How keys are written where their name is not what stands on them."""


def written(key: str) -> str:
    """Return a key of Textual as people write it: `ctrl+d` is `Ctrl-D`."""
    if key.startswith("ctrl+"):
        return f"Ctrl-{key[5:].upper()}"
    return NAMES.get(key, key)


def name_of(action: str) -> str:
    """Return the name of an action without what it is called with: `place('inbox')` is `inbox`."""
    head, _, rest = action.partition("(")
    return rest.strip("')") or head


OF_THE_APP: Final = frozenset({"place", "palette", "keys", "stop", "suspend_process"})
"""Actions that no screen has an own meaning for."""

MENUS: Final = frozenset({"decide", "more", "edit_more", "dialog"})
"""Places over which nothing else listens."""

_MAPPED: dict[str, str] = {}


def remap(keys: Mapping[str, str]) -> None:
    """Let actions have other keys than those of the table, by name, before any screen is made.

    Raises ValueError, naming both, where two actions of one place would share a key, or where nothing has that name.
    """
    known = {name_of(one.action) for one in TABLE}
    if unknown := sorted(set(keys) - known):
        raise ValueError(f"there is no key named {unknown[0]}; names are those of the table in the documentation")
    for where in WHERE:
        taken: dict[str, str] = {}
        for one in in_place(*(() if where in MENUS else ("app",)), where):
            name = name_of(one.action)
            for key in keys.get(name, one.keys).split(","):
                other = taken.setdefault(key, name)
                if other != name and (name in keys or other in keys):
                    raise ValueError(f"{written(key)} cannot be both {other} and {name}: {WHERE[where]}")
    _MAPPED.clear()
    _MAPPED.update(keys)


def in_place(*where: str) -> list[Key]:
    """Return the keys of some places, in the order of the table."""
    return [one for one in TABLE if one.where in where]


def keys_of(one: Key) -> str:
    """Return the keys that do it here, with commas between."""
    return _MAPPED.get(name_of(one.action), one.keys)


def first_key(action: str, where: Iterable[str]) -> str:
    """Return the key of an action as it is written, "" where none of the places has it."""
    for place in where:
        for one in in_place(place):
            if name_of(one.action) == action or one.action == action:
                return written(keys_of(one).split(",")[0])
    return ""


def _bound(one: Key) -> str:
    return f"app.{one.action}" if one.action.partition("(")[0] in OF_THE_APP else one.action


def bindings(*where: str) -> list[BindingType]:
    """Return the keys of some places as Textual binds them."""
    from textual.binding import Binding

    return [
        Binding(keys_of(one), _bound(one), one.words, show=False, id=f"{one.where}.{name_of(one.action)}")
        for one in in_place(*where)
    ]
