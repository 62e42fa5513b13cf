"""Deciding with a key, as a person does: who signs, with which key, and what is said where they cannot."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.conftest import Desk, Outcome
from metricgov.bootstrap import Workspace
from signing_keys import make_key

WORDS = "s/Share of new leads/Portion of new leads/"
ASKS = """classes:
  editorial: {identity: signed}
  compatible: {identity: signed}
  breaking: {identity: signed}
  unknown: {identity: signed}
  governance: {identity: signed}
"""
PASSPHRASE = "correct horse"


@dataclass
class Signing:
    """A registry that asks for signatures, and the keys of two of its people."""

    desk: Desk
    keys: Mapping[str, Path]
    change: str = ""
    more: dict[str, str] = field(default_factory=dict)

    def run(self, who: str, *words: str, git: str = "") -> Outcome:
        """Call the program; `git` are more lines of the person's git settings."""
        home = Path(os.environ["HOME"])
        write = Path.write_text

        def with_more(path: Path, text: str, *rest: object) -> int:
            return write(path, text + git if path == home / ".gitconfig" else text, *rest)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "write_text", with_more)
            return self.desk.run(who, *words)

    def identities(self) -> list[tuple[str, str, str]]:
        """Return type, person and identity of the decisions in the journal, and check that they are whole."""
        with Workspace(self.desk.root).repository:
            journal = Workspace(self.desk.root).journal
            events = [one for one in journal.events() if one.statement is not None]
        return [(one.type, one.actor.principal, one.actor.identity.value) for one in events]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return private keys by name."""
    folder = tmp_path_factory.mktemp("keys")
    names = ("crm-lead", "ops-lead", "stranger")
    found = {name: make_key(folder / name, "-t", "ed25519") for name in names}
    return found | {"locked": make_key(folder / "locked", "-t", "ed25519", passphrase=PASSPHRASE)}


@pytest.fixture
def signing(desk: Desk, keys: dict[str, Path], no_agent: object) -> Signing:
    """Return the starter registry with keys on main, and one change of words that waits for its approval."""
    for person in ("crm-lead", "ops-lead"):
        mail = f"email: {person}@example.com"
        public = " ".join(keys[person].with_suffix(".pub").read_text().split()[:2])
        more = f", {{key: {' '.join(keys['locked'].with_suffix('.pub').read_text().split()[:2])}}}"
        listed = f"[{{key: {public}}}{more if person == 'crm-lead' else ''}]"
        desk.sed("governance/people.yaml", mail, f"{mail}, keys: {listed}")
    policy = desk.root / "governance/policy.yaml"
    policy.write_text(policy.read_text() + ASKS)
    commit = ("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qam", "keys")
    subprocess.run(["git", *commit], cwd=desk.root, check=True)
    done = desk.run("ops-lead", "edit", "routing_speed", "-m", "plainer", editor=desk.editor(WORDS))
    assert done.code == 0, done.err
    return Signing(desk, keys)


@pytest.fixture
def no_agent() -> Iterator[None]:
    """Keep agents of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SSH_AUTH_SOCK", "SSH_ASKPASS", "DISPLAY", "METRICGOV_SIGNING_KEY"):
            patch.delenv(name, raising=False)
        yield


def test_the_key_that_is_named(signing: Signing) -> None:
    done = signing.run("crm-lead", "approve", "routing_speed", "--key", str(signing.keys["crm-lead"]))
    assert (done.code, done.err) == (0, "")
    assert signing.identities() == [("approved", "crm-lead", "signed")]
    shown = signing.run("crm-lead", "change", "show", "routing_speed")
    assert "signed" in shown.out
    assert signing.run("crm-lead", "apply", "routing_speed").code == 0
    assert signing.run("crm-lead", "audit", "verify").code == 0


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param("[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {file}\n", id="file"),
        pytest.param("[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {file}.pub\n", id="public file"),
    ],
)
def test_the_key_that_git_signs_with(signing: Signing, settings: str) -> None:
    git = settings.format(file=signing.keys["crm-lead"])
    done = signing.run("crm-lead", "approve", "routing_speed", git=git)
    assert (done.code, done.err) == (0, "")
    assert signing.identities() == [("approved", "crm-lead", "signed")]


