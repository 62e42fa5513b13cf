"""Several definitions in one request, and a verdict on each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.gate.gate_world import run_git

if TYPE_CHECKING:
    from cli.conftest import Desk

SPEED = "routing_speed"


def proposed(desk: Desk) -> str:
    """Propose words of two metrics that different people are accountable for; return the label."""
    paths = {path.stem: path for path in (desk.root / "metrics").rglob("*.yaml")}
    others = [path for path in sorted(paths.values()) if path.parent.name == "paid_acquisition"]
    for path in (paths[SPEED], others[0]):
        lines = path.read_text().splitlines()
        place = next(number for number, line in enumerate(lines) if line.startswith("title:"))
        lines[place] += " (new words)"
        path.write_text("\n".join(lines) + "\n")
    done = desk.run("planning-lead", "propose", "-m", "clearer titles")
    assert done.code == 0, done.err
    run_git(desk.root, "checkout", "-q", "--", ".")
    label: str = desk.shown(SPEED)["label"]
    return label


def test_a_verdict_on_each(desk: Desk) -> None:
    label = proposed(desk)
    other = next(one["id"].partition(":")[2] for one in desk.shown(label)["definitions"] if SPEED not in one["id"])
    assert desk.run("crm-lead", "approve", label, "--only", SPEED).code == 0
    done = desk.run("paid-lead", "request-changes", label, "--only", other, "-m", "not this title")
    assert done.code == 0, done.err
    shown = desk.run("crm-lead", "change", "show", label).out
    assert "crm-lead approved" in shown
    assert "paid-lead objects" in shown
    by_id = {one["id"].partition(":")[2]: one for one in desk.shown(label)["definitions"]}
    assert (by_id[SPEED]["missing"], len(by_id[other]["missing"])) == ([], 2)
    blocked = desk.run("planning-lead", "apply", label)
    assert (blocked.code, f"--without {other}" in " ".join(blocked.err.split())) == (1, True), blocked.err
    without = desk.run("planning-lead", "revise", label, "--without", other, "-m", "the other one later", "--yes")
    assert without.code == 0, without.err
    assert [one["id"] for one in desk.shown(label)["definitions"]] == [f"metric:{SPEED}"]
    assert desk.run("crm-lead", "approve", label).code == 0
    assert desk.shown(label)["state"] == "approved"


def test_a_name_that_is_not_in_it(desk: Desk) -> None:
    label = proposed(desk)
    done = desk.run("crm-lead", "approve", label, "--only", "routing_sped")
    assert (done.code, "did you mean routing_speed?" in done.err) == (2, True), done.err
