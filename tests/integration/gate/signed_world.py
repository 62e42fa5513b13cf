"""The small registry where approvals are signed: everybody has a key, and the policy asks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from integration.gate.gate_world import EVERYBODY, FILES, PEOPLE, POLICY, World, make
from metricgov.adapters.signing.keygen import KeygenSigner, signer_for
from metricgov.app import deciding
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor, Draft, Identity
from metricgov.domain.workflow.requirements import Code
from signing_keys import make_key

CLASSES = ("editorial", "compatible", "breaking", "unknown", "governance")
SIGNED_POLICY = FILES[POLICY] + "classes:\n" + "".join(f"  {one}: {{identity: signed}}\n" for one in CLASSES)


@dataclass
class Keyring:
    """A key for everybody, in files of a folder; `signers` are those who hold them."""

    folder: Path
    signers: dict[str, KeygenSigner] = field(default_factory=dict)

    def of(self, person: str) -> KeygenSigner:
        """Return who signs for a person (or any other name), made when first asked for."""
        if person not in self.signers:
            self.signers[person] = signer_for(str(make_key(self.folder / person, "-t", "ed25519")), os.environ)
        return self.signers[person]


def people(keys: Mapping[str, str], *, text: str = FILES[PEOPLE]) -> bytes:
    """Return people.yaml with these keys (YAML in flow style) beside these people."""
    for person, key in keys.items():
        mail = f"email: {person}@example.com"
        assert mail in text
        text = text.replace(mail, f"{mail}, keys: [{key}]", 1)
    return text.encode()


@dataclass
class SignedWorld:
    """A registry and the keys of its people."""

    world: World
    ring: Keyring

    def signed(self, change: str, who: str, verdict: deciding.Verdictive, *, reason: str = "") -> None:
        """Let somebody decide with their key."""
        access = replace(self.world.access, signer=self.ring.of(who))
        actor = Actor(who, Identity.SIGNED)
        deciding.give_verdict(access, change=change, actor=actor, verdict=verdict, reason=reason)

    def say(self, change: str, who: str, command: commands.Command) -> None:
        """Give any other command with a key."""
        access = replace(self.world.access, signer=self.ring.of(who))
        deciding.say(access, change=change, actor=Actor(who, Identity.SIGNED), command=lambda _state: command)

    def agree(self, change: str) -> str:
        """Let everybody who is still missing say with their key what they are asked for."""
        for _ in range(10):
            unmet = [one for one in self.world.judged(change).unmet if one.code != Code.NOT_YET_EFFECTIVE]
            if not unmet:
                return change
            heard = unmet[0].code in {Code.CONSULTED, Code.DEPENDANT}
            verdict: deciding.Verdictive = commands.Acknowledge if heard else commands.Approve
            self.signed(change, unmet[0].who[0], verdict)
        raise AssertionError(self.world.judged(change).unmet)

    def forge(self, *drafts: Draft) -> None:
        """Append events past the program, as somebody who may push to the journal could."""
        self.world.access.journal.append(lambda: drafts)

    def written(self, change: str, kind: str, who: str) -> Draft:
        """Return the newest event of a kind by somebody as the draft it was, to be written again elsewhere."""
        journal = self.world.access.journal
        event = [one for one in journal.events_of(change) if (one.type, one.actor.principal) == (kind, who)][-1]
        signature = self.world.workspace.journal.signatures(change).get(event.seq, b"")
        return Draft(
            change, event.type, event.actor, event.at, event.payload, event.main, event.statement, signature=signature
        )


def make_signed(root: Path, ring: Keyring) -> World:
    """Make the registry with a key for everybody."""
    keys = {one: f"{{key: {ring.of(one).public}}}" for one in EVERYBODY}
    return make(root, files=FILES | {PEOPLE: people(keys), POLICY: SIGNED_POLICY})
