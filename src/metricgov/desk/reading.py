"""Reading definitions here: what there is, one in full, its neighbours, and who decides about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metricgov.desk.asked import ANY, Complaints
from metricgov.desk.at import At
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.app.moment import Moment
    from metricgov.desk.searching import Finder
    from metricgov.desk.session import Session
    from metricgov.domain.cards import DefinitionCard
    from metricgov.domain.linted import Linted
    from metricgov.domain.reading_views import Lineage
    from metricgov.domain.searched import Facets, Searched
    from metricgov.domain.views import DefinitionRow, ImpactRow, Then, WhoView
    from metricgov.domain.workflow.rights import Governance


class LocalReading(At):
    """Implements Reading over a Session; the definitions of one commit are kept until main has another."""

    def names(self) -> tuple[str, ...]:
        """Return the id of every definition on main; no file is read for it."""
        from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of

        session = self.session()
        tree = session.access.source.tree(session.tip, GOVERNED_ROOTS)
        return tuple(sorted(found for path in tree if (found := id_of(path)) is not None))

    def definitions(self) -> tuple[DefinitionRow, ...]:
        """Return a line for every definition on main, with everything that is searched and by which it is narrowed."""
        from metricgov.app.listing import every_definition

        return every_definition(self.whole(), governance=self._governance(), open_changes=self._open_labels())

    def search(self, text: str = "", facets: Facets = ANY, *, sort: str = "name", most: int = 50) -> Searched:
        """Return what matches every word of a text, best first."""
        from metricgov.desk.searching import SORTS
        from metricgov.domain.searched import Searched

        if sort not in SORTS:
            raise BadInput("bad_sort", f"{sort!r} is no order", hint=f"one of {', '.join(SORTS)}")
        finder = self._finder()
        found = finder.find(text, facets, sort)
        rows = found.rows[:most] if most > 0 else found.rows
        return Searched(rows, len(found.rows), found.exact, found.closest, finder.counts(text, facets))

    def card(self, definition: str, *, at: str = "", on: str = "", version: str = "") -> DefinitionCard:
        """Return one definition in full, as main has it or as it was."""
        from metricgov.app.showing import card, card_of, card_on, locate
        from metricgov.domain.period import whole_day

        if (at != "") + (on != "") + (version != "") > 1:
            says = "a commit, a day and a version are different questions"
            raise BadInput("two_moments", says, hint="give one of them")
        session = self.session()
        ids = session.workspace.journal
        if on or version:
            session.workspace.require_journal()
            name = session.definition(definition, past=True)
            if version:
                return card_of(session.reading, name, version, ids=ids)
            return card_on(session.reading, name, f"{whole_day(on):%Y-%m-%d}", ids=ids)
        commit = session.commit(at)
        found, path = locate(definition, commit, source=session.access.source, globs=session.globs_for(definition))
        return card(session.reading, found, path, commit=commit, ids=ids, with_changes=not at)

    def reached(self, definition: str, *, at: str = "") -> tuple[ImpactRow, ...]:
        """Return everything that is computed from a definition or uses it, nearest first."""
        from metricgov.app.addressing import resolve_definition
        from metricgov.app.impact import impact
        from metricgov.app.owning import governance_or_why

        session = self.session()
        commit = session.commit(at)
        linted = session.workspace.load_registry(commit) if at else self.whole()
        governance, _ = governance_or_why(session.access, commit)
        return impact(resolve_definition(definition, linted.paths), linted, governance)

    def lineage(self, definition: str) -> Lineage:
        """Return what a definition is computed from and what is computed from it, one step each way."""
        from metricgov.app.lineage import lineage

        return lineage(definition, self.whole(), self._governance())

    def who(
        self, definition: str, change_class: ChangeClass = ChangeClass.BREAKING, by: str = "", at: str = ""
    ) -> WhoView:
        """Return who would have to agree to a change of that class, written by a person ("": by nobody we know)."""
        return who_would(self.session(), definition, change_class, by, at)

    def lint(self, *, at: str = "") -> Complaints:
        """Return what is wrong with the files of main, or of the commit `at`."""
        from metricgov.app.linting import lint

        session = self.session()
        commit, workspace = session.commit(at), session.workspace
        linted = workspace.load_registry(commit) if at else self.whole()
        found = lint(linted, files=workspace.files, calendars=workspace.calendars)
        return Complaints(found.complaints, found.files, commit)

    def whole(self) -> Linted:
        """Return every definition of main as it is now."""
        session = self.session()
        return self.made("whole", session.tip, lambda: session.workspace.load_registry(session.tip))

    def _finder(self) -> Finder:
        from metricgov.desk.searching import Finder

        labels = self._open_labels()
        return self.made("finder", (self.session().tip, labels), lambda: Finder(self.definitions()))

    def _open_labels(self) -> dict[str, str]:
        """Return the label of the open change of each definition that has one."""
        from metricgov.app.listing import open_labels

        workspace = self.session().workspace
        return self.made("labels", workspace, lambda: open_labels(workspace.lookup, workspace.journal))

    def _governance(self) -> Governance | None:
        from metricgov.app.owning import governance_or_why

        session = self.session()
        return governance_or_why(session.access, session.tip)[0]


def who_would(session: Session, name: str, change_class: ChangeClass, by: str, at: str) -> WhoView:
    """Return who would have to agree to a change of a definition, now or at a time ("": now)."""
    from metricgov.app.moment import at_tip
    from metricgov.app.rights import who_view
    from metricgov.domain.definitions.problems import did_you_mean

    if at:
        moment, then = _then(session, at)
        definition = session.definition(name, at=moment.tip)
    else:
        moment, then, definition = at_tip(session.reading), None, session.definition(name)
    if by and moment.governance.person(by) is None:
        near = did_you_mean(by, sorted(moment.governance.active))
        raise BadInput("principal_unknown", f"{by!r} is nobody with rights {'then' if at else 'here'}", hint=near)
    return replace(who_view(moment, definition, change_class=change_class, contributor=by), then=then)


def _then(session: Session, at: str) -> tuple[Moment, Then]:
    """Return the moment that a date means, and what says so; BadInput where it lies ahead or before the journal."""
    from metricgov.app.in_force import in_force, moment_then
    from metricgov.domain import time
    from metricgov.domain.period import last_of, start_of
    from metricgov.domain.views import Then as Past

    now = time.to_text(session.workspace.clock.now())
    wanted = last_of(at)
    if start_of(at) > now:
        raise BadInput("date_ahead", f"{at} lies ahead", hint="without a date: by the governance in force now")
    audited = session.workspace.audited
    found = in_force(audited.journal, min(wanted, now))
    moment = moment_then(audited, found, wanted)
    return moment, Past(
        min(wanted, now), found.commit, moment.governance.digest, found.seq, found.at, found.next_seq, found.next_at
    )