def test_the_key_of_the_environment(signing: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICGOV_SIGNING_KEY", str(signing.keys["crm-lead"]))
    assert signing.run("crm-lead", "approve", "routing_speed").code == 0
    assert signing.identities() == [("approved", "crm-lead", "signed")]


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_agent: None) -> Iterator[None]:
    """Run an agent that holds nothing yet."""
    socket = tmp_path / "agent.sock"
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL) as process:
        while not socket.exists():
            assert process.poll() is None
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        yield
        process.terminate()


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("literal", [True, False], ids=["key in git's settings", "public file"])
def test_a_key_that_only_an_agent_holds(signing: Signing, tmp_path: Path, literal: bool) -> None:
    """The private half is in no file here."""
    own = tmp_path / "elsewhere"
    own.write_bytes(signing.keys["crm-lead"].read_bytes())
    own.chmod(0o600)
    subprocess.run(["ssh-add", "-q", own], check=True)
    own.unlink()
    public = signing.keys["crm-lead"].with_suffix(".pub").read_text()
    alone = tmp_path / "alone.pub"
    alone.write_text(public)
    git = f"[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {'key::' + public.strip() if literal else alone}\n"
    done = signing.run("crm-lead", "approve", "routing_speed", git=git)
    assert (done.code, done.err) == (0, "")
    assert signing.identities() == [("approved", "crm-lead", "signed")]


@pytest.mark.usefixtures("agent")
def test_an_agent_that_does_not_hold_the_key(signing: Signing, tmp_path: Path) -> None:
    alone = tmp_path / "alone.pub"
    alone.write_text(signing.keys["crm-lead"].with_suffix(".pub").read_text())
    done = signing.run("crm-lead", "approve", "routing_speed", "--key", str(alone))
    assert done.code == 1
    assert "neither in a file nor in an agent" in " ".join(done.err.split())
    assert "ssh-add" in done.err
    assert signing.identities() == []


def test_a_wrong_passphrase(signing: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = tmp_path / "ask.sh"
    asks.write_text("#!/bin/sh\necho wrong\n")
    asks.chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(asks))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    done = signing.run("crm-lead", "approve", "routing_speed", "--key", str(signing.keys["locked"]))
    assert done.code == 1
    assert "the passphrase of the signing key is not right" in done.err
    asks.write_text(f"#!/bin/sh\necho '{PASSPHRASE}'\n")
    assert signing.run("crm-lead", "approve", "routing_speed", "--key", str(signing.keys["locked"])).code == 0
    assert signing.identities() == [("approved", "crm-lead", "signed")]


def test_nobody_touches_the_key_in_time(signing: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from metricgov.adapters.signing import keygen

    asks = tmp_path / "ask.sh"
    asks.write_text("#!/bin/sh\nexec sleep 60\n")
    asks.chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(asks))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    monkeypatch.setattr(keygen.signer_for, "__kwdefaults__", {"patience": 0.3})
    done = signing.run("crm-lead", "approve", "routing_speed", "--key", str(signing.keys["locked"]))
    assert done.code == 1
    assert "did not sign within 0.3 seconds" in done.err


