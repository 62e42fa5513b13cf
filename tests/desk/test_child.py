"""A desk in a process of its own: what goes wrong there arrives whole here."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from metricgov.desk.child import Child
from metricgov.desk.serving import Broken
from metricgov.domain.errors import BadInput


def test_a_bug_arrives_as_a_report(measured: Path) -> None:
    """Not as a question that nobody ever answers; and the process goes on."""

    async def ask() -> None:
        child = Child([str(measured), "crm-lead"], None, gently=False)
        try:
            with pytest.raises(Broken, match="has no attribute"):
                await asyncio.wait_for(child.answer("no_such_question", (), {}, None), 30)
            with pytest.raises(BadInput):
                await asyncio.wait_for(child.answer("card", ("no_such_metric",), {}, None), 30)
        finally:
            child.close()

    asyncio.run(ask())
