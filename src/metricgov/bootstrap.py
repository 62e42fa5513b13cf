"""What a door opens: one registry, its parts (assembly/parts.py), and what is read of them and judged by."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov.app.access import Access
from metricgov.assembly.outside import history_of
from metricgov.assembly.parts import DEFAULT_JOURNAL, DEFAULT_TARGET, Parts, say
from metricgov.domain.errors import InvalidFiles, MetricgovError, Undecidable

if TYPE_CHECKING:
    from metricgov.adapters.git.frozen import FrozenJournal
    from metricgov.adapters.git.integrity import GitIntegrity
    from metricgov.adapters.index.stored import StoredIndex
    from metricgov.app.doctoring import Patient
    from metricgov.app.notifying import Post
    from metricgov.domain.workflow.envelope import Draft
    from metricgov.ports.bell import Bell
    from metricgov.ports.deliveries import Deliveries
    from metricgov.ports.idempotency import Idempotency
    from metricgov.ports.index import Lookup
    from metricgov.ports.leases import Leases
    from metricgov.ports.oidc import CodeFlow, Provider
    from metricgov.ports.remote import Waiting
    from metricgov.ports.sessions import Sessions
    from metricgov.ports.tokens import Tokens

INDEX_VARIABLE = "METRICGOV_INDEX"
"""Names another database for the index, as a SQLAlchemy URL."""

DATABASE_VARIABLE = "METRICGOV_DATABASE"
"""Names the database of a server, as a SQLAlchemy URL; without it, that of the index where that is PostgreSQL."""

FOLDED_AT_ONCE = 3000
"""Events up to which folding the whole journal takes less time than importing SQLModel and asking the index."""


@dataclass(frozen=True, slots=True)
class Store:
    """What a server keeps of its own; `deliveries` are those of a registry, `close` lets its connections go.

    `bell` makes one by which the processes of a registry wake each other.
    """

    tokens: Tokens
    sessions: Sessions
    answers: Idempotency
    leases: Leases
    deliveries: Callable[[str], Deliveries]
    bell: Callable[[], Bell]
    close: Callable[[], None]


class Workspace(Parts):
    """One registry, opened from any folder in it: its parts, and what doors read of them and judge by.

    Nothing is read before it is needed, and no heavy library is imported by opening one.
    """

    @cached_property
    def index(self) -> StoredIndex:
        """The database computed from git: a file under the git directory, or the one that METRICGOV_INDEX names."""
        from metricgov.adapters.index.filling import Git
        from metricgov.adapters.index.opening import FILE_NAME
        from metricgov.adapters.index.stored import StoredIndex

        where = self._environ.get(INDEX_VARIABLE) or self.repository.state_dir() / FILE_NAME
        git = Git(self.journal, self.repository, self.files, self.target, self.registry_id)
        return StoredIndex(where, git, say, self._opened)

    @cached_property
    def store(self) -> Store:
        """What is a server's own: in the database that METRICGOV_DATABASE names, else in a file beside the index."""
        from metricgov.adapters.store.answers import StoredAnswers
        from metricgov.adapters.store.bells import bell_for
        from metricgov.adapters.store.database import FILE_NAME, Database
        from metricgov.adapters.store.deliveries import StoredDeliveries
        from metricgov.adapters.store.leases import StoredLeases
        from metricgov.adapters.store.sessions import StoredSessions
        from metricgov.adapters.store.tokens import StoredTokens

        named = self._environ.get(DATABASE_VARIABLE, "") or self._environ.get(INDEX_VARIABLE, "")
        database = Database(named or self.repository.state_dir() / FILE_NAME)
        return Store(
            StoredTokens(database),
            StoredSessions(database),
            StoredAnswers(database),
            StoredLeases(database),
            partial(StoredDeliveries, database),
            partial(bell_for, database, named, lambda: self.registry_id),
            database.close,
        )

    @cached_property
    def post(self) -> Post:
        """Where notices go: the store, and the channels of the private file; BadInput where that cannot be used."""
        from metricgov.adapters.notify.channels import Channels
        from metricgov.adapters.notify.settings import FILE_NAME, FILE_VARIABLE, wishes_in
        from metricgov.app.notifying import Post as Where

        named = self._environ.get(FILE_VARIABLE, "")
        wishes = wishes_in(Path(named or self.repository.state_dir() / FILE_NAME), named=bool(named))
        return Where(self.store.deliveries(self.registry_id), Channels(wishes, self._environ), wishes)

    @cached_property
    def lookup(self) -> Lookup:
        """Answers about many changes: from the journal while folding it is quicker than loading a database library.

        Undecidable where this clone lacks the journal: nothing known is not the same as nothing there (INV-25).
        """
        self.require_journal()
        journal = self.foreseen.journal
        if journal is self.journal and journal.head().seq > FOLDED_AT_ONCE:
            return self.index
        from metricgov.app.lookup import JournalLookup

        return JournalLookup(journal)

    @cached_property
    def integrity(self) -> GitIntegrity:
        """The check of every byte of the journal; Undecidable where this clone lacks it."""
        self.require_journal()
        from metricgov.adapters.git.integrity import GitIntegrity

        return GitIntegrity(self.repository, self.journal, self.target)

    @cached_property
    def access(self) -> Access:
        """The ports as the use cases take them; Undecidable beside the journal of another registry."""
        if self.journal.exists() and (theirs := self.journal.registry().registry) != self.registry_id:
            raise Undecidable(
                "other_registry",
                f"the journal is that of registry {theirs}, and main is registry {self.registry_id}",
                hint=f"fetch the journal of this registry: git fetch origin {self.journal_branch}",
            )
        access = Access(
            source=self.repository,
            ancestry=self.repository,
            journal=self.journal,
            files=self.files,
            clock=self.clock,
            calendars=self.calendars,
            target=self.target,
            registry=self.registry_id,
            outbox=self.shared,
            signatures=self.journal,
            verifier=self.verifier,
            remembered=self.remembered,
        )
        if self.shared is not None:
            self.shared.again = partial(_deciding_again, access)
        return access

    @cached_property
    def record(self) -> FrozenJournal:
        """The journal as it is at this moment, for readers who must not see it grow; Undecidable where it is not."""
        from metricgov.adapters.git.frozen import FrozenJournal

        self.require_journal()
        return FrozenJournal(self.repository.store, self.journal.record().commit)

    def journal_at(self, commit: str) -> FrozenJournal:
        """Return the journal as it stands at a commit, whatever branch that is on."""
        from metricgov.adapters.git.frozen import FrozenJournal

        return FrozenJournal(self.repository.store, commit)

    @cached_property
    def audited(self) -> Access:
        """The ports for judging the past: the journal, not today's main, says which registry and branch it is about."""
        said = self.record.registry()
        return Access(
            source=self.repository,
            ancestry=self.repository,
            journal=self.record,
            files=self.files,
            clock=self.clock,
            calendars=self.calendars,
            target=said.target,
            registry=said.registry,
            signatures=self.record,
            verifier=self.verifier,
            remembered=self.remembered,
        )

    @cached_property
    def foreseen(self) -> Access:
        """The ports for reading: with what a main moved by other hands means, which nobody has recorded yet."""
        if self.journal.head().main in ("", self.repository.resolve(self.target)):
            return self.access
        from metricgov.adapters.git.foreseen import ForeseenJournal
        from metricgov.app.catching_up import catch_up
        from metricgov.app.moment import at_tip

        try:
            drafts = catch_up(at_tip(self.access))
        except MetricgovError:
            return (
                self.access
            )  # main cannot be judged, so nothing follows from its move; what needs a judgement says so
        if not drafts:
            return self.access
        return replace(self.access, journal=ForeseenJournal.after(self.journal.view(), drafts))

    @cached_property
    def still(self) -> Access:
        """The ports for looking at many changes at once: all of it as it is at this moment, and read once."""
        from metricgov.app.listing_changes import OPEN_STAGES
        from metricgov.app.still import still
        from metricgov.ports.index import ChangeQuery

        known = self.lookup.changes(ChangeQuery(OPEN_STAGES))
        names = {each.id.partition(":")[2] for one in known for each in one.definitions}
        if self.foreseen.journal is not self.journal:
            return still(self.foreseen, names)
        from metricgov.adapters.git.frozen import FrozenJournal

        here = FrozenJournal(self.repository.store, self.journal.view().commit)  # with what waits here to be sent
        return still(replace(self.foreseen, journal=here), names)

    def frozen(self, base: str, journal_ref: str = "") -> tuple[Access, bool]:
        """Return the ports for a verdict on a base commit, and whether the journal is in this clone.

        The journal is the named ref, else its branch, here or at the remote `origin`, whichever goes further; which
        branch that is, the base says. Undecidable where the two part from each other.
        """
        from metricgov.adapters.git.frozen import FrozenJournal

        commit = self._journal_commit(base, journal_ref)
        journal = FrozenJournal(self.repository.store, commit)
        record = journal.registry() if commit else None
        access = Access(
            source=self.repository,
            ancestry=self.repository,
            journal=journal,
            files=self.files,
            clock=self.clock,
            calendars=self.calendars,
            target=record.target if record else DEFAULT_TARGET,
            registry=record.registry if record else "",
            signatures=journal,
            verifier=self.verifier,
            past=lambda: history_of(self.repository),
            remembered=self.remembered,
        )
        return access, bool(commit)

    def _journal_commit(self, base: str, journal_ref: str) -> str:
        if journal_ref:
            return self.repository.resolve(journal_ref)
        try:
            branch = str(self.settings_in(base).get("journal") or DEFAULT_JOURNAL)
        except InvalidFiles:  # the gate says what is wrong with the base, and what mends it
            branch = DEFAULT_JOURNAL
        refs = (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}")
        here, there = (self.repository.store.ref(ref) for ref in refs)
        if not (here and there) or here == there:
            return here or there
        from metricgov.adapters.git.journal_view import longer

        chosen = longer(self.repository.store, here, there, branch=branch)
        if chosen == there:
            say(f"The journal is read from origin/{branch}: it goes on where the branch {branch} here ends.")
        return chosen


