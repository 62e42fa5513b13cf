"""Whether a name is free: not taken, never published before, not to be mistaken for another (INV-18, INV-41)."""

from __future__ import annotations

from metricgov.app.addressing import label_of
from metricgov.app.folding import state_of
from metricgov.app.moment import Moment
from metricgov.app.past import past_of
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, NATIVE, Kind, id_of, is_name, path_for, split_id
from metricgov.domain.errors import BadInput, Place, Refused
from metricgov.domain.practice.structure import skeleton
from metricgov.domain.workflow.vocabulary import ENDED
from metricgov.ports.checkout import Checkout
from metricgov.ports.journal import ChangeIds


def free_path(
    moment: Moment, kind: Kind, name: str, *, domain: str | None, ids: ChangeIds, checkout: Checkout | None
) -> str:
    """Return where a new definition will stand; refused where its name is taken, was published, or looks like one."""
    path = path_for(kind, name, domain)
    for other in moment.access.source.tree(moment.tip, GOVERNED_ROOTS):
        found = id_of(other)
        if found is None or split_id(found)[0] not in NATIVE:
            continue
        known = split_id(found)[1]
        if known == name:
            raise Refused(
                "name_taken",
                f"the name {name} is taken by {other}",
                hint=f"change that one: metricgov edit {name}; or choose another name",
            )
        if skeleton(known) == skeleton(name):
            raise Refused(
                "name_lookalike",
                f"{name} looks like {known} in {other}",
                hint="choose a name that nobody can mistake",
            )
    _never_published(moment, name)
    _not_proposed(moment, name, ids)
    if checkout is not None and checkout.read_worktree((path,))[path] is not None:
        raise Refused(
            "file_there",
            f"{path} is in the work tree already",
            hint=f"edit it and run: metricgov propose {path}",
            place=Place(path),
        )
    return path


def checked_name(text: str) -> str:
    """Return a name that can be one; BadInput with the form it could have."""
    if is_name(text):
        return text
    import re

    close = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    hint = f"for example {close}" if is_name(close) else "use lower-case letters, digits and _, a letter first"
    raise BadInput("bad_name", f"{text[:80]!r} cannot be a name", hint=hint)


def _never_published(moment: Moment, name: str) -> None:
    look = past_of(moment.access.journal, moment.access.files, moment.governance.config.dialect)
    for kind in NATIVE:
        if look(f"{kind}:{name}").published:
            raise Refused(
                "name_was_used",
                f"{kind}:{name} was published before, and a name is never used twice",
                hint="choose another name: a new meaning under an old name would join two series",
            )


def _not_proposed(moment: Moment, name: str, ids: ChangeIds) -> None:
    journal = moment.access.journal
    for kind in NATIVE:
        for change in journal.touching(f"{kind}:{name}"):
            state = state_of(change, journal)
            if state.stage not in ENDED and state.last_seq:
                label = label_of(change, ids.changes())
                raise Refused(
                    "name_proposed",
                    f"{label} by {state.created_by} proposes {kind}:{name} already",
                    hint=f"look at it: metricgov change show {label}",
                )
