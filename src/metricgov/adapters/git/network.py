"""The three verbs that talk to other repositories: they see the user's settings, and end in time or when told to."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from metricgov.adapters.git.process import Git, Result, no_git

TALKS = frozenset({"fetch", "push", "ls-remote"})

PROTOCOLS = ("file", "git", "http", "https", "ssh")

SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.fsync=all",
    "core.fsyncMethod=fsync",
    "core.filesRefLockTimeout=1000",
    "transfer.fsckObjects=true",
    "fetch.fsckObjects=true",
    "fetch.prune=false",
    "fetch.pruneTags=false",
    "fetch.writeCommitGraph=false",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "push.followTags=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    *(f"protocol.{name}.allow=always" for name in PROTOCOLS),
)
"""Beat the user's own; how to reach the remote and who one is there stays theirs."""

KEPT = ("GIT_CONFIG_", "GIT_SSH", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_ASKPASS", "GIT_TERMINAL_PROMPT")
"""Variables that say how to reach a remote; those that name a repository, an index or objects are ours to set."""

SILENCE = 60.0
"""Seconds without a word after which a call is ended; `git config metricgov.timeout` says otherwise."""

TIMED_OUT = 124
"""The exit code of a call that was ended because nothing came any more."""

_GRACE = 5.0


def environment(git: Git) -> dict[str, str]:
    """Return the environment of a call: the user's way to the remote, our repository, and no question where nobody
    can answer."""
    env = {k: v for k, v in git.environ.items() if not k.startswith("GIT_") or k.startswith(KEPT)}
    if not sys.stdin.isatty():
        env |= {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}
    return env | {
        "GIT_DIR": str(git.git_dir),
        "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
        "LANGUAGE": "C",
    }


def talk(git: Git, verb: str, args: Sequence[str], *, silence: float = SILENCE) -> Result:
    """Run one call and return how it ended; on a terminal, how far it is stands on one line of stderr.

    A call that says nothing for `silence` seconds is ended (exit code 124). Ctrl-C ends the call before it goes on.
    """
    if verb not in TALKS:
        raise ValueError(f"not a verb that talks to others: {verb}")
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    command = ["git", *settings, "-c", f"safe.directory={git.root}", verb, *args]
    try:
        process = subprocess.Popen(
            command,
            env=environment(git),
            cwd=git.git_dir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError as error:
        raise no_git() from error
    line = _Line()
    try:
        out, err, timed_out = _listen(process, silence, line)
    except BaseException:
        _end(process)
        raise
    finally:
        line.clear()
    return Result(TIMED_OUT if timed_out else process.wait(), out, err.decode("utf-8", "replace"))


def _listen(process: subprocess.Popen[bytes], silence: float, line: _Line) -> tuple[bytes, bytes, bool]:
    """Read both streams to their end; say so if the process fell silent before."""
    assert process.stdout is not None
    assert process.stderr is not None
    heard = {process.stdout: bytearray(), process.stderr: bytearray()}
    last = time.monotonic()
    with selectors.DefaultSelector() as waiting, process.stdout, process.stderr:
        for stream in heard:
            waiting.register(stream, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(timeout=max(0.0, last + silence - time.monotonic()))
            if not ready:
                _end(process)
                return bytes(heard[process.stdout]), bytes(heard[process.stderr]), True
            last = time.monotonic()
            for key, _ in ready:
                data = os.read(key.fd, 65536)
                if not data:
                    waiting.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    heard[process.stderr] += data
                    line.show(data)
                else:
                    heard[process.stdout] += data
    return bytes(heard[process.stdout]), bytes(heard[process.stderr]), False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a call, gently first: git removes its lock files when it is asked to end."""
    process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


class _Line:
    """The last progress that git reported, on one line that is removed at the end."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._length = 0

    def show(self, data: bytes) -> None:
        words = data.replace(b"\n", b"\r").split(b"\r")
        said = next((word for word in reversed(words) if b"%" in word), b"")
        if not self._watched or not said:
            return
        text = "".join(sign for sign in said.decode("utf-8", "replace") if sign.isprintable())[:78]
        sys.stderr.write("\r" + text.ljust(self._length))
        sys.stderr.flush()
        self._length = len(text)

    def clear(self) -> None:
        if self._length:
            sys.stderr.write("\r" + " " * self._length + "\r")
            sys.stderr.flush()


def settings_of(git: Git) -> Mapping[str, str]:
    """Return what this repository's configuration says of remotes and of metricgov; keys are lower-case at both ends.

    `remote.<name>.url` and `metricgov.<key>` alone; the last value of a key counts.
    """
    found = git.read("config", "--local", "-z", "--get-regexp", r"^(remote\..*\.url|metricgov\..*)$", ok=(0, 1))
    rows = (row.partition("\n")[::2] for row in found.out.decode("utf-8", "replace").split("\0") if row)
    return dict(rows)
