"""The one way to run git: fixed verbs, argument lists, an environment of our own; what calls mean lives elsewhere."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from metricgov.domain.errors import MetricgovError, Undecidable

READS = frozenset(
    {"cat-file", "ls-tree", "diff-tree", "for-each-ref", "show-ref", "rev-parse", "grep", "merge-base", "rev-list"}
    | {"ls-files", "diff-index", "diff-files", "worktree", "symbolic-ref", "config", "version"}
)
WRITES = frozenset({"init", "repack", "update-ref", "read-tree", "update-index"})
STAYING = frozenset({"update-ref"})
"""Writes that may also be told, one after the other, to a process that stays."""

SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.useReplaceRefs=false",
    "core.fsync=all",
    "core.fsyncMethod=fsync",
    "core.filesRefLockTimeout=1000",
    "core.quotePath=false",
    "submodule.recurse=false",
    "protocol.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.graftFileDeprecated=false",
)
"""Beat whatever the repository's own configuration says."""

QUARANTINE = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")

FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    # No protocol at all: git before 2.44 does not know GIT_NO_LAZY_FETCH, and fetches without a transport fail.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
    "LANGUAGE": "C",
}

MINIMUM = (2, 38)
ENDS_WITHIN = 5.0
"""Seconds that a process has to end once its input is closed."""
LOCK_TRIES = 20
"""How often a held index lock is tried again, 50 ms apart: as long as git waits for the lock of a ref."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a git process left behind."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text, without the last line break."""
        return self.out.decode("utf-8", "surrogateescape").rstrip("\n")


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every object and ref call: no GIT_* of the caller but the quarantine of a hook."""
    env = {key: value for key, value in environ.items() if not key.startswith("GIT_")}
    if "GIT_QUARANTINE_PATH" in environ:
        env.update({key: environ[key] for key in QUARANTINE if key in environ})
    return env | FIXED


def user_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the one call that sees the user's configuration (`config user.email`)."""
    kept = {k: v for k, v in environ.items() if not k.startswith("GIT_") or k.startswith("GIT_CONFIG_")}
    return kept | {"LC_ALL": "C", "LANGUAGE": "C", "GIT_TERMINAL_PROMPT": "0"}


def signing_key(setting: Callable[[str], str]) -> str:
    """Return git's `user.signingkey` where it names a key of SSH, "" otherwise; `setting` reads a value."""
    named = setting("user.signingkey")
    if named.startswith(("key::", "ssh-", "ecdsa-", "sk-")):
        return named
    return named if named and setting("gpg.format") == "ssh" else ""


