"""Which remote a registry is shared through, from what this clone knows; nothing here talks to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from metricgov.adapters.git.mirror import DEFAULT_TARGET, SEEN, Mirror
from metricgov.adapters.git.network import SILENCE, settings_of
from metricgov.adapters.git.remote import GitRemote
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import BadInput

SETTING = "metricgov.remote"
USUAL = "origin"


def mirror_of(
    repository: GitRepository, branch: str, settings_in: Callable[[str], Mapping[str, object]]
) -> Mirror | None:
    """Return the mirror of the remote that `git config metricgov.remote` names ("" for none), else of `origin`.

    `origin` counts if it was seen to hold the journal, or this registry's main. BadInput for a remote not there.
    """
    store = repository.store
    settings = store.of_file(repository.common_dir() / "config", lambda: settings_of(repository.git))
    known = {key[len("remote.") : -len(".url")] for key in settings if key.startswith("remote.")}
    name = settings.get(SETTING, USUAL if USUAL in known else "")
    if not name:
        return None
    if name not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise BadInput(
            "remote_unknown",
            f"git config {SETTING} names {name}, and no remote is called that",
            hint=f"there is: {listed}. Change it: git config {SETTING} NAME; or --unset it",
        )
    remote = GitRemote(repository, name, silence=_seconds(settings.get("metricgov.timeout", "")))
    mirror = Mirror(repository, remote, f"refs/heads/{branch}")
    if SETTING in settings or _holds_registry(repository, mirror, branch, settings_in):
        return mirror
    return None


def _holds_registry(
    repository: GitRepository, mirror: Mirror, branch: str, settings_in: Callable[[str], Mapping[str, object]]
) -> bool:
    """Say whether a remote was seen to hold the journal, or a main with the same registry id as here."""
    store = repository.store
    if store.refs(f"refs/remotes/{mirror.remote.name}/{branch}", SEEN):
        return True
    there, here = store.ref(mirror.tracking()), store.ref(DEFAULT_TARGET)
    if not there or not here:
        return False
    registry = settings_in(there).get("registry")
    return bool(registry) and registry == settings_in(here).get("registry")


def _seconds(text: str) -> float:
    try:
        return max(1.0, float(text)) if text else SILENCE
    except ValueError:
        return SILENCE
