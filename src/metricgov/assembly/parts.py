"""The parts of one registry, each built when it is used: its repository, journal, files, keys, engines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov.app.remembered import Remembered
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable
from metricgov.ports.calendar import Calendars
from metricgov.ports.clock import Clock

if TYPE_CHECKING:
    from datetime import date

    from metricgov.adapters.drafts import FileDrafts
    from metricgov.adapters.git.journal import GitJournal
    from metricgov.adapters.git.mirror import Mirror
    from metricgov.adapters.git.repository import GitRepository
    from metricgov.adapters.git.shared_journal import SharedJournal
    from metricgov.adapters.git.shared_values import SharedValues
    from metricgov.adapters.git.values import GitValues
    from metricgov.adapters.index.opened import Opened
    from metricgov.adapters.loading import Loading
    from metricgov.adapters.signing.keygen import KeygenSigner
    from metricgov.adapters.signing.verify import SshVerifier
    from metricgov.adapters.yaml.files import YamlFiles
    from metricgov.domain.definitions.engines import EngineSettings
    from metricgov.domain.definitions.governance import Metricgov
    from metricgov.domain.definitions.source import Source
    from metricgov.domain.linted import Linted
    from metricgov.ports.landing import Landing
    from metricgov.ports.warehouse import Warehouse

DEFAULT_TARGET = "refs/heads/main"
DEFAULT_JOURNAL = "metricgov/journal"
DEFAULT_VALUES = "metricgov/values"
SETTINGS_PATH = "metricgov.yaml"

OFFLINE_VARIABLE = "METRICGOV_OFFLINE"
"""Set to 1, it lets everything wait here instead of sending it."""

SIGNING_KEY_VARIABLE = "METRICGOV_SIGNING_KEY"
"""Names the key that signs decisions, as git's user.signingkey does."""


class Parts:
    """What one registry is made of, found from any folder in it.

    Nothing is read before it is needed, and no heavy library is imported by opening one.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        *,
        clock: Clock | None = None,
        environ: Mapping[str, str] | None = None,
        journal_ref: str | None = None,
        repository: GitRepository | None = None,
        remembered: Remembered | None = None,
        opened: Opened | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._environ = os.environ if environ is None else environ
        self._journal_ref = journal_ref
        self.remembered = remembered or Remembered()
        self._opened = opened
        if repository is not None:
            self.__dict__["repository"] = repository

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

        return SharedJournal(self.repository, self.journal_branch, self.mirror, offline=self.offline, tell=say)

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

            return SharedLanding(self.repository, self.mirror, offline=self.offline, tell=say)
        from metricgov.adapters.git.landing import GitLanding

        return GitLanding(self.repository)

    @cached_property
    def drafts(self) -> FileDrafts:
        """What people are writing here."""
        from metricgov.adapters.drafts import FileDrafts

        return FileDrafts(self.repository.state_dir() / "drafts")

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

    def warehouse(self, wanted: str | None = None) -> tuple[str, EngineSettings, Warehouse]:
        """Return an engine of metricgov.yaml with its name and settings; Undecidable where it does not answer."""
        from metricgov.adapters.warehouse.opening import chosen, open_warehouse

        name = chosen(self.settings.engines, wanted or self.settings.effect.engine)
        settings = self.settings.engines[name]
        return name, settings, open_warehouse(name, settings, folder=self.repository.toplevel(), environ=self._environ)

    def write_parquet(
        self, path: Path, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str | float | None]]
    ) -> None:
        """Write a table as Parquet; columns are (name, `text` or `number`)."""
        from metricgov.adapters.warehouse.opening import require

        with require("duckdb"):
            from metricgov.adapters.warehouse.parquet import write_parquet
        write_parquet(path, columns, rows)

    def make_sample(
        self,
        path: Path,
        *,
        rows: int,
        seed: int,
        engine: str,
        progress: Callable[[str, int, int], None],
        known_at: date | None = None,
    ) -> Mapping[str, int]:
        """Write a DuckDB database with made-up rows for the sources on main; return rows by table."""
        from metricgov.adapters.warehouse.opening import require

        with require("duckdb"):
            from metricgov.adapters.warehouse.sample import Recipe, make_sample
        return make_sample(path, self.sources(), engine, Recipe(rows, seed, known_at=known_at), progress)

    def sources(self) -> Sequence[Source]:
        """Return the sources on main that can be read."""
        from metricgov.domain.definitions.kinds import Kind
        from metricgov.domain.definitions.problems import DefinitionErrors
        from metricgov.domain.definitions.source import Source

        found = []
        for one in self.load_registry(self.repository.resolve(self.target)).registry:
            with suppress(DefinitionErrors):  # lint names what does not load
                if one.kind is Kind.SOURCE and isinstance(model := one.model, Source):
                    found.append(model)
        return found

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

        def read() -> Mapping[str, object]:
            found = read_paths(self.repository, commit, (SETTINGS_PATH,))
            return self.files.load(found[SETTINGS_PATH].data, SETTINGS_PATH) if found else {}

        return self.remembered.get(("settings", commit), read)


def say(text: str) -> None:
    """Tell a person something beside the answer."""
    sys.stderr.write(text + "\n")


def signer_here(named: str = "") -> KeygenSigner | None:
    """Return who signs on this machine, without any registry: the key that is named, else that of the environment.

    Else git's own, as this user has set it; None where none is named anywhere, BadInput where what is named is no key.
    """
    from metricgov.adapters.git.process import run, signing_key, user_environment
    from metricgov.adapters.signing.keygen import signer_for

    def setting(key: str) -> str:
        return run(["git", "config", "--global", "--get", key], user_environment(os.environ), Path.cwd()).text

    name = named or os.environ.get(SIGNING_KEY_VARIABLE, "") or signing_key(setting)
    return signer_for(name, os.environ) if name else None
