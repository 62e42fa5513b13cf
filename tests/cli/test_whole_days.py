"""One day where one day is asked for: a month or a year is refused with the form that fits, before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from metricgov.cli.main import run

MONTH = "2026-05 is a month, and one day is asked for"
YEAR = "2026 is a year, and one day is asked for"


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        pytest.param(("asof", "rate", "2026-05"), MONTH, "2026-05-01", id="asof-month"),
        pytest.param(("asof", "rate", "2026"), YEAR, "2026-01-01", id="asof-year"),
        pytest.param(("asof", "rate", "2026-05-01", "--known-at", "2026"), YEAR, "2026-01-01", id="known-at"),
        pytest.param(("effect", "rate", "--as-of", "2026-05"), MONTH, "2026-05-01", id="effect"),
        pytest.param(("series", "rate", "--as-of", "2026-05"), MONTH, "2026-05-01", id="series"),
        pytest.param(("snapshot", "rate", "--as-of", "2026"), YEAR, "2026-01-01", id="snapshot"),
        pytest.param(("series", "rate", "--as-of", "2026-02-30"), "'2026-02-30' is no day", "2026-06-01", id="no-day"),
        pytest.param(("asof", "rate", "May"), "'May' is no day", "2026-06-01", id="word"),
    ],
)
def test_a_month_is_no_day(
    words: tuple[str, ...],
    says: str,
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Any day of it would fit, and each gives another answer."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        run([*words])
    told = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 2
    assert says in told
    assert f"write a whole day: {hint}" in told
