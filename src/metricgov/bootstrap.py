"""The only module that names adapters: opens a registry and hands its parts to a door, each built when it is used."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov.app.access import Access
from metricgov.domain.errors import BadInput, InvalidFiles, MetricgovError, Undecidable
from metricgov.ports.calendar import Calendars
from metricgov.ports.clock import Clock

if TYPE_CHECKING:
    from metricgov.adapters.drafts import FileDrafts
    from metricgov.adapters.git.frozen import FrozenJournal
    from metricgov.adapters.git.history import GitHistory
    from metricgov.adapters.git.hooks import GitHooks
    from metricgov.adapters.git.integrity import GitIntegrity
    from metricgov.adapters.git.journal import GitJournal
    from metricgov.adapters.git.mirror import Mirror
    from metricgov.adapters.git.repository import GitRepository
    from metricgov.adapters.git.shared_journal import SharedJournal
    from metricgov.adapters.git.shared_values import SharedValues
    from metricgov.adapters.git.site import GitSite
    from metricgov.adapters.git.values import GitValues
    from metricgov.adapters.index.stored import StoredIndex
    from metricgov.adapters.loading import Loading
    from metricgov.adapters.signing.keygen import KeygenSigner
    from metricgov.adapters.signing.verify import SshVerifier
    from metricgov.adapters.yaml.files import YamlFiles
    from metricgov.app.doctoring import Patient
    from metricgov.domain.definitions.engines import EngineSettings
    from metricgov.domain.definitions.governance import Metricgov
    from metricgov.domain.linted import Linted
    from metricgov.domain.workflow.envelope import Draft
    from metricgov.ports.index import Lookup
    from metricgov.ports.landing import Landing
    from metricgov.ports.remote import Waiting
    from metricgov.ports.site import Survey
    from metricgov.ports.warehouse import Warehouse

DEFAULT_TARGET = "refs/heads/main"
DEFAULT_JOURNAL = "metricgov/journal"
DEFAULT_VALUES = "metricgov/values"
SETTINGS_PATH = "metricgov.yaml"

OFFLINE_VARIABLE = "METRICGOV_OFFLINE"
"""Set to 1, it lets everything wait here instead of sending it."""

INDEX_VARIABLE = "METRICGOV_INDEX"
"""Names another database for the index, as a SQLAlchemy URL."""

SIGNING_KEY_VARIABLE = "METRICGOV_SIGNING_KEY"
"""Names the key that signs decisions, as git's user.signingkey does."""

FOLDED_AT_ONCE = 3000
"""Events up to which folding the whole journal takes less time than importing SQLModel and asking the index."""


