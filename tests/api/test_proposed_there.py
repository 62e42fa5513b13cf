"""Changes that a few words propose, through a server: what a clone says, and what a clone records."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.test_proof_there import Both
from api.whole_server import whole
from metricgov.desk.local import LocalDesk

LIST = "id,name,email,team\nada,Ada Palmer,ada@example.com,\n"


class Twice(Both):
    """A server, and a clone of its own with the same past: each proposes for itself."""

    def here(self, *words: str, person: str = "crm-lead") -> subprocess.CompletedProcess[str]:
        """Run the command in the clone."""
        return self.ran_here("beside", (*words, "--as", person))


@pytest.fixture
def twice(past: Path, tmp_path: Path) -> Iterator[Twice]:
    (folder := tmp_path / "nowhere").mkdir()
    shutil.copytree(past, tmp_path / "beside", symlinks=True)
    for one in (folder, tmp_path / "beside"):
        (one / "people.csv").write_text(LIST)
        (one / "broken.csv").write_text("id,email\n,\n")
    with whole(past, tmp_path) as (url, _):
        yield Twice(url, folder, tmp_path)


def plain(said: str) -> str:
    """Return what was printed without the names and times that every change has for itself."""
    said = re.sub(r"\bchg-[0-9a-z]{6}\b|\b01[0-9A-Z]{24}\b", "CHANGE", said)
    said = re.sub(r"\b(claimed|server)\b", "IDENTITY", said)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z|\b[0-9a-f]{64}\b", "", said)


SAME = [
    ("retire", "routing_speed", "-m", "routed by themselves", "--replaced-by", "qualification_rate", "--yes"),
    ("retire", "routing_speed", "-m", "x", "--relation", "cousin", "--yes"),
    ("retire", "routing_speed", "--yes"),
    ("retire", "routing_sped", "-m", "x", "--yes"),
    ("retire", "routing_speed", "-m", "x", "--last-good-date", "soon", "--yes"),
    ("rename", "routing_speed", "speed_of_routing", "-m", "clearer", "--yes"),
    ("rename", "crm_leads", "crm_people", "-m", "clearer", "--yes"),
    ("rename", "routing_speed", "Speed Of", "-m", "clearer", "--yes"),
    ("rename", "routing_speed", "qualification_rate", "-m", "clearer", "--yes"),
    ("people", "import", "people.csv", "-m", "July", "--yes"),
    ("people", "import", "people.csv", "-m", "July", "--draft", "--yes"),
    ("people", "import", "people.csv", "--preview"),
    ("people", "import", "people.csv", "--preview", "--json"),
    ("people", "import", "people.csv", "--yes"),
    ("people", "import", "broken.csv", "-m", "July", "--yes"),
    ("people", "import", "nowhere.csv", "-m", "July", "--yes"),
    ("people", "replace", "crm-lead", "crm-deputy", "-m", "moves on", "--yes"),
    ("people", "replace", "crm-lead", "crm-deputy", "--preview"),
    ("people", "replace", "crm-lead", "crm-deputy", "--preview", "--json"),
    ("people", "replace", "crm-lead", "crm-lead", "-m", "moves on", "--yes"),
    ("people", "replace", "crm-lead", "nobody", "-m", "moves on", "--yes"),
    ("key", "revoke", "SHA256:unknown", "-m", "stolen", "--yes"),
    ("key", "revoke", "crm-lead", "--yes"),
]


@pytest.mark.parametrize("words", SAME, ids=" ".join)
def test_the_same_words_as_in_a_clone(twice: Twice, words: tuple[str, ...]) -> None:
    here, there = twice.here(*words), twice.run(*words)
    assert (there.returncode, plain(there.stdout)) == (here.returncode, plain(here.stdout))
    assert plain(there.stderr) == plain(here.stderr)
    assert "Traceback" not in there.stderr


@pytest.mark.parametrize("words", [SAME[0], SAME[5], SAME[9], SAME[16]], ids=lambda one: " ".join(one[:2]))
def test_the_same_change_comes_of_it(twice: Twice, words: tuple[str, ...]) -> None:
    """The texts that are proposed are those of a clone, byte for byte; so is what is claimed about them."""
    answers = [json.loads(run(*words, "--json").stdout) for run in (twice.here, twice.run)]
    here, there = (one.get("change", one) for one in answers)
    change = here["id"] if "id" in here else here["change"], there["id"] if "id" in there else there["change"]
    desks = LocalDesk(twice._store / "beside"), LocalDesk(twice._store / "registry")
    one, other = (desk.edits(each) for desk, each in zip(desks, change, strict=True))
    assert one == other
    assert one


def keyed(folder: Path, name: str = "key") -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    return folder / name


def test_a_key_is_added_with_a_proof_and_never_leaves(twice: Twice, tmp_path: Path) -> None:
    """The server sees the public half and the proof; what comes of it counts as proved once it is on main."""
    key = keyed(tmp_path)
    done = twice.run("key", "add", str(key), "-m", "new laptop", "--yes")
    assert done.returncode == 0, done.stderr
    assert "is to sign for crm-lead" in " ".join(done.stderr.split())
    again = twice.run("key", "add", f"{key}.pub", "--yes")
    assert "proposes that key already" in " ".join(again.stderr.split())
    stored = [one for one in (tmp_path / "registry").rglob("*") if one.is_file()]
    assert not any(b"OPENSSH PRIVATE KEY" in one.read_bytes() for one in stored)
    log = twice.run("audit", "log", "--event", "key_proved", "--json").stdout
    assert "crm-lead" in log


def test_a_proof_of_another_key_or_person_is_refused(twice: Twice, tmp_path: Path) -> None:
    from metricgov.assembly.parts import signer_here
    from metricgov.client import connect
    from metricgov.desk.asked_proposing import Saying
    from metricgov.domain.digest import canonical_json
    from metricgov.domain.errors import MetricgovError
    from metricgov.domain.workflow.possession import KEY_PURPOSE, challenge

    mine, other = (signer_here(str(keyed(tmp_path, name))) for name in ("mine", "other"))
    assert mine is not None
    assert other is not None
    desk = connect(twice.url, twice.secret("crm-lead"))
    registry = desk.reader().registry

    def proof(signer: object, *, person: str = "crm-lead", line: str = mine.public, registry: str = registry) -> bytes:
        statement = canonical_json(challenge(registry, person, line))
        return signer.sign(statement, namespace=KEY_PURPOSE)  # type: ignore[attr-defined, no-any-return]

    for signature in (
        proof(other),
        proof(mine, person="ops-lead"),
        proof(mine, line=other.public),
        proof(mine, registry="another"),
        b"none",
        b"",
    ):
        with pytest.raises(MetricgovError) as refused:
            desk.add_key(mine.public, signature, saying=Saying("new laptop"))
        assert refused.value.code != "bug"
    with pytest.raises(MetricgovError, match="no public key"):
        desk.add_key("ssh-ed25519 nonsense", b"", saying=Saying("new laptop"))
    assert twice.run("audit", "log", "--event", "key_proved", "--json").stdout.count("key_proved") == 0
    assert desk.add_key(mine.public, proof(mine), saying=Saying("new laptop")).proposed is not None


def test_nothing_is_proposed_before_it_was_shown(twice: Twice) -> None:
    """A request that says nothing about it only shows; and it takes the right to propose."""
    import httpx

    head = {"Authorization": f"Bearer {twice.secret('crm-lead')}"}
    path = f"{twice.url}/v1/definitions/routing_speed/rename"
    shown = httpx.post(path, json={"new_name": "speed_of_routing"}, headers=head, timeout=60)
    assert shown.status_code == 200, shown.text
    assert shown.json()["outcome"] is None
    assert shown.json()["weighed"]["change_class"]
    refused = twice.run("rename", "routing_speed", "speed_of_routing", "-m", "clearer", scopes=("read", "decide"))
    assert "right" in refused.stderr
    assert "speed_of_routing" not in twice.run("change", "list").stdout
