"""Claims of a provider of identities: whose they are where people.yaml leaves a doubt, and times that are none."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.definitions.problems import DefinitionErrors
from metricgov.domain.errors import Refused
from metricgov.domain.people.signed_claims import LEEWAY, Meant, check_claims, person_of
from metricgov.domain.workflow.rights import Governance

HASHED = "sha256:" + hashlib.sha256(b"fay@example.com").hexdigest()
PEOPLE = [
    {"id": "ada", "name": "Ada", "email": "ada@example.com"},
    {"id": "dee", "name": "Dee", "email": "dee@example.com", "status": "left"},
    {"id": "eli", "name": "Eli", "email": "Eli@Example.com"},
    {"id": "fay", "name": "Fay", "email": HASHED},
    {"id": "gus", "name": "Gus"},
]


def governance(*more: dict[str, str]) -> Governance:
    council = {"id": "council", "title": "The council", "members": ["ada", "eli", "fay"]}
    bot = {"id": "bot", "title": "Bot", "email": "bot@b.c"}
    return Governance.of(
        {
            "people": {"kind": "people", "people": [*PEOPLE, *more], "teams": [council], "services": [bot]},
            "raci": {
                "kind": "raci",
                "council": "council",
                "registry": {"accountable": "ada", "deputy": "eli"},
                "entries": [{"match": {"domain": "crm"}, "accountable": "ada", "deputy": "eli"}],
            },
            "policy": {"kind": "policy", "preset": "standard"},
            "metricgov": {"kind": "metricgov", "registry": "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"},
        }
    )


GOVERNANCE = governance()
MEANT = Meant("https://login.example.com", "metricgov", ("metricgov",))
NOW = 1_800_000_000
GOOD = {"iss": MEANT.issuer, "aud": "metricgov", "sub": "1", "exp": NOW + 60, "iat": NOW}


@pytest.mark.parametrize(
    ("email", "principal", "why"),
    [
        ("ada@example.com", "ada", ""),
        ("ADA@EXAMPLE.COM", "ada", ""),
        ("bot@b.c", "bot", ""),
        ("dee@example.com", "", ""),
        ("eli@example.com", "eli", ""),
        ("fay@example.com", "fay", ""),
        (" ada@example.com", "", "no email"),
        ("ada@example.com\n", "", "no email"),
        ("ada@example.com" + " " * 300, "", "no email"),
        ("", "", "no email"),
        (HASHED, "", ""),
        (["ada@example.com"], "", "no email"),
    ],
    ids=[
        *("as written", "other case", "a program", "left", "kept in capitals", "kept as hash", "a space before"),
        *("a line after", "too long", "empty", "the hash itself", "a list"),
    ],
)
def test_who_has_an_address(email: object, principal: str, why: str) -> None:
    found = person_of({"sub": "1", "email": email, "email_verified": True}, "email", GOVERNANCE)
    assert (found.principal, why in found.why) == (principal, True)
    assert bool(found.why) == bool(why)


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.com", "fay@example.com", "bot@b.c", HASHED])
def test_no_address_is_that_of_two(email: str) -> None:
    with pytest.raises(DefinitionErrors, match="have the same email"):
        governance({"id": "other", "name": "Other", "email": email})


@given(verified=st.none() | st.integers() | st.text() | st.just([True]) | st.just(False))
def test_only_true_is_verified(verified: object) -> None:
    claims = {"sub": "1", "email": "ada@example.com", "email_verified": verified}
    assert person_of(claims, "email", GOVERNANCE).principal == ""


@pytest.mark.parametrize("name", ["dee", "nobody", "Ada", "ada ", "", None, True, ["ada"], "ada@example.com"])
def test_who_has_no_id(name: object) -> None:
    assert person_of({"sub": "1", "login": name}, "login", GOVERNANCE).principal == ""


def test_good_claims_hold_to_the_second() -> None:
    check_claims(GOOD, MEANT, NOW + 60 + LEEWAY - 1)
    with pytest.raises(Refused, match="has expired"):
        check_claims(GOOD, MEANT, NOW + 60 + LEEWAY)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4)


@given(name=st.sampled_from(["iss", "aud", "sub", "exp", "iat", "nbf", "azp"]), value=JSON)
def test_whatever_a_claim_holds_it_is_judged(name: str, value: object) -> None:
    """Nothing but a refusal comes of it, and what passes is what was meant."""
    claims = {**GOOD, name: value}
    try:
        check_claims(claims, MEANT, NOW)
    except Refused as refused:
        assert refused.code == "token_invalid"
    else:
        assert claims["iss"] == MEANT.issuer
        assert "metricgov" in (claims["aud"], *(claims["aud"] if isinstance(claims["aud"], list) else ()))
        assert not isinstance(claims["exp"], bool)
        assert claims["exp"] > NOW - LEEWAY
