"""Putting a generated registry into a repository: main, a journal with a past, a branch with one changed metric."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from metricgov.app.access import Access
from metricgov.app.applying import apply
from metricgov.app.collecting import from_texts
from metricgov.app.deciding import give_verdict
from metricgov.app.generated import Generated
from metricgov.app.moment import at_tip, known_change
from metricgov.app.proposing import propose
from metricgov.app.start import JOURNAL, Beginning, baseline_entries, first_events
from metricgov.app.ulid import ALPHABET
from metricgov.domain.definitions.governance import Preset
from metricgov.domain.errors import Undecidable
from metricgov.domain.time import from_text
from metricgov.domain.workflow.commands import Acknowledge, Approve, Claims
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.vocabulary import Intent, Treatment
from metricgov.ports.landing import Landing
from metricgov.ports.site import Site
from metricgov.ports.source import DefinitionSource

AT = "2026-01-05T09:00:00Z"
"""All generated commits carry this moment, so that equal arguments give equal commits."""

TARGET, CHANGE = "refs/heads/main", "refs/heads/change"


WHY = "Agreed in the weekly review."
PAST = 3
"""Changes that were proposed, approved and applied before: words, an addition and a break."""

AT_MOST = 20
"""Answers that one change may ask for before something is wrong."""


@dataclass(slots=True)
class Steps:
    """A clock that is a minute later each time: equal steps, equal moments."""

    moment: datetime

    def now(self) -> datetime:
        """Return the next minute."""
        self.moment += timedelta(minutes=1)
        return self.moment


def steps() -> Steps:
    """Return the clock of a generated registry."""
    return Steps(from_text(AT))


def lay(generated: Generated, *, site: Site, source: DefinitionSource) -> str:
    """Write the registry with its governance and a journal whose baseline accepts it; return the commit."""
    actor = generated.council[0]
    author = _author(generated)
    main = site.commit(generated.files, tip="", message="Generate a registry", at=AT, author=author)
    site.land(TARGET, tip="", commit=main)
    journal = site.open_journal(JOURNAL, registry=generated.registry, target=TARGET, at=AT)
    beginning = Beginning(
        generated.registry, actor, author, Preset.STANDARD, JOURNAL, TARGET, "", generated.files, (), True, ""
    )
    drafts = first_events(beginning, main, baseline_entries(main, source), AT)
    journal.append(lambda: drafts)
    return main


def live(generated: Generated, *, access: Access, landing: Landing, changes: int = PAST) -> int:
    """Give the registry a past: changes of other metrics, each agreed to by whom it needs, and applied."""
    paths = [path for path in generated.files if path.startswith("metrics/") and path != generated.changed_path]
    words, moved = (
        Claims(why=WHY),
        Claims(
            why=WHY,
            intent=Intent.REDEFINITION,
            treatment=Treatment.BREAK,
            effective_from=AT[:10],
            meaning_unchanged=True,
        ),
    )
    edits = (
        (b"\ndecision: Moves people ", b"\ndecision: Shifts people ", words),
        (b"\ndimensions: [channel, country]", b"\ndimensions: [channel, country, plan]", words),
        (b"\n  where: NOT is_test AND ", b"\n  where: NOT is_test AND amount > 0 AND ", moved),
    )
    done = 0
    for number, path in enumerate(path for path in paths if edits[-1][0] in generated.files[path]):
        if done == changes:
            break
        before, after, claims = edits[number % len(edits)]
        text = generated.files[path].replace(before, after)
        _change(
            _ulid(f"{generated.registry}/{path}"),
            path,
            text,
            claims,
            author=generated.council[0],
            access=access,
            landing=landing,
        )
        done += 1
    return done


def branch(generated: Generated, *, site: Site) -> str:
    """Put the changed metric on the branch `change`, on top of main, and return the commit."""
    tip = site.tip(TARGET)
    words = f"Move a literal in {generated.changed_path}"
    edit = {generated.changed_path: generated.changed}
    change = site.commit(edit, tip=tip, message=words, at=AT, author=_author(generated))
    site.land(CHANGE, tip="", commit=change)
    return change


def _change(
    change: str, path: str, text: bytes, claims: Claims, *, author: str, access: Access, landing: Landing
) -> None:
    propose(
        access,
        change=change,
        actor=Actor(author),
        collect=lambda moment: from_texts(moment.tip, {path: text}, source=access.source),
        claims=claims,
    )
    for _ in range(AT_MOST):
        judgement = at_tip(access).judgement(known_change(access, change))
        if judgement is None or not judgement.unmet:
            break
        first = judgement.unmet[0]
        if not first.who:
            raise Undecidable("bench_stuck", f"a generated change cannot go on: {first.says}")
        verdict = Acknowledge if first.code in {Code.CONSULTED, Code.DEPENDANT} else Approve
        give_verdict(access, change=change, actor=Actor(first.who[0]), verdict=verdict, reason="agreed")
    apply(access, landing=landing, change=change, actor=Actor(author))


def _author(generated: Generated) -> str:
    return f"{generated.council[0]} <{generated.council[0]}@example.com>"


def _ulid(words: str) -> str:
    """Return an id with the moment of generated registries, and letters that always follow from the words."""
    milliseconds = int(from_text(AT).timestamp() * 1000)
    number = milliseconds << 80 | int.from_bytes(hashlib.sha256(words.encode()).digest()[:10])
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
