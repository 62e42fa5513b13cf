"""Contents of changes that the program writes itself: a definition retired, a definition renamed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.domain.definitions.kinds import NATIVE, domain_of, id_of, split_id
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.app.drafting import Texts
    from metricgov.app.moment import Moment
    from metricgov.desk.session import Session
    from metricgov.domain.workflow.commands import Claims


@dataclass(frozen=True, slots=True)
class Contents:
    """Texts with what is claimed about them, the treatment as the decision table advises it.

    `readers` are definitions that go on using a name that is given up.
    """

    texts: Texts
    claims: Claims
    readers: tuple[str, ...] = ()


def native(session: Session, name: str) -> tuple[str, str]:
    """Return path and id of a definition that has a file of its own; BadInput where the name means none."""
    path = session.path_of(name)
    definition = id_of(path) or path
    if split_id(definition)[0] not in NATIVE:
        raise BadInput(
            "not_a_definition",
            f"{definition} is not a definition of its own",
            hint=f"change it with: metricgov edit {definition}",
        )
    return path, definition


def retiring(
    session: Session, name: str, *, why: str, replaced_by: str, relation: str, last_good_date: str, effective: str
) -> Contents:
    """Return what retires a definition."""
    from metricgov.app.drafting import main_texts
    from metricgov.app.foreseeing import first_of_month_after
    from metricgov.app.moment import at_tip
    from metricgov.app.retiring import day_after, day_before, retired
    from metricgov.domain import time
    from metricgov.domain.definitions.fields import RELATIONS
    from metricgov.domain.workflow.commands import Claims
    from metricgov.domain.workflow.vocabulary import Intent

    if relation not in RELATIONS:
        raise BadInput("bad_relation", f"{relation!r} is no relation", hint=f"one of {', '.join(RELATIONS)}")
    path, definition = native(session, name)
    successor = split_id(id_of(session.path_of(replaced_by)) or "")[1] if replaced_by else ""
    moment = at_tip(session.access)
    today = moment.now[:10]
    if effective:
        day = checked_day(effective)
    elif last_good_date and checked_day(last_good_date) >= today:
        day = day_after(checked_day(last_good_date))
    else:
        day = first_of_month_after(time.day(day_after(today))).isoformat()
    texts = retired(
        main_texts(session.access, (path,)),
        definition,
        session.access,
        reason=why,
        last_good_date=checked_day(last_good_date) if last_good_date else day_before(day),
        successor=successor,
        relation=relation,
    )
    return _advised(moment, texts, Claims(why=why, intent=Intent.REDEFINITION, effective_from=day))


def renaming(session: Session, name: str, new_name: str, *, why: str, title: str) -> Contents:
    """Return what renames a definition."""
    from metricgov.app.drafting import main_texts
    from metricgov.app.moment import at_tip
    from metricgov.app.naming import checked_name, free_path
    from metricgov.app.renaming import renamed
    from metricgov.app.retiring import day_before
    from metricgov.domain.workflow.commands import Claims
    from metricgov.domain.workflow.vocabulary import Treatment

    path, definition = native(session, name)
    moment = at_tip(session.access)
    new_path = free_path(
        moment,
        split_id(definition)[0],
        checked_name(new_name),
        domain=domain_of(path),
        ids=session.workspace.journal,
        checkout=None,
    )
    found = renamed(
        moment,
        main_texts(session.access, (path,)),
        definition,
        new_path,
        reason=why,
        last_good_date=day_before(moment.now[:10]),
        title=title,
    )
    return _advised(moment, found.texts, Claims(why=why, treatment=Treatment.ALIAS), tuple(found.readers))


def readers_words(name: str, readers: tuple[str, ...]) -> tuple[str, ...]:
    """Return what becomes of those who use a name that is given up, as sentences."""
    if not readers:
        return ()
    more = f" and {len(readers) - 6} more" if len(readers) > 6 else ""
    return (
        f"These name {name}: {', '.join(readers[:6])}{more}.",
        "They are left to their owners; the old name goes on working, deprecated, until they have moved.",
    )


def checked_day(text: str) -> str:
    """Return a date as it was written; BadInput where it is none."""
    from metricgov.domain import time

    try:
        return time.day(text.strip()).isoformat()
    except ValueError:
        raise BadInput("bad_date", f"{text!r} is no date", hint="write it as 2026-07-01") from None


def _advised(moment: Moment, texts: Texts, claims: Claims, readers: tuple[str, ...] = ()) -> Contents:
    from metricgov.app.proposing import advice_for, prepare

    assessment = prepare(moment, texts(moment), effective_from=claims.effective_from).assessment
    advised = advice_for(assessment, claims.intent).treatment
    return Contents(texts, claims.model_copy(update={"treatment": advised}), readers)