class Workspace:
    """One registry, opened from any folder in it.

    Nothing is read before it is needed, and no heavy library is imported by opening one.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        *,
        clock: Clock | None = None,
        environ: Mapping[str, str] | None = None,
        journal_ref: str | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._environ = os.environ if environ is None else environ
        self._journal_ref = journal_ref

    @cached_property
    def repository(self) -> GitRepository:
        """The repository: refs, trees, blobs, ancestry."""
        from metricgov.adapters.git.repository import GitRepository

        return GitRepository.open(self._folder, environ=self._environ)

    @cached_property
    def clock(self) -> Clock:
        """The source of time."""
        from metricgov.adapters.clock import SystemClock

        return self._clock or SystemClock()

    @cached_property
    def calendars(self) -> Calendars:
        """Working days, by country and zone."""
        from metricgov.adapters.calendar import HolidayCalendars

        return HolidayCalendars()

    @cached_property
    def files(self) -> YamlFiles:
        """The strict loader and the careful writer."""
        from metricgov.adapters.yaml.files import YamlFiles

        return YamlFiles()

    @cached_property
    def target(self) -> str:
        """The full ref that changes land on, as the journal was created for; `refs/heads/main` before that."""
        return self.journal.registry().target if self.journal.exists() else DEFAULT_TARGET

    @cached_property
    def settings(self) -> Metricgov:
        """metricgov.yaml at the target; where there is no target yet, at HEAD."""
        from metricgov.domain.definitions.governance import Metricgov

        return Metricgov.model_validate(self._settings)

    @cached_property
    def journal_branch(self) -> str:
        """The branch that holds the journal."""
        if self._journal_ref:
            return self._journal_ref
        named = self._settings.get("journal")
        return named if isinstance(named, str) else DEFAULT_JOURNAL

    @cached_property
    def journal(self) -> GitJournal:
        """The journal."""
        from metricgov.adapters.git.journal import GitJournal

        return self.shared or GitJournal(self.repository, self.journal_branch)

    @cached_property
    def mirror(self) -> Mirror | None:
        """What the remote of this registry holds, as it was seen last; None where the registry has none."""
        from metricgov.adapters.git.sharing import mirror_of

        found = mirror_of(self.repository, self.journal_branch, self.settings_in)
        if found is not None:
            self.repository.follow(found.target, found.tracking())
        return found

    @cached_property
    def shared(self) -> SharedJournal | None:
        """The journal and the outbox of a registry with a remote; None where it has none."""
        if self.mirror is None:
            return None
        from metricgov.adapters.git.shared_journal import SharedJournal

        return SharedJournal(self.repository, self.journal_branch, self.mirror, offline=self.offline, tell=_say)

    def adopt_journal(self) -> bool:
        """Fetch the journal into a clone that has none yet; say whether that was so."""
        if self.mirror is None or self.journal.exists() or self.offline:
            return False
        self.mirror.fetch()
        self.__dict__.pop("target", None)
        return self.journal.exists()

    def restore_journal(self) -> tuple[int, int]:
        """Give the remote back what it lost of the journal; return the last seq before and after."""
        return self.mirror.restore() if self.mirror else (0, 0)

    def follow_main(self) -> str:
        """Bring the local branch of the target to where the remote has it; return why not, "" where it is there."""
        from metricgov.adapters.git.shared_landing import SharedLanding

        landing = self.landing
        return landing.follow(self.target) if isinstance(landing, SharedLanding) else ""

    @property
    def offline(self) -> bool:
        """Whether the person said that nothing shall be sent now."""
        return self._environ.get(OFFLINE_VARIABLE, "") not in ("", "0")

    @cached_property
    def landing(self) -> Landing:
        """The only writer of the target."""
        if self.mirror is not None:
            from metricgov.adapters.git.shared_landing import SharedLanding

            return SharedLanding(self.repository, self.mirror, offline=self.offline, tell=_say)
        from metricgov.adapters.git.landing import GitLanding

        return GitLanding(self.repository)

    @cached_property
    def index(self) -> StoredIndex:
        """The database computed from git: a file under the git directory, or the one that METRICGOV_INDEX names."""
        from metricgov.adapters.index.filling import Git
        from metricgov.adapters.index.opening import FILE_NAME
        from metricgov.adapters.index.stored import StoredIndex

        where = self._environ.get(INDEX_VARIABLE) or self.repository.state_dir() / FILE_NAME
        git = Git(self.journal, self.repository, self.files, self.target, self.registry_id)
        return StoredIndex(where, git, _say)

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
    def drafts(self) -> FileDrafts:
        """What people are writing here."""
        from metricgov.adapters.drafts import FileDrafts

        return FileDrafts(self.repository.state_dir() / "drafts")

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
        )
        if self.shared is not None:
            self.shared.again = partial(_deciding_again, access)
        return access

    @cached_property
    def verifier(self) -> SshVerifier:
        """The check of signatures, which loads its library with the first one."""
        from metricgov.adapters.signing.verify import SshVerifier

        return SshVerifier()

    def signer(self, named: str = "") -> KeygenSigner | None:
        """Return who signs here: the key that is named, else that of METRICGOV_SIGNING_KEY, else git's own.

        None where none is named anywhere; BadInput where what is named is no key.
        """
        from metricgov.adapters.signing.keygen import signer_for

        name = named or self._environ.get(SIGNING_KEY_VARIABLE, "") or self.repository.user_signing_key()
        return signer_for(name, self._environ) if name else None

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
        )
        return access, bool(commit)

    def warehouse(self, wanted: str | None = None) -> tuple[str, EngineSettings, Warehouse]:
        """Return an engine of metricgov.yaml with its name and settings; Undecidable where it does not answer."""
        from metricgov.adapters.warehouse.opening import chosen, open_warehouse

        name = chosen(self.settings.engines, wanted or self.settings.effect.engine)
        settings = self.settings.engines[name]
        return name, settings, open_warehouse(name, settings, folder=self.repository.toplevel(), environ=self._environ)

    def make_sample(
        self, path: Path, *, rows: int, seed: int, engine: str, progress: Callable[[str, int, int], None]
    ) -> Mapping[str, int]:
        """Write a DuckDB database with made-up rows for the sources on main; return rows by table."""
        from metricgov.adapters.warehouse.opening import require
        from metricgov.domain.definitions.kinds import Kind
        from metricgov.domain.definitions.source import Source

        with require("duckdb"):
            from metricgov.adapters.warehouse.sample import Recipe, make_sample
        registry = self.load_registry(self.repository.resolve(self.target)).registry
        sources = [one.model for one in registry if one.kind is Kind.SOURCE]
        known = [one for one in sources if isinstance(one, Source)]
        return make_sample(path, known, engine, Recipe(rows, seed), progress)

    @cached_property
    def values(self) -> GitValues:
        """Values as they were known."""
        from metricgov.adapters.git.values import GitValues

        named = self._settings.get("values")
        branch = named if isinstance(named, str) else DEFAULT_VALUES
        return GitValues(self.repository, branch, self.registry_id)

    @cached_property
    def shared_values(self) -> SharedValues | None:
        """The same values at the remote of the registry; None where it has none."""
        if self.mirror is None:
            return None
        from metricgov.adapters.git.shared_values import SharedValues

        return SharedValues(self.repository, self.values, self.mirror)

    def require_journal(self) -> None:
        """Raise Undecidable if this clone lacks the journal, for questions whose answer it alone knows."""
        if not self.journal.exists():
            branch = self.journal_branch
            raise Undecidable(
                "journal_missing",
                f"the journal, the branch {branch}, is not in this clone",
                hint=f"run: git fetch origin {branch}:{branch}" + ("; or: metricgov sync" if self.mirror else ""),
            )

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
            _say(f"The journal is read from origin/{branch}: it goes on where the branch {branch} here ends.")
        return chosen

    def load_registry(self, commit: str = "") -> Linted:
        """Return every definition of a commit ("": of the work tree) and its problems; known blobs are remembered."""
        return self.loading(commit).load()

    def loading(self, commit: str = "") -> Loading:
        """Return a commit ("": the work tree) that is yet to be loaded, and what lint said of it before."""
        from metricgov.adapters.loading import Loading

        return Loading(self.repository, self.files, commit)

    def replace_file(self, path: str, before: bytes, after: bytes) -> None:
        """Write a file of the work tree whose bytes are still `before`, all or nothing."""
        from metricgov.adapters.checkout import replace_file

        replace_file(self.repository.toplevel(), path, before, after)

    @cached_property
    def registry_id(self) -> str:
        """The UUID in metricgov.yaml."""
        return str(self._settings.get("registry", ""))

    @cached_property
    def _settings(self) -> Mapping[str, object]:
        for ref in (DEFAULT_TARGET, "HEAD"):
            try:
                commit = self.repository.resolve(ref)
            except MetricgovError:
                continue
            if found := self.settings_in(commit):
                return found
        raise BadInput(
            "no_registry",
            "there is no metricgov.yaml on the main branch here",
            hint="start one with: metricgov init",
        )

    def settings_in(self, commit: str) -> Mapping[str, object]:
        """Return metricgov.yaml of a commit as it was read, empty where there is none."""
        from metricgov.app.contents import read_paths

        found = read_paths(self.repository, commit, (SETTINGS_PATH,))
        return self.files.load(found[SETTINGS_PATH].data, SETTINGS_PATH) if found else {}


def _deciding_again(access: Access) -> Callable[[Waiting], Sequence[Draft]]:
    """Return what decides things that waited; the use case is loaded only if something did."""
    from metricgov.app.syncing import deciding_again

    return deciding_again(access)


def survey(folder: Path, writes: Iterable[str]) -> Survey:
    """Return what stands in a folder where a registry shall begin."""
    from metricgov.adapters.git.survey import survey as look

    return look(folder, writes=writes, environ=os.environ)


def git_user(folder: Path) -> tuple[str, str]:
    """Return git's user.name and user.email in a folder, "" where unset."""
    from metricgov.adapters.git.survey import user

    return user(os.environ, folder)


