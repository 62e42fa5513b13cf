"""The texts of a rename: a new definition with the old contents, and the old one in its place, pointing to it.

A published name is never removed (INV-27) nor used again (INV-18), so every reference to it still resolves. Nobody
else's file is edited (INV-19): while something refers to the old name, it is deprecated and stays an alias; where
nothing does, it is retired.
"""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.drafting import Text, Texts
from metricgov.app.moment import Moment
from metricgov.app.neighbourhood import Search
from metricgov.app.retiring import replacement
from metricgov.domain.definitions.kinds import Kind, split_id, stem_of
from metricgov.domain.digest import JSON
from metricgov.domain.errors import Refused
from metricgov.domain.registry import Entry

FIRST_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class Renamed:
    """The texts of a rename, and the definitions that go on reading the old name, by id."""

    texts: Texts
    readers: tuple[str, ...]


def renamed(
    moment: Moment, begins: Texts, definition: str, new_path: str, *, reason: str, last_good_date: str, title: str = ""
) -> Renamed:
    """Return both files of a rename; Refused for a definition that has ended."""
    access: Access = moment.access
    only = begins.files[0]
    assert only.base is not None
    kind, name = split_id(definition)
    data = access.files.load(only.base, only.path)
    if data.get("status") in ("retired", "deprecated"):
        raise Refused(
            "stage", f"{name} is {data['status']}, and only a living definition is renamed", hint="metricgov edit NAME"
        )
    new_name = stem_of(new_path)
    readers = referring(moment, Entry(definition, only.path, data))
    fields: dict[str, JSON] = {"name": new_name, "version": FIRST_VERSION}
    fields |= {"title": title} if title else {}
    fields |= {"renamed_from": name} if kind is Kind.SOURCE else {}
    end: dict[str, JSON] = {"replaced_by": replacement(kind, new_name, "rename")}
    if readers:
        end["status"] = "deprecated"
    else:
        end |= {"status": "retired", "retirement": {"reason": reason, "last_good_date": last_good_date}}
    texts = Texts(
        (
            Text(new_path, None, access.files.set_fields(only.base, fields)),
            Text(only.path, only.base, access.files.set_fields(only.base, end)),
        )
    )
    return Renamed(texts, readers)


def referring(moment: Moment, entry: Entry) -> tuple[str, ...]:
    """Return the ids of everything that refers to a definition in any way, in order."""
    search = Search((entry.path,), base=moment.tip, source=moment.access.source, files=moment.access.files)
    around = search.around({entry.id: entry}, {})
    return tuple(sorted({one.origin for one in around.before.referring(entry.id)} - {entry.id}))
