"""What a message says, and what people may choose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.notices.notice import ASKS, Notice, NoticeKind, Urgency
from metricgov.domain.notices.preferences import Defaults, Person, Wishes, addresses, channel_of, way
from metricgov.domain.notices.words import digest_of, message_of

NOTICE = Notice(
    seq=7,
    at="2026-07-01T08:00:00Z",
    change="01J9ZQ4N8T6V3W2X1Y0RK7M2P5",
    definition="metric:routing_speed",
    person="crm-lead",
    kind=NoticeKind.DECIDE,
    urgency=Urgency.SOON,
    headline="routing_speed: your decision is asked",
    says="ops-lead submitted revision 1",
    because="You decide about metric:routing_speed.",
    changed="metric:routing_speed 1.0.0 → 2.0.0 (breaking). Why: too wide",
    words="The window was too wide.",
    asks="Approve it, or request changes: metricgov change show chg-m2p5",
    until="2026-07-08T00:00:00Z",
)


def test_a_message_says_what_why_you_what_is_asked_until_when_and_where() -> None:
    message = message_of(NOTICE, "ntc_1", base="https://m.example.com/")
    assert message.subject == "[metricgov] routing_speed: your decision is asked"
    for part in (
        "ops-lead submitted revision 1, on 1 Jul 2026 08:00 UTC.",
        "> The window was too wide.",
        "The change: metric:routing_speed 1.0.0 → 2.0.0 (breaking). Why: too wide",
        "Why you: You decide about metric:routing_speed.",
        "Asked of you: Approve it",
        "Until: 8 Jul 2026 00:00 UTC",
        "See: https://m.example.com/changes/01J9ZQ4N8T6V3W2X1Y0RK7M2P5",
        "Notice ntc_1",
    ):
        assert part in message.text


def test_without_a_server_it_names_the_command() -> None:
    assert "See: metricgov change show chg-" in message_of(NOTICE, "ntc_1").text


def test_what_is_over_asks_for_nothing() -> None:
    text = message_of(NOTICE, "ntc_1", over="it is applied by now").text
    assert "nothing any more; it is applied by now" in text
    assert "Until" not in text


@given(st.text(max_size=300))
def test_nobodys_words_break_the_subject_or_call_a_channel(words: str) -> None:
    held = replace(NOTICE, words=f"{words} @everyone <!channel>", headline=words + "\r\nBcc: x@example.com")
    message = message_of(held, "ntc_1")
    assert "\n" not in message.subject
    assert "\r" not in message.subject
    assert "@everyone" not in message.text
    assert "<!channel" not in message.text


def test_a_digest_puts_first_what_asks() -> None:
    calm = replace(NOTICE, seq=3, kind=NoticeKind.INFORMED, headline="calm", asks="", until="")
    text = digest_of([calm, NOTICE], "ntc_2", every="weekly").text
    assert text.index("routing_speed: your decision") < text.index("calm")


WAYS = [
    ("by itself what asks is at once", Person(), NoticeKind.DECIDE, "at once"),
    ("by itself what informs is in the digest", Person(), NoticeKind.INFORMED, "daily"),
    ("weekly", Person(every="weekly"), NoticeKind.INFORMED, "weekly"),
    ("never", Person(never=(NoticeKind.TALK,)), NoticeKind.TALK, "never"),
    ("never beats digest", Person(never=(NoticeKind.INFORMED,)), NoticeKind.INFORMED, "never"),
    ("what asks cannot be silenced", Person(never=tuple(NoticeKind)), NoticeKind.ANSWER, "at once"),
    ("what asks may wait for the digest", Person(digest=(NoticeKind.DECIDE,)), NoticeKind.DECIDE, "daily"),
]


@pytest.mark.parametrize(("name", "person", "kind", "expected"), WAYS, ids=[one[0] for one in WAYS])
def test_when_somebody_hears_of_it(name: str, person: Person, kind: NoticeKind, expected: str) -> None:
    wishes = Wishes(people={"crm-lead": person})
    assert way(wishes, replace(NOTICE, kind=kind)) == expected


def test_what_asks_is_never_silent_whatever_is_chosen() -> None:
    wishes = Wishes(defaults=Defaults(never=tuple(NoticeKind)))
    assert {way(wishes, replace(NOTICE, kind=kind)) for kind in ASKS} == {"at once"}


def test_a_hashed_address_fills_nothing_in() -> None:
    wishes = Wishes(defaults=Defaults(to=("mailto://smtp/?to={email}",)))
    assert addresses(wishes, "a", "a@example.com") == ("mailto://smtp/?to=a@example.com",)
    assert addresses(wishes, "a", "sha256:" + "0" * 64) == ()


def test_the_name_of_a_channel_tells_nothing_of_its_address() -> None:
    name = channel_of("slack://TokenAAA/TokenBBB/TokenCCC")
    assert name.startswith("slack-")
    assert "Token" not in name
