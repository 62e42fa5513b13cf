"""One moment: the tips of main and journal, the governance in force there, and what follows from them for a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from metricgov.app.access import Access
from metricgov.app.assess import Assessment, assess, ids_of
from metricgov.app.contents import Content, EditedPath, change_set, read_paths
from metricgov.app.delegating import delegations_in
from metricgov.app.folding import state_of
from metricgov.app.governing import governance_at
from metricgov.app.neighbourhood import Search
from metricgov.app.past import past_of
from metricgov.domain import time
from metricgov.domain.comparability.basis import METHODS
from metricgov.domain.errors import Undecidable
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope
from metricgov.domain.workflow.proposal import Proposal, Purity, Subject
from metricgov.domain.workflow.rights import Governance

if TYPE_CHECKING:
    from metricgov.domain.workflow.context import Context
    from metricgov.domain.workflow.delegations import Delegation
    from metricgov.domain.workflow.events import RevisionDrafted, RevisionSubmitted
    from metricgov.domain.workflow.judge import Judgement
    from metricgov.domain.workflow.overriding import ReviewDue
    from metricgov.domain.workflow.state import ChangeState


@dataclass(slots=True)
class Moment:
    """The registry at one tip of the target; `pending` are events decided here that are not in the journal yet."""

    access: Access
    tip: str
    governance: Governance
    now: str
    not_before: str
    pending: list[Draft] = field(default_factory=list)
    methods: int = 0
    """Version of the estimators that an effect has to be of; 0 where it is judged as it was then."""
    _assessments: dict[str, Assessment] = field(default_factory=dict)
    _seen: dict[str, Assessment] = field(default_factory=dict)
    _reviews: tuple[ReviewDue, ...] | None = None
    _delegations: tuple[Delegation, ...] | None = None

    @property
    def delegations(self) -> tuple[Delegation, ...]:
        """Every delegation that the journal records, known as surely as this base vouches for it; read once."""
        if self._delegations is None:
            found = delegations_in(self.access.journal)
            if found:
                from metricgov.app.attesting import vouched

                found = vouched(found, self.governance, self.access)
            self._delegations = found
        return self._delegations

    def at(self, commit: str) -> Moment:
        """Return the same moment on another base, under the governance in force there."""
        governance = governance_of(self.access, commit)
        return Moment(self.access, commit, governance, self.now, self.not_before, self.pending, self.methods)

    def state(self, change: str) -> ChangeState:
        """Return a change as its events and the pending ones tell it."""
        from metricgov.domain.workflow.evolve import evolve
        from metricgov.domain.workflow.typed import foresee

        state = state_of(change, self.access.journal)
        for draft in self.pending:
            if draft.change == change:
                state = evolve(state, foresee(draft, state.last_seq + 1))
        return state

    def assess(self, edited: Sequence[EditedPath], *, search: Search | None = None) -> Assessment:
        """Return what edits mean here; `search` is one for their paths that was begun earlier."""
        return self._assessed(edited, change_set(edited).digest, search)

    def _assessed(self, edited: Sequence[EditedPath], digest: str, search: Search | None = None) -> Assessment:
        """Return what edits with this digest mean here, worked out once; a digest is dear enough to be handed on."""
        if digest in self._seen:
            return self._seen[digest]
        access = self.access
        look = past_of(access.journal, access.files, self.governance.config.dialect, access.remembered)
        past = {one: look(one) for one in ids_of(edited, self.governance)}
        there = {one for edit in edited if edit.before is not None for one in ids_of((edit,), self.governance)}
        known = tuple(
            (one, found.earlier, found.applied if one in there else found.published) for one, found in past.items()
        )
        found = access.remembered.get(
            ("assessment", self.tip, self.governance.digest, digest, known),
            lambda: assess(
                edited,
                search=search,
                base=self.tip,
                source=access.source,
                files=access.files,
                governance=self.governance,
                past=past.__getitem__,
            ),
        )
        self._seen[digest] = found
        return found

    def assessment(self, state: ChangeState) -> Assessment | None:
        """Return what the contents of a change mean at this tip; None where it has none."""
        contents = state.revision or state.draft
        if contents is None:
            return None
        found = self._assessments.get(contents.digest)
        if found is None:
            edited = self.edits(state.change, contents)
            found = self._assessed(edited, change_set(edited).digest)
            self._assessments[contents.digest] = found
        return found

    def edits(self, change: str, contents: RevisionSubmitted | RevisionDrafted) -> tuple[EditedPath, ...]:
        """Return the edits of recorded contents: as they are here before, as recorded after."""
        paths = [edit.path for edit in contents.edits]
        here = read_paths(self.access.source, self.tip, paths)
        return tuple(
            EditedPath(
                edit.path,
                here.get(edit.path),
                Content(edit.after.mode, self.access.journal.blob(change, edit.after.sha256)) if edit.after else None,
            )
            for edit in contents.edits
        )

    def proposal(self, state: ChangeState) -> Proposal | None:
        """Return the contents of a change as `judge` and `decide` see them at this tip."""
        found = self.assessment(state)
        if found is None:
            return None
        earlier = self._earlier(state) if self.governance.policy.reformatting_keeps_approval else {}
        contents = state.revision or state.draft
        assert contents is not None
        purity = self.purity(state, self.edits(state.change, contents)) if state.reverts else None
        differs = self._effect_differs(state, found.proposal)
        if earlier or purity or differs:
            return replace(found.proposal, earlier=earlier, purity=purity, effect_differs=differs)
        return found.proposal

    def _effect_differs(self, state: ChangeState, proposal: Proposal) -> tuple[str, ...]:
        """Return what reads differently here than when the effect of these contents was computed."""
        if state.effect is None:
            return ()
        from metricgov.app.standing import differs

        return differs(
            state.effect,
            proposal,
            self.governance.config,
            lambda paths: read_paths(self.access.source, self.tip, paths),
            methods=self.methods,
        )

    def purity(self, state: ChangeState, edited: Sequence[EditedPath]) -> Purity | None:
        """Return how the contents of a revert compare with undoing the change that it reverts."""
        from metricgov.app.purity import purity

        return purity(self, self.state(state.reverts), edited) if state.reverts else None

    def _earlier(self, state: ChangeState) -> dict[str, str]:
        """Return the canonical digests of the revisions that people decided on before, by change-set digest."""
        decided = {one.revision for one in state.decisions}
        found = [one for one in state.revisions if one.number in decided and one.digest != state.digest]
        return {one.digest: self.assess(self.edits(state.change, one)).proposal.canonical for one in found}

    def attested(self, state: ChangeState) -> ChangeState:
        """Return a change with the identity behind each decision as this base vouches for it (INV-61)."""
        from metricgov.app.attesting import attested

        return attested(state, self.governance, self.access)

    def judgement(self, state: ChangeState) -> Judgement | None:
        """Return what is missing for a change; None where it has no contents."""
        from metricgov.domain.workflow.judge import judge

        proposal = self.proposal(state)
        if proposal is None:
            return None
        return judge(
            self.attested(state),
            proposal,
            self.governance,
            now=max(self.now, self.not_before),
            registry=self.access.registry,
            target=self.access.target,
            delegations=self.delegations,
            reviews=self.reviews(),
        )

    def reviews(self) -> tuple[ReviewDue, ...]:
        """Return the overrides that nobody has looked at yet (INV-15); read once."""
        from metricgov.app.reviews_due import reviews_due

        if self._reviews is None:
            self._reviews = reviews_due(self)
        return self._reviews

    def context(
        self,
        actor: Actor,
        *,
        proposal: Proposal | None = None,
        other: ChangeState | None = None,
        subjects: tuple[Subject, ...] = (),
        unsigned: str = "",
    ) -> Context:
        """Return the facts around one command."""
        from metricgov.app.working_calendar import working_days
        from metricgov.domain.workflow.context import Context

        return Context(
            actor=actor,
            now=self.now,
            registry=self.access.registry,
            target=self.access.target,
            main=self.tip,
            governance=self.governance,
            proposal=proposal,
            other=other,
            subjects=subjects,
            not_before=self.not_before,
            delegations=self.delegations,
            reviews=self.reviews() if proposal is not None else (),
            unsigned=unsigned,
            calendar=partial(working_days, self.governance, proposal, calendars=self.access.calendars),
        )


def governance_of(access: Access, commit: str) -> Governance:
    """Return the governance in force at a commit, worked out once; Undecidable where it does not load."""
    return access.remembered.get(
        ("governance", commit), lambda: governance_at(commit, source=access.source, files=access.files)
    )


def at_tip(access: Access) -> Moment:
    """Return the present moment; Undecidable where no governance is in force."""
    tip = access.source.resolve(access.target)
    last = _last_event(access)
    return Moment(
        access=access,
        tip=tip,
        governance=governance_of(access, tip),
        now=time.to_text(access.clock.now()),
        not_before=last.at if last else "",
        methods=METHODS,
    )


def _last_event(access: Access) -> Envelope | None:
    seq = access.journal.head().seq
    return next(iter(access.journal.events(since=seq - 1)), None) if seq else None


def known_change(access: Access, change: str) -> ChangeState:
    """Return a change that exists; Undecidable where the journal has no event of it."""
    state = state_of(change, access.journal)
    if not state.last_seq:
        raise Undecidable("change_unknown", f"the journal holds no change {change}", hint="run: metricgov change list")
    return state