def test_no_ssh_keygen(signing: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_git = tmp_path / "bin"
    only_git.mkdir()
    for one in ("git", "sh"):
        found = subprocess.run(["which", one], capture_output=True, text=True, check=True).stdout.strip()
        (only_git / one).symlink_to(found)
    monkeypatch.setenv("PATH", str(only_git))
    done = signing.run("crm-lead", "approve", "routing_speed", "--key", str(signing.keys["crm-lead"]))
    assert done.code == 3
    assert "ssh-keygen is not installed" in done.err


@pytest.mark.parametrize(
    ("who", "words", "code", "says"),
    [
        pytest.param("crm-lead", ("--key", "{stranger}"), 1, "is not in governance/people.yaml", id="key of nobody"),
        pytest.param("crm-lead", ("--key", "{ops-lead}"), 1, "is not in governance/people.yaml", id="somebody else's"),
        pytest.param("crm-lead", ("--key", "/nowhere/key"), 2, "there is no signing key /nowhere/key", id="no file"),
        pytest.param("crm-lead", ("--key", "/etc/hostname"), 2, "not a public key", id="no key"),
        pytest.param("crm-lead", (), 1, "no signing key is configured here", id="no key at hand"),
        pytest.param("ops-lead", ("--as", "crm-lead"), 1, "--as only claims it", id="in somebody else's name"),
    ],
)
def test_a_decision_that_is_not_signed_is_refused(
    signing: Signing, who: str, words: tuple[str, ...], code: int, says: str
) -> None:
    """INV-17: what is missing, and how to come by it."""
    words = tuple(one.format(**{name: str(file) for name, file in signing.keys.items()}) for one in words)
    done = signing.run(who, "approve", "routing_speed", *words)
    assert done.code == code
    assert says in " ".join(done.err.split())
    assert "hint: " in done.err or " how  approve with your key: --key FILE" in done.err
    assert "Traceback" not in done.err
    assert signing.identities() == []


def test_where_nobody_asks_for_it_a_decision_is_signed_all_the_same(signing: Signing) -> None:
    """A signature is never in the way: it is made wherever key and person are known."""
    policy = signing.desk.root / "governance/policy.yaml"
    policy.write_text(policy.read_text().replace(ASKS, ""))
    commit = ("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qam", "no signatures")
    subprocess.run(["git", *commit], cwd=signing.desk.root, check=True)
    key = str(signing.keys["crm-lead"])
    assert signing.run("crm-lead", "request-changes", "routing_speed", "-m", "no", "--key", key).code == 0
    assert signing.run("crm-lead", "approve", "routing_speed").code == 0
    found = [("changes_requested", "crm-lead", "signed"), ("approved", "crm-lead", "claimed")]
    assert signing.identities() == found


def test_whoami_says_whether_decisions_are_signed(signing: Signing) -> None:
    git = f"[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {signing.keys['crm-lead']}\n"
    assert "decisions signed with SHA256:" in " ".join(signing.run("crm-lead", "whoami", git=git).out.split())
    assert '"identity": "signed"' in signing.run("crm-lead", "whoami", "--json", git=git).out
    without = signing.run("crm-lead", "whoami")
    assert "decisions not signed: no signing key is configured here" in " ".join(without.out.split())
    assert '"identity": "claimed"' in signing.run("crm-lead", "whoami", "--json").out


def test_what_is_shown_is_what_was_checked(signing: Signing) -> None:
    """An event may call itself signed; a screen that believes it would tell approvers a lie."""
    key = str(signing.keys["crm-lead"])
    assert signing.run("crm-lead", "request-changes", "routing_speed", "-m", "no", "--key", key).code == 0
    identities = [one["identity"] for one in signing.desk.shown("routing_speed")["decisions"]]
    assert identities == ["signed"]
    people = signing.desk.root / "governance/people.yaml"
    public = " ".join(signing.keys["crm-lead"].with_suffix(".pub").read_text().split()[:2])
    people.write_text(people.read_text().replace(f"{{key: {public}}}", f"{{key: {public}, status: revoked}}"))
    commit = ("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qam", "revoked")
    subprocess.run(["git", *commit], cwd=signing.desk.root, check=True)
    identities = [one["identity"] for one in signing.desk.shown("routing_speed")["decisions"]]
    assert identities == ["claimed"]


@pytest.mark.usefixtures("agent")
def test_an_agent_that_refuses(signing: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that has to be confirmed, and nobody who does."""
    own, alone = tmp_path / "elsewhere", tmp_path / "alone.pub"
    own.write_bytes(signing.keys["crm-lead"].read_bytes())
    own.chmod(0o600)
    subprocess.run(["ssh-add", "-q", "-c", own], check=True)
    own.unlink()
    alone.write_text(signing.keys["crm-lead"].with_suffix(".pub").read_text())
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    done = signing.run("crm-lead", "approve", "routing_speed", "--key", str(alone))
    assert (done.code, "the agent refused to sign" in done.err) == (1, True), done.err
    assert signing.identities() == []
