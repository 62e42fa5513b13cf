"""Putting on record that the informed were told of a change: one event a person, channel and notice."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.app.access import Access
from metricgov.app.catching_up import PROGRAM, catch_up
from metricgov.app.moment import at_tip
from metricgov.domain.errors import MetricgovError
from metricgov.domain.notices.notice import NoticeKind
from metricgov.domain.workflow.envelope import Draft
from metricgov.domain.workflow.events import Notified
from metricgov.domain.workflow.typed import TYPE_OF
from metricgov.ports.deliveries import Delivery


def prove(access: Access, arrived: Sequence[Delivery]) -> str:
    """Record of each notice to the informed that it arrived, once; return why that was not possible, else "".

    It comes before the delivery is settled: who is killed in between sends again, and finds it on record.
    """
    owed = [one for one in arrived if one.kind == NoticeKind.INFORMED and one.person and one.change]
    if not owed:
        return ""
    try:
        access.journal.append(lambda: _drafts(access, owed))
    except MetricgovError as error:
        return f"it arrived, and that is not on record: {error.message}"
    return ""


def _drafts(access: Access, owed: Sequence[Delivery]) -> tuple[Draft, ...]:
    known = {
        event.payload.get("notice")
        for change in {one.change for one in owed}
        for event in access.journal.events_of(change)
        if event.type == TYPE_OF[Notified]
    }
    new = [one for one in owed if one.id not in known]
    if not new:
        return ()
    moment = at_tip(access)
    moment.pending.extend(catch_up(moment))
    return (
        *moment.pending,
        *(
            Draft(
                change=one.change,
                type=TYPE_OF[Notified],
                actor=PROGRAM,
                at=max(moment.now, moment.not_before),
                payload=Notified(
                    whom=one.person, channel=one.channel.rpartition("-")[0], event=one.seq, notice=one.id
                ).as_json(),
                main=moment.tip,
            )
            for one in new
        ),
    )
