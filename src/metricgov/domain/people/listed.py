"""Lists of people as other systems export them: CSV, JSON, SCIM; who of them is new here is for enrolment.py."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles, Place, Problem

COLUMNS: dict[str, str] = {
    "id": "id",
    "personid": "id",
    "name": "name",
    "fullname": "name",
    "displayname": "name",
    "email": "email",
    "emailaddress": "email",
    "mail": "email",
    "workemail": "email",
    "login": "login",
    "username": "login",
    "account": "login",
    "team": "team",
    "teams": "team",
    "group": "team",
    "department": "team",
    "status": "status",
    "active": "status",
}
"""What a column is, by its heading without case, blanks, `_` and `-`; every other column is left alone."""

HERE = frozenset({"active", "true", "yes", "1", "enabled"})
GONE = frozenset({"left", "inactive", "false", "no", "0", "disabled", "terminated", "suspended"})


@dataclass(frozen=True, slots=True)
class Row:
    """One person of a list; "" is what the list does not say. `line` counts from 1, in JSON it is the place in it."""

    line: int
    id: str = ""
    name: str = ""
    email: str = ""
    login: str = ""
    teams: tuple[str, ...] = ()
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that was read, and the headings in it that say nothing here."""

    path: str
    rows: tuple[Row, ...]
    unused: tuple[str, ...] = field(default=())


def read_list(data: bytes, path: str) -> Listed:
    """Read a list of people; InvalidFiles, naming every line, where it is none."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid([Problem("people_list", f"{path} is not UTF-8 text", Place(path), "save it as UTF-8")]) from None
    records = _json(text, path) if text.lstrip()[:1] in {"[", "{"} else _csv(text, path)
    problems: list[Problem] = []
    rows: list[Row] = []
    unused: dict[str, None] = {}
    for line, record in records:
        known: dict[str, str] = {}
        for heading, value in record.items():
            column = COLUMNS.get(re.sub(r"[ _-]", "", heading).lower())
            if column is None:
                unused[heading] = None
            elif value:
                known.setdefault(column, value)
        rows.append(_row(line, known, path, problems))
    if not rows:
        hint = "give it a heading line with: id, name, email, login, team, status"
        problems.append(Problem("people_list", f"{path} names nobody", Place(path), hint))
    if problems:
        raise _invalid(problems)
    return Listed(path, tuple(rows), tuple(unused))


def _row(line: int, known: Mapping[str, str], path: str, problems: list[Problem]) -> Row:
    status = known.get("status", "").lower()
    if status and status not in HERE | GONE:
        says = f"`{status}` is neither active nor left"
        problems.append(Problem("people_list", says, Place(path, line), "write active or left"))
    if not any(known.get(column) for column in ("id", "email", "login")):
        says = "this line says neither id nor e-mail nor login, so nobody knows who it is"
        problems.append(Problem("people_list", says, Place(path, line), "add one of the three"))
    return Row(
        line,
        known.get("id", ""),
        known.get("name", ""),
        known.get("email", ""),
        known.get("login", ""),
        tuple(one.strip() for one in re.split(r"[;,|]", known.get("team", "")) if one.strip()),
        (status in HERE) if status else None,
    )


def _csv(text: str, path: str) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    headings: list[str] = []
    try:
        for written in reader:
            cells = [cell.strip() for cell in written]
            if not any(cells):
                continue
            if not headings:
                headings = cells
                continue
            if len(cells) > len(headings):
                says = f"{len(cells)} cells under {len(headings)} headings"
                raise _invalid([Problem("people_list", says, Place(path, reader.line_num), "quote what holds commas")])
            yield reader.line_num, dict(zip(headings, cells, strict=False))
    except csv.Error as error:
        raise _invalid([Problem("people_list", f"not CSV: {error}", Place(path, reader.line_num))]) from None


def _json(text: str, path: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        value: JSON = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise _invalid([Problem("people_list", f"not JSON: {error}", Place(path, line))]) from None
    if isinstance(value, dict):
        value = next((value[key] for key in ("people", "Resources") if key in value), None)
    if not isinstance(value, list):
        hint = 'write [{"id": …, "name": …, "email": …}], or a SCIM list with Resources'
        raise _invalid([Problem("people_list", f"{path} holds no list of people", Place(path), hint)])
    for number, one in enumerate(value, start=1):
        if not isinstance(one, dict):
            raise _invalid([Problem("people_list", f"item {number} is no person", Place(path))])
        yield number, _scim(one) if "userName" in one or "emails" in one else _plain(one)


def _plain(one: Mapping[str, JSON]) -> dict[str, str]:
    return {key: _text(value) for key, value in one.items()}


def _scim(one: Mapping[str, JSON]) -> dict[str, str]:
    """Return a user resource of SCIM 2.0 (RFC 7643, section 4.1); its `id` is the directory's own and not used."""
    mails = one.get("emails")
    found = [mail for mail in mails if isinstance(mail, dict)] if isinstance(mails, list) else []
    first = next((mail for mail in found if mail.get("primary") is True), found[0] if found else {})
    name = one.get("name")
    formatted = name.get("formatted") if isinstance(name, dict) else ""
    return {
        "id": _text(one.get("externalId")),
        "login": _text(one.get("userName")),
        "name": _text(one.get("displayName") or formatted),
        "email": _text(first.get("value")),
        "status": _text(one.get("active")),
    }


def _text(value: JSON) -> str:
    if isinstance(value, list):
        return ";".join(map(_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _invalid(problems: list[Problem]) -> InvalidFiles:
    return InvalidFiles(problems)
