"""The port Remote over git's own fetch, push and ls-remote, and what their words mean to people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from metricgov.adapters.git.network import SILENCE, TIMED_OUT, talk
from metricgov.adapters.git.process import Failure, Result
from metricgov.adapters.git.refs import is_full_ref
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import BadInput, MetricgovError, Refused, Undecidable
from metricgov.ports.remote import Answer, Head, Unreachable

SENT_NOTHING = frozenset(
    {"remote_unreachable", "remote_denied", "remote_unknown_host", "remote_missing", "remote_protocol", "object_format"}
)
"""Failures in which the remote cannot have taken anything: it was never reached, or did not let us in."""

FAILURES = (
    Failure(
        "Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No .* host key is known",
        "remote_unknown_host",
        "the host key of {root} is not known, or has changed",
        "compare it with what the host publishes, then connect once by hand: git ls-remote {root}",
    ),
    Failure(
        "Authentication failed|could not read Username|could not read Password|terminal prompts disabled"
        "|Permission denied \\(|HTTP 40[13]|returned error: 40[13]|Access denied|invalid credentials"
        "|Too many authentication failures|not have (sufficient )?(access|permission)",
        "remote_denied",
        "{root} does not let you in",
        "see that this works: git ls-remote {root}; meanwhile, --offline lets your words wait here ({line})",
    ),
    Failure(
        "Could not resolve host|Temporary failure in name resolution|Name or service not known|Connection refused"
        "|Failed to connect|Network is unreachable|No route to host|Couldn't connect|Connection timed out"
        "|Operation timed out|unable to connect",
        "remote_unreachable",
        "{root} cannot be reached",
        "it waits here until the network is back; then run: metricgov sync ({line})",
    ),
    Failure(
        "does not appear to be a git repository|[Rr]epository.*not found|No such remote|returned error: 404"
        "|repository .* does not exist",
        "remote_missing",
        "{root} is not a repository that git can reach",
        "look at its address: git remote -v; or name another remote: git config metricgov.remote NAME",
    ),
    Failure(
        "transport '.*' not allowed|Unable to find remote helper|protocol '.*' is not supported",
        "remote_protocol",
        "{root} has an address that metricgov does not use",
        "use https, ssh, git, http or a path: git remote set-url {root} URL",
    ),
    Failure(
        "mismatched algorithms|different object format|unsupported object format",
        "object_format",
        "{root} uses another object format than this repository",
        "clone it anew: one repository is either SHA-1 or SHA-256",
    ),
    Failure(
        "object corrupt|fsck error|bad object|missing blob|missing tree|did not receive expected object"
        "|index-pack fail",
        "remote_damaged",
        "{root} sent objects that git does not accept",
        "let its host run git fsck; another clone may still be whole ({line})",
    ),
)
"""What a failed call means; the first row that fits counts, and `{root}` stands for the remote."""

FOREVER = re.compile(
    r"protected branch|hook declined|branch is currently checked out|deny(ing)? |prohibited|not allowed|permission"
    r"|read[- ]only|GH006|GH013|pre-receive|repository rule violations|refusing to (update|create)|archived",
    re.IGNORECASE,
)
"""Reasons of a remote that stay the same however often one asks."""

RACE = re.compile(
    r"stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|incorrect old value"
    r"|reference already exists|failed to lock|is at [0-9a-f]+ but expected|remote ref updated since checkout",
    re.IGNORECASE,
)
"""Reasons that mean: the branch is elsewhere."""

ROW = re.compile(r"^(?P<flag>[ +*=!-])\t[^\t]*:(?P<ref>[^\t]+)\t(?P<words>.*)$", re.MULTILINE)
"""A line of `git push --porcelain`."""


@dataclass(frozen=True, slots=True)
class GitRemote:
    """Implements the port Remote for a remote that the repository's configuration names."""

    repository: GitRepository
    name: str
    silence: float = SILENCE

    def look(self) -> Head:
        """Return the branches as they are there now."""
        done = self._talk("ls-remote", "--symref", "--quiet", "--end-of-options", self._named(), "HEAD", "refs/heads/*")
        tips: dict[str, str] = {}
        default = ""
        for line in done.text.splitlines():
            left, _, name = line.partition("\t")
            if left.startswith("ref: ") and name == "HEAD":
                default = left.removeprefix("ref: ")
            elif name.startswith("refs/heads/"):
                tips[name] = left
        return Head(tips, default)

    def fetch(self, refs: Mapping[str, str]) -> Mapping[str, str]:
        """Bring commits under names of our own; what the remote does not have is left out."""
        wanted = {theirs: _full(ours) for theirs, ours in refs.items() if _full(theirs)}
        done = self._fetch(wanted)
        if done.code != 0 and "couldn't find remote ref" in done.err:
            there = self.look().tips
            wanted = {theirs: ours for theirs, ours in wanted.items() if theirs in there}
            if wanted:
                self._checked(self._fetch(wanted), "fetch")
        else:
            self._checked(done, "fetch")
        store = self.repository.store
        return {theirs: tip for theirs, ours in wanted.items() if (tip := store.ref(ours))}

    def push(self, ref: str, *, old: str, new: str) -> Answer:
        """Move a full ref there from `old` to `new`, or not at all."""
        options = ("--porcelain", "--progress", "--no-verify", f"--force-with-lease={_full(ref)}:{old}")
        done = talk(
            self.repository.git,
            "push",
            [*options, "--end-of-options", self._named(), f"{new}:{ref}"],
            silence=self.silence,
        )
        row = next((found for found in ROW.finditer(done.text) if found["ref"] == ref), None)
        if done.code == 0 and row is not None:
            return Answer.MOVED
        if row is not None and row["flag"] == "!" and "remote failure" not in row["words"]:
            return self._answer(ref, row["words"], done)
        error = self._failure(done, "push")
        if error.code in SENT_NOTHING:
            raise error
        return Answer.UNCLEAR

    def _answer(self, ref: str, words: str, done: Result) -> Answer:
        said = " ".join(
            [
                words,
                *(line.removeprefix("remote: ") for line in done.err.splitlines() if line.startswith("remote: ")),
            ]
        )
        if RACE.search(words):
            return Answer.LOST
        short = ref.removeprefix("refs/heads/")
        reason = words.partition("(")[2].rstrip(") ") or words
        if FOREVER.search(said):
            raise Refused(
                "remote_refused",
                f"{self.name} does not take a push to {short}: {reason}",
                hint=f"ask who administers {self.name} for the right to push to {short}",
            )
        raise Undecidable(
            "push_failed", f"{self.name} did not move {short}: {reason}", hint="run the command again, or ask its host"
        )

    def _fetch(self, wanted: Mapping[str, str]) -> Result:
        options = ("--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head")
        specs = [f"+{theirs}:{ours}" for theirs, ours in wanted.items()]
        words, git = [*options, "--progress", "--end-of-options", self._named(), *specs], self.repository.git
        done = talk(git, "fetch", words, silence=self.silence)
        if done.code and ".lock': File exists" in done.err and git.freed(done.err):
            done = talk(git, "fetch", words, silence=self.silence)
        return done

    def _talk(self, verb: str, *args: str) -> Result:
        return self._checked(talk(self.repository.git, verb, args, silence=self.silence), verb)

    def _checked(self, done: Result, verb: str) -> Result:
        if done.code != 0:
            raise self._failure(done, verb)
        return done

    def _failure(self, done: Result, verb: str) -> MetricgovError:
        """Return the error that a failed call stands for."""
        lines = [line for line in done.err.replace("\r", "\n").splitlines() if line.strip()]
        if done.code == TIMED_OUT:
            return Unreachable(
                "remote_silent",
                f"{self.name} said nothing for {self.silence:g} s",
                hint="run the command again; a slow one may need: git config metricgov.timeout SECONDS",
            )
        for row in FAILURES:
            for line in lines:
                if re.search(row.pattern, line):
                    kind = Unreachable if row.code == "remote_unreachable" else Undecidable
                    return kind(
                        row.code, row.message.format(root=self.name), hint=row.hint.format(root=self.name, line=line)
                    )
        said = lines[-1] if lines else f"git {verb} ended with code {done.code}"
        return Unreachable(
            "remote_failed", f"{self.name}: {said}", hint=f"see what this says: git ls-remote {self.name}"
        )

    def _named(self) -> str:
        if not self.name or self.name.startswith("-") or any(sign.isspace() for sign in self.name):
            raise BadInput("bad_remote", f"not the name of a remote: {self.name!r}", hint="see: git remote -v")
        return self.name


def _full(ref: str) -> str:
    if not is_full_ref(ref):
        raise BadInput("bad_ref", f"not a full ref: {ref!r}", hint="write refs/heads/main")
    return ref
