"""`key add`, `key list`, `key revoke`: a person's way from a new key to decisions that count, and back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Desk, Outcome
from metricgov.adapters.git.journal_verify import verify
from metricgov.app.keys import proved
from metricgov.bootstrap import Workspace
from metricgov.domain.workflow.envelope import Actor, Draft
from signing_keys import make_key

COUNCIL = ("head-of-marketing", "analytics-lead", "finance-lead")
WORDS = "s/Share of new leads/Portion of new leads/"


@pytest.fixture
def key(tmp_path: Path) -> Callable[[str], str]:
    """Return a private key for a name, made when first asked for."""

    def of(name: str) -> str:
        file = tmp_path / f"key-{name}"
        return str(file if file.exists() else make_key(file, "-t", "ed25519"))

    return of


def line(file: str) -> str:
    return " ".join(Path(f"{file}.pub").read_text().split()[:2])


def fingerprint(file: str) -> str:
    done = subprocess.run(["ssh-keygen", "-l", "-f", f"{file}.pub"], capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


def listed(desk: Desk, *words: str) -> list[dict[str, Any]]:
    done = desk.run("crm-lead", "key", "list", "--json", *words)
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = json.loads(done.out)["keys"]
    return found


def landed(desk: Desk, done: Outcome, author: str = "") -> None:
    """Let two others of the council agree to the newest change of people.yaml, and apply it."""
    assert done.code == 0, done.err
    for one in [one for one in COUNCIL if one != author][:2]:
        agreed = desk.run(one, "approve", "people")
        assert agreed.code == 0, agreed.err
    applied = desk.run("crm-lead", "apply", "people")
    assert applied.code == 0, applied.err


def test_a_key_without_a_reason_says_what_is_done(desk: Desk, key: Callable[[str], str]) -> None:
    """Nobody has to explain a first key; which key it is for whom is why enough."""
    mine = key("mine")
    done = desk.run("crm-lead", "key", "add", mine, "--yes")
    assert done.code == 0, done.err
    assert f"{fingerprint(mine)} signs for crm-lead" in " ".join(
        desk.run("ops-lead", "change", "show", "people").out.split()
    )
    again = desk.run("crm-lead", "key", "add", mine)
    assert (again.code, "proposes that key already" in again.err) == (0, True), "one change of it is enough"


def test_a_key_comes_by_a_change_of_governance_with_a_proof(desk: Desk, key: Callable[[str], str]) -> None:
    """INV-09: the council agrees; the journal holds a signature of the key over registry, person and key."""
    mine = key("mine")
    done = desk.run("crm-lead", "key", "add", mine, "-m", "my first key", "--yes")
    assert listed(desk) == []
    landed(desk, done)
    (found,) = listed(desk)
    assert found == {
        "person": "crm-lead",
        "fingerprint": fingerprint(mine),
        "kind": "ssh-ed25519",
        "key": line(mine),
        "status": "active",
        "compromised_since": None,
        "proved": True,
    }
    assert "ssh-ed25519" in desk.run("crm-lead", "key", "list").out
    workspace = Workspace(desk.root)
    with workspace.repository as repository:
        (event,) = [one for one in workspace.journal.events_of(None) if one.type == "key_proved"]
        assert event.actor.identity.value == "claimed"
        assert verify(repository, workspace.journal.view()).holds
    again = desk.run("crm-lead", "key", "add", mine)
    assert (again.code, "Nothing is to do" in again.err) == (0, True)
    log = desk.run("crm-lead", "audit", "log")
    assert "showed that crm-lead holds the key SHA256:" in " ".join(log.out.split())


def test_a_key_written_by_hand_is_proved_afterwards(desk: Desk, key: Callable[[str], str]) -> None:
    """A key counts as people.yaml says; that nobody has shown who holds it is a warning."""
    mine = key("mine")
    mail = "email: crm-lead@example.com"
    desk.sed("governance/people.yaml", mail, f"{mail}, keys: [{{key: {line(mine)}}}]")
    commit = ("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qam", "key")
    subprocess.run(["git", *commit], cwd=desk.root, check=True)
    assert [one["proved"] for one in listed(desk)] == [False]
    assert "nobody has shown" in " ".join(desk.run("crm-lead", "doctor").out.split())
    assert "nobody has shown" in " ".join(desk.run("crm-lead", "policy", "check").out.split())
    assert json.loads(desk.run("crm-lead", "policy", "check", "--json").out)["unproved"] == ["crm-lead"]
    done = desk.run("crm-lead", "key", "add", mine)
    assert (done.code, "Recorded the proof" in done.err) == (0, True)
    assert [one["proved"] for one in listed(desk)] == [True]
    assert "nobody has shown" not in " ".join(desk.run("crm-lead", "policy", "check").out.split())


@pytest.mark.parametrize("forged", ["signed by another key", "for another person", "without a signature"])
def test_a_forged_proof_proves_nothing(desk: Desk, key: Callable[[str], str], forged: str) -> None:
    """INV-60: and `audit verify` names it."""
    from metricgov.domain.digest import canonical_json
    from metricgov.domain.workflow.possession import KEY_PURPOSE, challenge

    workspace = Workspace(desk.root)
    with workspace.repository as repository:
        mine, other = workspace.signer(key("mine")), workspace.signer(key("other"))
        assert mine is not None
        assert other is not None
        said = challenge(workspace.registry_id, "crm-lead", mine.public)
        over = challenge(workspace.registry_id, "ops-lead", mine.public)
        signature = {
            "signed by another key": other.sign(canonical_json(said), namespace=KEY_PURPOSE),
            "for another person": mine.sign(canonical_json(over), namespace=KEY_PURPOSE),
            "without a signature": b"",
        }[forged]
        payload = {"principal": "crm-lead", "key": mine.public}
        last = list(workspace.journal.events())[-1]
        draft = Draft(None, "key_proved", Actor("crm-lead"), last.at, payload, statement=said, signature=signature)
        workspace.journal.append(lambda: [draft])
        assert proved(workspace.access) == frozenset()
        found = verify(repository, workspace.journal.view())
    assert [one.code for one in found.problems] == ["journal_signature"]
    assert found.first_bad == last.seq + 1


def test_a_key_of_somebody_else_is_refused(desk: Desk, key: Callable[[str], str]) -> None:
    landed(desk, desk.run("crm-lead", "key", "add", key("mine"), "-m", "mine", "--yes"))
    done = desk.run("ops-lead", "key", "add", key("mine"), "-m", "mine too", "--yes")
    assert (done.code, "is crm-lead's key" in " ".join(done.err.split())) == (1, True)


def test_without_any_key_the_way_to_one_is_told(desk: Desk) -> None:
    done = desk.run("crm-lead", "key", "add")
    assert (done.code, "ssh-keygen -t ed25519" in " ".join(done.err.split())) == (2, True)


def test_from_the_first_key_to_required_signatures_and_a_stolen_laptop(desk: Desk, key: Callable[[str], str]) -> None:
    """INV-61: rotation and revocation, as people meet them; audits list what a stolen key signed."""
    people = ("crm-lead", *COUNCIL)
    for one in people:
        landed(desk, desk.run(one, "key", "add", key(one), "-m", "a key", "--yes"), one)
    assert {one["person"] for one in listed(desk)} == set(people)
    desk.sed(
        "governance/policy.yaml", "enforce: block\n", "enforce: block\nclasses:\n  editorial: {identity: signed}\n"
    )
    done = desk.run("ops-lead", "propose", "-m", "sign words", "--yes", "governance/policy.yaml")
    assert done.code == 0, done.err
    for one in COUNCIL[:2]:
        assert desk.run(one, "approve", "policy", "--key", key(one)).code == 0
    subprocess.run(["git", "checkout", "-q", "--", "governance"], cwd=desk.root, check=True)
    assert desk.run("ops-lead", "apply", "policy").code == 0
    assert desk.run("ops-lead", "edit", "routing_speed", "-m", "plainer", editor=desk.editor(WORDS)).code == 0
    refused = desk.run("crm-lead", "approve", "routing_speed")
    assert (refused.code, "asks for signed" in " ".join(refused.err.split())) == (1, True)
    assert desk.run("crm-lead", "approve", "routing_speed", "--key", key("crm-lead")).code == 0
    stolen = desk.run("ops-lead", "key", "revoke", fingerprint(key("crm-lead"))[:14], "-m", "stolen", "--yes",
                      "--compromised-since", "2020-01-01")  # fmt: skip
    landed(desk, stolen)
    late = desk.run("ops-lead", "apply", "routing_speed")
    assert (late.code, "identity signed is asked for" in " ".join(late.err.split())) == (1, True)
    (gone,) = listed(desk, "--person", "crm-lead")
    assert (gone["status"], gone["compromised_since"]) == ("revoked", "2020-01-01")
    back = desk.run("crm-lead", "key", "add", key("crm-lead"), "-m", "it is found", "--yes")
    assert (back.code, "does not come back" in back.err) == (1, True)
    audited = desk.run("ops-lead", "audit", "verify", "--full")
    assert "compromised" in audited.out
    full = json.loads(desk.run("ops-lead", "audit", "verify", "--full", "--json").out)
    (signed,) = full["main"]["compromised"]
    assert (signed["person"], signed["type"], signed["since"]) == ("crm-lead", "approved", "2020-01-01")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(("SHA256:nothing", "-m", "x"), 2, "no key of people.yaml", id="no such key"),
        pytest.param(("crm-lead",), 2, "needs words", id="no reason"),
        pytest.param(("crm-lead", "-m", "x", "--compromised-since", "yesterday"), 2, "is not a date", id="no date"),
        pytest.param(("crm-lead", "-m", "x", "--compromised-since", "2999-01-01"), 2, "lies ahead", id="not yet"),
    ],
)
def test_what_revoke_does_not_take(
    desk: Desk, key: Callable[[str], str], words: tuple[str, ...], code: int, says: str
) -> None:
    landed(desk, desk.run("crm-lead", "key", "add", key("mine"), "-m", "mine", "--yes"))
    done = desk.run("ops-lead", "key", "revoke", *words)
    assert (done.code, says in " ".join(done.err.split())) == (code, True), done.err
