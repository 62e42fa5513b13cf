"""Signed decisions that waited: what was signed is sent, and nobody is asked for a key again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.workflow.envelope import Identity
from signing_keys import make_key

if TYPE_CHECKING:
    from cli.conftest import Desk

RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
NAME = "sales_accepted_lead_rate"
RunGit = Callable[..., str]


def test_a_signature_is_sent_as_it_was_made(
    desk: Desk, git: RunGit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-60: the bytes that are stored are those that were signed, wherever in the chain they end up."""
    monkeypatch.delenv("METRICGOV_OFFLINE", raising=False)
    key = make_key(tmp_path / "key", "-t", "ed25519")
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    mail = "email: crm-lead@example.com"
    desk.sed("governance/people.yaml", mail, f"{mail}, keys: [{{key: {public}}}]")
    git(desk.root, "commit", "-qam", "keys")
    shared, here = tmp_path / "shared.git", desk.root
    git(tmp_path, "clone", "-q", "--bare", str(here), str(shared))
    git(here, "remote", "add", "origin", str(shared))
    git(here, "fetch", "-q")
    assert desk.run("crm-lead", "sync").code == 0
    desk.sed(RATE, "Moves budget", "Moves the budget")
    assert desk.run("ops-lead", "propose", "-m", "plainer").code == 0
    monkeypatch.setenv("METRICGOV_SIGNING_KEY", str(key))
    done = desk.run("crm-lead", "approve", NAME, "--offline")
    assert done.code == 0, done.err
    monkeypatch.delenv("METRICGOV_SIGNING_KEY")
    key.unlink()
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", shared, other], check=True)
    desk.call("sync", cwd=other, email="ops-lead@example.com")
    assert desk.call("comment", NAME, "-m", "before", cwd=other, email="ops-lead@example.com").code == 0
    sent = desk.run("crm-lead", "sync")
    assert sent.code == 0, sent.out + sent.err
    with GitRepository.open(shared) as repository:
        journal = GitJournal(repository)
        approved = next(one for one in journal.events() if one.type == "approved")
        assert approved.actor.identity is Identity.SIGNED
        assert approved.seq in journal.signatures(approved.change)
    assert desk.run("crm-lead", "audit", "verify").code == 0
