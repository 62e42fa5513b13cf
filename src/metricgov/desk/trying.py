"""A copy of the starter registry to try everything on: made-up data, one proposed change, nothing of anybody's touched.

`python -m metricgov.desk.trying FOLDER` makes it and says on stdout how far it is; a door starts it as a process of its
own, because what it loads is of no use to a screen.
"""

from __future__ import annotations

import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from metricgov.desk.asked import Progress

if TYPE_CHECKING:
    from metricgov.bootstrap import Workspace

READER: Final = "crm-lead"
"""Who tries it: accountable for the changed metric."""

AUTHOR: Final = "ops-lead"
METRIC: Final = "sales_accepted_lead_rate"
PATH: Final = f"metrics/crm_handoff/{METRIC}.yaml"
WHY: Final = "Known 16 days sooner, so that budget moves within the quarter."
NARROWED: Final = (("INTERVAL '30' DAY", "INTERVAL '14' DAY"), ("within 30 days", "within 14 days"))
"""What the change does: a shorter window, in the expressions and in the words about it."""

ENGINE: Final = b"\nengines:\n  warehouse: {type: duckdb, path: sample.duckdb}\n"
ROWS: Final = 3000
SEED: Final = 1


def make_copy(folder: Path, progress: Progress) -> str:
    """Make the registry in an empty or new folder; return the id of the change that waits there for READER."""
    from metricgov.bootstrap import Workspace

    progress("the starter registry", 0, 3)
    _begin(folder)
    workspace = Workspace(folder)
    progress("made-up data for it", 1, 3)
    workspace.make_sample(
        folder / "sample.duckdb", rows=ROWS, seed=SEED, engine="warehouse", progress=lambda _what, _done, _total: None
    )
    progress("one change that waits for you", 2, 3)
    change = _propose(workspace)
    workspace.repository.close()
    progress("done", 3, 3)
    return change


def _begin(folder: Path) -> None:
    from metricgov.app.start import Person, Wishes, begin, plan, touched_paths
    from metricgov.assembly import outside, parts
    from metricgov.bootstrap import Workspace
    from metricgov.domain.definitions.governance import Preset

    files = outside.starter_files()
    settings = files[parts.SETTINGS_PATH].rstrip() + ENGINE
    guest = Person("guest", "Guest", "guest@example.com")
    wishes = Wishes((guest,), Preset.STANDARD, starter={**files, parts.SETTINGS_PATH: settings}, baseline=True)
    seen = outside.survey(folder, touched_paths(wishes))
    beginning = plan(
        wishes,
        existing={},
        target=seen.branch or parts.DEFAULT_TARGET,
        tip=seen.tip,
        registry=str(uuid.uuid4()),
        files=Workspace().files,
    )
    with outside.begin_repository(folder) as repository:
        begin(beginning, site=outside.site_of(repository), source=repository, clock=Workspace(folder).clock)


def _propose(workspace: Workspace) -> str:
    from metricgov.app.contents import read_paths
    from metricgov.app.drafting import Text, Texts
    from metricgov.app.proposing import propose
    from metricgov.app.ulid import new_ulid
    from metricgov.domain.workflow.commands import Claims
    from metricgov.domain.workflow.envelope import Actor
    from metricgov.domain.workflow.vocabulary import Intent, Treatment

    access = workspace.access
    now = access.clock.now()
    tip = access.source.resolve(access.target)
    before = read_paths(access.source, tip, (PATH,))[PATH].data
    text = before.decode()
    for old, new in NARROWED:
        text = text.replace(old, new)
    claims = Claims(
        why=WHY,
        intent=Intent.REDEFINITION,
        treatment=Treatment.RESTATE,
        effective_from=(now + timedelta(days=30)).date().isoformat(),
    )
    change = new_ulid(now)
    propose(
        access, change=change, actor=Actor(AUTHOR), collect=Texts((Text(PATH, before, text.encode()),)), claims=claims
    )
    return change


def main() -> None:
    """Make the copy in the folder that is named; lines of `done total what`, the change last."""

    def tell(what: str, done: int, total: int) -> None:
        print(done, total, what, flush=True)  # noqa: T201 - what the door reads

    print(make_copy(Path(sys.argv[1]), tell), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