def public_key(named: str) -> str:
    """Return the line of the key that a file (either half) holds or a text is; BadInput where it is none."""
    from metricgov.adapters.signing.keygen import signer_for

    return signer_for(named.strip(), os.environ).public


def own_public_key() -> str:
    """Return the line of the key that METRICGOV_SIGNING_KEY or git names for signing with SSH, "" without one."""
    from metricgov.adapters.git.survey import key_of_user

    named = os.environ.get(SIGNING_KEY_VARIABLE, "") or key_of_user(os.environ)
    try:
        return public_key(named) if named else ""
    except BadInput:
        return ""


def begin_repository(folder: Path) -> GitRepository:
    """Make an empty repository on the branch main."""
    from metricgov.adapters.git.setup import create_repository

    return create_repository(folder)


def site_of(repository: GitRepository) -> GitSite:
    """Return what starting a registry needs of a repository."""
    from metricgov.adapters.git.site import GitSite

    return GitSite(repository)


def starter_files() -> dict[str, bytes]:
    """Return the files of the starter registry by path: from the wheel, else from the source tree beside it."""
    package = Path(__file__).parent
    for root in (package / "_starter", package.parents[1] / "registry"):
        files = {file.relative_to(root).as_posix(): file.read_bytes() for file in sorted(root.rglob("*.yaml"))}
        if SETTINGS_PATH in files:
            return files
    raise Undecidable("no_starter", "this installation holds no starter registry", hint="install metricgov again")


def repack(repository: GitRepository) -> None:
    """Put everything into one pack, as a clone holds it."""
    from metricgov.adapters.git.bulk import repack as pack

    pack(repository)


def hooks_of(repository: GitRepository) -> GitHooks:
    """Return the hooks of a repository."""
    from metricgov.adapters.git.hooks import GitHooks

    return GitHooks(repository)


def history_of(repository: GitRepository) -> GitHistory:
    """Return the past of a repository, whether it holds a registry or not."""
    from metricgov.adapters.git.history import GitHistory

    return GitHistory(repository)


def patient_in(folder: Path | str) -> Patient:
    """Return the repository of a folder as `doctor` examines it."""
    from metricgov.adapters.git.facts import facts
    from metricgov.app.doctoring import Patient as Examined

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
    )


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
