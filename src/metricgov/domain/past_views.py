"""What readers are shown of the past: the story of a change, versions, the changelog, the audit log; no rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.verdict import VersionStep
from metricgov.domain.views import LinkStatus
from metricgov.domain.workflow.envelope import Identity

if TYPE_CHECKING:
    from metricgov.domain.comparability.link import Linked


@dataclass(frozen=True, slots=True)
class StoryNeed:
    """Something that a change needed, and who could supply it.

    `end` is "" where it began to be missing with this line, else how it ended: `met` by the event, `time` (a day came,
    a deadline passed), `elsewhere` (main moved), `replaced` (by other contents, which are asked about again).
    """

    says: str
    who: tuple[str, ...] = ()
    end: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One event of a change's story.

    When, who ("" for the program), a sentence without its subject, and the words given.

    `says` continues the name: "approved revision 1". `identity` says how sure it is that they did. `rules` are those
    that it was judged by from here on, where they are others than before; `meanwhile` is what had changed without
    anybody's doing, `needs` what the event changed, `left` how much was missing after it. `fault` says why the event
    had no effect, or why nobody can tell any more what was missing; `waiting` says that only this clone knows it.
    """

    at: str
    who: str
    says: str
    words: str = ""
    identity: Identity = Identity.CLAIMED
    seq: int = 0
    rules: tuple[str, ...] = ()
    meanwhile: tuple[StoryNeed, ...] = ()
    needs: tuple[StoryNeed, ...] = ()
    left: int = 0
    fault: str = ""
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a definition in its history.

    Dates are ISO days: data from (inclusive) `data_from` to (exclusive) `data_to`, "" for open ends; `known_from`
    is the UTC second at which it was applied, "" while it is not; `state` is `applied`, `baseline`, or that of the
    open change that proposes it; `link` says how its values compare with the next version's, `factor` the bridge
    ("1.08", unrounded), `measured` all that is known of it; `cause` names what changed where this step is indirect
    ("source:crm_leads 3.0.0"); `commit` is the one that put it on main, "" while none did.
    """

    definition: str
    version: str
    state: str
    data_from: str = ""
    data_to: str = ""
    known_from: str = ""
    link: LinkStatus | None = None
    factor: str = ""
    approved_by: tuple[str, ...] = ()
    change: str = ""
    label: str = ""
    change_class: ChangeClass | None = None
    why: str = ""
    cause: str = ""
    commit: str = ""
    measured: Linked | None = None


@dataclass(frozen=True, slots=True)
class ChangelogEntry:
    """One applied step of one definition, for readers of numbers.

    `title` is the definition's title, "" if it has none; `says` are the sentences of its findings, gravest first;
    `at` is UTC in seconds.
    """

    at: str
    definition: str
    title: str
    change_class: ChangeClass
    version: VersionStep
    says: tuple[str, ...]
    why: str = ""
    author: str = ""
    approved_by: tuple[str, ...] = ()
    effective_from: str = ""
    intent: str = ""
    treatment: str = ""
    change: str = ""
    label: str = ""
    state: str = "applied"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event of the journal in one line.

    `what` is its sentence ("approved revision 1"), `label` the short id of its change.

    `sha256` is the digest of the envelope and `prev` of the one before; `fault` says what is wrong with it, "" if
    nothing; `waiting` says that only this clone knows it.
    """

    seq: int
    at: str
    who: str
    identity: Identity
    type: str
    what: str
    change: str = ""
    label: str = ""
    definition: str = ""
    sha256: str = ""
    prev: str = ""
    fault: str = ""
    waiting: bool = False
