"""The keys of people.yaml: listed, added with a proof that somebody holds them, revoked; each a change like any other.

A proof stands in the journal and decides nothing: rights come from the base tree alone. A key that somebody else holds
gives nobody a signature, because every statement names its person; so a key without proof is a warning (ADR 20).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.drafting import Texts, main_texts
from metricgov.app.folding import state_of
from metricgov.domain import time
from metricgov.domain.definitions.governance import PATHS, Key, KeyStatus, Person
from metricgov.domain.definitions.problems import did_you_mean
from metricgov.domain.digest import JSON, canonical_json
from metricgov.domain.errors import BadInput, Refused, Undecidable
from metricgov.domain.ssh import Malformed, PublicKey, read_public_key
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope
from metricgov.domain.workflow.possession import KEY_PURPOSE, challenge
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.vocabulary import OPEN
from metricgov.ports.signing import Signer

LEAST = 6
"""Letters of a fingerprint that name a key."""
NAME = "SHA256:"


PEOPLE = "governance:people"


@dataclass(frozen=True, slots=True)
class Held:
    """A key of people.yaml. `proved` says that the journal holds a proof of possession that holds."""

    person: str
    index: int
    key: PublicKey
    status: KeyStatus
    compromised_since: str
    proved: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """A signed challenge that is not in the journal yet."""

    principal: str
    key: PublicKey
    statement: dict[str, JSON]
    signature: bytes


def held_keys(access: Access, governance: Governance, person: str = "") -> tuple[Held, ...]:
    """Return the keys of everybody, or of one person, in the order of people.yaml."""
    if person and person not in {one.id for one in governance.people.people}:
        near = did_you_mean(person, sorted(one.id for one in governance.people.people))
        raise BadInput("principal_unknown", f"{person!r} is no person of people.yaml", hint=near)
    proofs = proved(access)
    return tuple(
        Held(
            one.id,
            index,
            read_public_key(key.key),
            key.status,
            key.compromised_since or "",
            (one.id, key.line) in proofs,
        )
        for one in governance.people.people
        if person in ("", one.id)
        for index, key in enumerate(one.keys)
    )


def unproved(access: Access, governance: Governance) -> tuple[Held, ...]:
    """Return the active keys of people with rights of which nobody has shown that their person holds them."""
    if not any(key.is_active for one in governance.people.people for key in one.keys):
        return ()
    return tuple(
        one
        for one in held_keys(access, governance)
        if not one.proved and one.status is KeyStatus.ACTIVE and governance.person(one.person)
    )


def proved(access: Access) -> frozenset[tuple[str, str]]:
    """Return people and keys for which the journal holds a proof that was signed with the key itself."""
    from metricgov.domain.workflow.registry_events import KeyProved
    from metricgov.domain.workflow.typed import parse

    if access.verifier is None or access.signatures is None:
        return frozenset()
    found: set[tuple[str, str]] = set()
    signatures: dict[int, bytes] = {}
    for envelope in access.journal.events_of(None):
        payload = parse(envelope).payload
        if not isinstance(payload, KeyProved):
            continue
        signatures = signatures or dict(access.signatures.signatures(None))
        statement = canonical_json(challenge(access.registry, payload.principal, payload.key))
        signature = signatures.get(envelope.seq, b"")
        try:
            line = access.verifier.signed_by(statement, signature, namespace=KEY_PURPOSE)
        except BadInput:
            continue
        if line == payload.key:
            found.add((payload.principal, payload.key))
    return frozenset(found)


def sign_challenge(access: Access, governance: Governance, *, principal: str, signer: Signer) -> Proof | None:
    """Return the proof that this person holds a key; None where the journal has one already.

    Refused where the key is somebody else's, or theirs and revoked.
    """
    if _is_proved(access, governance, principal, read_public_key(signer.public)):
        return None
    statement = challenge(access.registry, principal, signer.public)
    signature = signer.sign(canonical_json(statement), namespace=KEY_PURPOSE)
    return Proof(principal, read_public_key(signer.public), statement, signature)


def given_proof(
    access: Access, governance: Governance, *, principal: str, line: str, signature: bytes
) -> tuple[PublicKey, Proof | None]:
    """Return a key, and the proof that somebody elsewhere has made; None where the journal has one already.

    BadInput where it is no key or proves nothing; Refused where the key is somebody else's, or theirs and revoked.
    """
    try:
        key = read_public_key(line)
    except Malformed as error:
        says = f"this is no public key: {error}"
        raise BadInput("bad_key_line", says, hint="send the line of its .pub file") from None
    if _is_proved(access, governance, principal, key):
        return key, None
    statement = challenge(access.registry, principal, key.line)
    if access.verifier is None:
        raise Undecidable("no_verifier", "signatures cannot be checked here", hint="metricgov doctor says why")
    if access.verifier.signed_by(canonical_json(statement), signature, namespace=KEY_PURPOSE) != key.line:
        says = f"the proof was made with another key than {key.fingerprint}"
        raise BadInput("key_not_proved", says, hint="sign with the key that you add")
    return key, Proof(principal, key, statement, signature)


def _is_proved(access: Access, governance: Governance, principal: str, key: PublicKey) -> bool:
    """Say whether the journal holds a proof; Refused where the key cannot be this person's."""
    owner, held = _owner(governance, key.line)
    if owner is not None and owner.id != principal:
        says = f"{key.fingerprint} is {owner.id}'s key; a key stands with one person"
        raise Refused("key_twice", says, hint="make another: ssh-keygen -t ed25519 -f FILE")
    if held is not None and not held.is_active:
        raise Refused("key_revoked", f"{key.fingerprint} is revoked and does not come back", hint="make a new key")
    return (principal, key.line) in proved(access)


