"""What a use case may reach: the ports of one registry, and which registry and branch it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from metricgov.app.remembered import Remembered
from metricgov.ports.calendar import Calendars
from metricgov.ports.clock import Clock
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.journal import Journal, Signatures
from metricgov.ports.line import PathLine
from metricgov.ports.remote import Outbox
from metricgov.ports.signing import Signer, Verifier
from metricgov.ports.source import Ancestry, DefinitionSource


@dataclass(frozen=True, slots=True)
class Access:
    """One registry, as the use cases see it.

    `target` is the full ref that changes land on; `registry` the UUID of metricgov.yaml. Without `signatures` and
    `verifier` every decision counts as claimed; `signer` holds the key of whoever acts, where they sign. `past` opens
    main's history, where somebody asks for it. `outbox` is what waits for the remote, None where there is none.
    `remembered` holds what was worked out from commits and contents, which cannot change.
    """

    source: DefinitionSource
    ancestry: Ancestry
    journal: Journal
    files: DefinitionFiles
    clock: Clock
    calendars: Calendars
    target: str
    registry: str
    outbox: Outbox | None = None
    signatures: Signatures | None = None
    verifier: Verifier | None = None
    signer: Signer | None = None
    past: Callable[[], PathLine] | None = None
    remembered: Remembered = field(default_factory=Remembered)

    def unsent(self) -> range:
        """Return the places of the events that only this clone knows."""
        return self.outbox.seqs() if self.outbox else range(0)
