"""Lists of people from elsewhere: what is read, what it means for people.yaml, and what is refused line by line."""

from __future__ import annotations

import json

import pytest

from metricgov.domain.definitions.governance import PATHS, email_hash
from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles
from metricgov.domain.people.enrolment import Enrolment, enrol
from metricgov.domain.people.handover import hand_over
from metricgov.domain.people.listed import Row, read_list
from metricgov.domain.people.standing import held_by
from metricgov.domain.workflow.rights import Governance

FILES: dict[str, dict[str, JSON]] = {
    "people": {
        "kind": "people",
        "people": [
            {"id": "ada", "name": "Ada", "email": "ada@example.com", "login": "ada-l"},
            {"id": "bela", "name": "Bela", "email": email_hash("bela@example.com")},
            {"id": "cleo", "name": "Cleo", "email": "cleo@example.com", "status": "left"},
            {"id": "dora", "name": "Dora"},
        ],
        "teams": [{"id": "council", "title": "The council", "members": ["ada", "bela", "dora"]}],
        "services": [{"id": "robot", "title": "Robot"}],
    },
    "raci": {
        "kind": "raci",
        "council": "council",
        "registry": {"accountable": "ada", "deputy": "bela"},
        "entries": [
            {"match": {"domain": "crm"}, "accountable": "bela", "deputy": "ada", "consulted": ["ada", "bela"]},
            {"match": {"domain": "web"}, "accountable": "dora", "deputy": "ada"},
        ],
    },
    "policy": {"kind": "policy", "preset": "standard"},
    "metricgov": {
        "kind": "metricgov",
        "registry": "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11",
        "opaque": [{"paths": ["dbt/**/*.yml"], "owner": "ada"}],
    },
}


@pytest.fixture
def governance() -> Governance:
    return Governance.of(FILES)


def enrolled(governance: Governance, text: str, **options: bool) -> Enrolment:
    return enrol(read_list(text.encode(), "hr.csv"), governance, **options)


READS = [
    ("commas", "id,name,email\nada,Ada L,ada@example.com\n", Row(2, "ada", "Ada L", "ada@example.com")),
    ("semicolons, byte order mark", "\ufeffID;E-Mail\nada;a@b.c\n", Row(2, "ada", email="a@b.c")),
    ("quotes, two teams", 'User Name,Team\nada,"a; b"\n', Row(2, login="ada", teams=("a", "b"))),
    ("an empty line between", "id,status\n\nada,Terminated\n", Row(3, "ada", active=False)),
    ("JSON", '[{"id": "ada", "teams": ["a", "b"], "age": 7}]', Row(1, "ada", teams=("a", "b"))),
    ("JSON under a key", '{"people": [{"mail": "a@b.c", "active": true}]}', Row(1, email="a@b.c", active=True)),
    (
        "SCIM",
        json.dumps(
            {
                "Resources": [
                    {
                        "id": "2819c223",
                        "userName": "ada-l",
                        "name": {"formatted": "Ada L"},
                        "emails": [{"value": "x@b.c"}, {"value": "a@b.c", "primary": True}],
                        "active": False,
                    }
                ]
            }
        ),
        Row(1, "", "Ada L", "a@b.c", "ada-l", (), False),
    ),
]


@pytest.mark.parametrize(("text", "row"), [pytest.param(*row, id=name) for name, *row in READS])
def test_a_list_is_read(text: str, row: Row) -> None:
    assert read_list(text.encode(), "hr").rows == (row,)


REFUSED = [
    ("nobody", "id,name\n", "names nobody"),
    ("nothing that says who", "id,name\n,Ada\n", "neither id nor e-mail nor login"),
    ("a status that is neither", "id,status\nada,maybe\n", "neither active nor left"),
    ("more cells than headings", "id\nada,Ada\n", "2 cells under 1 headings"),
    ("broken quotes", 'id,name\nada,"Ada\n', "not CSV"),
    ("broken JSON", '[{"id": ]', "not JSON"),
    ("JSON without a list", '{"users": []}', "holds no list"),
    ("JSON of no people", '["ada"]', "item 1 is no person"),
]


@pytest.mark.parametrize(("text", "says"), [pytest.param(*row, id=name) for name, *row in REFUSED])
def test_what_is_no_list_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidFiles, match=says):
        read_list(text.encode(), "hr")


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(InvalidFiles, match="not UTF-8"):
        read_list("id,name\nada,Ad\xe4\n".encode("latin-1"), "hr")


