"""The four presets as data, and what a policy asks of a class of change; whether it is met lives in judge.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import ClassRule, EffectRule, Hearing, Preset
from metricgov.domain.workflow.envelope import RANK, Identity

GOVERNANCE = "governance"
"""The key of what a change of governance asks for, beside the classes of change."""

HEARING_RANK: dict[Hearing, int] = {kind: rank for rank, kind in enumerate(Hearing)}
EFFECT_RANK: dict[EffectRule, int] = {kind: rank for rank, kind in enumerate(EffectRule)}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one class of change asks for.

    `alone` passes without any person (only `identical` may). `responsible`: one responsible person or the accountable.
    `approvals` and `council` count different people, none of whom fills another place of the same definition.
    """

    alone: bool = False
    accountable: bool = False
    responsible: bool = False
    council: int = 0
    approvals: int = 0
    consulted: Hearing = Hearing.NONE
    effect: EffectRule = EffectRule.NONE
    statements: bool = False
    identity: Identity = Identity.CLAIMED
    threads: bool = False
    ticket: bool = False

    @property
    def asks_somebody(self) -> bool:
        """Whether any person has to agree; a rule that asks nobody denies (INV-07)."""
        return self.accountable or self.responsible or self.council > 0 or self.approvals > 0


@dataclass(frozen=True, slots=True)
class OverrideRules:
    """Whether two people may let something through without its agreements, and calendar days until its review."""

    allowed: bool = True
    review_days: int = 5


@dataclass(frozen=True, slots=True)
class PresetRules:
    """A preset: rules by class, deadlines in working days (0: none), self-approval, and overrides.

    Deadlines: until silence of the consulted counts, until somebody may stand in for the accountable, until a change
    under review expires. `self_approval` says whether a contributor may approve alone.
    """

    rules: Mapping[str, Rule]
    consulted_days: int
    respond_days: int = 0
    expire_days: int = 0
    self_approval: bool = False
    override: OverrideRules = OverrideRules()


def _preset(
    *,
    editorial: Rule,
    compatible: Rule,
    breaking: Rule,
    governance: Rule,
    days: tuple[int, int, int],
    override: OverrideRules,
    self_approval: bool = False,
) -> PresetRules:
    consulted, respond, expire = days
    return PresetRules(
        {
            ChangeClass.IDENTICAL: Rule(alone=True),
            ChangeClass.EDITORIAL: editorial,
            ChangeClass.COMPATIBLE: compatible,
            ChangeClass.BREAKING: breaking,
            ChangeClass.UNKNOWN: breaking,
            GOVERNANCE: governance,
        },
        consulted,
        respond,
        expire,
        self_approval,
        override,
    )


ONE = Rule(approvals=1)
ONE_OF_COUNCIL = Rule(council=1)
HOST = Rule(identity=Identity.HOST)

PRESETS: dict[Preset, PresetRules] = {
    Preset.SOLO: _preset(
        editorial=ONE,
        compatible=ONE,
        breaking=replace(ONE, statements=True, effect=EffectRule.IF_ENGINE),
        governance=ONE_OF_COUNCIL,
        days=(0, 0, 0),
        override=OverrideRules(allowed=False),
        self_approval=True,
    ),
    Preset.SMALL: _preset(
        editorial=ONE,
        compatible=ONE,
        breaking=replace(ONE, statements=True, effect=EffectRule.IF_ENGINE, consulted=Hearing.HEARD),
        governance=ONE_OF_COUNCIL,
        days=(3, 3, 40),
        override=OverrideRules(review_days=7),
    ),
    Preset.STANDARD: _preset(
        editorial=Rule(responsible=True),
        compatible=Rule(accountable=True),
        breaking=Rule(
            accountable=True,
            council=1,
            consulted=Hearing.HEARD,
            effect=EffectRule.IF_ENGINE,
            statements=True,
        ),
        governance=ONE_OF_COUNCIL,
        days=(5, 5, 40),
        override=OverrideRules(review_days=5),
    ),
    Preset.REGULATED: _preset(
        editorial=replace(HOST, accountable=True),
        compatible=replace(HOST, accountable=True, consulted=Hearing.HEARD, threads=True),
        breaking=replace(
            HOST,
            accountable=True,
            council=2,
            consulted=Hearing.ANSWERED,
            effect=EffectRule.IF_ENGINE,
            statements=True,
            threads=True,
        ),
        governance=replace(HOST, council=1),
        days=(10, 10, 60),
        override=OverrideRules(review_days=3),
    ),
}
"""For governance the council's number is raised to min(2, eligible) by judge.py (INV-09)."""


def with_override(rule: Rule, override: ClassRule | None) -> Rule:
    """Return the rule with what policy.yaml states instead of the preset."""
    if override is None:
        return rule
    stated = {name: value for name in ClassRule.model_fields if (value := getattr(override, name)) is not None}
    return replace(rule, **stated)


def stricter(one: Rule, other: Rule) -> Rule:
    """Return what satisfies both rules."""
    return Rule(
        alone=one.alone and other.alone,
        accountable=one.accountable or other.accountable,
        responsible=one.responsible or other.responsible,
        council=max(one.council, other.council),
        approvals=max(one.approvals, other.approvals),
        consulted=max(one.consulted, other.consulted, key=HEARING_RANK.__getitem__),
        effect=max(one.effect, other.effect, key=EFFECT_RANK.__getitem__),
        statements=one.statements or other.statements,
        identity=max(one.identity, other.identity, key=RANK.__getitem__),
        threads=one.threads or other.threads,
        ticket=one.ticket or other.ticket,
    )
