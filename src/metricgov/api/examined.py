"""What `doctor --serving` says: each check looks at one thing that a server would find, and names the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from metricgov.api.assembled import settings_of
from metricgov.app.doctoring import Check, State
from metricgov.app.governing import governance_at
from metricgov.bootstrap import oidc_keys, with_database
from metricgov.domain import time
from metricgov.domain.errors import MetricgovError
from metricgov.domain.people.tokens import Right

if TYPE_CHECKING:
    from metricgov.api.settings import Settings
    from metricgov.bootstrap import Workspace

SOON: Final = timedelta(days=14)
"""How long before the end of the last token of an administrator it is worth a word."""

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Said = tuple[State, str, str]


def examine_server(folder: str) -> tuple[Check, ...]:
    """Return every check of a server over a registry, by the settings that `metricgov serve` would take from here.

    What cannot be looked at is a failed check that says why.
    """
    try:
        settings = settings_of(registry=None if folder == "." else folder)
        workspace = with_database(settings.registry, settings.database)
    except MetricgovError as error:
        return (Check("server", State.FAIL, str(error), error.hint),)
    found = [Check("server", State.OK, f"it would listen on {settings.host}:{settings.port}")]
    for name, look in CHECKS:
        try:
            found += [Check(name, *said) for said in look(workspace, settings)]
        except MetricgovError as error:
            found.append(Check(name, State.FAIL, str(error), error.hint))
    return tuple(found)


def _clone(workspace: Workspace, _settings: Settings) -> Iterator[Said]:
    workspace.require_journal()
    if workspace.mirror is None:
        yield State.WARN, "the clone has no remote: this is the only copy", "git remote add origin ADDRESS"
    elif workspace.offline:
        yield State.WARN, "the clone works offline: nothing is sent", "metricgov sync"
    else:
        yield State.OK, f"a clone with the remote {workspace.mirror.remote.name}", ""


def _database(workspace: Workspace, _settings: Settings) -> Iterator[Said]:
    holder = workspace.store.leases.holder("worker")
    yield State.OK, "it answers, and has the newest shape", ""
    if holder:
        yield State.OK, f"a worker runs: {holder}", ""
    else:
        hint = "metricgov serve has one inside; or run metricgov worker"
        yield State.WARN, "no worker runs now: nothing that is due happens by itself", hint


def _tokens(workspace: Workspace, settings: Settings) -> Iterator[Said]:
    tip = workspace.repository.resolve(workspace.target)
    known = governance_at(tip, source=workspace.repository, files=workspace.files)
    now = workspace.clock.now()
    opens = [
        one
        for one in workspace.store.tokens.listed()
        if not one.revoked_at and (not one.expires_at or one.expires_at > time.to_text(now))
    ]
    for one in opens:
        if not known.knows(one.principal):
            says = f"token {one.id} is of {one.principal}, who has no rights any more"
            yield State.WARN, says, f"metricgov token revoke {one.id}"
    admins = [one for one in opens if Right.ADMIN in one.scopes and known.knows(one.principal)]
    for one in admins:
        if not one.expires_at:
            says = f"token {one.id} of {one.principal} administers without an end"
            yield State.WARN, says, f"metricgov token create {one.principal} --scopes read,admin --expires 90d"
    if admins and all(one.expires_at and one.expires_at < time.to_text(now + SOON) for one in admins):
        yield State.WARN, "the last token of an administrator ends within two weeks", "metricgov token create"
    if not opens and not settings.oidc_issuer:
        yield State.WARN, "nobody can sign in yet", "metricgov token create PERSON --scopes read,propose,decide"
    else:
        yield State.OK, f"{len(opens)} in force", ""


def _address(_workspace: Workspace, settings: Settings) -> Iterator[Said]:
    if settings.host in LOOPBACK:
        yield State.OK, "only this machine reaches it: a proxy with TLS has to stand before it", ""
        return
    yield State.WARN, f"it speaks plain HTTP on {settings.host}", "let only a proxy with TLS reach that address"
    if settings.open_reading:
        yield State.WARN, "everybody who reaches it reads everything", "METRICGOV_OPEN_READING=false"


def _provider(_workspace: Workspace, settings: Settings) -> Iterator[Said]:
    if settings.oidc_issuer:
        yield State.OK, f"{settings.oidc_issuer} answers with {oidc_keys(settings.oidc_issuer)} keys", ""


CHECKS: Final[tuple[tuple[str, Callable[[Workspace, Settings], Iterator[Said]]], ...]] = (
    ("clone", _clone),
    ("database", _database),
    ("tokens", _tokens),
    ("address", _address),
    ("sign-in", _provider),
)