CHANGES: list[tuple[str, str, dict[str, bool], dict[str, JSON]]] = [
    ("as it is", "id,name\nada,Ada\n", {}, {}),
    ("empty cells say nothing", "id,name,email\nada,,\n", {}, {}),
    ("a new name", "id,name\nada,Ada L\n", {}, {"people[ada].name": "Ada L"}),
    ("known by the address alone", "name,email\nAda L,ADA@example.com\n", {}, {"people[ada].name": "Ada L"}),
    ("known by the hash of it", "name,email\nBe,bela@example.com\n", {}, {"people[bela].name": "Be"}),
    (
        "known by the account",
        "login,name\nAda-L,Ada L\n",
        {},
        {"people[ada].login": "Ada-L", "people[ada].name": "Ada L"},
    ),
    ("a new address", "id,email\nada,al@b.c\n", {}, {"people[ada].email": "al@b.c"}),
    ("hashed", "id,email\nada,al@b.c\n", {"hashed": True}, {"people[ada].email": email_hash("al@b.c")}),
    (
        "the same address, hashed from now on",
        "id,email\nada,ada@example.com\n",
        {"hashed": True},
        {"people[ada].email": email_hash("ada@example.com")},
    ),
    ("a hash stays one", "id,email\nbela,bela@example.com\n", {}, {}),
    ("who leaves", "id,status\nada,left\n", {}, {"people[ada].status": "left"}),
    ("who left before", "id,status\ncleo,left\n", {}, {}),
    ("who is back", "id,status\ncleo,active\n", {}, {"people[cleo].status": "active"}),
    ("who is not named", "id\nada\nbela\n", {"complete": True}, {"people[dora].status": "left"}),
    ("who is not named in a part of the list", "id\nada\n", {}, {}),
    (
        "newcomers, with ids of their names",
        "name,email\nÉva Tóth,e@b.c\nX,y@b.c\n",
        {},
        {
            "people[+]": [
                {"id": "eva-toth", "name": "Éva Tóth", "email": "e@b.c"},
                {"id": "x", "name": "X", "email": "y@b.c"},
            ]
        },
    ),
    ("a newcomer who has left again", "id,status\nzoe,left\n", {}, {}),
    (
        "into a team, by its title",
        "id,team\ncleo,The council\n",
        {},
        {"teams[council].members": ["ada", "bela", "dora", "cleo"]},
    ),
    ("in the team already", "id,team\nada,council\n", {}, {}),
    (
        "a new team",
        "id,team\nada,Data Guild\nbela,Data Guild\n",
        {"new_teams": True},
        {"teams[+]": [{"id": "data-guild", "title": "Data Guild", "members": ["ada", "bela"]}]},
    ),
]


@pytest.mark.parametrize(("text", "options", "fields"), [pytest.param(*row, id=name) for name, *row in CHANGES])
def test_a_list_changes_what_it_says(
    governance: Governance, text: str, options: dict[str, bool], fields: dict[str, JSON]
) -> None:
    assert enrolled(governance, text, **options).fields == fields


CONTRADICTIONS = [
    ("another id for an address", "id,email\nadele,ada@example.com\n", "ids never change"),
    ("somebody else's address", "id,email\nbela,ada@example.com\n", "ids never change"),
    ("somebody twice", "id,email\nada,\n,ada@example.com\n", "stands in line 2 already"),
    ("an id that cannot be one", "id\nÄ\n", "cannot be an id"),
    ("the id of a team", "id\ncouncil\n", "a team or a program"),
    ("the id of a program", "id\nrobot\n", "a team or a program"),
    ("a name whose id is taken", "name,email\nAda,other@b.c\n", "somebody else already"),
    ("a team that does not exist", "id,team\nada,Data Guild\n", "no team `Data Guild`"),
    ("a team named like a person", "id,team\nada,Bela\n", "the id `bela` is taken"),
]


@pytest.mark.parametrize(("text", "says"), [pytest.param(*row, id=name) for name, *row in CONTRADICTIONS])
def test_a_contradiction_names_its_line(governance: Governance, text: str, says: str) -> None:
    with pytest.raises(InvalidFiles, match=says) as refused:
        enrolled(governance, text, new_teams="Bela" in text)
    assert all(one.place.line > 1 for one in refused.value.problems)


def test_rights_that_come_and_go_are_named(governance: Governance) -> None:
    steps = {one.id: one for one in enrolled(governance, "id,team,status\ncleo,council,\ndora,,left\n").steps}
    assert steps["cleo"].warns == ("council is the council",)
    assert steps["dora"].warns[0] == "was: accountable for domain web; member of council"
    assert "people replace dora" in steps["dora"].warns[1]


class TestHandover:
    def test_every_place_of_the_one_becomes_the_other_s(self, governance: Governance) -> None:
        found = hand_over("ada", "cleo", governance)
        after = _after(governance, found.fields)
        assert held_by("ada", after) == ()
        assert held_by("cleo", after) == held_by("ada", governance)
        assert after.person("ada") is None
        assert found.warns == ()

    def test_nobody_is_their_own_deputy(self, governance: Governance) -> None:
        found = hand_over("ada", "bela", governance)
        after = _after(governance, found.fields)
        assert (after.raci.registry.accountable, after.raci.registry.deputy) == ("bela", None)
        assert (after.raci.entries[0].accountable, after.raci.entries[0].deputy) == ("bela", None)
        assert after.raci.entries[0].consulted == ("bela",)
        assert [one.split(" has ")[0] for one in found.warns] == ["everything else", "domain crm", "council"]


def _after(governance: Governance, fields: dict[str, dict[str, JSON]] | object) -> Governance:
    """Write the fields with the one writer there is, and read the result."""
    from metricgov.adapters.yaml.fmt import set_fields
    from metricgov.adapters.yaml.load import load

    assert isinstance(fields, dict)
    raw = dict(FILES)
    for kind, path in PATHS.items():
        if path in fields:
            raw[kind] = load(set_fields(json.dumps(FILES[kind]).encode(), fields[path]), path)
    return Governance.of(raw)
