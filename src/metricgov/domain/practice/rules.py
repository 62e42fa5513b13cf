"""What every structure rule says, why it matters, how wrong and right look; the checks are beside this file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metricgov.domain.definitions.problems import Severity, did_you_mean
from metricgov.domain.errors import BadInput


@dataclass(frozen=True, slots=True)
class LintRule:
    """One rule for people: `bad` and `good` are fragments of YAML."""

    id: str
    says: str
    because: str
    bad: str
    good: str
    severity: Severity = Severity.ERROR


def _rows() -> Sequence[LintRule]:
    return (
        LintRule(
            "KIND_UNKNOWN",
            "The file says no kind, or one that does not exist.",
            "The kind decides which fields a definition has and who must agree to a change.",
            "kind: metrik",
            "kind: metric",
        ),
        LintRule(
            "FIELD_UNKNOWN",
            "The file has a field that its kind does not know.",
            "A misspelt field says nothing, and nobody notices that a rule was never read.",
            "descripton: Leads a day.",
            "description: Leads a day.",
        ),
        LintRule(
            "FIELD_MISSING",
            "A field is absent that the kind cannot do without.",
            "Half a definition gives a number that two people compute in two ways.",
            "calculation: {type: ratio, numerator: {aggregate: count}}",
            "calculation: {type: ratio, numerator: {aggregate: count}, denominator: {aggregate: count}}",
        ),
        LintRule(
            "EMPTY_VALUE",
            "A key stands without a value.",
            "Nobody can tell a value that was forgotten from one that is meant to be empty.",
            "unit:",
            "unit: percent",
        ),
        LintRule(
            "VALUE_INVALID",
            "A value is not of the type, the form or the range that its field wants.",
            "What does not fit the field would be read as something else, or not at all.",
            "effective_from: 1.7.2026",
            "effective_from: 2026-07-01",
        ),
        LintRule(
            "FIELDS_DISAGREE",
            "Two fields of one definition contradict each other.",
            "One of the two is wrong, and the program must not choose which.",
            "status: retired",
            "status: retired\nretirement: {reason: Replaced by the new funnel., last_good_date: 2026-06-30}",
        ),
        LintRule(
            "ITEM_REPEATED",
            "A list holds the same item, or two items of one name.",
            "With two columns or checks of one name, a change of one cannot be told from a change of the other.",
            "tags: [lead, lead]",
            "tags: [lead]",
        ),
        LintRule(
            "NOT_FILLED_IN",
            "A mark of the template still stands where its author has to say something.",
            "Reviewers would approve a definition that nobody has thought through.",
            "description: '<fill in: what it is>'",
            "description: Leads that arrived on a day.",
        ),
        LintRule(
            "SQL_UNREADABLE",
            "An expression cannot be parsed in the dialect of the registry.",
            "What cannot be parsed cannot be compared: every later change of it counts as unknown, thus as breaking.",
            "where: status = 'won",
            "where: status = 'won'",
        ),
        LintRule(
            "INPUT_UNUSED",
            "A derived metric names an input that its expression does not use.",
            "Every change of that input would be shown as a change here, and consult people for nothing.",
            "expression: revenue\ninputs: [{metric: revenue}, {metric: refunds}]",
            "expression: revenue - refunds\ninputs: [{metric: revenue}, {metric: refunds}]",
        ),
        LintRule(
            "KPI_WITHOUT_OBJECTIVE",
            "A kpi block names no objective.",
            "A number becomes a KPI by serving a goal that somebody owns; without one it is a metric.",
            "kpi: {target: {value: 35, by: 2026-12-31}}",
            "kpi: {objective: grow_qualified_pipeline, target: {value: 35, by: 2026-12-31}}",
        ),
        LintRule(
            "KPI_WITHOUT_TARGET",
            "A kpi block has no target.",
            "Nobody can say whether a KPI without a target was met.",
            "kpi: {objective: grow_qualified_pipeline}",
            "kpi: {objective: grow_qualified_pipeline, target: {value: 35, by: 2026-12-31}}",
        ),
        LintRule(
            "KIND_NOT_FOLDER",
            "The kind in the file is not that of its folder.",
            "People and rules find definitions by path; both must tell the same.",
            "# sources/lead_rate.yaml\nkind: metric",
            "# metrics/crm/lead_rate.yaml\nkind: metric",
        ),
        LintRule(
            "NAME_NOT_STEM",
            "The name in the file is not the file's name.",
            "A definition is addressed by its name and approved by its path; both must be the same thing.",
            "# metrics/crm/lead_rate.yaml\nname: leads_rate",
            "# metrics/crm/lead_rate.yaml\nname: lead_rate",
        ),
        LintRule(
            "DOMAIN_NOT_FOLDER",
            "The domain in the file is not the metric's folder.",
            "raci.yaml routes by domain: two answers would mean two owners.",
            "# metrics/crm/lead_rate.yaml\ndomain: paid",
            "# metrics/crm/lead_rate.yaml\ndomain: crm",
        ),
        LintRule(
            "NAME_TAKEN",
            "Two definitions have one name, whatever their kinds.",
            "A name in a report, a question or a change must mean exactly one definition.",
            "# metrics/crm/leads.yaml and sources/leads.yaml",
            "# metrics/crm/leads.yaml and sources/crm_leads.yaml",
        ),
        LintRule(
            "NAME_LOOKALIKE",
            "Two names differ only in what the eye passes over: 0 and o, 1 and l, rn and m, underscores.",
            "An approval of the one would be taken for an approval of the other.",
            "# metrics/crm/lead_rate.yaml and metrics/crm/leadrate.yaml",
            "# metrics/crm/lead_rate.yaml and metrics/crm/lead_loss_rate.yaml",
        ),
        LintRule(
            "PATH_MISPLACED",
            "A YAML file stands in a folder of definitions where no definition is looked for.",
            "Its author believes that it is governed, and nothing governs it.",
            "# metrics/lead_rate.yml",
            "# metrics/crm/lead_rate.yaml",
        ),
        LintRule(
            "REFERENCE_DANGLING",
            "A definition names another one that does not exist.",
            "The number cannot be computed, or an owner who should be asked is never found.",
            "calculation: {type: simple, source: crm_lead, time: created_at, aggregate: count}",
            "calculation: {type: simple, source: crm_leads, time: created_at, aggregate: count}",
        ),
        LintRule(
            "REFERENCE_CYCLE",
            "Definitions refer to each other in a circle.",
            "A number that needs itself cannot be computed, and a change of it would be its own cause.",
            "# a: expression: b + 1, b: expression: a - 1",
            "# a: expression: b + 1, b: a count over a source",
        ),
        LintRule(
            "COLUMN_UNKNOWN",
            "A metric uses a column that its source does not list.",
            "Renaming the column in the source would change the metric unseen.",
            "dimensions: [chanel]",
            "dimensions: [channel]",
        ),
        LintRule(
            "PRINCIPAL_UNKNOWN",
            "A file names somebody who is not in governance/people.yaml.",
            "A person who does not exist cannot be asked, told or made to answer.",
            "consulted: [sales-operation]",
            "consulted: [sales-operations]",
        ),
        *_governance_rows(),
    )


def _governance_rows() -> Sequence[LintRule]:
    return (
        LintRule(
            "PRINCIPAL_TWICE",
            "Two entries of people.yaml have one id.",
            "A decision in the journal names an id; it must be one person for ever.",
            "people: [{id: ann, name: Ann}]\nteams: [{id: ann, title: Analysts, members: [ann]}]",
            "people: [{id: ann, name: Ann}]\nteams: [{id: analysts, title: Analysts, members: [ann]}]",
        ),
        LintRule(
            "PERSON_TWICE",
            "One address or login stands at two people.",
            "A quorum counts people; two entries of one person would be counted twice.",
            "people: [{id: ann, name: Ann, email: a@example.com}, {id: ann2, name: Ann, email: a@example.com}]",
            "people: [{id: ann, name: Ann, email: a@example.com}]",
        ),
        LintRule(
            "KEY_TWICE",
            "One key stands at two people.",
            "A signature must say who signed.",
            "# ann and bob list the same ssh key",
            "# each lists a key of their own",
        ),
        LintRule(
            "MEMBER_UNKNOWN",
            "A team has a member who is not in people.yaml.",
            "The team looks larger than it is, and may never reach its quorum.",
            "teams: [{id: council, title: Council, members: [nobody]}]",
            "teams: [{id: council, title: Council, members: [ann]}]",
        ),
        LintRule(
            "RACI_TIE",
            "Two entries of raci.yaml match with the same strength.",
            "Exactly one person or team is accountable; a tie would leave it to chance.",
            "entries: [{match: {domain: crm}, accountable: ann}, {match: {domain: crm}, accountable: bob}]",
            "entries: [{match: {domain: crm}, accountable: ann, deputy: bob}]",
        ),
        LintRule(
            "MATCH_NOT_ONE",
            "An entry matches by none, or by several, of name, tag, domain and kind.",
            "How specific an entry is must be plain to see.",
            "match: {domain: crm, tag: lead}",
            "match: {domain: crm}",
        ),
        LintRule(
            "CLASS_UNKNOWN",
            "policy.yaml names a class of change that does not exist.",
            "A rule for a class that never occurs protects nothing.",
            "classes: {braking: {council: 2}}",
            "classes: {breaking: {council: 2}}",
        ),
        LintRule(
            "CALENDAR_UNKNOWN",
            "The calendar of policy.yaml names a country, a region, a time zone or a date that does not exist.",
            "Deadlines count its working days; where nobody knows them, no change can be submitted.",
            "calendar: {country: GER}",
            "calendar: {country: DE, subdivision: BY, zone: Europe/Berlin}",
        ),
        LintRule(
            "KEY_INVALID",
            "A key of people.yaml is not a public SSH key that can sign.",
            "A decision signed with it could never be checked, and its owner would learn of it too late.",
            "key: ssh-ed25519 AAAA",
            "key: the one line of ~/.ssh/id_ed25519.pub",
        ),
        LintRule(
            "KEY_COMPROMISED",
            "A key that is called compromised is still active.",
            "Whoever holds it could sign decisions; a day of compromise belongs to a key that was revoked.",
            "{key: …, status: active, compromised_since: 2026-05-01}",
            "{key: …, status: revoked, compromised_since: 2026-05-01}",
        ),
        LintRule(
            "DATE_INVALID",
            "A window of policy.yaml begins or ends on a day that does not exist.",
            "Nobody could say when it holds.",
            "starts: 2026-02-30",
            "starts: 2026-02-28",
        ),
        LintRule(
            "FREEZE_EMPTY",
            "A freeze of policy.yaml ends before it starts.",
            "It would never hold, though somebody wrote it to keep changes out.",
            "{name: closing, starts: 2026-12-31, ends: 2026-12-20}",
            "{name: closing, starts: 2026-12-20, ends: 2026-12-31}",
        ),
    )


RULES: dict[str, LintRule] = {rule.id: rule for rule in _rows()}


def explain(rule: str) -> LintRule:
    """Return what a rule is about; BadInput for an unknown id."""
    found = RULES.get(rule.upper())
    if found is None:
        raise BadInput("unknown_rule", f"there is no lint rule {rule}", hint=did_you_mean(rule.upper(), tuple(RULES)))
    return found
