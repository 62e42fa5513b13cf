"""Texts somebody has in hand (work tree, branch, editor) and the edits they are on today's main; nothing is recorded.

A text remembers what main held when it was begun. Where main has moved since, the fields that the author changed are
set in main's file, and a field that both changed is for people to settle (INV-20).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.assess import opaque_globs
from metricgov.app.contents import REGULAR, Content, EditedPath, read_changes, read_paths
from metricgov.app.moment import Moment
from metricgov.app.rebasing import merged
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput, MetricgovError, Place, Refused
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState
from metricgov.ports.checkout import Checkout


@dataclass(frozen=True, slots=True)
class Text:
    """A file as its author wants it (None: gone), and as main held it when they began (None: not there)."""

    path: str
    base: bytes | None
    text: bytes | None
    mode: str = REGULAR


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything somebody wants to propose at once, and the e-mail addresses of those who wrote it before them."""

    files: tuple[Text, ...]
    authors: tuple[str, ...] = ()

    def __call__(self, moment: Moment) -> tuple[EditedPath, ...]:
        """Return the edits these texts are at a tip; Refused, naming the fields, where main changed the same ones."""
        here = read_paths(moment.access.source, moment.tip, [one.path for one in self.files])
        found: list[EditedPath] = []
        clashes: list[str] = []
        for one in self.files:
            edited, both = _on(moment, one, here.get(one.path))
            clashes += [f"{one.path}: {field}" for field in both]
            if edited.before != edited.after:
                found.append(edited)
        if clashes:
            raise Refused(
                "both_changed",
                f"main changed the same fields since this was begun: {'; '.join(clashes)}",
                hint="look at main's version (metricgov show NAME), decide, and write what it should be",
                place=Place(clashes[0].partition(":")[0]),
            )
        return tuple(found)

    def with_fields(self, path: str, fields: Mapping[str, JSON], access: Access) -> Texts:
        """Return the same texts with fields set in one of them."""
        return Texts(
            tuple(
                Text(one.path, one.base, access.files.set_fields(one.text, fields), one.mode)
                if one.path == path and one.text is not None
                else one
                for one in self.files
            ),
            self.authors,
        )


def _on(moment: Moment, one: Text, here: Content | None) -> tuple[EditedPath, Sequence[str]]:
    now = here.data if here else None
    if one.text == one.base:
        return EditedPath(one.path, here, here), ()
    wanted = Content(one.mode, one.text) if one.text is not None else None
    edited = EditedPath(one.path, here, wanted)
    if now in (one.base, one.text):
        return edited, ()
    if one.base is None or here is None or wanted is None:
        return edited, ("the whole file",)
    return merged(moment, edited, one.base)


def worktree_texts(access: Access, governance: Governance, *, checkout: Checkout) -> Texts:
    """Return the governed edits of the work tree and of the branch it stands on, against where that left main."""
    globs = opaque_globs(governance)
    tip = access.source.resolve(access.target)
    head = _head(access, tip)
    fork = access.ancestry.merge_base(tip, head) if head != tip else tip
    changed = checkout.worktree_changed(fork, () if globs else GOVERNED_ROOTS)
    paths = [path for path in changed if id_of(path, globs) is not None]
    base = read_paths(access.source, fork, paths)
    texts = checkout.read_worktree(paths)
    files = (Text(path, base[path].data if path in base else None, texts[path]) for path in paths)
    return Texts(tuple(files), access.ancestry.authors(head, since=tip) if head != tip else ())


def branch_texts(access: Access, governance: Governance, ref: str) -> Texts:
    """Return what a branch or commit changed since it left main; the authors of its commits come with it."""
    globs = opaque_globs(governance)
    tip, commit = access.source.resolve(access.target), access.source.resolve(ref)
    fork = access.ancestry.merge_base(tip, commit)
    theirs = [one for one in access.source.changed(fork, commit) if id_of(one.path, globs) is not None]
    files = tuple(
        Text(
            one.path,
            one.before.data if one.before else None,
            one.after.data if one.after else None,
            one.after.mode if one.after else REGULAR,
        )
        for one in read_changes(access.source, theirs)
    )
    if not files:
        raise BadInput("nothing_edited", f"{ref} changes nothing governed", hint="look: metricgov diff main " + ref)
    return Texts(files, access.ancestry.authors(commit, since=tip))


def main_texts(access: Access, paths: Sequence[str]) -> Texts:
    """Return files as they are on main: where an editor begins."""
    here = read_paths(access.source, access.source.resolve(access.target), paths)
    return Texts(tuple(Text(path, here[path].data, here[path].data, here[path].mode) for path in paths))


def change_texts(access: Access, state: ChangeState) -> Texts:
    """Return the newest contents of a change, as they were proposed."""
    said = state.draft or state.revision
    if said is None:
        raise Refused("stage", "the change has no contents yet", hint="take it up with: metricgov edit NAME")

    def data(sha256: str | None) -> bytes | None:
        return access.journal.blob(state.change, sha256) if sha256 else None

    return Texts(
        tuple(
            Text(
                edit.path,
                data(edit.before.sha256 if edit.before else None),
                data(edit.after.sha256 if edit.after else None),
                edit.after.mode if edit.after else REGULAR,
            )
            for edit in said.edits
        )
    )


def over(kept: Texts, newer: Texts) -> Texts:
    """Return the contents of a change with newer texts in place of those at the same paths."""
    by_path = {one.path: one for one in kept.files} | {one.path: one for one in newer.files}
    return Texts(tuple(by_path[path] for path in sorted(by_path)), newer.authors)


def less(kept: Texts, definitions: Iterable[str], state: ChangeState) -> Texts:
    """Return the contents of a change without those of some definitions; Refused where nothing would be left."""
    said = state.draft or state.revision
    globs = [one.path for one in said.definitions] if said else []
    out = set(definitions)
    left = tuple(one for one in kept.files if id_of(one.path, globs) not in out)
    if not left:
        raise Refused(
            "nothing_left", "without them nothing is left of the change", hint="take it back: metricgov withdraw CHANGE"
        )
    return Texts(left, kept.authors)


def only(texts: Texts, wanted: Iterable[str]) -> Texts:
    """Return the texts at or below some paths; BadInput, naming the first, where one of them has none."""
    chosen: dict[str, Text] = {}
    for path in wanted:
        found = [one for one in texts.files if one.path == path or one.path.startswith(f"{path.rstrip('/')}/")]
        if not found:
            edited = ", ".join(one.path for one in texts.files) or "nothing governed"
            raise BadInput("nothing_edited", f"{path} is as it was", hint=f"what differs from main: {edited}")
        chosen |= {one.path: one for one in found}
    return Texts(tuple(chosen[path] for path in sorted(chosen)), texts.authors)


def named_authors(texts: Texts, governance: Governance) -> tuple[str, ...]:
    """Return the principals behind the authors of texts.

    Refused with every address that people.yaml does not know: somebody whom nobody can name cannot be kept from
    approving their own work (INV-05).
    """
    known = {email: governance.principal_of(email) if email else None for email in texts.authors}
    if strangers := sorted(email or '""' for email, principal in known.items() if principal is None):
        raise Refused(
            "contributor_unknown",
            f"nobody in governance/people.yaml has the e-mail {', '.join(strangers)}, which wrote these commits",
            hint="who writes cannot approve, so they must be known: add the address (or its hash) to people.yaml, a"
            " program's under services; or commit again with an address that is there",
        )
    return tuple(sorted({principal for principal in known.values() if principal is not None}))


def _head(access: Access, tip: str) -> str:
    try:
        return access.source.resolve("HEAD")
    except MetricgovError:
        return tip
