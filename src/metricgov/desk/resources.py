"""Where each question of the desk stands over HTTP and what right it takes: one table for server and client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from metricgov.domain.people.tokens import Right

VERSION: Final = "v1"
"""The first part of every path; what may change within it is written in docs/reference/api.md."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One method and path under /v1, and the question it asks.

    `key` names the field of a list's items by which a page goes on, "" where the answer is whole. `deed` is set where
    the question is `do`. `apart` says that it may take long and runs in a process of its own. `mine` that the answer
    depends on who asks.
    """

    method: str
    path: str
    question: str
    right: Right
    key: str = ""
    deed: str = ""
    apart: bool = False
    mine: bool = False

    @property
    def id(self) -> str:
        """The name of the operation, as OpenAPI and clients take it."""
        return self.deed or self.question


READ, PROPOSE, DECIDE, APPLY, AUDIT = Right.READ, Right.PROPOSE, Right.DECIDE, Right.APPLY, Right.AUDIT

DEEDS: Final = {
    "approve": (DECIDE, "Agree to the contents that were read."),
    "request_changes": (DECIDE, "Object until something is changed."),
    "reject": (DECIDE, "End the change with a no (accountable or deputy)."),
    "acknowledge": (DECIDE, "Answer as somebody who is consulted."),
    "abstain": (DECIDE, "Say that one has no opinion."),
    "withdraw_decision": (DECIDE, "Take back one's decision."),
    "end_objection": (DECIDE, "End somebody's standing objection, with a reason."),
    "accept_warning": (DECIDE, "Rule that a blocking warning stands."),
    "review_override": (DECIDE, "Look at what was overridden; keep or revert it."),
    "reassign": (DECIDE, "Hand the decision to somebody else."),
    "delegate": (DECIDE, "Let somebody answer in one's name for what this is about."),
    "decline": (DECIDE, "Say no to a request."),
    "apply": (APPLY, "Put the approved change on the main branch."),
    "schedule": (APPLY, "Let the approved change be applied at a time."),
    "unschedule": (APPLY, "Take that time back."),
    "override": (APPLY, "Let a change through that cannot wait; takes two people."),
    "submit": (PROPOSE, "Put a draft before its approvers."),
    "rebase": (PROPOSE, "Bring the change onto today's main branch."),
    "withdraw": (PROPOSE, "Take the change back."),
    "supersede": (PROPOSE, "End the change in favour of another."),
    "revert": (PROPOSE, "Propose to undo an applied change."),
    "comment": (PROPOSE, "Say something about the change or one of its fields."),
    "resolve": (PROPOSE, "Close a thread of comments."),
    "reopen": (PROPOSE, "Open a closed thread again."),
}
"""Everything that can be done with a change: the right it takes beside what the rules say, and what it is."""

RESOURCES: Final = (
    Resource("GET", "/me", "reader", READ, mine=True),
    Resource("GET", "/standing", "standing", READ),
    Resource("GET", "/inbox", "inbox", READ, key="change", mine=True),
    Resource("GET", "/names", "names", READ),
    Resource("GET", "/search", "search", READ),
    Resource("GET", "/definitions", "definitions", READ, key="id"),
    Resource("GET", "/definitions/{definition}/lineage", "lineage", READ),
    Resource("GET", "/definitions/{definition}/impact", "reached", READ),
    Resource("GET", "/definitions/{definition}/diff", "differences", READ),
    Resource("GET", "/definitions/{definition}/who", "who", READ),
    Resource("GET", "/definitions/{definition}/history", "history", READ),
    Resource("POST", "/definitions/{definition}/retire", "retire", PROPOSE),
    Resource("POST", "/definitions/{definition}/rename", "rename", PROPOSE),
    Resource("GET", "/definitions/{definition}", "card", READ),  # last: names of other tools' files hold slashes
    Resource("GET", "/diff", "compared", READ),
    Resource("GET", "/happenings", "happened", READ),
    Resource("GET", "/changelog", "changelog", READ),
    Resource("GET", "/lint", "lint", READ),
    Resource("GET", "/metrics/{metric}/stored", "stored", READ),
    Resource("GET", "/metrics/{metric}/asof", "measured_on", READ),
    Resource("GET", "/metrics/{metric}/compare", "compare", READ, apart=True),
    Resource("GET", "/metrics/{metric}/why", "why", READ, apart=True),
    Resource("GET", "/metrics/{metric}/revisions", "revisions", READ),
    Resource("GET", "/metrics/{metric}/series", "series", READ, apart=True),
    Resource("GET", "/engine", "engine", READ),
    Resource("GET", "/scorecards", "scorecards", READ, mine=True),
    Resource("GET", "/scores", "scores", READ, apart=True),
    Resource("GET", "/people", "people", READ, key="id"),
    Resource("POST", "/people/import", "import_people", PROPOSE),
    Resource("POST", "/people/{old}/replace", "replace_person", PROPOSE),
    Resource("GET", "/people/{person}", "person", READ),
    Resource("GET", "/roles", "roles", READ),
    Resource("GET", "/keys", "keys", READ),
    Resource("POST", "/keys", "add_key", PROPOSE),
    Resource("POST", "/keys/revoke", "revoke_key", PROPOSE),
    Resource("GET", "/delegations", "delegations", READ, key="id"),
    Resource("POST", "/delegations", "give_delegation", DECIDE),
    Resource("POST", "/delegations/{delegation}/end", "end_delegation", DECIDE),
    Resource("GET", "/policy", "policy", READ),
    Resource("GET", "/changes", "change_rows", READ, key="change"),
    Resource("GET", "/changes/{change}", "change", READ),
    Resource("GET", "/changes/{change}/edits", "edits", READ),
    Resource("GET", "/changes/{change}/impact", "impact", READ),
    Resource("GET", "/changes/{change}/story", "story", READ),
    Resource("GET", "/changes/{change}/foresight", "foresee", READ, mine=True),
    Resource("GET", "/changes/{change}/effect", "effect", READ),
    Resource("POST", "/changes/{change}/effect", "evaluate", PROPOSE, apart=True),
    *(
        Resource("POST", f"/changes/{{change}}/{deed.replace('_', '-')}", "do", right, deed=deed)
        for deed, (right, _) in DEEDS.items()
    ),
    Resource("GET", "/events", "journal", AUDIT),
    Resource("GET", "/events/export", "export", AUDIT, apart=True),
    Resource("GET", "/audit", "verify", AUDIT, apart=True),
    Resource("GET", "/audit/bypasses", "bypasses", AUDIT, apart=True),
    Resource("GET", "/audit/report", "report", AUDIT, apart=True),
    Resource("GET", "/choices", "choices", READ),
    Resource("POST", "/requests", "request_change", PROPOSE),
    Resource("GET", "/drafts", "drafts", READ, mine=True),
    Resource("POST", "/drafts", "open_draft", PROPOSE),
    Resource("POST", "/drafts/new", "begin_draft", PROPOSE),
    Resource("POST", "/drafts/keep", "keep_draft", PROPOSE),
    Resource("POST", "/drafts/close", "close_draft", PROPOSE),
    Resource("POST", "/drafts/weigh", "weigh", PROPOSE),
    Resource("POST", "/drafts/submit", "submit_draft", PROPOSE),
    Resource("POST", "/drafts/effect", "effect_of_draft", PROPOSE, apart=True),
    Resource("POST", "/texts/read", "read_text", READ),
    Resource("POST", "/texts/value", "with_value", READ),
    Resource("POST", "/texts/without", "without", READ),
    Resource("POST", "/sync", "sync", APPLY),
)
"""Every question of the desk, each deed a resource of its own."""
