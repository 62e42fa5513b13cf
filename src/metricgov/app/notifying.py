"""Telling people what happened: events into notices, notices into deliveries, deliveries over their channels.

Each of the two halves may be stopped anywhere and run by several at once: what to send is stored together with the
position in the journal, and what was sent is written down after it arrived. So everything leaves at least once, under
an id that is the same each time (INV-54).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from metricgov.app.folding import state_of
from metricgov.app.happening import settled
from metricgov.app.moment import Moment, at_tip
from metricgov.app.notified import prove
from metricgov.app.rights import answerers, subject_at
from metricgov.app.story import sentence
from metricgov.domain import time
from metricgov.domain.definitions.kinds import domain_of
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.notices.addressing import Told, changed, definition_of, notices_of
from metricgov.domain.notices.notice import ASKS, Notice, NoticeKind, Urgency, notice_id
from metricgov.domain.notices.preferences import Every, Wishes, way
from metricgov.domain.notices.words import Message, digest_of, message_of
from metricgov.domain.workflow.admit import admit
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.fold import fold
from metricgov.domain.workflow.places import Place
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.roles import who
from metricgov.domain.workflow.typed import Event, parse
from metricgov.domain.workflow.vocabulary import ENDED, Stage
from metricgov.ports.deliveries import Deliveries, Delivery, Stood

if TYPE_CHECKING:
    from metricgov.app.access import Access
    from metricgov.domain.workflow.rights import Governance
    from metricgov.domain.workflow.roles import Roles
    from metricgov.domain.workflow.state import ChangeState
    from metricgov.ports.notifier import Notifier, Sent

BACK_OFF: Final = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
"""Seconds before each further attempt, as Standard Webhooks advise: about three days in all; then it is dead."""

HELD: Final = 300.0
"""Seconds after which an attempt without an outcome is that of a dead process."""

AT_ONCE: Final = 5
"""Deliveries that are claimed together: few, so that all of them are tried long before `HELD` is over."""

LONGEST_WAIT: Final = 86400.0
"""Seconds that a receiver may ask to be left alone."""


@dataclass(slots=True)
class Report:
    """What one call did. `began` is the event it started at where nothing was known before, else None."""

    events: int = 0
    began: int | None = None
    position: int = 0
    sent: list[Delivery] = field(default_factory=list)
    failed: list[Delivery] = field(default_factory=list)
    dead: list[Delivery] = field(default_factory=list)
    undeliverable: list[Delivery] = field(default_factory=list)
    waiting: int = 0

    @property
    def exit_code(self) -> int:
        """1 where somebody was not reached, else 0."""
        return 1 if self.failed or self.dead or self.undeliverable else 0


@dataclass(frozen=True, slots=True)
class Post:
    """Where notices go: the store, the channels, and what people chose."""

    deliveries: Deliveries
    notifier: Notifier
    wishes: Wishes


def notify(access: Access, post: Post, *, since: int | None = None, digest: str = "") -> Report:
    """Take in what the journal holds since the last time, then send what is due; with `digest`, those digests too.

    The first time, nothing that happened before is told, unless `since` names the event to begin with.
    """
    report = Report()
    _take_in(access, post, report, since)
    _send(access, post, report)
    if digest:
        _send_digests(access, post, report, Every(digest).value)
    report.waiting = len(post.deliveries.listed([Stood.WAITING]))
    return report


def foresee(access: Access, post: Post, *, since: int | None = None) -> tuple[Report, tuple[Delivery, ...]]:
    """Return what would be taken in, without storing or sending anything."""
    known = post.deliveries.position()
    first, last = _span(access, known, since)
    report = Report(position=last, began=first if known is None and since is None else None)
    made = tuple(_deliveries(access, post, _events(access, first, last)))
    return report, made


def redeliver(post: Post, ident: str) -> None:
    """Let a delivery be tried again by the next call; Refused where there is none of that id that can be."""
    if not post.deliveries.redeliver(ident):
        raise Refused(
            "notice_unknown",
            f"there is no notice {ident} with a channel",
            hint="metricgov notify --dead lists those that did not arrive",
        )


def _take_in(access: Access, post: Post, report: Report, since: int | None) -> None:
    for _ in range(3):  # somebody else may move it meanwhile; what they took in is then ours to send
        known = post.deliveries.position()
        first, last = _span(access, known, since)
        events = _events(access, first, last)
        made = list(_deliveries(access, post, events))
        if not post.deliveries.take_in(known, last, made):
            continue
        report.events, report.position = len(events), last
        report.began = first if known is None and since is None else None
        report.undeliverable = [one for one in made if one.state is Stood.UNDELIVERABLE]
        return


def _span(access: Access, known: int | None, since: int | None) -> tuple[int, int]:
    """Return after which event to begin, and the last one that is decided for good."""
    last, unsent = settled(access), access.unsent()
    if since is not None:
        return max(0, since - 1), max(last, known or 0)
    if known is None:
        return last, last
    if known > last and not unsent:
        raise BadInput(
            "journal_shorter",
            f"event {known} was told already, and the journal here ends with event {last}",
            hint="fetch the journal: metricgov sync; after a restore, begin again with --since",
        )
    return known, max(known, last)


def _events(access: Access, first: int, last: int) -> tuple[Envelope, ...]:
    return tuple(one for one in access.journal.events(since=first) if one.seq <= last)


def told_by(access: Access, events: Sequence[Envelope]) -> Iterator[Told]:
    """Yield each event that had an effect, with the change around it and the roles in it."""
    if not events:
        return
    moment = at_tip(access)
    states: dict[str, ChangeState] = {}
    subjects: dict[str, Subject | None] = {}
    for envelope in events:
        event = parse(envelope)
        said = sentence(event)
        held = tuple(one for one in moment.delegations if one.runs(event.at))
        if event.change is None:
            yield Told(event, said.says, said.words, delegations=held)
            continue
        before = states.get(event.change)
        if before is None:
            earlier = (one for one in access.journal.events_of(event.change) if one.seq < event.seq)
            before = fold(event.change, earlier).state
        if admit(before, event) is not None:
            states[event.change] = before
            continue
        after = states[event.change] = evolve(before, event)
        roles = tuple(_roles(after, moment, subjects))
        askable = answerers(after.definition, moment) if event.type == "change_requested" else ()
        yield Told(event, said.says, said.words, before, after, roles, askable, held)


def _roles(state: ChangeState, moment: Moment, subjects: dict[str, Subject | None]) -> Iterator[Roles]:
    revision = state.revision
    for one in revision.definitions if revision is not None else ():
        if one.id not in subjects:
            subjects[one.id] = subject_at(moment, one.id)
        subject = subjects[one.id] or Subject(one.id, domain=domain_of(one.path) or "")
        yield who(
            subject,
            one.change_class,
            state.contributors,
            moment.governance,
            new=one.version_before is None,
            flags=frozenset(one.flags),
            place=Place.of(state, one.id),
        )


def _deliveries(access: Access, post: Post, events: Sequence[Envelope]) -> Iterator[Delivery]:
    if not events:
        return
    governance = at_tip(access).governance
    for told in told_by(access, events):
        notices = notices_of(told, governance)
        for notice in notices:
            channels = _channels(post, governance, notice.person)
            yield from _of_notice(access.registry, notice, channels, post.wishes)
        for name in post.notifier.subscribers(told.event.type):
            heard = _heard(told, notices)
            ident = notice_id(access.registry, told.event.seq, "", name)
            yield Delivery(ident, heard.seq, heard.change, "", name, heard.kind, _body(heard, told.event, notices))


def _of_notice(registry: str, notice: Notice, channels: Sequence[str], wishes: Wishes) -> Iterator[Delivery]:
    when = way(wishes, notice)
    body = _body(notice)
    if not channels:
        if notice.kind in ASKS:
            ident = notice_id(registry, notice.seq, notice.person, "")
            says = f"no channel: name one in notify.toml, then metricgov notify --since {notice.seq}"
            yield Delivery(
                ident, notice.seq, notice.change, notice.person, "", notice.kind, body,
                state=Stood.UNDELIVERABLE, says=says,
            )  # fmt: skip
        return
    if when == "never":
        return
    digest = "" if when == "at once" else when
    for channel in channels:
        ident = notice_id(registry, notice.seq, notice.person, channel)
        yield Delivery(ident, notice.seq, notice.change, notice.person, channel, notice.kind, body, digest)


def _heard(told: Told, notices: Sequence[Notice]) -> Notice:
    """Return what a webhook hears of an event, which is nobody's notice."""
    event, state = told.event, told.after
    says = f"{event.actor.principal or 'metricgov'} {told.says}"
    return Notice(
        event.seq,
        event.at,
        event.change or "",
        definition_of(state) if state is not None else "",
        "",
        NoticeKind.INFORMED,
        notices[0].urgency if notices else Urgency.CALM,
        says,
        says,
        "This webhook hears of such events.",
        changed(state),
        told.words,
    )