def with_database(folder: Path | str | None, database: str) -> Workspace:
    """Return a registry whose server keeps its own in the database of a URL ("": where it is by default)."""
    return Workspace(folder, environ={**os.environ, DATABASE_VARIABLE: database} if database else None)


def oidc_provider(issuer: str) -> Provider:
    """Return the provider of identities at an address; it is not asked yet."""
    from metricgov.adapters.oidc.provider import OidcProvider

    return OidcProvider(issuer)


def oidc_code_flow(issuer: str, client: str, secret: str, scopes: str) -> CodeFlow:
    """Return how browsers sign in at a provider of identities; it is not asked yet."""
    from metricgov.adapters.oidc.code_flow import OidcCodeFlow

    return OidcCodeFlow(issuer, client, secret, scopes)


def oidc_keys(issuer: str) -> int:
    """Return how many keys a provider of identities signs with; raises what it is that keeps it from being used."""
    from metricgov.adapters.oidc.provider import keys_of

    return len(keys_of(issuer))


def _deciding_again(access: Access) -> Callable[[Waiting], Sequence[Draft]]:
    """Return what decides things that waited; the use case is loaded only if something did."""
    from metricgov.app.syncing import deciding_again

    return deciding_again(access)


def patient_in(folder: Path | str) -> Patient:
    """Return the repository of a folder as `doctor` examines it."""
    from metricgov.adapters.git.facts import facts
    from metricgov.app.doctoring import Patient as Examined
    from metricgov.app.doctoring_engines import Engines

    workspace = Workspace(folder)
    repository = workspace.repository

    def journal_of() -> tuple[str, str]:
        found = workspace.journal.registry()
        return found.registry, found.target

    return Examined(
        facts=facts(repository),
        source=repository,
        ancestry=repository,
        files=workspace.files,
        branch=lambda: workspace.journal_branch,
        open_journal=lambda: workspace.journal,
        registry_at=lambda: workspace.registry_id,
        journal_of=journal_of,
        access=lambda: workspace.access,
        signer=workspace.signer,
        remote=lambda: workspace.mirror.remote.name if workspace.mirror else "",
        values=lambda: workspace.values,
        engines=lambda: Engines(
            tuple(workspace.settings.engines),
            lambda name: workspace.warehouse(name)[2],
            workspace.sources,
            workspace.clock.now,
        ),
    )
