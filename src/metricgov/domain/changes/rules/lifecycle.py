"""Rules about a definition as a whole: it appears, disappears, moves, changes status, version or date."""

from __future__ import annotations

import re

from metricgov.domain.changes.rules.rows import (
    BREAKING,
    COMPATIBLE,
    EDITORIAL,
    MEASURED_KINDS,
    NATIVE_KINDS,
    UNKNOWN,
    added,
    each,
    edited,
    never_published,
    of,
    removed,
    row,
    status,
)
from metricgov.domain.changes.values import Edit, Scope

_DIGITS = re.compile(r"\d+", re.ASCII)
WHOLE = each(NATIVE_KINDS, "")


def _name_was_used(edit: Edit, scope: Scope) -> bool:
    return edit.added and scope.definition in scope.context.removed


def _was_draft(edit: Edit, scope: Scope) -> bool:
    return edit.removed and never_published(scope)


def _first_date(edit: Edit, scope: Scope) -> bool:
    return edit.added or never_published(scope)


def _taken_back(edit: Edit, scope: Scope) -> bool:
    """Return whether a version falls, disappears, or is one that was published before."""
    if never_published(scope) or edit.added:
        return False
    earlier = {version.version for version in scope.context.earlier.get(scope.definition, ())}
    if edit.removed or edit.after in earlier:
        return True
    old, new = ([int(part) for part in _DIGITS.findall(str(side))] for side in (edit.before, edit.after))
    return new < old


def _lies_ahead(edit: Edit, scope: Scope) -> bool:
    today = scope.context.today
    dates = (edit.before, edit.after)
    return today is not None and all(isinstance(date, str) and date > today for date in dates)


RULES = (
    row(
        "NAME_REUSED", BREAKING, WHOLE,
        "{name} names something that was published before and removed",
        "A new meaning under an old name silently joins two series; a removed name stays taken for ever.",
        ("# removed last year: metrics/crm_handoff/routing_speed.yaml", "kind: metric\nname: routing_speed"),
        flags="B", applies=_name_was_used,
    ),
    row(
        "OPAQUE_RECREATED", UNKNOWN, of("opaque", ""),
        "{name} stood here before and was removed",
        "Whether it means again what it meant cannot be read from a format that is not known here.",
        ("# removed last year: models/leads.sql", "a: 1"),
        applies=_name_was_used,
    ),
    row(
        "CREATED", COMPATIBLE, (*WHOLE, *of("opaque", "")),
        "{name} is new",
        "Nothing was published under this name, so no history can break.",
        ("# no file", "kind: metric\nname: routing_speed"),
        flags="N", applies=added,
    ),
    row(
        "DRAFT_REMOVED", EDITORIAL, WHOLE,
        "the draft {name} is removed",
        "A draft was never published, so nobody can hold a number of it.",
        ("kind: metric\nname: routing_speed\nstatus: draft", "# no file"),
        applies=_was_draft,
    ),
    row(
        "OPAQUE_DELETED", BREAKING, of("opaque", ""),
        "{name} is gone",
        "Files of other tools know no tombstone; who computes from it loses it.",
        ("a: 1", "# no file"),
        flags="R", applies=removed,
    ),
    row(
        "FILE_DELETED", BREAKING, WHOLE,
        "{name} was published and its file is gone",
        "The file of a published definition is its tombstone: set status: retired, with reason and last good date.",
        ("kind: metric\nname: routing_speed\nstatus: active", "# no file"),
        flags="BR", applies=removed,
    ),
    row(
        "NAME_CHANGED", BREAKING, each(NATIVE_KINDS, "name", "kind"),
        "{field} {before} -> {after}",
        "The name is the identity: rename leaves the old file as an alias and writes a new one.",
        ("name: routing_speed", "name: routing_time"),
        flags="R",
    ),
    row(
        "STATUS_PUBLISHED", EDITORIAL, each(NATIVE_KINDS, "status"),
        "published: status {before} -> {after}",
        "From here on people rely on the numbers, so the accountable person agrees to it.",
        ("status: draft", "status: active"),
        flags="G",
        applies=lambda edit, scope: never_published(scope) and (edit.before, edit.after) == ("draft", "active"),
    ),
    row(
        "DRAFT_DROPPED", EDITORIAL, each(NATIVE_KINDS, "status"),
        "the draft is dropped",
        "A draft was never published, so no series ends.",
        ("status: draft", "status: retired"),
        applies=lambda edit, scope: never_published(scope) and (edit.before, edit.after) == ("draft", "retired"),
    ),
    row(
        "STATUS_DEPRECATED", COMPATIBLE, each(NATIVE_KINDS, "status"),
        "deprecated: status {before} -> {after}",
        "The series goes on for now; its readers should look for the successor.",
        ("status: active", "status: deprecated"),
        flags="N", applies=status({"active", "draft"}, {"deprecated"}),
    ),
    row(
        "DEPRECATION_UNDONE", COMPATIBLE, each(NATIVE_KINDS, "status"),
        "no longer deprecated",
        "Readers who were told to leave may stay, so the owner decides it.",
        ("status: deprecated", "status: active"),
        flags="G", applies=status({"deprecated"}, {"active"}),
    ),
    row(
        "RETIRED", BREAKING, each(NATIVE_KINDS, "status"),
        "retired: the series stops",
        "Everybody who reads the number loses it; the file stays as the tombstone.",
        ("status: active", "status: retired"),
        flags="R", applies=status({"active", "deprecated", "draft"}, {"retired"}),
    ),
    row(
        "REJOINED", COMPATIBLE, each(NATIVE_KINDS, "status"),
        "taken up again: status {before} -> {after}",
        "With the same contents the series re-joins its old version; the gap between is marked.",
        ("status: retired", "status: active"),
        flags="N", applies=status({"retired", "draft"}, {"active", "deprecated"}),
    ),
    row(
        "UNPUBLISHED", BREAKING, each(NATIVE_KINDS, "status"),
        "withdrawn into draft: the series stops",
        "What was published is no longer backed by a definition.",
        ("status: active", "status: draft"),
        flags="R", applies=status({"active", "deprecated", "retired"}, {"draft"}),
    ),
    row(
        "SUCCESSOR_SET", COMPATIBLE, each(NATIVE_KINDS, "replaced_by", "replaced_by.**"),
        "{field} {before} -> {after}",
        "A successor is not comparable with this definition unless that has been shown.",
        ("status: deprecated", "status: deprecated\nreplaced_by:\n  metric: routing_time\n  relation: different"),
        flags="N",
    ),
    row(
        "TOMBSTONE_EDITED", EDITORIAL, each(NATIVE_KINDS, "retirement", "retirement.**"),
        "{field} {before} -> {after}",
        "Why and until when a series was good tells readers how to use what remains of it.",
        ("status: retired", "status: retired\nretirement:\n  reason: The form is gone."),
        flags="N",
    ),
    row(
        "VERSION_TAKEN_BACK", BREAKING, each(NATIVE_KINDS, "version"),
        "version {before} -> {after}: a published version is never given again",
        "Two contents under one version could not be told apart in anything that cites it.",
        ("version: 2.0.0", "version: 1.0.0"),
        flags="B", applies=_taken_back,
    ),
    row(
        "VERSION_WRITTEN", EDITORIAL, each(NATIVE_KINDS, "version"),
        "version {before} -> {after}",
        "The tool writes the version; whether the step is large enough is checked apart.",
        ("version: 1.0.0", "version: 1.0.1"),
    ),
    row(
        "EFFECTIVE_FIRST", EDITORIAL, each(MEASURED_KINDS, "effective_from"),
        "measures by this definition from {after}",
        "No date stood there, or nothing was published yet.",
        ("title: Routing speed", "title: Routing speed\neffective_from: 2026-07-01"),
        applies=_first_date,
    ),
    row(
        "EFFECTIVE_MOVED_AHEAD", COMPATIBLE, each(MEASURED_KINDS, "effective_from"),
        "starts {after} instead of {before}, both still to come",
        "No day that has been measured changes hands.",
        ("effective_from: 2999-01-01", "effective_from: 2999-02-01"),
        applies=_lies_ahead,
    ),
    row(
        "EFFECTIVE_MOVED", BREAKING, each(MEASURED_KINDS, "effective_from"),
        "starts {after} instead of {before}: the days between change hands",
        "The same days would be measured by another version than was published.",
        ("effective_from: 2026-07-01", "effective_from: 2026-06-01"),
    ),
    row(
        "FILE_MOVED", EDITORIAL, each((*NATIVE_KINDS, "opaque"), "(path)"),
        "the file moves: {before} -> {after}",
        "The identity is kind and name, not the path; the owners of both places agree.",
        ("# metrics/crm_handoff/routing_speed.yaml", "# metrics/sales/routing_speed.yaml"),
        flags="G", applies=edited,
    ),
    row(
        "DOMAIN_MOVED", EDITORIAL, of("metric", "domain", "workflow"),
        "{field} {before} -> {after}",
        "Who answers for the metric changes with its domain or workflow: the owners of both sides agree.",
        ("domain: crm_handoff", "domain: sales"),
        flags="G",
    ),
)  # fmt: skip

