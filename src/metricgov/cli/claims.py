"""What an author says about contents on the command line: the options, and the claims they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.desk.contents import checked_day as checked_day  # noqa: PLC0414 - commands take it from here
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow.vocabulary import Intent, Treatment

if TYPE_CHECKING:
    from metricgov.domain.workflow.commands import Claims
    from metricgov.domain.workflow.rights import Governance

Why = Annotated[str, typer.Option("--message", "-m", metavar="WHY", help="Why; goes on record.")]
IntentOption = Annotated[
    Intent | None,
    typer.Option("--intent", help="Was the old number wrong (defect), or does it mean something new (redefinition)?"),
]
TreatmentOption = Annotated[
    Treatment | None,
    typer.Option("--treatment", help="What is done about history; on a terminal, the advised one is offered."),
]
Effective = Annotated[
    str | None, typer.Option("--effective", metavar="DATE", help="First day that is measured by it: 2026-07-01.")
]
Unchanged = Annotated[
    bool, typer.Option("--meaning-unchanged", help="The logic changed and the description still holds; on record.")
]
Refs = Annotated[list[str] | None, typer.Option("--ref", metavar="TICKET", help="A ticket; repeat for each.")]
RequestedBy = Annotated[
    str | None, typer.Option("--requested-by", metavar="PERSON", help="Who asked for it.", show_default=False)
]
ImplementedBy = Annotated[
    str | None, typer.Option("--implemented-by", metavar="PERSON", help="Who builds it.", show_default=False)
]
Request = Annotated[
    str | None,
    typer.Option("--request", metavar="CHANGE", help="The request that this answers.", show_default=False),
]
AsDraft = Annotated[bool, typer.Option("--draft", help="Keep it as a draft that nobody has to decide on yet.")]
Yes = Annotated[
    bool,
    typer.Option(
        "--yes",
        "-y",
        help="Ask nothing: the treatment is the advised one if --intent says why; what else is missing is refused.",
    ),
]


@dataclass(frozen=True, slots=True)
class Said:
    """The options of one call."""

    why: str = ""
    intent: Intent | None = None
    treatment: Treatment | None = None
    effective: str | None = None
    meaning_unchanged: bool = False
    refs: tuple[str, ...] = ()
    requested_by: str | None = None
    implemented_by: str | None = None
    draft: bool = False
    yes: bool = False
    as_json: bool = False

    def over(self, claims: Claims, governance: Governance) -> Claims:
        """Return claims with everything that was said here in place of what they held."""
        for option, name in (("--requested-by", self.requested_by), ("--implemented-by", self.implemented_by)):
            if name:
                _check_principal(option, name, governance)
        said: dict[str, object] = {
            "why": self.why.strip(),
            "intent": self.intent,
            "treatment": self.treatment,
            "effective_from": checked_day(self.effective) if self.effective else None,
            "meaning_unchanged": self.meaning_unchanged,
            "refs": self.refs,
            "requested_by": self.requested_by,
            "implemented_by": self.implemented_by,
        }
        return claims.model_copy(update={field: value for field, value in said.items() if value})


def option_words(claims: Claims) -> str:
    """Return claims as the options that would say them again."""
    import shlex

    parts: list[str] = []
    for option, value in (
        ("-m", claims.why),
        ("--intent", claims.intent),
        ("--treatment", claims.treatment),
        ("--effective", claims.effective_from),
        ("--requested-by", claims.requested_by),
        ("--implemented-by", claims.implemented_by),
    ):
        parts += [option, shlex.quote(str(value))] if value else []
    parts += ["--meaning-unchanged"] if claims.meaning_unchanged else []
    for ref in claims.refs:
        parts += ["--ref", shlex.quote(ref)]
    return " ".join(parts)


def _check_principal(option: str, name: str, governance: Governance) -> None:
    from metricgov.domain.definitions.problems import did_you_mean

    known = sorted({*governance.active, *(team.id for team in governance.people.teams)})
    if name not in known:
        hint = did_you_mean(name, known) or "governance/people.yaml lists people and teams"
        raise BadInput("principal_unknown", f"{option}: {name!r} is neither a person nor a team", hint=hint)
