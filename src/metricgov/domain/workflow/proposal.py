"""What the trees say about a change set, computed by whoever judges it; what people say about it lives in the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metricgov.domain.changes.findings import ChangeClass, Finding, Flag, gravest
from metricgov.domain.digest import JSON, ChangeSet, canonical_json, sha256_hex

if TYPE_CHECKING:
    from metricgov.domain.workflow.rights import Governance

GOVERNANCE_KIND = "governance"


def is_governance(definition: str) -> bool:
    """Say whether a definition is judged as governance: its files, and what tells git how to treat files (INV-09)."""
    kind, _, name = definition.partition(":")
    return kind == GOVERNANCE_KIND or name.rpartition("/")[2] == ".gitattributes"


@dataclass(frozen=True, slots=True)
class Subject:
    """The facts of one definition that routing looks at; `owner` only for opaque files that name one."""

    id: str
    domain: str = ""
    tags: frozenset[str] = frozenset()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    owner: str = ""

    @property
    def kind(self) -> str:
        """`metric` of `metric:routing_speed`."""
        return self.id.partition(":")[0]

    @property
    def name(self) -> str:
        """`routing_speed` of `metric:routing_speed`."""
        return self.id.partition(":")[2]

    @property
    def is_governance(self) -> bool:
        """Whether the council decides about it, apart from definitions (INV-09)."""
        return is_governance(self.id)


@dataclass(frozen=True, slots=True)
class Touched:
    """One definition of a change: its routing facts on both sides and what the diff says."""

    id: str
    path: str
    before: Subject | None
    after: Subject | None
    change_class: ChangeClass
    flags: frozenset[Flag] = frozenset()
    blocked_by: tuple[str, ...] = ()
    """Sentences of findings that are never allowed."""
    version_before: str | None = None
    version_after: str | None = None
    version_due: str | None = None
    """The least version the class asks for; None where no step is due (drafts, governance, opaque files)."""

    @property
    def is_governance(self) -> bool:
        """Whether the council decides about it."""
        return is_governance(self.id)


@dataclass(frozen=True, slots=True)
class Purity:
    """How a revert compares with undoing a change: `differs` says where it does more or less than that.

    Version and effective date are written anew with every step and stand aside.
    """

    change: str
    differs: tuple[str, ...] = ()

    @property
    def pure(self) -> bool:
        """Whether every definition reads as it did before that change."""
        return not self.differs


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change set as the trees show it at the tip where it is judged.

    `dependants` are the definitions computed from those that change (INV-19), less those that change by more than words
    themselves.
    `governance_after` is the result's governance where the change touches it, None where it does not load
    (then `governance_problems` says why). `file_problems` say what is wrong with its other files. `earlier` holds the
    canonical digests of earlier revisions, recomputed from their bytes, by change-set digest; only a policy by which
    reformatting keeps approvals asks for them (INV-03). `blobs` are the bytes of both sides by SHA-256; only submitting
    needs them.
    """

    changes: ChangeSet
    canonical: str
    definitions: tuple[Touched, ...]
    base: str
    dependants: tuple[Subject, ...] = ()
    rules: int = 1
    canonicaliser: int = 1
    engine_bound: bool = False
    governance_after: Governance | None = None
    governance_problems: tuple[str, ...] = ()
    file_problems: tuple[str, ...] = ()
    earlier: Mapping[str, str] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    purity: Purity | None = None
    """What a revert was found to be; None for any other change."""
    effect_differs: tuple[str, ...] = ()
    """What reads differently here than when the effect of these contents was computed, in sentences."""

    @property
    def change_class(self) -> ChangeClass:
        """The gravest class of its definitions."""
        return gravest(one.change_class for one in self.definitions)

    @property
    def touches_governance(self) -> bool:
        """Whether governance is among its definitions."""
        return any(one.is_governance for one in self.definitions)


def subject(definition: str, data: Mapping[str, JSON] | None, *, domain: str = "", owner: str = "") -> Subject:
    """Read the routing facts from a raw definition; `domain` is that of the folder, for files that name none."""
    data = data or {}
    named = data.get("domain")
    return Subject(
        id=definition,
        domain=named if isinstance(named, str) and named else domain,
        tags=frozenset(_words(data.get("tags"))),
        consulted=_words(data.get("consulted")),
        informed=_words(data.get("informed")),
        owner=owner,
    )


def touched(
    definition: str,
    path: str,
    *,
    before: Subject | None,
    after: Subject | None,
    findings: Sequence[Finding],
    versions: tuple[str | None, str | None, str | None] = (None, None, None),
) -> Touched:
    """Gather the findings of one definition; `versions` is before, after, due."""
    return Touched(
        id=definition,
        path=path,
        before=before,
        after=after,
        change_class=gravest(finding.change_class for finding in findings),
        flags=frozenset(flag for finding in findings for flag in finding.flags),
        blocked_by=tuple(finding.says for finding in findings if Flag.BLOCKS in finding.flags),
        version_before=versions[0],
        version_after=versions[1],
        version_due=versions[2],
    )


def combined_canonical(canonical: Mapping[str, str | None]) -> str:
    """Return the `canonical` of a statement from the canonical digests after the change, by definition id."""
    return sha256_hex(canonical_json(dict(canonical)))


def _words(value: JSON) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence):
        return tuple(word for word in value if isinstance(word, str))
    return ()
