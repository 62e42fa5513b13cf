"""Whether an effect on record still holds here: what it was computed from, compared with what stands now, offline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from metricgov.app.contents import Content
from metricgov.domain.comparability.basis import settings_digest
from metricgov.domain.definitions.governance import Metricgov
from metricgov.domain.definitions.kinds import Kind, id_of, split_id
from metricgov.domain.workflow.proposal import Proposal
from metricgov.domain.workflow.state import Evaluated

NAMED = 3
"""Files that a sentence names before it counts the others."""


def differs(
    effect: Evaluated,
    proposal: Proposal,
    config: Metricgov,
    read: Callable[[Sequence[str]], Mapping[str, Content]],
    *,
    methods: int = 0,
) -> tuple[str, ...]:
    """Return in sentences what is not as it was when an effect was computed; () where it still holds.

    `read` gives files of the tip by path; `methods` is the version of the estimators that counts, 0 for any. Data are
    not looked at: this is what a gate without an engine can see.
    """
    if not effect.basis:
        return ("it does not say what it was computed from",)
    return tuple(_differences(effect, proposal, config, read, methods))


def _differences(
    effect: Evaluated,
    proposal: Proposal,
    config: Metricgov,
    read: Callable[[Sequence[str]], Mapping[str, Content]],
    methods: int,
) -> Iterator[str]:
    if effect.engine not in config.engines:
        yield f"engine {effect.engine} is not in metricgov.yaml any more"
    elif settings_digest(config, effect.engine) != effect.settings:
        yield f"metricgov.yaml says something else about engine {effect.engine} or about effects"
    own = set(proposal.changes.paths)
    paths = [path for path, _ in effect.read if path not in own]
    here = read(paths)
    moved = [
        path
        for path, sha256 in effect.read
        if path not in own and (path not in here or here[path].ref.sha256 != sha256)
    ]
    if moved:
        yield f"{_some(moved)} changed on main"
    known = {id_of(path) for path, _ in effect.read} | {one.id for one in proposal.definitions}
    new = [one.name for one in proposal.dependants if split_id(one.id)[0] is Kind.METRIC and one.id not in known]
    if new:
        yield f"{_some(new)}, computed from what changes, was not evaluated"
    if methods and effect.methods != methods:
        yield f"estimators of version {effect.methods} made it, and these are version {methods}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
