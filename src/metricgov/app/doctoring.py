"""What is wrong with a set-up and what mends it: each check is one function of facts; nothing is mended here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from metricgov.app.access import Access
from metricgov.app.auditing import later
from metricgov.app.checking_values import Watched, wrong_with
from metricgov.app.doctoring_engines import Engines, engines_hold_sources
from metricgov.app.doctoring_remote import remote_is_in_step
from metricgov.app.governing import governance_at
from metricgov.app.keys import unproved
from metricgov.app.start import deadlocks
from metricgov.domain import time
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import Person
from metricgov.domain.errors import MetricgovError
from metricgov.domain.ssh import fingerprint
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.presets import GOVERNANCE
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.unattested import unattested
from metricgov.ports.facts import Facts
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.journal import Journal
from metricgov.ports.signing import Signer
from metricgov.ports.source import Ancestry, DefinitionSource

OLDEST_GIT = (2, 38)
MAIN = "refs/heads/main"


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it is, and the next step where something is to be done."""

    name: str
    state: State
    says: str
    hint: str = ""


@dataclass
class Patient:
    """A repository to be examined; everything but the facts is read when a check asks for it.

    `registry_at` returns the registry id of metricgov.yaml, `journal_of` the registry id and the target that the
    journal was made for, `signer` who signs here, None where no key is configured, `remote` the name of the remote
    that the registry is shared through, "" if none; `values` the branch of values.
    """

    facts: Facts
    source: DefinitionSource
    ancestry: Ancestry
    files: DefinitionFiles
    branch: Callable[[], str]
    open_journal: Callable[[], Journal]
    registry_at: Callable[[], str]
    journal_of: Callable[[], tuple[str, str]]
    access: Callable[[], Access]
    signer: Callable[[], Signer | None]
    remote: Callable[[], str]
    values: Callable[[], Watched]
    engines: Callable[[], Engines]

    @cached_property
    def target(self) -> str:
        """The ref that changes land on."""
        try:
            return self.journal_of()[1]
        except MetricgovError:
            head = next((tree.branch for tree in self.facts.trees), "")
            return MAIN if MAIN in self.facts.tips else head or MAIN

    @cached_property
    def governance(self) -> Governance:
        """The governance in force."""
        return governance_at(self.source.resolve(self.target), source=self.source, files=self.files)

    @cached_property
    def journal(self) -> Journal:
        """The journal."""
        return self.open_journal()

    @cached_property
    def journal_ref(self) -> str:
        """The full ref of the journal."""
        return f"refs/heads/{self.branch()}"


def examine(patient: Patient) -> tuple[Check, ...]:
    """Return every check in order; what cannot be looked at is a failed check that says why.

    Without a registry, the checks that look into it are left out: they would all say the same.
    """
    found: list[Check] = []
    for name, look in CHECKS:
        if name in INSIDE and any(check.name == "registry" and check.state is State.FAIL for check in found):
            continue
        found += _looked(name, look, patient)
    return tuple(found)


def healthy(checks: tuple[Check, ...]) -> bool:
    """Say whether nothing failed; a warning is no failure."""
    return all(check.state is not State.FAIL for check in checks)


Look = Callable[[Patient], Iterator[tuple[State, str, str]]]


def _looked(name: str, look: Look, patient: Patient) -> Iterator[Check]:
    try:
        for state, says, hint in look(patient):
            yield Check(name, state, says, hint)
    except MetricgovError as error:
        yield Check(name, State.FAIL, str(error), error.hint)


