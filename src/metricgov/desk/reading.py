"""Reading definitions here: what there is, one in full, its neighbours, and who decides about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.desk.at import At
from metricgov.domain.changes.findings import ChangeClass

if TYPE_CHECKING:
    from metricgov.domain.cards import DefinitionCard
    from metricgov.domain.linted import Linted
    from metricgov.domain.reading_views import Lineage
    from metricgov.domain.views import DefinitionRow, WhoView
    from metricgov.domain.workflow.rights import Governance


class LocalReading(At):
    """Implements Reading over a Session; the definitions of one commit are kept until main has another."""

    _whole: tuple[str, Linted] | None = None

    def names(self) -> tuple[str, ...]:
        """Return the id of every definition on main; no file is read for it."""
        from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of

        session = self.session()
        tree = session.access.source.tree(session.tip, GOVERNED_ROOTS)
        return tuple(sorted(found for path in tree if (found := id_of(path)) is not None))

    def definitions(self) -> tuple[DefinitionRow, ...]:
        """Return a line for every definition on main, with everything that is searched and by which it is narrowed."""
        from metricgov.app.listing import every_definition, open_labels

        session = self.session()
        labels = open_labels(session.workspace.lookup, session.workspace.journal)
        return every_definition(self.whole(), governance=self._governance(), open_changes=labels)

    def card(self, definition: str) -> DefinitionCard:
        """Return one definition in full, by its id or any name that commands take."""
        from metricgov.app.showing import card, locate

        session = self.session()
        found, path = locate(definition, session.tip, source=session.access.source, globs=session.globs_for(definition))
        return card(session.reading, found, path, commit=session.tip, ids=session.workspace.journal)

    def lineage(self, definition: str) -> Lineage:
        """Return what a definition is computed from and what is computed from it, one step each way."""
        from metricgov.app.lineage import lineage

        return lineage(definition, self.whole(), self._governance())

    def who(self, definition: str, change_class: ChangeClass = ChangeClass.BREAKING, by: str = "") -> WhoView:
        """Return who would have to agree to a change of that class, written by a person ("": by nobody we know)."""
        from metricgov.app.moment import at_tip
        from metricgov.app.rights import who_view

        session = self.session()
        found = session.definition(definition)
        return who_view(at_tip(session.reading), found, change_class=change_class, contributor=by)

    def whole(self) -> Linted:
        """Return every definition of main as it is now."""
        session = self.session()
        if self._whole is None or self._whole[0] != session.tip:
            self._whole = session.tip, session.workspace.load_registry(session.tip)
        return self._whole[1]

    def _governance(self) -> Governance | None:
        from metricgov.app.owning import governance_or_why

        session = self.session()
        return governance_or_why(session.access, session.tip)[0]
