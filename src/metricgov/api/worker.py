"""What a server does without being asked: fetch and send, do what time has made due, bring the index up to date, and
put together what has piled up in the repository.

One of several processes does it: the one that holds the lease. A process that dies loses it, and another goes on; every
step can be stopped anywhere, and two at once do nothing twice (INV-50, INV-52).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from metricgov.desk.serving import report_of
from metricgov.domain.errors import MetricgovError
from metricgov.ports.leases import Leases

if TYPE_CHECKING:
    from metricgov.bootstrap import Workspace

log = logging.getLogger("metricgov.worker")

LEASE: Final = "worker"
MISSES: Final = 3
"""Rounds after which the lease of a holder that says nothing is free."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: events sent, things done that were due, notices that arrived, and what could not be done."""

    sent: int = 0
    done: int = 0
    told: int = 0
    failed: tuple[str, ...] = ()


def work(folder: Path, database: str = "") -> Round:
    """Do one round; what cannot be done now is told, and the rest is done all the same."""
    from metricgov.app.syncing import sync
    from metricgov.app.ticking import tick
    from metricgov.assembly.outside import tidy
    from metricgov.bootstrap import with_database
    from metricgov.domain import time
    from metricgov.domain.people.tokens import PRUNED_AFTER_DAYS

    failed: list[str] = []
    sent = done = told = 0
    workspace = with_database(folder, database)
    try:
        if workspace.mirror is not None and not workspace.offline:
            try:
                sent = len(sync(workspace.access).sent)
            except MetricgovError as error:
                failed.append(f"sync: {error}")
        ticked = tick(workspace.access, landing=workspace.landing, lookup=lambda: workspace.lookup)
        done = len(ticked.done)
        failed += [f"{one.definition}: {one.says}" for one in ticked.failed]
        workspace.index.catch_up()
        told = _tell(workspace, failed)
        workspace.store.tokens.prune(time.to_text(workspace.clock.now() - timedelta(days=PRUNED_AFTER_DAYS)))
        tidy(workspace.repository)
    except MetricgovError as error:
        failed.append(str(error))
    finally:
        workspace.index.close()
        workspace.store.close()
        workspace.repository.close()
    return Round(sent, done, told, tuple(failed))


def _tell(workspace: Workspace, failed: list[str]) -> int:
    """Send what people are to be told, where anybody has a channel; return how many notices arrived."""
    from metricgov.app.notifying import notify
    from metricgov.domain.notices.preferences import Wishes

    if workspace.post.wishes == Wishes():
        return 0
    report = notify(workspace.access, workspace.post)
    lost = len(report.dead) + len(report.undeliverable)
    if lost:
        failed.append(f"{lost} notices reached nobody: metricgov notify --dead")
    return len(report.sent)


class Worker:
    """Does a round every so many seconds, as long as it holds the lease."""

    def __init__(
        self, folder: Path, leases: Leases, *, every: float, work: Callable[[Path], Round] = work, name: str = ""
    ) -> None:
        self._folder, self._leases, self._every, self._work = folder, leases, every, work
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self.rounds = 0
        """Rounds that this process has done."""

    async def run(self) -> None:
        """Go on until the task is cancelled; then give the lease back."""
        try:
            while True:
                await self._round()
                await asyncio.sleep(self._every)
        finally:
            with contextlib.suppress(MetricgovError):
                await asyncio.to_thread(self._leases.release, LEASE, self.name)

    async def _round(self) -> None:
        try:
            number = await asyncio.to_thread(self._leases.hold, LEASE, self.name, MISSES * self._every)
            if number is None:
                return
            found = await asyncio.to_thread(self._work, self._folder)
        except MetricgovError as error:
            log.warning("the worker could not go on: %s", error)
        except Exception as error:  # noqa: BLE001 - the next round is due whatever happened in this one
            log.error("a bug in the worker: %s", report_of(error))
        else:
            self.rounds += 1
            for one in found.failed:
                log.warning("could not be done: %s", one)
            if found.sent or found.done or found.told:
                log.info("%s things done that were due, %s events sent, %s told", found.done, found.sent, found.told)


def beside(worker: Worker) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    """Return what lets a worker run as long as an application."""

    @contextlib.asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return life