def _body(notice: Notice, event: Event | None = None, notices: Sequence[Notice] = ()) -> str:
    data: dict[str, object] = asdict(notice)
    if event is not None:
        data |= {"event": event.type, "told": [one.person for one in notices]}
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


def _notice(body: str) -> Notice:
    held = {name: value for name, value in json.loads(body).items() if name not in ("event", "told")}
    return Notice(**{**held, "kind": NoticeKind(held["kind"]), "urgency": Urgency(held["urgency"])})


def _channels(post: Post, governance: Governance, principal: str) -> tuple[str, ...]:
    person = governance.person(principal)
    return post.notifier.channels(principal, (person.email or "") if person else "")


def _send(access: Access, post: Post, report: Report) -> None:
    governance = at_tip(access).governance
    while claimed := post.deliveries.claim("", HELD, AT_ONCE):
        tried: list[tuple[Delivery, Sent]] = []
        for one in claimed:
            _channels(post, governance, one.person)  # an address may hold the person's e-mail, which stands in no store
            notice = _notice(one.body)
            message = message_of(notice, one.id, base=post.wishes.base, over=_over(access, notice))
            tried.append((one, post.notifier.send(one.channel, message, _data(access, one))))
        _settle(access, post, report, tried)


def _send_digests(access: Access, post: Post, report: Report, every: str) -> None:
    governance = at_tip(access).governance
    claimed = post.deliveries.claim(every, HELD, 10_000)

    def receiver(one: Delivery) -> tuple[str, str]:
        return one.person, one.channel

    for (person, channel), group in groupby(sorted(claimed, key=receiver), key=receiver):
        held = list(group)
        _channels(post, governance, person)
        ident = "ntc_" + sha256_hex("\n".join(one.id for one in held).encode())[:32]
        message: Message = digest_of([_notice(one.body) for one in held], ident, base=post.wishes.base, every=every)
        data = json.dumps({"type": "metricgov.digest", "data": [json.loads(one.body) for one in held]}).encode()
        sent = post.notifier.send(channel, message, data)
        _settle(access, post, report, [(one, sent) for one in held])


