"""Which kinds of definition exist, which paths hold them, and how they are named; what is inside them is elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from metricgov.domain.errors import BadInput


class Kind(StrEnum):
    """What a governed thing is; the first half of a definition id."""

    METRIC = "metric"
    SOURCE = "source"
    EVENT = "event"
    WORKFLOW = "workflow"
    OBJECTIVE = "objective"
    SCORECARD = "scorecard"
    GOVERNANCE = "governance"
    OPAQUE = "opaque"


NATIVE = (Kind.METRIC, Kind.SOURCE, Kind.EVENT, Kind.WORKFLOW, Kind.OBJECTIVE, Kind.SCORECARD)
"""The kinds that have a file each, with a name, a version and a status."""

FOLDERS: dict[Kind, str] = {kind: f"{kind.value}s" for kind in NATIVE}
"""The folder of each native kind; metrics have one folder a domain below theirs."""

KIND_OF_FOLDER: dict[str, Kind] = {folder: kind for kind, folder in FOLDERS.items()}

GOVERNANCE_FILES: dict[str, str] = {
    "governance/people.yaml": "people",
    "governance/raci.yaml": "raci",
    "governance/policy.yaml": "policy",
    "metricgov.yaml": "metricgov",
    ".gitattributes": "gitattributes",
}

GOVERNED_ROOTS = (*FOLDERS.values(), *GOVERNANCE_FILES)
"""Paths at or below which every native governed path lies."""

MAX_NAME = 80
NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
PRINCIPAL_PATTERN = r"^[a-z][a-z0-9_-]*$"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
_NATIVE_PATH = re.compile(
    r"(?:metrics/([a-z][a-z0-9_]{0,79})|(sources|events|workflows|objectives|scorecards))/([a-z][a-z0-9_]{0,79})\.yaml"
)


def is_name(text: str) -> bool:
    """Say whether a text can be a name of a definition or a domain (INV-41)."""
    return _NAME.fullmatch(text) is not None


def id_of(path: str, opaque: Iterable[str] = ()) -> str | None:
    """Return the definition id of a governed path (`/` between segments), None for an ungoverned one.

    `opaque` are the globs of metricgov.yaml (`*` within a segment, `**` across); such a file is `opaque:<path>`.
    """
    if governance := GOVERNANCE_FILES.get(path):
        return f"{Kind.GOVERNANCE}:{governance}"
    if native := _NATIVE_PATH.fullmatch(path):
        kind = Kind.METRIC if native[1] else KIND_OF_FOLDER[native[2]]
        return f"{kind}:{native[3]}"
    if path.endswith("/.gitattributes") or any(_glob(pattern).fullmatch(path) for pattern in opaque):
        return f"{Kind.OPAQUE}:{path}"
    return None


def plain_look(path: str) -> str:
    """Return the path that a file system which ignores case and normal forms takes this one for."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def split_id(definition: str) -> tuple[Kind, str]:
    """Return kind and name of a definition id; ValueError for anything else."""
    kind, _, name = definition.partition(":")
    if not name:
        raise ValueError(f"not a definition id: {definition}")
    return Kind(kind), name


def stem_of(path: str) -> str:
    """Return the file name without `.yaml`."""
    return path.rpartition("/")[2].removesuffix(".yaml")


def domain_of(path: str) -> str | None:
    """Return the domain folder of a metric's path, None for every other path."""
    found = _NATIVE_PATH.fullmatch(path)
    return found[1] if found else None


def path_for(kind: Kind, name: str, domain: str | None = None) -> str:
    """Return where a definition stands; only checked names become part of a path (INV-42)."""
    for part in (name,) if domain is None else (name, domain):
        if not is_name(part):
            raise BadInput(
                "bad_name",
                f"{part[:MAX_NAME]!r} cannot be a name",
                hint="use lower-case letters, digits and _, a letter first, at most 80",
            )
    if kind not in FOLDERS:
        raise BadInput("bad_kind", f"{kind} is not a kind with files of its own", hint=f"one of {', '.join(NATIVE)}")
    if (kind is Kind.METRIC) != (domain is not None):
        raise BadInput("bad_domain", "a metric needs a domain, and nothing else has one")
    return f"{FOLDERS[kind]}/{domain}/{name}.yaml" if domain else f"{FOLDERS[kind]}/{name}.yaml"


def misplaced(path: str) -> str | None:
    """Say why a path inside a definitions folder holds no definition; None where nothing is wrong with it."""
    folder, slash, rest = path.partition("/")
    if not slash or id_of(path) is not None:
        return None
    if folder.lower() == "governance" and path.endswith((".yaml", ".yml")):
        return "governance/ holds people.yaml, raci.yaml and policy.yaml only"
    kind = KIND_OF_FOLDER.get(folder.lower())
    if kind is None or not path.lower().endswith((".yaml", ".yml")):
        return None
    if folder != folder.lower() or not path.endswith(".yaml"):
        stem = path.lower().removesuffix(".yml").removesuffix(".yaml")
        return f"write it in lower case with the ending .yaml: {stem}.yaml"
    wanted = "metrics/<domain>/<name>.yaml" if kind is Kind.METRIC else f"{folder}/<name>.yaml"
    depth = 2 if kind is Kind.METRIC else 1
    if rest.count("/") + 1 != depth:
        return f"a {kind} stands at {wanted}"
    return f"a {kind} stands at {wanted}, with names of lower-case letters, digits and _"


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    wild = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = [wild.get(token) or re.escape(token) for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern)]
    return re.compile("".join(parts), re.DOTALL)
