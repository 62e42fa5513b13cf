"""`bench registry`: generated registries of any size, to measure with; the measuring itself is `make bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metricgov.cli.options import AsJson
from metricgov.domain.errors import BadInput

MOST = 200_000


def registry(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder that does not exist yet, or is empty.")],
    metrics: Annotated[int, typer.Option(min=1, max=MOST, help="How many metrics.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other literals; equal seeds, equal bytes.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Generate a registry with governance, a journal, and a branch `change` that changes one metric.

    The gate then has something to say: metricgov gate --base main --head change

    Example: metricgov bench registry big --metrics 10000
    """
    from metricgov import bootstrap
    from metricgov.app.generated import generate
    from metricgov.app.laying import TARGET, branch, lay, live, steps
    from metricgov.assembly import outside
    from metricgov.cli.output import data, talk

    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadInput("not_empty", f"{path} is not an empty folder", hint="name one that does not exist yet")
    generated = generate(metrics, seed)
    outside.begin_repository(path).close()
    workspace = bootstrap.Workspace(path, clock=steps())
    with workspace.repository as repository:
        site = outside.site_of(repository)
        lay(generated, site=site, source=repository)
        changes = live(generated, access=workspace.access, landing=workspace.landing)
        change = branch(generated, site=site)
        main, events = site.tip(TARGET), workspace.journal.head().seq
        outside.repack(repository)
    if as_json:
        import json

        shape = {
            "format": 1,
            "path": str(path),
            "registry": generated.registry,
            "metrics": metrics,
            "files": len(generated.files),
            "main": main,
            "change": change,
            "changed": generated.changed_path,
            "changes": changes,
            "events": events,
        }
        data(json.dumps(shape, indent=2))
        return
    talk(f"{metrics} metrics in {len(generated.files)} files, {events} events in the journal: {path}")
    talk(f"The branch change edits {generated.changed_path}. Try, in {path}:")
    talk("  metricgov gate --base main --head change")
