"""From contents to a submitted change at the terminal: show what they mean, ask what is owed, confirm once, record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from metricgov.app.drafting import Texts
from metricgov.cli import asking
from metricgov.cli.claims import Said, checked_day, option_words
from metricgov.desk.drafts import Offer
from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.vocabulary import Intent, Treatment

if TYPE_CHECKING:
    from metricgov.app.foreseeing import Outlook
    from metricgov.desk.session import Session
    from metricgov.domain.workflow.envelope import Envelope

INTENTS = {
    Intent.DEFECT: "it was wrong; what it means stays",
    Intent.REDEFINITION: "it was right; from a day on it means something new",
    Intent.SOURCE_CHANGE: "the data come from somewhere else now",
    Intent.NO_EFFECT: "no number moves; needs evidence",
}
TREATMENTS = {
    Treatment.NONE: "leave it",
    Treatment.ANNOTATE: "a note at the day it changed",
    Treatment.ALIAS: "old and new name are one series",
    Treatment.RESTATE: "compute the old values again under the new definition",
    Treatment.BRIDGE: "convert the old values with a factor",
    Treatment.BREAK: "mark a break; old and new are not compared",
    Treatment.NEW_METRIC: "keep the old number under its own name",
}


class EditAgain(Exception):
    """The author wants to look at the text once more."""


def _forget(_claims: Claims, _texts: Texts) -> None:
    """Keep nothing: the contents are where the author left them."""


@dataclass(frozen=True, slots=True)
class Job:
    """Contents somebody wants to propose, as a new change or as the next revision of one.

    `again` is the command that would go on from here, `remember` is told every answer, `in_editor` says that the text
    can be edited again. `heard` and `written` hold what was typed so far, to say it again if this stops.
    """

    session: Session
    texts: Texts
    claims: Claims
    said: Said
    change: str
    again: str
    revises: bool = False
    in_editor: bool = False
    remember: Callable[[Claims, Texts], None] = field(default=_forget)
    heard: list[Claims] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether somebody can be asked."""
        return asking.can_ask(yes=self.said.yes)

    @property
    def offer(self) -> Offer:
        """What is offered as things stand."""
        return Offer(self.session, self.change, self.texts, self.claims, self.revises, submit=not self.said.draft)

    def outlook(self) -> Outlook:
        """Return what would come of it now."""
        return self.offer.outlook()

    def knowing(self, claims: Claims, texts: Texts | None = None) -> Job:
        """Return the job with more said, remembered."""
        job = replace(self, claims=claims, texts=texts or self.texts)
        self.remember(job.claims, job.texts)
        self.heard.append(claims)
        return job


def conclude(job: Job) -> tuple[Job, tuple[Envelope, ...]]:
    """Show, ask, confirm and record; return the job as it was recorded, and its events.

    RefusedUnmet with everything that is missing at once where nobody can be asked; then nothing is written.
    """
    outlook = job.outlook()
    show(outlook, job)
    job, outlook = _as_advised(job, outlook)
    job.offer.refuse(outlook, owed=not job.asks)
    try:
        if job.asks:
            job, outlook = _asked(job, outlook)
        job.offer.refuse(outlook, owed=True)
        _against_advice(outlook, job)
        if job.asks and not asking.yes_no(_question(job), default=True):
            raise asking.stopped(_go_on(job))
    except KeyboardInterrupt:
        asking.say()
        if job.remember is _forget:
            asking.say(f"Nothing was submitted. Go on with: {_go_on(job)}")
            for path, text in job.written.items():
                asking.say(f"The description you wrote for {path}: {text}")
        raise
    job = replace(job, claims=outlook.claims)
    return job, _record(job)


def show(outlook: Outlook, job: Job) -> None:
    """Print what the contents mean and who would have to agree."""
    import sys

    from metricgov.cli.output import screen
    from metricgov.render.preview import preview_text

    if job.said.as_json:
        return
    asking.say(
        preview_text(
            outlook.findings,
            steps=outlook.steps,
            affected=outlook.prepared.assessment.affected,
            needed=outlook.needed,
            questions=outlook.questions,
            change_class=outlook.change_class,
            foreseen=outlook.foreseen,
            screen=screen(sys.stderr),
        )
    )


def _as_advised(job: Job, outlook: Outlook) -> tuple[Job, Outlook]:
    """Take the advised treatment, and say so, for somebody who said why numbers move and wants no questions."""
    from metricgov.domain.workflow.requirements import Code

    claims = outlook.claims
    unsaid = claims.intent is not None and claims.treatment is None and outlook.owes(Code.TREATMENT)
    if not unsaid or not job.said.yes or job.said.draft:
        return job, outlook
    advice = outlook.advice(claims.intent)
    asking.say_wrapped(f"Treatment {advice.treatment.value}, as advised: {advice.reason}.")
    job = replace(job, claims=claims.model_copy(update={"treatment": advice.treatment}))
    return job, job.outlook()


