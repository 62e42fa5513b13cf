"""What every journal must do; the files beside this one say which journals there are."""

from __future__ import annotations

from typing import Any

import pytest

from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import BadInput, MetricgovError, Refused, Undecidable
from metricgov.domain.workflow.envelope import ZERO, Actor, Draft, Identity

ONE = "01J0000000000000000000000A"
TWO = "01J1111111111111111111111B"
AT = "2026-06-18T09:52:30Z"


def draft(change: str | None = ONE, type: str = "commented", **more: Any) -> Draft:
    """Return a small event."""
    more.setdefault("payload", {"text": "why"})
    return Draft(change, type, Actor("crm-lead"), AT, **more)


class JournalContract:
    """Inherit, and give a fixture `journal` whose `rival()` is another writer of the same journal."""

    def test_a_new_journal_is_empty(self, journal: Any) -> None:
        assert (journal.head().seq, journal.head().sha256, journal.head().main) == (0, ZERO, "")
        assert list(journal.events()) == []
        assert journal.events_of(ONE) == () == journal.events_of(None)
        assert journal.touching("metric:speed") == ()
        assert journal.changes() == ()

    def test_each_event_names_the_one_before(self, journal: Any) -> None:
        """INV-51"""
        first, second = journal.append(lambda: [draft(), draft(TWO)])
        (third,) = journal.append(lambda: [draft(None, "main_moved", main="a" * 40)])
        assert [first.prev, second.prev, third.prev] == [ZERO, first.sha256, second.sha256]
        assert [first.seq, second.seq, third.seq] == [1, 2, 3]
        head = journal.head()
        assert (head.seq, head.sha256, head.main) == (3, third.sha256, "a" * 40)

    def test_events_come_in_order_and_since(self, journal: Any) -> None:
        for number in range(5):
            journal.append(lambda number=number: [draft((ONE, TWO, None)[number % 3], payload={"n": number})])
        assert [event.seq for event in journal.events()] == [1, 2, 3, 4, 5]
        assert [event.payload["n"] for event in journal.events(since=3)] == [3, 4]
        assert list(journal.events(since=5)) == [] == list(journal.events(since=99))

    def test_events_of_one_change(self, journal: Any) -> None:
        journal.append(lambda: [draft(ONE), draft(TWO), draft(None), draft(ONE)])
        assert [event.seq for event in journal.events_of(ONE)] == [1, 4]
        assert [event.seq for event in journal.events_of(TWO)] == [2]
        assert [event.seq for event in journal.events_of(None)] == [3]
        assert journal.changes() == (ONE, TWO)

    def test_what_is_read_is_what_was_appended(self, journal: Any) -> None:
        statement = {"type": "metricgov.decision/v1", "revision": 1}
        given = Draft(
            ONE,
            "approved",
            Actor("crm-lead", Identity.SIGNED),
            AT,
            {"text": "größer ≥ 3 \u2028 \x7f\n", "n": 2**53 - 1, "x": 0.1, "list": [None, True, {"b": 1, "a": 2}]},
            main="b" * 64,
            statement=statement,
        )
        (appended,) = journal.append(lambda: [given])
        (read,) = journal.events()
        assert read == appended
        assert (read.payload, read.statement, read.actor) == (given.payload, statement, given.actor)
        assert (read.type, read.at, read.main) == ("approved", AT, "b" * 64)

    def test_main_stays_what_it_was_where_a_writer_did_not_look(self, journal: Any) -> None:
        journal.append(lambda: [draft(main="c" * 40), draft()])
        assert [event.main for event in journal.events()] == ["c" * 40, "c" * 40]

    def test_signatures_stand_beside_their_events(self, journal: Any) -> None:
        journal.append(lambda: [draft(ONE), draft(ONE, signature=b"one"), draft(None, "key_proved", signature=b"two")])
        journal.append(lambda: [draft(TWO, signature=b"three"), draft(ONE, signature=b"four")])
        assert journal.signatures(ONE) == {2: b"one", 5: b"four"}
        assert journal.signatures(TWO) == {4: b"three"}
        assert journal.signatures(None) == {3: b"two"}

    def test_a_signature_is_seen_by_who_decides_next(self, journal: Any) -> None:
        seen = []
        journal.append(lambda: [draft(ONE, signature=b"one")])
        journal.append(lambda: seen.append(journal.signatures(ONE)) or [draft(ONE, signature=b"two")])
        assert seen == [{1: b"one"}]
        assert journal.signatures("01J2222222222222222222222C") == {}

    def test_changes_are_found_by_definition(self, journal: Any) -> None:
        journal.append(lambda: [draft(TWO, subjects=("metric:speed", "opaque:models/../a b.sql"))])
        journal.append(lambda: [draft(ONE, subjects=("metric:speed",))])
        assert journal.touching("metric:speed") == (ONE, TWO)
        assert journal.touching("opaque:models/../a b.sql") == (TWO,)
        assert journal.touching("metric:spee") == () == journal.touching("source:speed")

    def test_blobs_are_kept_by_change(self, journal: Any) -> None:
        data = b"kind: metric\r\n\x00\xff"
        key = sha256_hex(data)
        journal.append(lambda: [draft(ONE, blobs={key: data}), draft(None, blobs={sha256_hex(b"{}"): b"{}"})])
        assert journal.blob(ONE, key) == data
        assert journal.blob("", sha256_hex(b"{}")) == b"{}"
        with pytest.raises(Undecidable):
            journal.blob(TWO, key)

    def test_nothing_decided_is_nothing_appended(self, journal: Any) -> None:
        assert journal.append(lambda: ()) == ()
        assert journal.head().seq == 0

    def test_a_refusal_writes_nothing_and_the_next_append_works(self, journal: Any) -> None:
        def refuse() -> list[Draft]:
            raise Refused("no", "no")

        with pytest.raises(Refused):
            journal.append(refuse)
        assert journal.head().seq == 0
        assert len(journal.append(lambda: [draft()])) == 1

    def test_one_malformed_event_keeps_out_its_whole_batch(self, journal: Any) -> None:
        for bad in (
            draft(payload={"n": 2**53}),
            draft(change="../../etc/passwd"),
            draft(payload={"x": float("nan")}),
            Draft(ONE, "approved", Actor("crm-lead"), "yesterday", {}),
            Draft(ONE, "approved", Actor("line\nbreak"), AT, {}),
        ):
            with pytest.raises(BadInput):
                journal.append(lambda bad=bad: [draft(), bad])
        assert journal.head().seq == 0

    def test_decide_reads_the_journal_it_appends_to(self, journal: Any) -> None:
        journal.append(lambda: [draft()])
        seen: list[int] = []

        def decide() -> list[Draft]:
            seen.append(journal.head().seq)
            return [draft(payload={"n": len(journal.events_of(ONE))})]

        (event,) = journal.append(decide)
        assert (seen, event.payload) == ([1], {"n": 1})

    def test_a_lost_race_decides_again(self, journal: Any) -> None:
        """INV-50: what a rival appended in between is seen by the second decision, and neither append is lost."""
        rival = journal.rival()
        seen: list[int] = []

        def decide() -> list[Draft]:
            seen.append(len(journal.events_of(ONE)))
            if len(seen) == 1:
                rival.append(lambda: [draft(payload={"by": "rival"})])
            return [draft(payload={"by": "me"})]

        (event,) = journal.append(decide)
        assert (event.seq, seen) == (2, [0, 1])
        assert [one.payload["by"] for one in journal.events()] == ["rival", "me"]

    def test_a_race_lost_to_a_rival_can_end_in_a_refusal(self, journal: Any) -> None:
        """INV-50"""
        rival = journal.rival()

        def decide() -> list[Draft]:
            if journal.events_of(ONE):
                raise Refused("taken", "somebody was first")
            rival.append(lambda: [draft()])
            return [draft()]

        with pytest.raises(MetricgovError, match="somebody was first"):
            journal.append(decide)
        assert journal.head().seq == 1
