"""How this clone stands to its remote, as far as it knows: the part of `doctor` that asks nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metricgov.domain.errors import MetricgovError

if TYPE_CHECKING:
    from metricgov.app.doctoring import Patient, State

SEEN = "refs/metricgov/seen/journal"
SYNC = "run: metricgov sync"


def remote_is_in_step(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check which remote is used, what waits for it, and which side has what the other lacks."""
    from metricgov.app.doctoring import State

    name = patient.remote()
    if not name:
        yield State.OK, "none: what is decided stays in this clone", ""
        return
    found = [*_outbox(patient), *_journal(patient, name), *_main(patient, name)]
    if not found:
        yield State.OK, f"{name}, in step as of the last fetch", ""
    for state, says, hint in found:
        yield State(state), says, hint


def _outbox(patient: Patient) -> Iterator[tuple[str, str, str]]:
    outbox = patient.access().outbox
    if outbox is None:
        return
    if outbox.offline:
        yield "warn", "METRICGOV_OFFLINE is set: everything waits here", "unset METRICGOV_OFFLINE, then metricgov sync"
    if waiting := len(outbox.waiting()):
        yield "warn", "1 decision is not sent yet" if waiting == 1 else f"{waiting} decisions are not sent yet", SYNC
    if refused := len(outbox.refused()):
        many = "1 decision was" if refused == 1 else f"{refused} decisions were"
        yield "warn", f"{many} refused when they were sent, and kept here", "see them: metricgov sync --show"


def _journal(patient: Patient, name: str) -> Iterator[tuple[str, str, str]]:
    """Compare our journal with the last one the remote held, and with what a fetch of the user brought since."""
    tips = patient.facts.tips
    ours, seen = tips.get(patient.journal_ref, ""), tips.get(SEEN, "")
    theirs = tips.get(f"refs/remotes/{name}/{patient.branch()}", "")
    if not ours:
        return
    if not seen and not theirs:
        yield "warn", f"{name} was never seen to hold the journal", SYNC
        return
    for tip in dict.fromkeys(filter(None, (seen, theirs))):
        if tip == ours or (tip == theirs and seen and patient.ancestry.contains(ours, tip)):
            continue
        if patient.ancestry.contains(tip, ours):
            yield "warn", f"the journal here is behind {name}", SYNC
        elif patient.ancestry.contains(ours, tip):
            yield "warn", f"{name} has not heard of the last events", SYNC
        else:
            yield (
                "fail",
                f"the journal here and the one on {name} have parted",
                "metricgov sync says where; do not force",
            )


def _main(patient: Patient, name: str) -> Iterator[tuple[str, str, str]]:
    short = patient.target.removeprefix("refs/heads/")
    ours, theirs = (
        patient.facts.tips.get(patient.target, ""),
        patient.facts.tips.get(f"refs/remotes/{name}/{short}", ""),
    )
    if not theirs:
        yield "warn", f"{name} was never seen to have the branch {short}", f"run: git push {name} {short}"
        return
    if not ours or ours == theirs:
        return
    try:
        if patient.ancestry.contains(theirs, ours):
            yield "warn", f"{short} here is behind {name}", SYNC
        else:
            yield (
                "warn",
                f"{short} here has commits that {name} lacks; metricgov goes by those of {name}",
                f"keep them on a branch: git branch mine {short}; then git reset --keep {name}/{short}",
            )
    except MetricgovError as error:
        yield "warn", str(error), error.hint
