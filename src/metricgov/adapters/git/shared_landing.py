"""Putting approved contents on the target of a remote; the local branch and its work trees follow where they can."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from metricgov.adapters.git.landing import GitLanding
from metricgov.adapters.git.mirror import Mirror
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import MetricgovError, Refused, Undecidable
from metricgov.ports.landing import Barred, Outcome, Plan
from metricgov.ports.remote import Answer, Unreachable

TRIES = 3
"""Pushes without an answer after which a person hears of it."""


class SharedLanding:
    """Implements the port Landing on the target of a remote: from where it was seen last to M, or not at all.

    What is known of the remote is as old as the last fetch. That does no harm: a push from an old tip moves nothing.
    """

    def __init__(
        self, repository: GitRepository, mirror: Mirror, *, offline: bool, tell: Callable[[str], None]
    ) -> None:
        self._local = GitLanding(repository)
        self._mirror = mirror
        self._offline = offline
        self._repository = repository
        self._tell = tell

    def tip(self, target: str) -> str:
        """Return where the remote's target was seen last."""
        return self._mirror.main() or self._local.tip(target)

    def turn(self) -> AbstractContextManager[None]:
        """Let the attempts of this clone's processes follow each other; those of other clones race on the remote."""
        return self._local.turn()

    def check(self, plan: Plan) -> None:
        """Refuse offline, and where a work tree that stands where the remote does could not follow."""
        name = self._mirror.remote.name
        if self._offline:
            raise Refused(
                "offline",
                f"applying moves {_short(plan.target)} on {name}, and that cannot wait",
                hint="run it again without --offline (METRICGOV_OFFLINE)",
            )
        if self._local.tip(plan.target) == plan.tip:
            self._local.check(plan)

    def build(self, plan: Plan) -> str:
        """Write M = T with the paths replaced, durably, and return its id."""
        return self._local.build(plan)

    def move(self, plan: Plan, commit: str, *, wanted: Callable[[], bool] = lambda: True) -> Outcome:
        """Swap the remote's target from T to M; then the branch here follows, if it stands at T.

        `wanted` is asked of what the remote says right before: its target and its journal move apart from each other.
        """
        self._ask(plan)
        for _ in range(TRIES):
            if self.landed(plan.target, commit):
                self._follow(plan, commit)
                return Outcome.MOVED
            if self.tip(plan.target) != plan.tip or not wanted():
                return Outcome.LOST
            self._local.build(plan)
            if self._push(plan, commit) is not Answer.MOVED:
                self._ask(plan)
        raise self._unclear(plan, "it does not answer")

    def landed(self, target: str, commit: str) -> bool:
        """Say whether the remote's target held a commit when it was seen last."""
        tip = self.tip(target)
        return bool(tip) and self._repository.contains(tip, commit)

    def settle(self, plan: Plan, commit: str, *, give_up: Callable[[], None] = lambda: None) -> bool:
        """Give an attempt up; nothing is to be undone, because work trees follow only what has landed."""
        if commit and self.landed(plan.target, commit):
            return False
        give_up()
        return True

    def follow(self, target: str) -> str:
        """Bring the local branch of the target and its work trees to the remote's; return why not, "" if they are."""
        old, new = self._local.tip(target), self.tip(target)
        if not new or not old or old == new:
            return ""
        if not self._repository.contains(new, old):
            return f"{_short(target)} here has commits that {self._mirror.remote.name} lacks"
        try:
            return self._local.forward(target, old, new)
        except MetricgovError as error:
            return error.message

    def _push(self, plan: Plan, commit: str) -> Answer:
        try:
            return self._mirror.push_target(old=plan.tip, new=commit)
        except Refused as error:
            name, short = self._mirror.remote.name, _short(plan.target)
            branch = f"{commit[:12]}:refs/heads/metricgov/{commit[:12]}"
            raise Barred(
                "target_protected",
                f"{name} takes no push to {short} from you: {error.message.partition(': ')[2] or error.message}",
                hint=f"merge it on the host: git push {name} {branch}, then open a pull request from that branch to "
                f"{short}; the gate lets it pass, and the journal learns of the merge",
            ) from error

    def _ask(self, plan: Plan) -> None:
        try:
            self._mirror.fetch()
        except Unreachable as error:
            raise self._unclear(plan, error.message) from error

    def _unclear(self, plan: Plan, why: str) -> Undecidable:
        name = self._mirror.remote.name
        return Undecidable(
            "answer_lost",
            f"whether {_short(plan.target)} moved on {name} is not known: {why}",
            hint="run the same command again: it finds out, and finishes or gives up",
        )

    def _follow(self, plan: Plan, commit: str) -> None:
        if self._local.tip(plan.target) == plan.tip:
            try:
                self._local.move(plan, commit)
            except MetricgovError as error:
                self._tell(f"{_short(plan.target)} here stays behind: {error.message}")


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/")
