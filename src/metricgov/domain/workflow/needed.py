"""Which bytes of a change the journal has to keep: what is proposed, what stands on main, what an approval names."""

from __future__ import annotations

from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import ENDED, Stage


def needed(state: ChangeState) -> dict[str, str]:
    """Return the bytes of a change that have to stay, by SHA-256, with the reason; of an open change, all of them."""
    contents = (*state.revisions, *((state.draft,) if state.draft else ()))
    kept = dict.fromkeys(state.kept, "it stood or stands on main, or an approval names it")
    decided = {one.revision for one in state.decisions}
    for one in contents:
        for edit in one.edits:
            if edit.before:
                kept[edit.before.sha256] = "it stood on main before the change"
            if edit.after and state.stage not in ENDED:
                kept.setdefault(edit.after.sha256, "the change is open, and this is what it proposes")
    if state.stage is Stage.APPLIED:
        for revision in state.revisions:
            last, judged = revision is state.revisions[-1], revision.number in decided
            for edit in revision.edits:
                if edit.after and (last or judged):
                    says = "it stands on main" if last else "somebody's approval names it, and audits judge that again"
                    kept.setdefault(edit.after.sha256, says)
    return kept
