"""What a set-up looks like from outside: plain facts for `doctor`; what they mean is judged in app/doctoring.py."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TreeFacts:
    """One work tree: its full ref ("" = detached), what is unfinished, the governed paths that differ from HEAD."""

    path: str
    branch: str
    unfinished: str = ""
    way_out: str = ""
    dirty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """A repository and the person at it.

    `tips` are branches by full ref; `settings` what the repository's own configuration says; `replaced` counts
    refs/replace entries; `index_seq` is the last event in the index (None: there is no index), `index_says` why the
    index cannot be read.
    """

    git: str
    root: str
    email: str = ""
    bare: bool = False
    shallow: bool = False
    trees: tuple[TreeFacts, ...] = ()
    tips: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    replaced: int = 0
    state_dir: str = ""
    state_writable: bool = True
    index_seq: int | None = None
    index_says: str = ""
