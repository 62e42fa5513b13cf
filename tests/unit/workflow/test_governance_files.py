"""Governance files: what loads, what is wrong with what does not, who an address belongs to."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from metricgov.domain.definitions.governance import GovernanceModel, email_hash
from metricgov.domain.definitions.problems import DefinitionErrors
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.rights import Governance
from unit.workflow.world import REGISTRY, files, governance

CRM_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKR/Z0M10Dvnm/bWqDq0YxonRreEeDNLxa8RZWTcn0uQ"
DEPUTY_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"


def test_the_four_files_load() -> None:
    found = Governance.of(files())
    assert found.config.registry == REGISTRY
    assert found.config.journal == "metricgov/journal"
    assert found.council == {"head-of-marketing", "analytics-lead"}
    assert found.members("sales-operations") == {"sales-ann", "sales-bob"}
    assert found.members("nobody") == frozenset()
    assert found.teams_of("sales-ann") == ("sales-operations",)


def test_the_digest_is_of_contents_not_of_spelling() -> None:
    one, other = governance(), governance()
    assert one.digest == other.digest
    assert one.digest != governance(preset="small").digest


@pytest.mark.parametrize("stored", ["plain", "hashed"])
def test_an_address_is_found_in_any_case(stored: str) -> None:
    raw = files()
    if stored == "hashed":
        for person in raw["people"]["people"]:
            person["email"] = email_hash(person["email"])
    found = Governance.of(raw)
    assert found.principal_of("CRM-Lead@Example.com") == "crm-lead"
    assert found.principal_of("nobody@example.com") is None


def test_who_left_keeps_the_address_and_has_no_rights() -> None:
    found = governance(left=("crm-lead",))
    assert found.principal_of("crm-lead@example.com") == "crm-lead"
    assert found.person("crm-lead") is None
    assert found.members("crm-lead") == frozenset()


def test_what_a_person_can_prove() -> None:
    raw = files()
    raw["people"]["people"][0]["keys"] = [{"key": f"{CRM_KEY} crm"}]
    raw["people"]["people"][1]["keys"] = [{"key": f"{DEPUTY_KEY} dep", "status": "revoked"}]
    del raw["people"]["people"][2]["login"]
    found = Governance.of(raw)
    assert found.can_be("crm-lead", Identity.SIGNED)
    assert found.can_be("crm-lead", Identity.HOST)
    assert not found.can_be("crm-deputy", Identity.SIGNED)
    assert not found.can_be("crm-deputy", Identity.HOST), "nothing attests a login yet"
    assert found.can_be("crm-deputy", Identity.CLAIMED)
    assert found.can_be("ops-lead", Identity.CLAIMED)


def put(path: str, value: Any) -> dict[str, Any]:
    raw: Any = copy.deepcopy(files())
    *steps, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    target = raw
    for step in steps:
        target = target[step]
    target[last] = value
    return raw  # type: ignore[no-any-return]


WRONG: dict[str, tuple[str, Any, str, str]] = {
    "unknown field": ("people/people/0/boss", True, "FIELD_UNKNOWN", "people[0].boss"),
    "unknown preset": ("policy/preset", "large", "FIELD_INVALID", "preset"),
    "number as text": ("metricgov/rules", "1", "FIELD_INVALID", "rules"),
    "flag as text": ("policy/reformatting_keeps_approval", "yes", "FIELD_INVALID", "reformatting_keeps_approval"),
    "bad id": ("people/people/0/id", "CRM Lead", "FIELD_INVALID", "people[0].id"),
    "id taken": ("people/people/1/id", "crm-lead", "PRINCIPAL_TWICE", "people[1].id"),
    "id of a team taken": ("people/teams/0/id", "crm-lead", "PRINCIPAL_TWICE", "teams[0].id"),
    "address taken": ("people/people/1/email", "CRM-LEAD@example.com", "PERSON_TWICE", "people[1].email"),
    "login taken": ("people/people/1/login", "crm-lead", "PERSON_TWICE", "people[1].login"),
    "team in a team": ("people/teams/0/members", ["sales-operations"], "MEMBER_UNKNOWN", "teams[0].members[0]"),
    "unknown accountable": ("raci/entries/0/accountable", "ghost", "PRINCIPAL_UNKNOWN", "entries[0].accountable"),
    "unknown consulted": ("raci/entries/0/consulted", ["ghost"], "PRINCIPAL_UNKNOWN", "entries[0].consulted[0]"),
    "unknown council": ("raci/council", "ghost", "PRINCIPAL_UNKNOWN", "council"),
    "no accountable": ("raci/entries/0", {"match": {"domain": "x"}}, "FIELD_MISSING", "entries[0].accountable"),
    "two matches in one": (
        "raci/entries/0/match", {"domain": "x", "kind": "metric"}, "MATCH_NOT_ONE", "entries[0].match",
    ),
    "no match": ("raci/entries/0/match", {}, "MATCH_NOT_ONE", "entries[0].match"),
    "a tie": ("raci/entries/0/match", {"domain": "paid"}, "RACI_TIE", "entries[1].match"),
    "unknown class": ("policy/classes", {"huge": {}}, "CLASS_UNKNOWN", "classes.huge"),
    "not a registry id": ("metricgov/registry", "mine", "FIELD_INVALID", "registry"),
    "a branch like an option": ("metricgov/journal", "-x", "FIELD_INVALID", "journal"),
    "unknown owner": (
        "metricgov/opaque", [{"paths": ["*.sql"], "owner": "ghost"}], "PRINCIPAL_UNKNOWN", "opaque[0].owner",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value", "code", "field"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_named_by_field(path: str, value: Any, code: str, field: str) -> None:
    with pytest.raises(DefinitionErrors) as refusal:
        Governance.of(put(path, value))
    assert (code, field) in {(one.code, one.field) for one in refusal.value.problems}


def test_all_problems_at_once() -> None:
    """INV-17: of all files."""
    raw = put("people/people/1/email", "crm-lead@example.com")
    raw["policy"]["preset"] = "large"
    raw["raci"]["entries"][0]["match"] = {}
    with pytest.raises(DefinitionErrors) as refusal:
        Governance.of(raw)
    assert {one.path for one in refusal.value.problems} == {
        "governance/people.yaml", "governance/policy.yaml", "governance/raci.yaml",
    }  # fmt: skip


def models(base: type[GovernanceModel] = GovernanceModel) -> Iterator[type[GovernanceModel]]:
    for model in base.__subclasses__():
        yield model
        yield from models(model)


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_every_field_is_described(model: type[GovernanceModel]) -> None:
    """The descriptions become the JSON Schema that editors show."""
    assert [name for name, field in model.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        pytest.param({"key": "AAAA"}, "not a public key", id="no kind"),
        pytest.param({"key": "ssh-ed25519"}, "without the key", id="no key"),
        pytest.param({"key": "ssh-ed25519 AAAA"}, "cut short", id="cut short"),
        pytest.param({"key": f"{CRM_KEY}=="}, "base64", id="not base64"),
        pytest.param({"key": f'cert-authority,namespaces="git" {CRM_KEY}'}, "not a public key", id="options"),
        pytest.param({"key": CRM_KEY.replace("ssh-ed25519", "ssh-rsa", 1)}, "called ssh-rsa", id="another kind"),
        pytest.param({"key": "ssh-ed25519-cert-v01@openssh.com AAAA"}, "a certificate", id="INV-61 certificate"),
        pytest.param({"key": "ssh-dss AAAAB3NzaC1kc3M="}, "not a public key", id="dsa"),
        pytest.param({"key": CRM_KEY, "compromised_since": "2026-01-01"}, "is revoked", id="compromised and active"),
        pytest.param(
            {"key": CRM_KEY, "status": "revoked", "compromised_since": "2026-02-30"}, "not a date", id="no such day"
        ),
    ],
)
def test_a_key_that_cannot_sign_here_is_named(entry: dict[str, str], says: str) -> None:
    raw = copy.deepcopy(files())
    raw["people"]["people"][0]["keys"] = [entry]
    with pytest.raises(DefinitionErrors) as refused:
        Governance.of(raw)
    assert says in str(refused.value)


@pytest.mark.parametrize("other", [0, 1], ids=["twice for one person", "for two people"])
def test_a_key_stands_once(other: int) -> None:
    """INV-06: whose signature it is must have one answer, and so must whether the key is revoked."""
    raw = copy.deepcopy(files())
    raw["people"]["people"][0]["keys"] = [{"key": CRM_KEY}]
    raw["people"]["people"][other].setdefault("keys", []).append({"key": f"{CRM_KEY} laptop", "status": "revoked"})
    with pytest.raises(DefinitionErrors) as refused:
        Governance.of(raw)
    assert [one.code for one in refused.value.problems] == ["KEY_TWICE"]
