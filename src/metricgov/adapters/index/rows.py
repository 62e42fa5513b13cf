"""From folded values to rows, as pure functions; reading, writing and comparing them lives in store.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from metricgov.domain.definitions.kinds import NATIVE, Kind, domain_of, split_id
from metricgov.domain.digest import JSON, sha256_hex
from metricgov.domain.registry import Entry
from metricgov.domain.workflow.envelope import Actor, Envelope, Identity
from metricgov.domain.workflow.events import RevisionDrafted, RevisionSubmitted, Side
from metricgov.domain.workflow.fold import RegistryState
from metricgov.domain.workflow.registry_events import Baseline
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.summary import by_gravity, leading, steps_of, summarise
from metricgov.ports.index import DefinitionRecord

SHAPE = 1
"""Raise it when rows or the folding of events come out differently: an index of another shape is filled again."""

LONGEST_KEY = 200
"""Letters up to which a text is a key of its own; PostgreSQL indexes no row beyond 2.7 kB."""

DRAFT = 0
"""The revision number of a draft."""

Row = dict[str, Any]
Rows = dict[str, list[Row]]


def text(value: str | None) -> str:
    """Return a text that every database takes: no NUL, no half of a surrogate pair."""
    return (value or "").replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def key(value: str) -> str:
    """Return a text short enough for an index of every database, and still unlike all others."""
    plain = text(value)
    return plain if len(plain) <= LONGEST_KEY else f"{plain[:120]}~{sha256_hex(plain.encode())}"


def lines(values: Iterable[str]) -> str:
    """Return texts in one column, one a line."""
    return "\n".join(text(value).replace("\n", " ") for value in values)


def unlines(value: str) -> tuple[str, ...]:
    """Return the texts of such a column."""
    return tuple(value.split("\n")) if value else ()


def event_row(envelope: Envelope, fault: str) -> Row:
    """Return the row of an event."""
    return {
        "seq": envelope.seq,
        "change": envelope.change,
        "type": key(envelope.type),
        "principal": key(envelope.actor.principal),
        "identity": envelope.actor.identity.value,
        "at": key(envelope.at),
        "envelope": json.dumps(envelope.as_json(), separators=(",", ":")),
        "fault": fault,
    }


def envelope_of(stored: str) -> Envelope:
    """Return the event that a row holds."""
    raw = json.loads(stored)
    actor = raw.pop("actor")
    return Envelope(actor=Actor(actor["principal"], Identity(actor["identity"])), **raw)


def target_row(state: RegistryState) -> Row:
    """Return the one row of the registry's own events."""
    return {
        "id": 1,
        "registry_id": text(state.registry),
        "ref": text(state.target),
        "main": state.main,
        "governance": state.governance,
        "moves": state.moves,
        "rewinds": state.rewinds,
        "last_seq": state.last_seq,
        "last_at": state.last_at,
    }


def target_state(row: Mapping[str, Any]) -> RegistryState:
    """Return the state that such a row holds, less the baselines, which later events do not need."""
    return RegistryState(
        registry=row["registry_id"],
        target=row["ref"],
        main=row["main"],
        governance=row["governance"],
        moves=row["moves"],
        rewinds=row["rewinds"],
        last_seq=row["last_seq"],
        last_at=row["last_at"],
    )


def baseline_rows(seq: int, baseline: Baseline) -> list[Row]:
    """Return a row for every path that was accepted as found."""
    return [
        {
            "seq": seq,
            "place": place,
            "path": key(entry.path),
            "mode": entry.mode,
            "sha256": entry.sha256,
            "commit": baseline.commit,
        }
        for place, entry in enumerate(baseline.entries)
    ]