RENAMED = row(
    "RENAMED", COMPATIBLE, (),
    "renamed: {before} -> {after}, with equal content",
    "The series goes on under the new name; the old one stays taken and points to it.",
    (
        "name: routing_speed\nstatus: active",
        "name: routing_speed\nstatus: retired\nreplaced_by: {metric: routing_time, relation: rename}\n"
        "---\nname: routing_time\nstatus: active",
    ),
    flags="R",
)  # fmt: skip

RENAMED_AND_CHANGED = row(
    "RENAMED_AND_CHANGED", BREAKING, (),
    "renamed and changed at once: {before} -> {after}",
    "These are two changes: first the alias, then a new version under the new name.",
    (
        "name: routing_speed\ncalculation:\n  where: a",
        "name: routing_speed\nstatus: retired\nreplaced_by: {metric: routing_time, relation: rename}\n"
        "---\nname: routing_time\ncalculation:\n  where: b",
    ),
    flags="R",
)  # fmt: skip

INDIRECT = row(
    "INDIRECT", BREAKING, (),
    "computed from {before}, where {says}",
    "What a number is computed from is part of its meaning; the class is that of the cause.",
    ("# metric routing_rate uses source crm_leads", "# source crm_leads: where changed"),
    flags="N",
)  # fmt: skip

EFFECTIVE_WRITTEN = row(
    "EFFECTIVE_WRITTEN", EDITORIAL, (),
    "measures by this version from {after}",
    "The date belongs to the version that this change makes, and the change is judged by itself.",
    (
        "effective_from: 2026-01-01\ncalculation:\n  where: a = 1",
        "effective_from: 2026-07-01\ncalculation:\n  where: a = 2",
    ),
)  # fmt: skip

ACROSS = (EFFECTIVE_WRITTEN, RENAMED, RENAMED_AND_CHANGED, INDIRECT)
