"""A registry of any size from arithmetic, for measuring: paths and bytes; the repository is made elsewhere."""

from __future__ import annotations

import hashlib
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metricgov.app.start import ATTRIBUTES
from metricgov.domain.definitions.kinds import Kind, path_for

SETTINGS = "metricgov.yaml"
BLOCK = 20
"""Metrics come in blocks: ten ratios, seven simple ones, and three that are derived from the two before them."""
RATIOS, SIMPLE = 10, 7
INPUTS = (15, 16)


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain: its name, what its rows are, two sources with their entity, and what its metrics are about."""

    name: str
    about: str
    sources: tuple[tuple[str, str], tuple[str, str]]
    subjects: tuple[str, ...]


DOMAINS = (
    Domain(
        "acquisition",
        "visits that campaigns bring",
        (("ad_clicks", "click"), ("campaign_costs", "campaign")),
        ("search_clicks", "social_clicks", "partner_visits", "campaign_visits", "video_views"),
    ),
    Domain(
        "onboarding",
        "the first days of new accounts",
        (("signups", "account"), ("setup_steps", "step")),
        ("trial_signups", "first_logins", "setup_runs", "invited_users", "first_imports"),
    ),
    Domain(
        "crm_handoff",
        "leads on their way to sales",
        (("crm_leads", "lead"), ("crm_tasks", "task")),
        ("qualified_leads", "routed_leads", "follow_ups", "returned_leads", "demo_requests"),
    ),
    Domain(
        "checkout",
        "orders from basket to payment",
        (("orders", "order"), ("payments", "payment")),
        ("baskets", "card_payments", "invoices", "first_orders", "repeat_orders"),
    ),
    Domain(
        "billing",
        "subscriptions and what they earn",
        (("subscriptions", "subscription"), ("invoices_sent", "invoice")),
        ("renewals", "upgrades", "downgrades", "paid_seats", "annual_plans"),
    ),
    Domain(
        "support",
        "questions of customers and their answers",
        (("tickets", "ticket"), ("calls", "call")),
        ("first_answers", "solved_tickets", "escalations", "callbacks", "reopened_tickets"),
    ),
    Domain(
        "content",
        "pages and who reads them",
        (("page_views", "view"), ("articles", "article")),
        ("guide_reads", "landing_reads", "newsletter_reads", "search_entries", "downloads"),
    ),
    Domain(
        "engineering",
        "changes of the product on their way to users",
        (("deployments", "deployment"), ("incidents", "incident")),
        ("releases", "rollbacks", "hotfixes", "reviews", "outages"),
    ),
    Domain(
        "logistics",
        "parcels from shelf to door",
        (("shipments", "shipment"), ("returns", "return")),
        ("parcels", "express_parcels", "returns_received", "pickups", "stock_counts"),
    ),
    Domain(
        "measurement",
        "how far the other numbers can be trusted",
        (("tracking_events", "event"), ("data_loads", "load")),
        ("matched_events", "late_rows", "tagged_sessions", "consented_sessions", "complete_rows"),
    ),
)
REGIONS = ("dach", "nordics", "benelux", "iberia", "france", "italy", "poland", "britain")
PLANS = ("free", "starter", "team", "business", "enterprise", "education")
MEASURES: Mapping[str, tuple[str, ...]] = {
    "ratio": ("completion_rate", "success_rate", "share_on_time", "return_rate", "quality_rate", "mobile_share"),
    "simple": ("count", "volume", "value", "duration", "customers", "backlog"),
    "derived": ("value_each", "growth_index", "load_factor", "cost_index", "balance", "efficiency"),
}
COUNTRIES = ("'DE', 'AT', 'CH'", "'SE', 'NO'", "'NL', 'BE'", "'ES', 'PT'", "'FR'", "'IT'", "'PL'", "'GB', 'IE'")
AGGREGATES = (
    ("count", ""),
    ("sum", "amount"),
    ("average", "duration_minutes"),
    ("count_distinct", "customer_id"),
    ("median", "duration_minutes"),
    ("max", "score"),
)
UNITS = {"count": "count", "sum": "eur", "average": "minutes", "count_distinct": "count", "median": "minutes"}
CATEGORIES = ("output", "quality", "speed", "learning")
FAMILIES = ("outcome", "efficiency", "funnel", "measurement_health")
FIRST_NAMES = (
    *("Ada", "Bela", "Carla", "Dario", "Edda", "Finn", "Greta", "Hakim", "Ines", "Jona", "Kira", "Lasse", "Mara"),
    *("Nils", "Olga", "Pavel", "Quirin", "Rosa", "Samir", "Tilda", "Uwe", "Vera", "Wanda", "Xenia", "Yusuf"),
)
LAST_NAMES = (
    *("Anders", "Becker", "Castro", "Dorn", "Ekman", "Falk", "Garcia", "Holm", "Ivanov", "Jansen"),
    *("Keller", "Lind", "Moreau", "Novak", "Okafor", "Peters", "Quist", "Rossi", "Sauer", "Toth"),
)


@dataclass(frozen=True, slots=True)
class Generated:
    """A registry as files, and one metric of it with another literal in its filter."""

    registry: str
    files: Mapping[str, bytes]
    changed_path: str
    changed: bytes
    council: tuple[str, ...]


@dataclass(slots=True)
class Writer:
    """Writes the files of one registry; `seed` moves every choice that nothing depends on."""

    metrics: int
    seed: int
    files: dict[str, bytes] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    counters: dict[tuple[str, str], int] = field(default_factory=dict)

    def pick(self, choices: Sequence[str], index: int, salt: str) -> str:
        """Choose by a checksum of seed, index and salt."""
        return choices[self.number(len(choices), index, salt)]

    def number(self, below: int, index: int, salt: str) -> int:
        """Return a number below a bound, always the same for the same words."""
        return zlib.crc32(f"{self.seed}/{salt}/{index}".encode()) % below

    def put(self, path: str, *lines: str) -> None:
        """Keep a file."""
        self.files[path] = ("\n".join(line for line in lines if line) + "\n").encode()


def generate(metrics: int, seed: int = 1) -> Generated:
    """Return a registry of so many metrics, with distinct names and SQL and up to 500 people; always the same bytes."""
    writer = Writer(metrics, seed)
    registry = str(uuid.UUID(bytes=hashlib.sha256(f"metricgov {metrics} {seed}".encode()).digest()[:16], version=4))
    writer.put(
        SETTINGS,
        "kind: metricgov",
        f"registry: {registry}",
        "format: 1",
        "journal: metricgov/journal",
        "rules: 1",
        "dialect: duckdb",
    )
    writer.put(".gitattributes", *ATTRIBUTES)
    council = _governance(writer)
    for index, domain in enumerate(DOMAINS):
        _surroundings(writer, index, domain)
    paths = [_metric(writer, index) for index in range(metrics)]
    changed_path = paths[_changed_index(metrics)]
    before = writer.files[changed_path]
    at = before.index(b"score >= ") + len(b"score >= ")
    literal = before[at:].split(None, 1)[0].rstrip(b"\n")
    changed = before[:at] + str(int(literal) + 1).encode() + before[at + len(literal) :]
    return Generated(registry, writer.files, changed_path, changed, council)


def _changed_index(metrics: int) -> int:
    """Return an input of three derived metrics near the middle; the first metric of a very small registry."""
    if metrics < BLOCK:
        return 0
    return metrics // BLOCK // 2 * BLOCK + INPUTS[0]


def _governance(writer: Writer) -> tuple[str, ...]:
    size = min(len(FIRST_NAMES) * len(LAST_NAMES), max(12, writer.metrics // BLOCK))
    names = [
        (
            FIRST_NAMES[index % len(FIRST_NAMES)],
            LAST_NAMES[(index % len(FIRST_NAMES) + index // len(FIRST_NAMES)) % len(LAST_NAMES)],
        )
        for index in range(size)
    ]
    ids = [f"{first}-{last}".lower() for first, last in names]
    people = [
        f"  - {{id: {one}, name: {first} {last}, email: {one}@example.com}}"
        for one, (first, last) in zip(ids, names, strict=True)
    ]
    council = tuple(ids[-5:])
    teams = [*("  - id: metrics-council", "    title: Metrics council"), f"    members: [{', '.join(council)}]"]
    entries = []
    for index, domain in enumerate(DOMAINS):
        members = ids[index :: len(DOMAINS)]
        team = domain.name.replace("_", "-")
        teams.append(f"  - {{id: {team}, title: {_title(domain.name)}, members: [{', '.join(members)}]}}")
        asked = DOMAINS[(index + 3) % len(DOMAINS)].name.replace("_", "-")
        entries += [
            f"  - match: {{domain: {domain.name}}}",
            f"    responsible: [{team}]",
            f"    accountable: {ids[index]}",
            f"    deputy: {ids[(index + 1) % size]}",
            f"    consulted: [{asked}]",
        ]
    writer.put("governance/people.yaml", "kind: people", "people:", *people, "teams:", *teams)
    deciders = f"registry: {{accountable: {council[0]}, deputy: {council[1]}}}"
    writer.put("governance/raci.yaml", "kind: raci", "council: metrics-council", deciders, "entries:", *entries)
    writer.put("governance/policy.yaml", "kind: policy", "preset: standard", "enforce: block")
    return council


def _surroundings(writer: Writer, index: int, domain: Domain) -> None:
    """Write what the metrics of a domain stand on: two sources, a workflow, an event, an objective."""
    team = domain.name.replace("_", "-")
    for name, entity in domain.sources:
        columns = [f"  - {{name: {column}, type: {kind}}}" for column, kind in _columns(entity)]
        writer.put(
            path_for(Kind.SOURCE, name),
            *("kind: source", f"name: {name}", f"title: {_title(name)}", "version: 1.0.0", "status: active"),
            *("effective_from: 2024-01-01", f"description: One row for each {entity}; {domain.about}."),
            *("relations:", f"  warehouse: analytics.{name}", "columns:", *columns, f"primary_key: [{entity}_id]"),
            *("time:", "  column: created_at", "freshness:", "  within: 24 hours", "recomputable_from: 2023-01-01"),
        )
    writer.put(
        path_for(Kind.WORKFLOW, f"{domain.name}_workflow"),
        *("kind: workflow", f"name: {domain.name}_workflow", f"title: {_title(domain.name)} workflow"),
        *("version: 1.0.0", "status: active", f"description: The recurring work on {domain.about}.", f"team: {team}"),
        *("steps:", "  - Plan the week", "  - Do the work", "  - Look at the numbers"),
    )
    event = f"{domain.sources[0][1]}_recorded"
    writer.put(
        path_for(Kind.EVENT, event),
        *("kind: event", f"name: {event}", f"title: {_title(event)}", "version: 1.0.0", "status: active"),
        *("effective_from: 2024-01-01", f"description: Sent once for each {domain.sources[0][1]}."),
        *(f"trigger: A {domain.sources[0][1]} was stored.", "properties:"),
        *("  - {name: country, type: string, required: true}", "  - {name: channel, type: string}"),
        "consent: legitimate_interest",
    )
    if index % 2 == 0:
        writer.put(
            path_for(Kind.OBJECTIVE, f"better_{domain.name}"),
            *("kind: objective", f"name: better_{domain.name}", f"title: Better {_title(domain.name).lower()}"),
            *("version: 1.0.0", "status: active", f"description: What the year is for in {domain.name}."),
            *(f"statement: The work on {domain.about} is a third faster.", f"owner: {team}"),
            *("period:", "  start: 2026-01-01", "  end: 2026-12-31"),
        )


def _columns(entity: str) -> Iterator[tuple[str, str]]:
    yield f"{entity}_id", "string"
    yield "customer_id", "string"
    yield from (("created_at", "timestamp"), ("completed_at", "timestamp"))
    yield from (("country", "string"), ("channel", "string"), ("plan", "string"))
    yield from (("amount", "decimal"), ("duration_minutes", "decimal"), ("score", "integer"), ("is_test", "boolean"))


def _metric(writer: Writer, index: int) -> str:
    place = index % BLOCK
    form = "ratio" if place < RATIOS else "simple" if place < RATIOS + SIMPLE else "derived"
    domain = DOMAINS[index // 5 % len(DOMAINS)]
    source, entity = domain.sources[index % 2]
    name, subject, region = _name(writer, domain, form)
    writer.names.append(name)
    unit, calculation = _calculation(writer, index, form, source, region)
    path = path_for(Kind.METRIC, name, domain.name)
    writer.put(
        path,
        *("kind: metric", f"name: {name}", f"title: {_title(name)}", "version: 1.0.0", "status: active"),
        *("effective_from: 2025-01-01", f"description: {_title(subject)} in {REGIONS[region]}, by day of {entity}."),
        f"decision: Moves people and money between {domain.about} and other work.",
        *(f"domain: {domain.name}", f"workflow: {domain.name}_workflow"),
        f"category: {writer.pick(CATEGORIES, index, 'category')}",
        f"family: {writer.pick(FAMILIES, index, 'family')}",
        f"indicator: {writer.pick(('leading', 'lagging'), index, 'indicator')}",
        *("direction: up_is_better", f"unit: {unit}", *calculation),
        *("dimensions: [channel, country]", f"entity: {entity}_id", f"identity: One row is one {entity}."),
        *(f"uses_events: [{domain.sources[0][1]}_recorded]", "exclusions: Test rows."),
        f"known_limits: A late {entity} moves the last three days.",
        *("review:", "  every: quarter", f"tags: [{REGIONS[region]}]"),
    )
    return path


def _name(writer: Writer, domain: Domain, form: str) -> tuple[str, str, int]:
    """Return a name that no other metric has, with its subject and region."""
    count = writer.counters.get((domain.name, form), 0)
    writer.counters[domain.name, form] = count + 1
    rest, subject = divmod(count, len(domain.subjects))
    rest, measure = divmod(rest, len(MEASURES[form]))
    rest, region = divmod(rest, len(REGIONS))
    cohort, plan = divmod(rest, len(PLANS))
    words = [domain.subjects[subject], MEASURES[form][measure], REGIONS[region], PLANS[plan]]
    if cohort:
        words.append(f"cohort_{cohort}")
    return "_".join(words), domain.subjects[subject], region


def _calculation(writer: Writer, index: int, form: str, source: str, region: int) -> tuple[str, list[str]]:
    """Return unit and block; the threshold is the metric's own number, so no two blocks are equal."""
    head = ["calculation:", f"  type: {form}"]
    days = (7, 14, 28, 30, 60, 90)[writer.number(6, index, "days")]
    where = f"NOT is_test AND country IN ({COUNTRIES[region]}) AND score >= {index + 1}"
    rows = [f"  source: {source}", "  time: created_at", "  grain: day", f"  where: {where}"]
    if form == "ratio":
        done = f"    where: completed_at <= created_at + INTERVAL '{days}' DAY"
        counted = ["  numerator:", done, "    aggregate: count", "  denominator:", "    aggregate: count"]
        return "percent", [*head, *rows, *counted, "  scale: 100"]
    if form == "simple":
        aggregate, expression = AGGREGATES[writer.number(len(AGGREGATES), index, "aggregate")]
        counted = [f"  aggregate: {aggregate}", f"  expression: {expression}" if expression else ""]
        return UNITS.get(aggregate, "points"), [*head, *rows, *counted]
    one, other = (writer.names[index - index % BLOCK + place] for place in INPUTS)
    expression = f"  expression: {writer.number(90, index, 'weight') + 10} * worth / NULLIF(size + {index}, 0)"
    inputs = ["  inputs:", f"    - metric: {one}", "      alias: worth", f"    - metric: {other}", "      alias: size"]
    return "points", [*head, "  grain: day", expression, *inputs]


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
