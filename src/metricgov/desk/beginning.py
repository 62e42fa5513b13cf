"""Beginning a definition from a template: what somebody says about it, and what there is already to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, NATIVE, Kind, domain_of, id_of, split_id
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.app.moment import Moment
    from metricgov.app.templates import Wishes
    from metricgov.ports.checkout import Checkout


@dataclass(frozen=True, slots=True)
class Beginning:
    """What somebody says about a definition that they begin; "" and () where nothing."""

    kind: str
    name: str
    domain: str = ""
    calculation: str = ""
    source: str = ""
    inputs: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    team: str = ""


TYPE_WORDS = (
    "one aggregate over one source",
    "numerator over denominator",
    "an expression over other metrics",
    "a measure accumulated over time",
    "from a base to a conversion within a window",
    "a query of its own",
)
"""What the types of a calculation are, in the order of CALCULATIONS."""


class Known:
    """What there is already: domains, sources with their time columns, metrics.

    With a work tree, what was begun there counts too: both are proposed together. Without one, main alone does.
    """

    def __init__(self, moment: Moment, checkout: Checkout | None) -> None:
        self._moment, self._checkout = moment, checkout
        self._begun = checkout.worktree_changed(moment.tip, GOVERNED_ROOTS) if checkout else ()
        self._paths = {
            definition: path
            for path in (*moment.access.source.tree(moment.tip, GOVERNED_ROOTS), *self._begun)
            if (definition := id_of(path)) is not None
        }

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains that metrics and raci.yaml name."""
        routed = (entry.match.domain for entry in self._moment.governance.raci.entries)
        folders = (domain_of(path) for path in self._paths.values())
        return tuple(sorted({one for one in (*routed, *folders) if one}))

    def names(self, kind: Kind) -> tuple[str, ...]:
        """The names of a kind."""
        return tuple(sorted(split_id(one)[1] for one in self._paths if split_id(one)[0] is kind))

    def time_of(self, source: str) -> str:
        """The time column of a source, "" where it has none."""
        from metricgov.app.contents import read_paths

        path = self._paths.get(f"{Kind.SOURCE}:{source}")
        if path is None:
            return ""
        access = self._moment.access
        text = self._checkout.read_worktree((path,))[path] if self._checkout and path in self._begun else None
        if text is None:
            text = read_paths(access.source, self._moment.tip, (path,))[path].data
        time = access.files.load(text, path).get("time")
        return str(time.get("column", "")) if isinstance(time, dict) else ""

    def wishes(self, wanted: Beginning) -> Wishes:
        """Everything the template needs; a source or metric that does not exist is refused with the nearest."""
        from metricgov.app.templates import Wishes as Found

        if wanted.source:
            self._check(wanted.source, Kind.SOURCE)
        for one in wanted.inputs:
            self._check(one, Kind.METRIC)
        return Found(
            wanted.name,
            self._moment.now[:10],
            title=wanted.title,
            description=wanted.description,
            domain=wanted.domain,
            calculation=wanted.calculation or ("derived" if wanted.inputs else "simple"),
            source=wanted.source,
            time=self.time_of(wanted.source),
            inputs=wanted.inputs,
            team=wanted.team,
        )

    def _check(self, name: str, kind: Kind) -> None:
        from metricgov.domain.definitions.problems import did_you_mean

        names = self.names(kind)
        if name in names:
            return
        hint = did_you_mean(name, names) or f"run: metricgov list --kind {kind}"
        if self._checkout is None:
            hint += "; what only your work tree has is proposed together: leave out --propose and --edit"
        where = "" if self._checkout else " on main"
        raise BadInput("definition_unknown", f"there is no {kind} {name!r}{where}", hint=hint)


def kind_named(text: str) -> Kind:
    """Return the kind that a word means; BadInput with the nearest one."""
    from metricgov.domain.definitions.problems import did_you_mean

    word = text.lower().removesuffix("s") if text.lower() not in NATIVE else text.lower()
    if word in NATIVE:
        return Kind(word)
    raise BadInput("bad_kind", f"{text!r} is no kind", hint=did_you_mean(word, NATIVE) or f"one of {', '.join(NATIVE)}")