def record_proof(access: Access, proof: Proof, *, actor: Actor) -> tuple[Envelope, ...]:
    """Append a proof to the journal."""
    from metricgov.app.moment import at_tip
    from metricgov.domain.workflow.registry_events import KeyProved
    from metricgov.domain.workflow.typed import TYPE_OF

    def decided() -> tuple[Draft, ...]:
        moment = at_tip(access)
        payload = KeyProved(principal=proof.principal, key=proof.key.line)
        return (
            Draft(
                change=None,
                type=TYPE_OF[KeyProved],
                actor=actor,
                at=max(moment.now, moment.not_before),
                payload=payload.as_json(),
                main=access.journal.head().main,
                statement=proof.statement,
                signature=proof.signature,
            ),
        )

    return access.journal.append(decided)


def added(access: Access, governance: Governance, *, principal: str, line: str) -> Texts | None:
    """Return people.yaml with a key beside a person's others; None where it stands there."""
    person = next(one for one in governance.people.people if one.id == principal)
    if any(key.line == line for key in person.keys):
        return None
    keys: list[JSON] = [_as_json(key) for key in person.keys]
    return _people(access, {f"people[{principal}].keys": [*keys, {"key": line}]})


def proposed_in(access: Access, line: str) -> str:
    """Return the open change that proposes a people.yaml with this key in it, "" where none does."""
    for change in access.journal.touching(PEOPLE):
        state = state_of(change, access.journal)
        revision = state.revision or state.draft
        if state.stage not in OPEN or revision is None:
            continue
        sides = [one.after for one in revision.edits if one.path == PATHS["people"]]
        if any(side and line.encode() in access.journal.blob(change, side.sha256) for side in sides):
            return change
    return ""


def revoked(access: Access, governance: Governance, held: Held, *, since: str = "") -> Texts:
    """Return people.yaml with a key revoked; `since` is the day from which somebody else may have had it.

    Refused where it says so already.
    """
    today = time.to_text(access.clock.now())[:10]
    if since:
        _check_day(since, today)
    if held.status is KeyStatus.REVOKED and since in ("", held.compromised_since):
        raise Refused("key_revoked", f"{held.key.fingerprint} is revoked already", hint="nothing is to do")
    person = next(one for one in governance.people.people if one.id == held.person)
    keys: list[JSON] = []
    for index, key in enumerate(person.keys):
        entry = _as_json(key)
        if index == held.index:
            entry |= {"status": KeyStatus.REVOKED.value} | ({"compromised_since": since} if since else {})
        keys.append(entry)
    return _people(access, {f"people[{held.person}].keys": keys})


def named(held: tuple[Held, ...], text: str, *, line: str = "") -> Held:
    """Return the key that a text names: its fingerprint or the start of it, its line, its person if they have one.

    `line` is the public key that a file of that name holds, "" without one. BadInput where it names none, or several.
    """
    bare = text.strip().removeprefix(NAME)
    wanted = line or " ".join(text.split()[:2])
    found = [one for one in held if one.key.line == wanted]
    if not found and len(bare) >= LEAST:
        found = [one for one in held if one.key.fingerprint.removeprefix(NAME).startswith(bare)]
    if not found:
        found = [one for one in held if one.person == text and one.status is KeyStatus.ACTIVE]
    if len(found) == 1:
        return found[0]
    hint = "see them: metricgov key list"
    if found:
        names = ", ".join(one.key.fingerprint for one in found)
        raise BadInput("key_ambiguous", f"{text!r} means {len(found)} keys: {names}", hint=hint)
    raise BadInput("key_unknown", f"no key of people.yaml is named {text!r}", hint=hint)


def _check_day(since: str, today: str) -> None:
    try:
        time.day(since)
    except ValueError:
        raise BadInput("bad_date", f"{since!r} is not a date", hint="write YYYY-MM-DD") from None
    if since > today:
        raise BadInput("bad_date", f"{since} lies ahead", hint="name the first day on which somebody else had the key")


def _owner(governance: Governance, line: str) -> tuple[Person | None, Key | None]:
    return next(((one, key) for one, key in _all(governance) if key.line == line), (None, None))


def _all(governance: Governance) -> Iterator[tuple[Person, Key]]:
    for one in governance.people.people:
        for key in one.keys:
            yield one, key


def _as_json(key: Key) -> dict[str, JSON]:
    entry: dict[str, JSON] = {"key": key.key}
    if not key.is_active:
        entry["status"] = key.status.value
    if key.compromised_since:
        entry["compromised_since"] = key.compromised_since
    return entry


def _people(access: Access, fields: dict[str, JSON]) -> Texts:
    return main_texts(access, (PATHS["people"],)).with_fields(PATHS["people"], fields, access)


def public_half(text: str) -> str:
    """Return the line of a public key that a text is, "" if it is none."""
    try:
        return read_public_key(text).line
    except Malformed:
        return ""
