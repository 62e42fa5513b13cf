"""From what people write to a commit: full object id, full ref, HEAD, branch, remote branch; never a tag (INV-30)."""

from __future__ import annotations

import re

from metricgov.adapters.git.ancestry import DEEPEN
from metricgov.adapters.git.objects import is_object_id
from metricgov.adapters.git.store import ObjectStore
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable

FORMS = "give a branch (main), a remote branch (origin/main), a full ref (refs/heads/main), HEAD, or a full object id"

UNFIT = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(/|$)|^/|/$|\.$|(^|/)\.")
"""What git-check-ref-format(1) forbids."""


def resolve(store: ObjectStore, ref: str, *, shallow: bool) -> str:
    """Return the commit id; BadInput for a word that names nothing, Undecidable for a commit that is not here."""
    if is_object_id(store.object_format, ref):
        return _commit(store, ref, shallow=shallow)
    if ref == "HEAD":
        return _head(store)
    if not is_full_ref(f"refs/heads/{ref}"):
        raise BadInput("bad_ref", f"not a ref: {ref!r}", hint=FORMS)
    if ref.startswith(("refs/tags/", "refs/replace/")):
        raise BadInput("tag_refused", f"{ref} can be moved without a trace, so it decides nothing", hint=FORMS)
    names = (ref,) if ref.startswith("refs/") else (f"refs/heads/{ref}", f"refs/remotes/{ref}")
    found = store.refs(*names)
    if not found:
        raise BadInput("unknown_ref", f"there is no ref {ref}", hint=f"{FORMS}; perhaps fetch it first")
    if found[0].kind != "commit":
        raise BadInput("not_a_commit", f"{found[0].name} names a {found[0].kind}, not a commit", hint=FORMS)
    return found[0].oid


def is_full_ref(name: str) -> bool:
    """Say whether a name is a well-formed full ref."""
    return name.startswith("refs/") and name.count("/") >= 2 and not UNFIT.search(name)


def _head(store: ObjectStore) -> str:
    found = store.git.read("show-ref", "--verify", "--hash", "HEAD", ok=(0, 1, 128))
    if found.code == 0:
        return found.text
    raise Undecidable("no_commits", "HEAD has no commit yet: the branch is empty", hint="commit something first")


def _commit(store: ObjectStore, oid: str, *, shallow: bool) -> str:
    kind = next(store.reader.kinds([oid]))
    if kind == "commit":
        return oid
    if kind:
        raise BadInput("not_a_commit", f"{oid} is a {kind}, not a commit", hint=FORMS)
    error: MetricgovError = Undecidable("commit_missing", f"commit {oid} is not here", hint="run: git fetch")
    if shallow:
        error.hint = DEEPEN
    raise error
