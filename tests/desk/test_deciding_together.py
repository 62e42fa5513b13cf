"""Many people at one server: what they decide at once is written as one, and everybody sees what the others did."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.reading_world import OPEN, build
from metricgov.adapters.git.setup import commit_files
from metricgov.app.moment import known_change
from metricgov.desk.at import Ground, Site
from metricgov.desk.deciding import Deed
from metricgov.desk.local import LocalDesk
from metricgov.domain.errors import Refused
from metricgov.domain.workflow.envelope import Envelope, Identity
from metricgov.domain.workflow.fold import Folded, fold

AT = "2026-06-18T09:52:30Z"
PEOPLE = ("crm-lead", "ops-lead", "sales-ops-lead", "data-lead")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    build(tmp_path / "registry")
    return Site(tmp_path / "registry")


def desk_of(site: Site, person: str) -> LocalDesk:
    return LocalDesk(claimed=person, ground=Ground(site=site), identity=Identity.SERVER)


def commits(site: Site) -> int:
    repository = site.repository()
    tip = repository.store.ref("refs/heads/metricgov/journal")
    return int(repository.git.read("rev-list", "--count", tip).text)


def test_comments_that_wait_for_one_another_share_a_commit(site: Site) -> None:
    desks = [desk_of(site, one) for one in PEOPLE]
    for desk in desks:
        desk.change(OPEN)
    before, seq = commits(site), desks[0].change(OPEN).seq
    line = site.repository().line("refs/heads/metricgov/journal")
    with ThreadPoolExecutor(len(desks)) as threads:
        with line.leader:
            said = [threads.submit(desk.do, OPEN, Deed("comment", words="Agreed.")) for desk in desks]
            until = time.monotonic() + 30
            while line.waiting < len(desks) and time.monotonic() < until:
                time.sleep(0.005)
        seqs = sorted(one.result().view.seq for one in said)
    assert commits(site) == before + 1
    assert seqs == [seq + len(desks)] * len(desks)
    assert len(desks[0].change(OPEN).threads) >= len(desks)


def test_one_that_is_refused_does_not_keep_the_others(site: Site) -> None:
    first, second = desk_of(site, "crm-lead"), desk_of(site, "ops-lead")
    read = first.change(OPEN).seq
    first.do(OPEN, Deed("comment", words="I have read it."))
    with pytest.raises(Refused, match="something happened"):
        second.do(OPEN, Deed("comment", words="So have I.", saw=read))
    assert second.do(OPEN, Deed("comment", words="So have I.")).view.seq > read


def test_what_one_did_the_others_see_at_once(site: Site) -> None:
    first, second = desk_of(site, "crm-lead"), desk_of(site, "ops-lead")
    second.change(OPEN)
    first.do(OPEN, Deed("comment", words="Why seven days?"))
    assert "Why seven days?" in str(second.change(OPEN).threads)


def test_what_another_program_wrote_is_seen_too(site: Site, tmp_path: Path) -> None:
    here = desk_of(site, "crm-lead")
    here.change(OPEN)
    LocalDesk(tmp_path / "registry", claimed="ops-lead").do(OPEN, Deed("comment", words="From a terminal."))
    assert "From a terminal." in str(here.change(OPEN).threads)


def test_what_a_change_means_is_worked_out_for_each_main(site: Site) -> None:
    """What is remembered of one base is not taken for what holds on another."""
    session = Ground(site=site).session("crm-lead", "", Identity.SERVER)
    moment = session.moment
    state = known_change(session.reading, OPEN)
    contents = state.revision
    assert contents is not None
    earlier = moment.at(session.workspace.repository.first_parents(moment.tip)[-2])
    edits = moment.edits(OPEN, contents)
    assert moment.assess(edits).base == moment.tip
    assert earlier.assess(edits).base == earlier.tip
    assert moment.assess(edits) is moment.assess(edits)


def test_who_only_decides_is_not_let_go_of_when_others_do(site: Site) -> None:
    """What a deed stands on is opened once, however the journal moves; a deed still sees what others said."""
    ground = Ground(site=site)
    mine = ground.session_for_deeds("crm-lead", "", Identity.SERVER)
    read = desk_of(site, "crm-lead").change(OPEN).seq
    desk_of(site, "ops-lead").do_briefly(OPEN, Deed("comment", words="Agreed."))
    assert ground.session_for_deeds("crm-lead", "", Identity.SERVER) is mine
    here = LocalDesk(claimed="crm-lead", ground=ground, identity=Identity.SERVER)
    with pytest.raises(Refused, match="something happened"):
        here.do_briefly(OPEN, Deed("comment", words="So have I.", saw=read))


def test_what_a_deed_stands_on_is_opened_anew_when_main_moves(site: Site) -> None:
    """Rights are those of main."""
    ground = Ground(site=site)
    before = ground.session_for_deeds("crm-lead", "", Identity.SERVER)
    tip = commit_files(site.repository(), "main", {"README.md": b"Moved by hand.\n"}, message="x", at=AT)
    after = ground.session_for_deeds("crm-lead", "", Identity.SERVER)
    assert (after is not before, after.tip) == (True, tip)


def test_readers_of_one_journal_by_turns_fold_nothing_twice(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever follows the registry, the worker, and those who decide each read events as objects of their own."""
    one, other = desk_of(site, "crm-lead"), desk_of(Site(site.folder), "ops-lead")
    for desk in (one, other):
        desk.change(OPEN)
    folded: list[str] = []

    def counted(change: str, events: tuple[Envelope, ...]) -> Folded:
        folded.append(change)
        return fold(change, events)

    monkeypatch.setattr("metricgov.domain.workflow.fold.fold", counted)
    for _ in range(3):
        one.do(OPEN, Deed("comment", words="Why seven days?"))
        assert other.change(OPEN).seq == one.change(OPEN).seq
    assert folded == []