def git_is_new_enough(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check the version of git."""
    found = re.search(r"(\d+)\.(\d+)", patient.facts.git)
    if found and (int(found[1]), int(found[2])) < OLDEST_GIT:
        yield State.FAIL, f"{patient.facts.git} is too old", "install git 2.38 or later"
    else:
        yield State.OK, patient.facts.git, ""


def repository_is_whole(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check what kind of repository it is and whether something stands between it and its objects."""
    facts = patient.facts
    if facts.bare:
        yield State.WARN, f"{facts.root} is bare: commands that write files will not work", "work in a clone"
    else:
        yield State.OK, facts.root, ""
    if facts.shallow:
        yield State.WARN, "the clone is shallow, so history may be missing", "run: git fetch --unshallow"
    if facts.replaced:
        yield (
            State.WARN,
            f"{facts.replaced} objects are replaced (refs/replace); metricgov reads the originals, other tools do not",
            "see them: git replace --list; delete one: git replace --delete OBJECT",
        )


def work_trees_are_calm(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check every work tree for unfinished operations and for edits that stand in the way of an apply."""
    quiet = True
    for tree in patient.facts.trees:
        if tree.unfinished:
            quiet = False
            yield State.FAIL, f"{tree.path} is in the middle of {tree.unfinished}", f"end it: {tree.way_out}"
        if tree.dirty:
            quiet = False
            shown = ", ".join(tree.dirty[:3]) + (f" and {len(tree.dirty) - 3} more" if len(tree.dirty) > 3 else "")
            blocks = tree.branch == patient.target
            yield (
                State.WARN,
                f"{tree.path} has edits that are not committed: {shown}",
                "propose them: metricgov propose -m WHY" + ("; an apply of these paths waits for it" if blocks else ""),
            )
    if quiet:
        count = len(patient.facts.trees)
        yield State.OK, "clean" if count == 1 else f"{count} work trees, all clean", ""


def registry_is_there(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check that there is a registry, and that its rules load and can be met."""
    registry = patient.registry_at()
    yield State.OK, f"{registry} on {patient.target.removeprefix('refs/heads/')}", ""


def policy_can_be_met(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check that the governance loads and that enough people are there for its preset."""
    governance = patient.governance
    preset = governance.policy.preset
    council = governance.members(governance.raci.council)
    stuck = next(deadlocks(governance), "")
    if stuck:
        yield State.FAIL, stuck, "propose other roles or more people: metricgov edit raci, metricgov edit people"
    else:
        people = "1 person" if len(council) == 1 else f"{len(council)} people"
        yield State.OK, f"preset {preset}, {people} on the council, every change has an approver", ""
    if governance.policy.enforce == "observe":
        yield State.WARN, "policy observes and blocks nothing", "set `enforce: block` in governance/policy.yaml"


def person_is_known(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check that git's e-mail belongs to somebody with rights."""
    email = patient.facts.email
    if not email:
        yield State.FAIL, "git knows no user.email", "set it: git config user.email you@example.com"
        return
    governance = patient.governance
    principal = governance.principal_of(email)
    if principal is None:
        yield (
            State.FAIL,
            f"nobody in governance/people.yaml has the e-mail {email}",
            "use the address that stands there: git config user.email …; or propose yourself: metricgov edit people",
        )
    elif governance.person(principal) is None and not governance.is_service(principal):
        yield State.FAIL, f"{principal} ({email}) has left and has no rights", "ask the council"
    else:
        yield State.OK, f"you are {principal}", ""


def keys_sign(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check that whoever acts here can sign where policy asks for it, and whether keys are proved."""
    governance = patient.governance
    asked = any(governance.rule(one).identity is not Identity.CLAIMED for one in (*ChangeClass, GOVERNANCE))
    email = patient.facts.email
    principal = (email and governance.principal_of(email)) or ""
    person = governance.person(principal)
    calm = True
    if person is not None and (asked or any(key.is_active for key in person.keys)):
        says, hint = _signs(patient, person)
        calm = not says
        if says:
            yield State.FAIL if asked else State.WARN, says, hint
    strangers = unproved(patient.access(), governance) if patient.journal_ref in patient.facts.tips else ()
    if strangers:
        calm = False
        names = ", ".join(dict.fromkeys(one.person for one in strangers[:3]))
        more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
        says = f"nobody has shown that they hold their keys: {names}{more}"
        yield State.WARN, says, "each of them runs: metricgov key add FILE"
    if calm:
        says = "decisions are signed where policy asks for it" if asked else "policy asks for no signature"
        if weak := unattested(governance):
            says += f"; it asks for {' and '.join(weak)}, which nothing attests yet, so only signatures count"
        yield State.OK, says, ""


def _signs(patient: Patient, person: Person) -> tuple[str, str]:
    """Return why a person cannot sign here and what helps, "" where they can."""
    active = {key.line for key in person.keys if key.is_active}
    if not active:
        return f"{person.id} has no key in governance/people.yaml", "run: metricgov key add FILE"
    signer = patient.signer()
    if signer is None:
        hint = "run: git config gpg.format ssh; git config user.signingkey FILE"
        return "git knows no SSH key to sign with here", hint
    if signer.public not in active:
        says = f"the signing key here, {fingerprint(signer.public)}, is none that counts for {person.id}"
        return says, "see them: metricgov key list; add this one: metricgov key add"
    return "", ""


def journal_holds(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check that the journal is there, belongs to this registry, holds its chain, and has seen main."""
    ref, tips = patient.journal_ref, patient.facts.tips
    branch = patient.branch()
    remote = next((name for name in tips if name.startswith("refs/remotes/") and name.endswith(f"/{branch}")), "")
    origin = remote.removeprefix("refs/remotes/").removesuffix(f"/{branch}") or "origin"
    if ref not in tips:
        somewhere = any(name.startswith("refs/remotes/") for name in tips)
        yield (
            State.FAIL,
            f"there is no journal branch {branch} here",
            f"run: git fetch {origin} {branch}:{branch}"
            if somewhere
            else "run: metricgov init   (it writes what is missing); or fetch it from a clone that has it",
        )
        return
    registry, target = patient.journal_of()
    if registry != patient.registry_at():
        yield (
            State.FAIL,
            f"the journal belongs to registry {registry}, metricgov.yaml says {patient.registry_at()}",
            "fetch the journal of this registry, or restore `registry:` in metricgov.yaml",
        )
        return
    count, last = 0, ""
    for one in patient.journal.events():
        count, last = count + 1, one.at
    events = f"{count} event" if count == 1 else f"{count} events"
    yield State.OK, f"{events}, the chain holds, for {target.removeprefix('refs/heads/')}", ""
    if last and last > later(time.to_text(patient.access().clock.now())):
        yield (
            State.WARN,
            f"the last event is dated {last}, ahead of the clock here: nobody whose clock is right can write",
            "set the clock here; if it is right, one of the council: metricgov correct-clock -m WHY",
        )
    if remote and tips[remote] != tips[ref] and not patient.remote():
        yield from _beside_remote(patient, remote, ref, f"git fetch {origin} {branch}:{branch}")
    yield from _seen_main(patient)


def _beside_remote(patient: Patient, remote: str, ref: str, fetch: str) -> Iterator[tuple[State, str, str]]:
    theirs, ours = patient.facts.tips[remote], patient.facts.tips[ref]
    shown = remote.removeprefix("refs/remotes/")
    if patient.ancestry.contains(theirs, ours):
        yield State.WARN, f"the journal is behind {shown}", f"run: {fetch}"
    elif patient.ancestry.contains(ours, theirs):
        yield State.WARN, f"{shown} has not heard of the last events", "push the journal branch"
    else:
        yield State.FAIL, f"the journal and {shown} have parted", "compare both: metricgov audit verify; do not force"


def _seen_main(patient: Patient) -> Iterator[tuple[State, str, str]]:
    seen, tip = patient.journal.head().main, patient.facts.tips.get(patient.target, "")
    if not seen or not tip or seen == tip:
        return
    name = patient.target.removeprefix("refs/heads/")
    if patient.ancestry.contains(tip, seen):
        steps = len(patient.ancestry.first_parents(tip, since=seen))
        moved = "1 commit" if steps == 1 else f"{steps} commits"
        yield (
            State.WARN,
            f"{name} moved {moved} on since the journal looked; the next command that writes records it",
            f"see what they changed: metricgov gate --base {seen[:12]} --head {name}",
        )
    else:
        yield State.WARN, f"{name} no longer holds {seen[:12]}, which the journal saw", "ask who rewrote the branch"


def values_hold(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check that values as they were known were only added to; silent where none were ever stored."""
    values = patient.values()
    tip = patient.facts.tips.get(patient.target, "")

    def on_main(commit: str) -> bool:
        try:
            return bool(tip) and patient.ancestry.contains(tip, commit)
        except MetricgovError:
            return patient.facts.shallow

    found = wrong_with(values, on_main)
    for says in found:
        yield State.FAIL, says, "look at it: git reflog, git log on that branch; fetch it again from the remote"
    if not found and (many := len(values.metrics())):
        yield State.OK, f"of {'1 metric' if many == 1 else f'{many} metrics'}, none of them changed later", ""


def index_is_fresh(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check the database that is computed from git; it may be deleted at any time."""
    facts = patient.facts
    if not facts.state_writable:
        yield State.WARN, f"{facts.state_dir} cannot be written; the index lives in memory", "mend its permissions"
    if facts.index_says:
        yield State.WARN, f"the index cannot be read: {facts.index_says}", "run: metricgov index rebuild"
    elif facts.index_seq is None:
        yield State.OK, "not there yet; it is filled when a command needs it", ""
    else:
        last = patient.journal.head().seq
        if facts.index_seq > last:
            yield State.WARN, "the index knows more events than the journal", "run: metricgov index rebuild"
        else:
            behind = last - facts.index_seq
            yield State.OK, f"{behind} events behind; the next command fills it" if behind else "up to date", ""


def settings_are_safe(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check settings of the repository that let damage in."""
    settings = patient.facts.settings
    calm = True
    if settings.get("transfer.fsckobjects", "").lower() not in ("true", "yes", "on", "1"):
        calm = False
        yield (
            State.WARN,
            "git does not check objects that arrive",
            "run: git config transfer.fsckObjects true",
        )
    if settings.get("core.autocrlf", "").lower() in ("true", "input") and not _keeps_line_ends(patient):
        calm = False
        yield (
            State.WARN,
            "core.autocrlf changes line ends, and .gitattributes does not protect the definitions",
            "add to .gitattributes: metrics/** text eol=lf   (and the other folders)",
        )
    if calm:
        yield State.OK, "nothing unsafe", ""


def _keeps_line_ends(patient: Patient) -> bool:
    from metricgov.app.contents import read_paths

    tip = patient.facts.tips.get(patient.target, "")
    found = read_paths(patient.source, tip, (".gitattributes",)) if tip else {}
    return any(b"eol=lf" in content.data for content in found.values())


CHECKS: tuple[tuple[str, Look], ...] = (
    ("git", git_is_new_enough),
    ("repository", repository_is_whole),
    ("work tree", work_trees_are_calm),
    ("registry", registry_is_there),
    ("policy", policy_can_be_met),
    ("you", person_is_known),
    ("signing", keys_sign),
    ("journal", journal_holds),
    ("remote", remote_is_in_step),
    ("values", values_hold),
    ("index", index_is_fresh),
    ("engines", engines_hold_sources),
    ("settings", settings_are_safe),
)
"""In the order in which one would mend things."""

INSIDE = frozenset({"policy", "you", "signing", "journal", "remote", "values", "index", "engines"})
"""Checks that have nothing to look at where there is no registry."""