def _data(access: Access, one: Delivery) -> bytes:
    """Return what a program receives: the same bytes each time."""
    body = json.loads(one.body)
    name = body.pop("event", "notice")
    whole = {"type": f"metricgov.{name}", "timestamp": body["at"], "data": {"registry": access.registry, **body}}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()


def _over(access: Access, notice: Notice) -> str:
    """Return why nothing is asked any more, "" where it still is: what waited long may be decided by now."""
    if notice.kind not in ASKS or not notice.change:
        return ""
    state = state_of(notice.change, access.journal)
    if state.override is None and state.folded in ENDED:
        return f"{shown(notice.change)} is {Stage(state.folded).value.replace('_', ' ')} by now"
    return ""


def _settle(access: Access, post: Post, report: Report, tried: Sequence[tuple[Delivery, Sent]]) -> None:
    at = time.to_text(access.clock.now())
    unproven = prove(access, [one for one, sent in tried if not sent.says])
    for one, sent in tried:
        if not sent.says:
            says = unproven if one.kind == NoticeKind.INFORMED and one.person else ""
            post.deliveries.settle(one, Stood.SENT, at=at, says=says)
            report.sent.append(replace(one, state=Stood.SENT, sent_at=at, says=says))
            continue
        known = replace(one, says=sent.says)
        if sent.final or one.attempts > len(BACK_OFF):
            post.deliveries.settle(one, Stood.DEAD, says=sent.says)
            report.dead.append(replace(known, state=Stood.DEAD))
            continue
        base = BACK_OFF[one.attempts - 1]
        wait = max(base * random.uniform(0.8, 1.2), min(sent.wait, LONGEST_WAIT))  # noqa: S311 - spreads load only
        post.deliveries.settle(one, Stood.WAITING, says=sent.says, wait=wait)
        report.failed.append(known)