@dataclass(frozen=True, slots=True)
class Git:
    """git for one repository: `git_dir` is absolute, `root` is the path that counts as safe."""

    git_dir: Path
    root: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def command(self, verb: str, args: Sequence[str]) -> list[str]:
        """Return the argument list of a call."""
        settings = [part for setting in SETTINGS for part in ("-c", setting)]
        return ["git", *settings, "-c", f"safe.directory={self.root}", verb, *args]

    def environment(self, work_tree: Path | None = None, index: Path | None = None) -> dict[str, str]:
        """Return the environment of a call."""
        env = own_environment(self.environ) | {"GIT_DIR": str(self.git_dir)}
        if work_tree is not None:
            env["GIT_WORK_TREE"] = str(work_tree)
        if index is not None:
            env["GIT_INDEX_FILE"] = str(index)
        return env

    def read(
        self, verb: str, *args: str, stdin: bytes = b"", ok: Sequence[int] = (0,), work_tree: Path | None = None
    ) -> Result:
        """Run a reading verb through subprocess; an exit code outside `ok` becomes an error for people."""
        if verb not in READS:
            raise ValueError(f"not a reading verb: {verb}")
        done = run(self.command(verb, args), self.environment(work_tree), work_tree or self.git_dir, stdin)
        return checked(done, verb, ok, str(self.root))

    def write(
        self, verb: str, *args: str, stdin: bytes = b"", ok: Sequence[int] = (0,), work_tree: Path | None = None
    ) -> Result:
        """Run a writing verb through GitPython, which costs 0.14 s to import the first time (ADR 3)."""
        if verb not in WRITES:
            raise ValueError(f"not a writing verb: {verb}")
        command, env = self.command(verb, args), self.environment(work_tree)
        for _ in range(LOCK_TRIES):
            done = run_with_gitpython(command, env, work_tree or self.git_dir, stdin, self.environ)
            if done.code == 0 or "index.lock': File exists" not in done.err:
                break
            time.sleep(0.05)
        if done.code and ".lock': File exists" in done.err and self.freed(done.err):
            done = run_with_gitpython(command, env, work_tree or self.git_dir, stdin, self.environ)
        return checked(done, verb, ok, str(self.root))

    def freed(self, err: str) -> bool:
        """Say whether the lock in the way was left by a process that died, and is gone now."""
        from metricgov.adapters.git.locks import freed

        git_dir = self.git_dir.resolve()
        shared = (git_dir.parent.parent,) if git_dir.parent.name == "worktrees" else ()
        return freed(err, places=(self.root.resolve(), git_dir, *shared))

    def user_setting(self, key: str) -> str:
        """Return a value of the user's own git configuration, "" if unset."""
        env = user_environment(self.environ) | {"GIT_DIR": str(self.git_dir)}
        return run(["git", "config", "--get", key], env, self.git_dir).text

    def start(self, verb: str, *args: str) -> subprocess.Popen[bytes]:
        """Start a verb that answers requests until its input is closed."""
        if verb not in READS | STAYING:
            raise ValueError(f"not a verb that stays: {verb}")
        return subprocess.Popen(
            self.command(verb, args),
            env=self.environment(),
            cwd=self.git_dir,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Close the input of a process that answers requests, and wait for its end; one that does not end is killed.

    It does not end where its input stays open elsewhere: in a process that was forked from this one.
    """
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(ENDS_WITHIN)


def run(command: Sequence[str], env: Mapping[str, str], cwd: Path, stdin: bytes = b"") -> Result:
    """Run a finished argument list in a finished environment."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, env=env, cwd=cwd, check=False)
    except FileNotFoundError as error:
        raise no_git() from error
    return Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def run_with_gitpython(
    command: Sequence[str], env: Mapping[str, str], cwd: Path, stdin: bytes, environ: Mapping[str, str]
) -> Result:
    """Run a finished argument list with GitPython's `Git.execute`, and nothing else of GitPython (INV-32)."""
    import tempfile

    from git.cmd import Git as Executor
    from git.exc import GitCommandNotFound

    # Git.execute adds to os.environ and cannot take away, so what must be absent is taken away by env(1).
    foreign = sorted(key for key in {*os.environ, *environ} if key.startswith("GIT_") and key not in env)
    words = [*(["env", *(part for key in foreign for part in ("-u", key))] if foreign else []), *command]
    with tempfile.TemporaryFile() as feed:
        feed.write(stdin)
        feed.seek(0)
        try:
            code, out, err = Executor(str(cwd)).execute(
                words,
                istream=feed,
                env=dict(env),
                shell=False,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
            )
        except GitCommandNotFound as error:
            raise no_git() from error
    return Result(code, out, err if isinstance(err, str) else err.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Failure:
    """What a pattern in git's words means to people; `{root}` and `{line}` stand for the place and the words."""

    pattern: str
    code: str
    message: str
    hint: str


FAILURES = (
    Failure(
        "No space left on device|File too large|Disk quota exceeded|Out of diskspace|couldn't write|unable to write",
        "disk_full",
        "there is no room left to write in {root}",
        "make room and run the command again",
    ),
    Failure(
        "\\.lock': File exists",
        "repository_locked",
        "another git process holds a lock in {root}",
        "wait for it; if no git process runs there, remove the lock file: {line}",
    ),
    Failure(
        "Permission denied|insufficient permission|Read-only file system",
        "not_writable",
        "git may not write in {root}",
        "run as a user who may write there: {line}",
    ),
    Failure(
        "not a git repository|invalid gitfile|unknown repository extension|Expected git repo version",
        "not_a_repository",
        "{root} is not a repository that git can open",
        "{line}",
    ),
    Failure(
        "promisor|transport '.*' not allowed|could not fetch",
        "object_missing",
        "{root} is a partial clone and lacks an object that is needed",
        "run: git fetch --refetch --no-filter",
    ),
    Failure(
        "bad object|bad tree object|missing|unable to read|corrupt|could not read|unable to unpack|inflate"
        "|not a valid object|is empty|bad signature|broken",
        "repository_damaged",
        "git cannot read what it needs in {root}",
        "run: git fsck --full; fetch again from a good clone ({line})",
    ),
)
"""The first row that fits counts."""


def checked(result: Result, verb: str, ok: Sequence[int], root: str = "this repository") -> Result:
    """Return the result if its exit code is expected, else raise the error that its words stand for."""
    if result.code in ok:
        return result
    raise failure(result, verb, root)


def failure(result: Result, verb: str, root: str = "this repository") -> MetricgovError:
    """Return the error for people that a failed call stands for."""
    lines = [line for line in result.err.splitlines() if line.strip()] or [f"git {verb} ended with code {result.code}"]
    if result.code == 129:
        check_version()
    for row in FAILURES:
        for line in lines:
            if re.search(row.pattern, line):
                return Undecidable(row.code, row.message.format(root=root), hint=row.hint.format(line=line))
    return Undecidable("git_failed", f"git {verb} failed: {lines[-1]}", hint="run: git fsck --full")


def no_git() -> Undecidable:
    """Return the error for a machine without git."""
    return Undecidable("git_not_found", "git is not on the PATH", hint="install git 2.38 or later")


def check_version() -> None:
    """Undecidable if git is older than 2.38; asked when git does not understand a call."""
    said = run(["git", "version"], own_environment(os.environ), Path("/")).text
    found = re.search(r"(\d+)\.(\d+)", said)
    if found and (int(found[1]), int(found[2])) < MINIMUM:
        raise Undecidable("git_too_old", f"{said} is too old", hint="install git 2.38 or later")
