"""`python -m bench.inserting_server URL serve …`: our own server, which answers a decision with a row in a database.

The request, how it is checked, and the answer are those of a decision; that nothing is decided is all the difference.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

from bench.bare_rows import insertion
from metricgov.api.hall import DEEDS, DEEDS_NAMED, Hall
from metricgov.cli.main import entry
from metricgov.desk.deciding import Outcome, Recorded
from metricgov.domain.views import ChangeView

DONE = ("decided",)
insert_row = insertion(sys.argv.pop(1))
threads = ThreadPoolExecutor(DEEDS)
views: dict[str, ChangeView] = {}
asked = Hall.ask


async def ask(self: Hall, principal: str, name: str, kwargs: Mapping[str, Any]) -> Any:
    """Insert a row instead of deciding; the view of a change that the answer shows is made once."""
    if name not in DEEDS_NAMED:
        return await asked(self, principal, name, kwargs)
    change = kwargs["change"]
    if change not in views:
        views[change] = await asked(self, principal, "change", {"change": change})
    await asyncio.get_running_loop().run_in_executor(threads, insert_row, change)
    return Recorded(DONE) if name == "do_briefly" else Outcome(DONE, views[change])


with patch.object(Hall, "ask", ask):
    entry()