def _against_advice(outlook: Outlook, job: Job) -> None:
    """Say what the decision table advises, where somebody chose something else that it allows."""
    claims = outlook.claims
    if job.said.as_json or claims.treatment is None or not outlook.moves_numbers:
        return
    advice = outlook.advice(claims.intent)
    if advice.row and advice.treatment is not claims.treatment:
        table = f"The decision table advises {advice.treatment} (row {advice.row}): {advice.reason}."
        asking.say_wrapped(f"{table} You chose {claims.treatment}.")


def _asked(job: Job, outlook: Outlook) -> tuple[Job, Outlook]:
    """Ask for everything that is owed and was not given; every answer is remembered as it comes."""
    from metricgov.domain.workflow.requirements import Code

    claims = outlook.claims
    if not claims.why:
        why = asking.words("Why? It goes on record, and approvers read it first.")
        if not why:
            raise asking.stopped(_go_on(job))
        claims = claims.model_copy(update={"why": why})
        job = job.knowing(claims)
    if job.said.draft:
        return job, job.outlook()
    if outlook.owes(Code.INTENT):
        intent = Intent(asking.one_of("Was the old number wrong, or does it mean something new?", _named(INTENTS)))
        claims = claims.model_copy(update={"intent": intent})
        job = job.knowing(claims)
    if outlook.owes(Code.STALE_TEXT):
        job = _ask_description(job, outlook)
        claims = job.claims
    if outlook.owes(Code.TREATMENT):
        claims = claims.model_copy(update={"treatment": _ask_treatment(outlook, claims)})
        job = job.knowing(claims)
    if outlook.owes(Code.EFFECTIVE_DATE) or outlook.owes(Code.EFFECTIVE_DATE_PASSED):
        claims = claims.model_copy(update={"effective_from": _ask_day(outlook, claims)})
    if outlook.owes(Code.TICKET):
        refs = tuple(asking.words("Which ticket? The policy asks for one.").split())
        claims = claims.model_copy(update={"refs": refs})
    job = job.knowing(claims)
    return job, job.outlook()


def _named(choices: dict[Intent, str]) -> dict[str, str]:
    return {choice.value: said for choice, said in choices.items()}


def _ask_treatment(outlook: Outlook, claims: Claims) -> Treatment:
    advice = outlook.advice(claims.intent)
    first = (advice.treatment, *(one for one in outlook.treatments if one is not advice.treatment))
    question = f"What happens to the old values? Advised: {advice.treatment.value}. {_sentence(advice.reason)}"
    choices = {one.value: TREATMENTS[one] for one in first}
    return Treatment(asking.one_of(question, choices, default=advice.treatment.value))


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:] + "."


def _ask_day(outlook: Outlook, claims: Claims) -> str:
    advised = outlook.advised_date(claims.treatment)
    today = outlook.moment.now[:10]
    while True:
        answer = asking.words(f"From when? The first day that it measures. Enter for {advised}.", default=advised)
        try:
            day = checked_day(answer)
        except BadInput as error:
            asking.say(f"  {error.message}: {error.hint}")
            continue
        if day >= today or claims.treatment is Treatment.RESTATE:
            return day
        asking.say("  that day has passed, and the old values are not computed again; take one still to come")


def _ask_description(job: Job, outlook: Outlook) -> Job:
    """Ask for a description that fits the new logic, or for the word that the old one still does."""
    from metricgov.domain.workflow.requirements import Code

    if job.claims.intent is Intent.DEFECT:
        asking.say_wrapped("A defect leaves the meaning, so the description stays as it is; that goes on record.")
        return job.knowing(job.claims.model_copy(update={"meaning_unchanged": True}))
    stale = next(one for one in outlook.owed if one.code == Code.STALE_TEXT)
    registry = outlook.prepared.assessment.after
    for definition in stale.definitions:
        entry = registry.get(definition)
        if entry is None:
            continue
        asking.say_wrapped(f"The logic of {definition} changed and its description did not:")
        asking.say_wrapped(str(entry.data.get("description", "")), "  ")
        more = ", e for the editor" if job.in_editor else ""
        while not (answer := asking.words(f"The new description, = if this one still holds{more}:")):
            asking.say("  one of them is needed")
        if answer.lower() == "e" and job.in_editor:
            raise EditAgain
        if answer == "=":
            job = job.knowing(job.claims.model_copy(update={"meaning_unchanged": True}))
        else:
            job.written[entry.path] = answer
            texts = job.texts.with_fields(entry.path, {"description": answer}, job.session.access)
            job = job.knowing(job.claims, texts)
    return job


def _question(job: Job) -> str:
    if job.said.draft:
        return "Keep it as a draft? Nobody is asked yet."
    again = "revise or withdraw it" if not job.revises else "revise it again or withdraw it"
    return f"Submit? They are asked to decide; you can {again}."


def _go_on(job: Job) -> str:
    claims = job.heard[-1] if job.heard else job.claims
    said = option_words(claims) if job.remember is _forget else ""
    return f"{job.again} {said}".strip()


def _record(job: Job) -> tuple[Envelope, ...]:
    try:
        return job.offer.record()
    except MetricgovError as error:
        error.hint = error.hint or f"your words are not lost: {_go_on(job)}"
        raise
