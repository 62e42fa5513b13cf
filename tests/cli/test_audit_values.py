"""`audit verify` on values on record that somebody touched: edited, dropped, taken back, deleted; nothing passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from cli.test_snapshot_command import NAME, WORDS, bound

if TYPE_CHECKING:
    from cli.conftest import Desk

__all__ = ["bound"]
BRANCH = "refs/heads/metricgov/values"
KEPT = "refs/metricgov/kept/values"
Git = Callable[..., str]


def edited(desk: Desk, git: Git, *, drop: bool = False) -> None:
    """Put another number into the stored file, as JSON that still reads, in a commit of its own; or take it out."""
    path = next(one for one in git(desk.root, "ls-tree", "-r", "--name-only", BRANCH).split() if "jsonl" in one)
    room = desk.root.parent / "values-room"
    git(desk.root, "worktree", "add", "--detach", str(room), BRANCH)
    file = room / path
    head, first, *rest = file.read_text().splitlines()
    row = json.loads(first) | {"value": "99"}
    changed = "\n".join([head, json.dumps(row, sort_keys=True, separators=(",", ":")), *rest]) + "\n"
    if drop:
        file.unlink()
    else:
        file.write_text(changed)
    git(room, "commit", "-qam", "a nicer number")
    git(desk.root, "update-ref", BRANCH, git(room, "rev-parse", "HEAD").strip())
    git(desk.root, "worktree", "remove", "--force", str(room))


def on_top(desk: Desk, git: Git) -> None:
    """Edit a stored value."""
    edited(desk, git)


def kept_too(desk: Desk, git: Git) -> None:
    """Edit a stored value, and move what this clone remembers along."""
    edited(desk, git)
    git(desk.root, "update-ref", KEPT, BRANCH)


def dropped(desk: Desk, git: Git) -> None:
    """Take the file out."""
    edited(desk, git, drop=True)


def taken_back(desk: Desk, git: Git) -> None:
    """Move the branch to the commit before."""
    git(desk.root, "update-ref", BRANCH, f"{BRANCH}^")


def deleted(desk: Desk, git: Git) -> None:
    """Delete the branch."""
    git(desk.root, "update-ref", "-d", BRANCH)


ATTACKS: dict[str, tuple[Callable[[Desk, Git], None], str]] = {
    "edited": (on_top, "a later commit changed or dropped"),
    "edited, and the memory moved along": (kept_too, "a later commit changed or dropped"),
    "dropped": (dropped, "a later commit changed or dropped"),
    "taken back": (taken_back, "does not hold"),
    "deleted": (deleted, "is gone; this clone stored values on it"),
}


def test_every_touch_is_named(bound: Desk, git: Git) -> None:
    """With and without --full, in words and as data; exit code 1, and the journal itself still holds."""
    none = bound.run("crm-lead", "audit", "verify")
    assert (none.code, "values" in none.out) == (0, False), none.out
    assert bound.run("crm-lead", "snapshot", NAME, *WORDS).code == 0
    held = bound.run("crm-lead", "audit", "verify", "--json")
    assert (held.code, json.loads(held.out)["values"]) == (0, {"holds": True, "metrics": 1, "problems": []})
    assert "The values on record hold: of 1 metric" in bound.run("crm-lead", "audit", "verify", "--full").out
    tip = git(bound.root, "rev-parse", BRANCH).strip()
    for name, (attack, says) in ATTACKS.items():
        attack(bound, git)
        for words in ((), ("--full",)):
            done = bound.run("crm-lead", "audit", "verify", *words)
            assert done.code == 1, (name, words, done.out)
            heard = " ".join(done.out.split())
            assert "The values on record do not hold." in heard, (name, heard)
            assert says in heard, (name, heard)
            assert "git reflog" in heard
            found = json.loads(bound.run("crm-lead", "audit", "verify", *words, "--json").out)
            assert (found["holds"], found["values"]["holds"]) == (True, False)
            assert says in found["values"]["problems"][0]
        git(bound.root, "update-ref", BRANCH, tip)
        git(bound.root, "update-ref", KEPT, tip)
        assert bound.run("crm-lead", "audit", "verify").code == 0, name


def test_a_commit_that_main_does_not_hold(bound: Desk, git: Git) -> None:
    """Values were computed on main; those of another line are named."""
    assert bound.run("crm-lead", "snapshot", NAME, *WORDS).code == 0
    main = git(bound.root, "rev-parse", "main").strip()
    git(bound.root, "update-ref", "refs/heads/main", f"{main}^")
    done = bound.run("crm-lead", "audit", "verify")
    assert done.code == 1
    assert "which main does not hold" in " ".join(done.out.split())
