"""`doctor --serving`: what a server would find, with the next step; files that start one name only what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from metricgov.api.examined import examine_server
from metricgov.api.settings import PREFIX, Settings
from metricgov.app.doctoring import State
from metricgov.bootstrap import Workspace
from metricgov.cli.main import run
from metricgov.ports.tokens import Wanted

NOW = "2026-09-28T09:00:00Z"
DEPLOY = Path(__file__).parents[2] / "deploy"


def said(root: Path) -> dict[str, list[tuple[State, str]]]:
    found: dict[str, list[tuple[State, str]]] = {}
    for one in examine_server(str(root)):
        found.setdefault(one.name, []).append((one.state, one.says))
        assert one.hint or one.state is State.OK, one
    return found


def test_a_fresh_server_says_what_is_still_to_do(past_copy: Path) -> None:
    found = said(past_copy)
    assert found["server"] == [(State.OK, "it would listen on 127.0.0.1:8321")]
    assert found["clone"] == [(State.WARN, "the clone has no remote: this is the only copy")]
    assert found["tokens"] == [(State.WARN, "nobody can sign in yet")]
    assert [state for state, _ in found["database"]] == [State.OK, State.WARN]
    assert [state for state, _ in found["address"]] == [State.OK]
    assert "sign-in" not in found


def test_tokens_that_ask_for_a_look(past_copy: Path) -> None:
    workspace = Workspace(past_copy)
    tokens = workspace.store.tokens
    endless, _ = tokens.issue(Wanted("a", "crm-lead", ("read", "admin"), ""), NOW)
    left, _ = tokens.issue(Wanted("b", "gone", ("read",), ""), NOW)
    over, _ = tokens.issue(Wanted("c", "gone", ("read",), "", "2026-01-01T00:00:00Z"), NOW)
    warned = [says for state, says in said(past_copy)["tokens"] if state is State.WARN]
    assert len(warned) == 2
    assert any(endless.id in one and "without an end" in one for one in warned)
    assert any(left.id in one and "no rights any more" in one for one in warned)
    assert not any(over.id in one for one in warned)


@pytest.mark.parametrize(
    ("variable", "value", "name", "says"),
    [
        ("HOST", "0.0.0.0", "address", "plain HTTP on 0.0.0.0"),
        ("PORT", "seven", "server", "port"),
        ("DATABASE", "postgresql+psycopg://nobody@127.0.0.1:9/none", "database", "does not answer"),
        ("OIDC_ISSUER", "http://127.0.0.1:9", "sign-in", "127.0.0.1:9"),
    ],
)
def test_what_the_settings_lead_to(
    past_copy: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str, says: str
) -> None:
    monkeypatch.setenv(PREFIX + variable, value)
    monkeypatch.setenv(PREFIX + "OIDC_CLIENT_ID", "cli")
    found = said(past_copy)[name]
    assert any(state is not State.OK and says in words for state, words in found), found


def test_the_command_lists_both_and_fails_where_something_must_be_mended(
    past_copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(past_copy)
    monkeypatch.setenv("METRICGOV_DATABASE", "postgresql+psycopg://nobody:secret@127.0.0.1:9/none")
    with pytest.raises(SystemExit) as ended:
        run(["doctor", "--serving", "--json"])
    shown = capsys.readouterr().out
    names = [one["name"] for one in json.loads(shown)["checks"]]
    assert names.index("git") < names.index("server") < names.index("database")
    assert ended.value.code == 1
    assert "secret" not in shown


def test_files_that_start_a_server_name_settings_that_exist() -> None:
    """A variable that nobody reads would be believed; the image holds nothing but what is pinned."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    texts = {one.name: one.read_text() for one in DEPLOY.iterdir()}
    assert set(texts) == {"Containerfile", "compose.yaml"}
    for text in texts.values():
        assert set(re.findall(r"METRICGOV_[A-Z_]+", text)) <= known
    assert "--require-hashes" in texts["Containerfile"]
    services = yaml.safe_load(texts["compose.yaml"])["services"]
    workers = [one["environment"]["METRICGOV_WORKER"] for name, one in services.items() if name != "database"]
    assert sorted(workers) == ["false", "true"], "one of them works"


def test_the_image_holds_the_server_as_it_was_tested() -> None:
    """Everything that a server may load, in the versions that the tests ran with."""
    root = DEPLOY.parent
    image, tested = (pinned(root / name) for name in ("requirements-server.txt", "requirements-dev.txt"))
    assert image.items() <= tested.items()
    assert {"fastapi", "uvicorn", "psycopg", "apprise", "opentelemetry-sdk", "duckdb"} <= image.keys()
    assert "textual" not in image


def pinned(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.!+-]+)", file.read_text(), re.MULTILINE))
