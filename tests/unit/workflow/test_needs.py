"""What a change needed, from look to look."""

from __future__ import annotations

from metricgov.domain.workflow.needs import End, Ledger, Mark
from metricgov.domain.workflow.requirements import Requirement

OWNER = Requirement("approval_accountable", "crm-lead has to approve", ("crm-lead",))
TWO = Requirement("approval_council", "2 of the council have to approve", ("a", "b"))
ONE = Requirement("approval_council", "1 of the council has to approve", ("a", "b"))


def mark(seq: int, by: str = "", revision: int = 1) -> Mark:
    from metricgov.domain.workflow.envelope import Identity

    return Mark(seq, f"2026-06-18T08:00:{seq:02d}Z", by, Identity.CLAIMED, revision)


def test_each_need_says_since_when_and_what_met_it() -> None:
    ledger = Ledger()
    first = ledger.look((OWNER, TWO), mark(3, "ops-lead"), End.REPLACED)
    assert [one.says for one in first.came] == [OWNER.says, TWO.says]
    second = ledger.look((OWNER, ONE), mark(4, "a"), End.MET)
    assert [(one.says, one.end, one.by) for one in second.went] == [(TWO.says, End.MET, "a")]
    assert [(one.says, one.since) for one in second.came] == [(ONE.says, 4)]
    ledger.look((), mark(5, "crm-lead"), End.MET)
    assert [(one.says, one.since, one.ended) for one in ledger.needs] == [
        (OWNER.says, 3, 5),
        (TWO.says, 3, 4),
        (ONE.says, 4, 5),
    ]


def test_what_nothing_ended_stays_open() -> None:
    ledger = Ledger()
    ledger.look((OWNER,), mark(3), End.REPLACED)
    assert [(one.end, one.ended) for one in ledger.needs] == [(End.OPEN, 0)]


def test_new_contents_ask_everything_anew() -> None:
    """INV-01: an approval of revision 1 meets nothing of revision 2, and a need of each is told apart."""
    ledger = Ledger()
    ledger.look((OWNER,), mark(3), End.REPLACED)
    turn = ledger.look((OWNER,), mark(6, "ops-lead", revision=2), End.REPLACED)
    assert [one.end for one in turn.went] == [End.REPLACED]
    assert [(one.revision, one.since) for one in ledger.needs] == [(1, 3), (2, 6)]