def change_rows(state: ChangeState) -> Rows:
    """Return every row of one change, by table."""
    revisions: list[RevisionSubmitted | RevisionDrafted] = [*([state.draft] if state.draft else []), *state.revisions]
    return {
        "change": [_change(state)],
        "revision": [_revision(state.change, one) for one in revisions],
        "edit": list(chain.from_iterable(_edits(state.change, one) for one in revisions)),
        "touch": list(chain.from_iterable(_touches(state.change, one) for one in revisions)),
        "person": _people(state),
        "decision": [_decision(state.change, one) for one in leading(state)],
        "asked": _asked(state),
        "thread": [
            {
                "change": state.change,
                "name": key(one.id),
                "path": text(one.path),
                "field": text(one.field),
                "resolved": one.resolved,
            }
            for one in state.threads
        ],
        "remark": [
            {
                "seq": remark.seq,
                "change": state.change,
                "thread": key(thread.id),
                "principal": text(remark.principal),
                "at": remark.at,
                "text": text(remark.text),
            }
            for thread in state.threads
            for remark in thread.remarks
        ],
        "version": _versions(state),
    }


def definition_rows(record: DefinitionRecord) -> Rows:
    """Return every row of one definition file, by table."""
    kind, name = split_id(record.id)
    return {
        "definition": [
            {
                "path": key(record.path),
                "id": key(record.id),
                "oid": record.oid,
                "kind": kind.value,
                "name": key(name),
                "title": text(record.title),
                "version": text(record.version),
                "status": text(record.status),
                "domain": key(record.domain),
                "effective_from": text(record.effective_from),
                "kpi": record.kpi,
                "consulted": lines(record.consulted),
                "informed": lines(record.informed),
                "problem": text(record.problem),
            }
        ],
        "tag": [{"path": key(record.path), "tag": tag} for tag in sorted({key(one) for one in record.tags})],
        "reference": [
            {"path": key(record.path), "target": target, "definition": key(record.id)}
            for target in sorted({key(one) for one in record.references})
        ],
    }


def definition_record(
    definition: str, path: str, oid: str, data: Mapping[str, JSON] | None, problem: str = ""
) -> DefinitionRecord:
    """Return what the index keeps of a definition file; `data` is None where it does not load or is opaque."""
    raw = data or {}
    return DefinitionRecord(
        id=definition,
        path=path,
        oid=oid,
        title=_word(raw.get("title")),
        version=_word(raw.get("version")),
        status=_word(raw.get("status")),
        domain=_word(raw.get("domain")) or domain_of(path) or "",
        effective_from=_word(raw.get("effective_from")),
        kpi=bool(raw.get("kpi")),
        consulted=_words(raw.get("consulted")),
        informed=_words(raw.get("informed")),
        tags=_words(raw.get("tags")),
        references=_references(definition, path, raw),
        problem=problem,
    )


def _references(definition: str, path: str, raw: Mapping[str, JSON]) -> tuple[str, ...]:
    if split_id(definition)[0] not in NATIVE:
        return ()
    return tuple(sorted({reference.target for reference in Entry(definition, path, raw).references}))


def is_opaque(definition: str) -> bool:
    """Say whether a definition stands in another tool's file, of which the index keeps the name alone."""
    return definition.startswith(f"{Kind.OPAQUE}:")


def _change(state: ChangeState) -> Row:
    summary = summarise(state)
    contents = state.draft or state.revision
    return {
        "id": state.change,
        "stage": summary.stage.value,
        "why": text(summary.why),
        "author": key(summary.author),
        "created_at": summary.created_at,
        "requested": text(state.definition),
        "reverts": state.reverts or "",
        "revision": summary.revision,
        "cycle": state.cycle,
        "digest": contents.digest if contents else "",
        "canonical": contents.canonical if contents else "",
        "change_class": contents.change_class.value if contents else "",
        "intent": contents.intent.value if contents and contents.intent else "",
        "treatment": contents.treatment.value if contents and contents.treatment else "",
        "effective_from": summary.effective_from,
        "conflicts": lines(state.conflicts),
        "commit": state.commit,
        "landed_by": state.landed_by,
        "superseded_by": state.superseded_by,
        "ended_by": text(state.ended_by),
        "ended_because": text(state.ended_because),
        "ended_seq": state.ended_seq,
        "ended_at": state.ended_at,
        "last_seq": state.last_seq,
        "last_at": state.last_at,
    }


def _number(contents: RevisionSubmitted | RevisionDrafted) -> int:
    return contents.number if isinstance(contents, RevisionSubmitted) else DRAFT


