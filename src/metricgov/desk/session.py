"""What most questions begin with: the registry here, who acts, and which change or definition is meant."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov.app.access import Access
from metricgov.bootstrap import Workspace
from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.workflow.envelope import Actor, Identity

if TYPE_CHECKING:
    from datetime import datetime

    from metricgov.adapters.drafts import FileDrafts
    from metricgov.app.moment import Moment
    from metricgov.app.voicing import Voice
    from metricgov.domain.workflow.rights import Governance
    from metricgov.ports.clock import Clock


class Session:
    """One person in one registry, as it is at this moment: made anew when something moved."""

    def __init__(
        self,
        claimed: str | None = None,
        *,
        key: str = "",
        folder: Path | str | None = None,
        clock: Clock | None = None,
        workspace: Workspace | None = None,
        identity: Identity = Identity.CLAIMED,
    ) -> None:
        self.workspace = workspace or Workspace(folder, clock=clock)
        self._claimed = claimed
        self._key = key
        self._identity = identity

    @property
    def access(self) -> Access:
        """The ports of the registry."""
        return self.workspace.access

    @property
    def reading(self) -> Access:
        """The same ports for reading: with what a main moved by other hands means for open changes."""
        return self.workspace.foreseen

    @cached_property
    def tip(self) -> str:
        """The commit that main is at."""
        return self.access.source.resolve(self.access.target)

    def commit(self, at: str) -> str:
        """Return the commit that a branch, full ref or commit id names; "" is main's."""
        return self.workspace.repository.resolve(at) if at else self.tip

    @cached_property
    def moment(self) -> Moment:
        """The present moment, for reading: what changes mean is worked out once a session."""
        from metricgov.app.moment import at_tip

        return at_tip(self.reading)

    @cached_property
    def governance(self) -> Governance:
        """The governance in force on main."""
        from metricgov.app.moment import governance_of

        return governance_of(self.access, self.tip)

    @cached_property
    def actor(self) -> Actor:
        """Who acts: `--as`, else the owner of git's user.email; at a server only whom it has found them to be."""
        from metricgov.app.identity import acting

        if self._identity is Identity.CLAIMED:
            return acting(self.governance, email=self.workspace.repository.user_email(), claimed=self._claimed)
        if not self._claimed:
            raise Refused(
                "unknown_person", "you are nobody of governance/people.yaml", hint="ask the council for a place there"
            )
        return replace(acting(self.governance, email="", claimed=self._claimed), identity=self._identity)

    @cached_property
    def voice(self) -> Voice:
        """Who decides: as signed where the person has a key in people.yaml on main and it is at hand here."""
        from metricgov.app.voicing import Voice, voice_of

        if self._identity is not Identity.CLAIMED:
            return Voice(self.access, self.actor)  # keys that lie on a server are nobody's
        return voice_of(
            self.access,
            self.governance,
            self.actor,
            own=self._own(),
            find=lambda: self.workspace.signer(self._key),
            asked=bool(self._key),
        )

    @cached_property
    def drafts(self) -> FileDrafts:
        """What the person is writing: on their own machine those of this clone, at a server only theirs."""
        if self._identity is Identity.CLAIMED:
            return self.workspace.drafts
        from metricgov.adapters.drafts import FileDrafts

        return FileDrafts(self.workspace.repository.state_dir() / "drafts_served" / self.actor.principal)

    def _own(self) -> bool:
        """Whether the person that git knows here is who acts."""
        return (
            not self._claimed or self.governance.principal_of(self.workspace.repository.user_email()) == self._claimed
        )

    def today(self) -> datetime:
        """Return the start of today, in UTC and without a zone, as engines are asked."""
        now = self.access.clock.now()
        return now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)

    def change(self, text: str, *, ended: bool = False) -> str:
        """Return the full id of the change that a text names; with `ended`, one that is over will do."""
        from metricgov.app.addressing import resolve_change

        journal = self.reading.journal
        try:
            return resolve_change(text, journal=journal, ids=self.workspace.journal, ended=ended)
        except BadInput as error:
            if error.code == "change_unknown" and (near := self._near(text.strip())):
                raise BadInput(error.code, error.message, hint=f"did you mean {', '.join(near)}?") from None
            raise

    def _near(self, word: str) -> list[str]:
        """Return labels of changes, and names of definitions with an open one, that are nearly a word."""
        from difflib import get_close_matches

        from metricgov.app.addressing import Labels
        from metricgov.app.listing_changes import OPEN_STAGES
        from metricgov.ports.index import ChangeQuery

        known = set(Labels(self.workspace.journal.changes()).values())
        for one in self.workspace.lookup.changes(ChangeQuery(OPEN_STAGES)):
            known |= {each.id.partition(":")[2] for each in one.definitions}
        return get_close_matches(word, sorted(known), n=3, cutoff=0.75)

    def label(self, change: str) -> str:
        """Return the short form of a change id, as commands take it."""
        from metricgov.app.addressing import Labels, label_of

        known = self.workspace.journal.changes()
        return Labels(known).get(change) or label_of(change, known)

    def definition(self, name: str, *, past: bool = False, at: str = "") -> str:
        """Return the id that a name means on main (or `at` a commit), with `past` also of what the journal knows."""
        from metricgov.app.addressing import resolve_definition, touched_ids
        from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of

        globs = self.globs_for(name)
        tree = self.access.source.tree(at or self.tip, () if globs else GOVERNED_ROOTS)
        known = {definition for path in tree if (definition := id_of(path, globs)) is not None}
        if past and name not in known:
            known |= set(touched_ids(name, self.workspace.journal))
        return resolve_definition(name, known)

    def globs_for(self, name: str) -> tuple[str, ...]:
        """Return the paths of other tools' files where a name may mean one: it has a slash, a dot or a kind."""
        if not set(":/.") & set(name):
            return ()
        return tuple(glob for one in self.workspace.settings.opaque for glob in one.paths)

    def path_of(self, name: str, commit: str = "") -> str:
        """Return the path of a definition at a commit (main's tip if ""), by name or `kind:name`."""
        from metricgov.app.addressing import resolve_definition
        from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of

        bare = name.removeprefix("opaque:")
        if id_of(bare, self.globs_for(name)) == f"opaque:{bare}":
            raise BadInput(
                "not_native",
                f"{bare} is another tool's file",
                hint=f"edit it where it is, then run: metricgov propose {bare} -m WHY",
            )
        paths = {
            definition: path
            for path in self.access.source.tree(commit or self.tip, GOVERNED_ROOTS)
            if (definition := id_of(path)) is not None
        }
        return paths[resolve_definition(name, paths)]