def _revision(change: str, contents: RevisionSubmitted | RevisionDrafted) -> Row:
    submitted = contents if isinstance(contents, RevisionSubmitted) else None
    return {
        "change": change,
        "number": _number(contents),
        "cycle": submitted.cycle if submitted else 0,
        "base": contents.base,
        "digest": contents.digest,
        "canonical": contents.canonical,
        "change_class": contents.change_class.value,
        "rules": contents.rules,
        "canonicaliser": contents.canonicaliser,
        "why": text(contents.why),
        "intent": contents.intent.value if contents.intent else "",
        "treatment": contents.treatment.value if contents.treatment else "",
        "effective_from": contents.effective_from or "",
        "requested_by": text(contents.requested_by),
        "implemented_by": text(contents.implemented_by),
        "refs": lines(contents.refs),
        "rebased": submitted.rebased if submitted else False,
    }


def _edits(change: str, contents: RevisionSubmitted | RevisionDrafted) -> Iterator[Row]:
    def side(name: str, found: Side | None) -> Row:
        return {f"{name}_mode": found.mode if found else "", f"{name}_sha256": found.sha256 if found else ""}

    for place, edit in enumerate(contents.edits):
        yield {
            "change": change,
            "number": _number(contents),
            "place": place,
            "path": text(edit.path),
            **side("before", edit.before),
            **side("after", edit.after),
        }


def _touches(change: str, contents: RevisionSubmitted | RevisionDrafted) -> Iterator[Row]:
    distinct = {key(record.id): record for record in reversed(by_gravity(contents.definitions))}
    for place, record in enumerate(by_gravity(tuple(distinct.values()))):
        yield {
            "change": change,
            "number": _number(contents),
            "definition": key(record.id),
            "place": place,
            "path": text(record.path),
            "change_class": record.change_class.value,
            "flags": "".join(sorted(flag.value for flag in record.flags)),
            "version_before": text(record.version_before),
            "version_after": text(record.version_after),
            "accountable": text(record.accountable),
        }


def _people(state: ChangeState) -> list[Row]:
    revision = state.revision
    roles = {
        *((state.created_by, "author"),),
        *((one, "contributor") for one in state.contributors),
        *((one.principal, "decider") for one in state.decisions),
        *((one.principal, "asked") for one in (revision.asked if revision else ())),
    }
    distinct = sorted({(key(principal), role) for principal, role in roles})
    return [{"change": state.change, "principal": principal, "role": role} for principal, role in distinct]


def _decision(change: str, decision: Any) -> Row:
    return {
        "change": change,
        "principal": key(decision.principal),
        "verdict": decision.verdict.value,
        "revision": decision.revision,
        "cycle": decision.cycle,
        "digest": decision.digest,
        "canonical": decision.canonical,
        "identity": decision.identity.value,
        "seq": decision.seq,
        "at": decision.at,
        "reason": text(decision.reason),
        "self_approved": decision.self_approved,
    }


def _asked(state: ChangeState) -> list[Row]:
    asked = {key(one.principal): one for one in (state.revision.asked if state.revision else ())}
    return [
        {"change": state.change, "principal": principal, "definitions": lines(one.definitions), "due": one.due or ""}
        for principal, one in asked.items()
    ]


def _versions(state: ChangeState) -> list[Row]:
    return [
        {
            "seq": step.seq,
            "definition": key(step.definition),
            "path": text(step.path),
            "at": step.at,
            "change": step.change,
            "revision": step.revision,
            "change_class": step.change_class.value,
            "version_before": text(step.version_before),
            "version_after": text(step.version_after),
            "after": step.after,
            "why": text(step.why),
            "author": text(step.author),
            "approved_by": lines(step.approved_by),
            "effective_from": step.effective_from,
            "intent": step.intent,
            "treatment": step.treatment.value if step.treatment else "",
            "commit": step.commit,
        }
        for step in steps_of(state)
    ]


def _word(value: JSON) -> str:
    return value if isinstance(value, str) else ""


def _words(value: JSON) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence):
        return tuple(word for word in value if isinstance(word, str))
    return ()
