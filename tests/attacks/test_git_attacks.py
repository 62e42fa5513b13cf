"""Repositories made to mislead: refs, objects, trees and settings that other tools of this kind fell for."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.landing import GitLanding
from metricgov.adapters.git.process import READS, WRITES
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files, create_repository, move_branch
from metricgov.domain.errors import BadInput, MetricgovError, Refused, Undecidable
from metricgov.domain.workflow.envelope import Actor, Draft
from metricgov.ports.landing import Outcome, Plan

AT = "2026-06-18T09:52:30Z"
CHANGE = "01J0000000000000000000000A"
Git = Callable[..., str]


def governed(path: str) -> bool:
    """Stand in for the real rule."""
    return path.startswith(("metrics/", "governance/")) or path == "metricgov.yaml"


def evil_commit(repository: GitRepository, git: Git) -> str:
    """Return a commit that is on no branch and says something else."""
    blob = git(repository, "hash-object", "-w", "--stdin", stdin=b"kind: evil\n")
    tree = git(repository, "mktree", stdin=f"100644 blob {blob}\tmetricgov.yaml\n".encode())
    return git(repository, "commit-tree", "-m", "evil", tree)


def raw_object(repository: GitRepository, kind: str, data: bytes) -> str:
    """Store an object that git itself would refuse to make."""
    framed = b"%s %d\0" % (kind.encode(), len(data)) + data
    oid = hashlib.sha1(framed).hexdigest()
    file = repository.common_dir() / "objects" / oid[:2] / oid[2:]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(zlib.compress(framed))
    return oid


def commit_of_tree(repository: GitRepository, git: Git, *lines: tuple[str, str, str]) -> str:
    """Return a commit on main's tip whose tree has exactly these lines (mode, name, oid), unsorted and unchecked."""
    data = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(oid) for mode, name, oid in lines)
    tree = raw_object(repository, "tree", data)
    parent = repository.resolve("main")
    stamp = "evil <evil@example.com> 1750000000 +0000"
    body = f"tree {tree}\nparent {parent}\nauthor {stamp}\ncommitter {stamp}\n\nevil\n"
    return raw_object(repository, "commit", body.encode())


class TestRefs:
    """INV-30: only full ref names and full object ids reach git."""

    def test_a_tag_named_like_a_branch(self, repository: GitRepository, git: Git) -> None:
        """INV-30"""
        true, evil = repository.resolve("main"), evil_commit(repository, git)
        for name in ("main", "heads/main", "refs/heads/main", "HEAD", "remotes/origin/main", true[:10]):
            git(repository, "update-ref", f"refs/tags/{name}", evil)
        for ref in ("main", "refs/heads/main", "HEAD", true):
            assert repository.resolve(ref) == true
        git(repository, "update-ref", "-d", "refs/heads/main")
        for ref in ("main", "refs/heads/main", "HEAD", "origin/main"):
            with pytest.raises(MetricgovError):
                repository.resolve(ref)
        assert GitLanding(repository).tip("refs/heads/main") == ""

    def test_a_branch_named_head(self, repository: GitRepository, git: Git) -> None:
        """INV-30"""
        true, evil = repository.resolve("main"), evil_commit(repository, git)
        for name in ("refs/heads/HEAD", "refs/HEAD", "refs/remotes/origin/HEAD", "refs/heads/refs/heads/main"):
            git(repository, "update-ref", name, evil)
        assert repository.resolve("HEAD") == true == repository.resolve("main")
        git(repository, "checkout", "-q", "--orphan", "unborn")
        with pytest.raises(Undecidable):
            repository.resolve("HEAD")

    def test_a_branch_named_like_an_object_id(self, repository: GitRepository, git: Git) -> None:
        """INV-30"""
        true, evil = repository.resolve("main"), evil_commit(repository, git)
        git(repository, "update-ref", f"refs/heads/{true}", evil)
        assert repository.resolve(true) == true

    def test_a_branch_named_like_an_option(self, repository: GitRepository, git: Git) -> None:
        """INV-30, INV-32"""
        true, evil = repository.resolve("main"), evil_commit(repository, git)
        names = ("-x", "--all", "--upload-pack=touch${IFS}pwned", "-")
        for name in names:
            git(repository, "update-ref", f"refs/heads/{name}", evil)
        assert [repository.resolve(name) for name in names] == [evil] * len(names)
        assert repository.resolve("main") == true
        assert GitLanding(repository).tip("refs/heads/-x") == evil

    def test_replaced_objects(self, repository: GitRepository, git: Git) -> None:
        """INV-30"""
        true, evil = repository.resolve("main"), evil_commit(repository, git)
        before = repository.tree(true)
        blob, other = before["metricgov.yaml"].oid, repository.tree(evil)["metricgov.yaml"].oid
        git(repository, "replace", true, evil)
        git(repository, "replace", blob, other)
        git(repository, "config", "core.useReplaceRefs", "true")
        fresh = GitRepository.open(repository.toplevel())
        assert fresh.tree(true) == before
        assert list(fresh.read([blob])) == [b"kind: metricgov\n"]
        assert len(fresh.changed(true, evil)) == 2
        assert fresh.mentioning(true, ["evil"]) == {}
        with pytest.raises(BadInput):
            fresh.resolve(f"refs/replace/{true}")

    def test_grafts(self, repository: GitRepository, git: Git) -> None:
        """INV-30"""
        root, evil = repository.resolve("main"), evil_commit(repository, git)
        top = commit_files(repository, "main", {"a.yaml": b"1"}, message="two", at=AT)
        (repository.common_dir() / "info").mkdir(exist_ok=True)
        (repository.common_dir() / "info" / "grafts").write_text(f"{top} {evil}\n{evil} {root}\n")
        assert repository.first_parents(top) == (root, top)
        assert not repository.contains(top, evil)
        assert repository.merge_base(root, top) == root
        with pytest.raises(Undecidable):
            repository.merge_base(root, evil)


class TestTrees:
    """INV-31: a governed path is one regular file, and no other name looks like it."""

    @pytest.mark.parametrize(
        ("mode", "code"),
        [("120000", "governed_symlink"), ("160000", "governed_submodule"), ("100755", "governed_executable")],
    )
    @pytest.mark.parametrize("named", [True, False], ids=["this path", "all paths"])
    def test_modes(self, repository: GitRepository, git: Git, mode: str, code: str, named: bool) -> None:
        """INV-31"""
        oid = (
            repository.resolve("main")
            if mode == "160000"
            else repository.tree(repository.resolve("main"))["metricgov.yaml"].oid
        )
        git(repository, "update-index", "--add", "--cacheinfo", f"{mode},{oid},metrics/crm/evil.yaml")
        git(repository, "commit", "-q", "-m", "evil")
        head = repository.resolve("main")
        (problem,) = repository.problems(head, governed, ["metrics/crm/evil.yaml"] if named else None)
        assert (problem.code, problem.place.path) == (code, "metrics/crm/evil.yaml")
        (change,) = repository.changed(repository.first_parents(head)[0], head)
        assert change.after is not None
        assert change.after.mode == mode

    def test_a_folder_that_is_a_link(self, repository: GitRepository, git: Git) -> None:
        """INV-31"""
        oid = repository.tree(repository.resolve("main"))["metricgov.yaml"].oid
        git(repository, "rm", "-q", "-r", "--cached", "metrics")
        git(repository, "update-index", "--add", "--cacheinfo", f"120000,{oid},metrics")
        git(repository, "commit", "-q", "-m", "evil")
        (problem,) = repository.problems(repository.resolve("main"), governed, ["metrics/crm/speed.yaml"])
        assert problem.code == "governed_symlink"

    @pytest.mark.parametrize("named", [True, False], ids=["this path", "all paths"])
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("metrics/crm/speed.yaml", "metrics/crm/Speed.yaml"),
            ("metrics/crm/speed.yaml", "Metrics/crm/speed.yaml"),
            ("metrics/crm/speed.yaml", "metrics/CRM/else.txt"),
            ("metrics/crm/gr\u00f6\u00dfe.yaml", "metrics/crm/gro\u0308\u00dfe.yaml"),
        ],
        ids=["file", "root folder", "folder", "normal form"],
    )
    def test_names_that_look_alike(self, repository: GitRepository, one: str, other: str, named: bool) -> None:
        """INV-31"""
        files: dict[str, bytes | None] = {one: b"a: 1\n", other: b"a: 2\n"}
        head = commit_files(repository, "side", files, message="evil", at=AT)
        codes = {problem.code for problem in repository.problems(head, governed, [one] if named else None)}
        assert codes == {"lookalike_paths"}

    def test_look_alikes_that_govern_nothing_are_no_business_of_ours(self, repository: GitRepository) -> None:
        head = commit_files(repository, "side", {"docs/a.md": b"", "docs/A.md": b""}, message="x", at=AT)
        assert repository.problems(head, governed) == ()

    def test_the_same_name_twice(self, repository: GitRepository, git: Git) -> None:
        """INV-31: one reader would see the first entry, another the second."""
        tree = repository.tree(repository.resolve("main"))
        blob = tree["metricgov.yaml"].oid
        evil = git(repository, "hash-object", "-w", "--stdin", stdin=b"kind: evil\n")
        head = commit_of_tree(repository, git, ("100644", "metricgov.yaml", blob), ("100644", "metricgov.yaml", evil))
        for paths in (None, ["metricgov.yaml"]):
            assert [one.code for one in repository.problems(head, governed, paths)] == ["duplicate_tree_entry"]
        with pytest.raises(Undecidable):
            repository.tree(head)
        git(repository, "update-ref", "refs/heads/evil", head)
        plan = Plan("refs/heads/evil", head, {"metricgov.yaml": b"x"}, AT, "m")
        with pytest.raises(MetricgovError):
            GitLanding(repository).build(plan)

    def test_the_same_folder_twice(self, repository: GitRepository, git: Git) -> None:
        """INV-31"""
        good = git(repository, "rev-parse", "main:metrics")
        crm = git(repository, "rev-parse", "main:metrics/crm")
        evil = git(repository, "mktree", stdin=f"040000 tree {crm}\tevil\n".encode())
        head = commit_of_tree(repository, git, ("40000", "metrics", good), ("40000", "metrics", evil))
        codes = [one.code for one in repository.problems(head, governed, ["metrics/crm/speed.yaml"])]
        assert codes == ["duplicate_tree_entry"]

    @pytest.mark.parametrize(
        "path",
        [
            *("../evil", "/etc/passwd", "a/../b", "a//b", "", "a/", "./a", "a\\b", "a\nb"),
            *(".git/config", "x/.GIT/config", ".git /x", "git~1/x"),
        ],
        ids=repr,
    )  # fmt: skip
    def test_no_path_leaves_the_repository(self, repository: GitRepository, path: str) -> None:
        """INV-42"""
        plan = Plan("refs/heads/main", repository.resolve("main"), {path: b"evil"}, AT, "m")
        with pytest.raises(BadInput):
            GitLanding(repository).build(plan)
        with pytest.raises(BadInput):
            commit_files(repository, "side", {path: b"evil"}, message="m", at=AT)

    def test_paths_that_look_like_options_and_patterns_are_plain_names(self, repository: GitRepository) -> None:
        """INV-32"""
        names = ("--output=pwned", "-x", ":(top)secret", "*.yaml", "a?[b]", "--")
        files: dict[str, bytes | None] = {f"{name}": b"a: 1\n" for name in names}
        base = repository.resolve("main")
        move_branch(repository, "side", base, old="")
        head = commit_files(repository, "side", files, message="odd", at=AT)
        assert {change.path for change in repository.changed(base, head)} == set(names)
        for name in names:
            assert list(repository.tree(head, [name])) == [name]
        assert not (repository.git.git_dir / "pwned").exists()


HOSTILE = """
[core]
\thooksPath = {evil}/hooks
\tfsmonitor = {evil}/run
\tattributesFile = {evil}/attributes
\tpager = {evil}/run
\teditor = {evil}/run
\tautocrlf = true
\tuseReplaceRefs = true
\tquotePath = true
[alias]
\tcat-file = !{evil}/run
\tls-tree = !{evil}/run
\tupdate-ref = !{evil}/run
\tunpack-objects = !{evil}/run
[diff]
\texternal = {evil}/run
\trenames = copies
\tnoprefix = true
\torderFile = {evil}/attributes
[diff "evil"]
\ttextconv = {evil}/run
\tcommand = {evil}/run
\tbinary = true
[submodule]
\trecurse = true
[grep]
\tpatternType = perl
\tfallbackToNoIndex = true
\tfullName = true
\tlineNumber = true
[i18n]
\tcommitEncoding = UTF-16
\tlogOutputEncoding = UTF-16
[log]
\tshowSignature = true
[gpg]
\tprogram = {evil}/run
[remote "origin"]
\turl = ext::{evil}/run
\tpromisor = true
[protocol]
\tallow = always
[gc]
\tauto = 1
"""


@pytest.fixture
def hostile(repository: GitRepository, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set every trap that a repository and an environment can set; return the file that shows that one was sprung."""
    sprung = tmp_path / "sprung"
    evil = tmp_path / "evil"
    (evil / "hooks").mkdir(parents=True)
    script = f'#!/bin/sh\necho $0 "$@" >> {sprung}\ncat > /dev/null\nexit 1\n'
    hooks = ("pre-commit", "post-checkout", "reference-transaction", "post-index-change", "update", "post-update")
    for file in (evil / "run", *(evil / "hooks" / name for name in hooks)):
        file.write_text(script)
        file.chmod(0o755)
    own = repository.common_dir() / "hooks"
    own.mkdir()
    for name in hooks:
        (own / name).symlink_to(evil / "hooks" / name)
    attributes = (
        "* text eol=crlf diff=evil merge=evil\n*.yaml -diff binary export-ignore working-tree-encoding=UTF-16\n"
    )
    (evil / "attributes").write_text(attributes)
    (repository.common_dir() / "info").mkdir(exist_ok=True)
    (repository.common_dir() / "info" / "attributes").write_text("* diff=evil\n")
    config = HOSTILE.format(evil=evil)
    with (repository.common_dir() / "config").open("a") as file:
        file.write(config)
    (tmp_path / "globalconfig").write_text(config)
    settings = {
        "GIT_CONFIG_GLOBAL": str(tmp_path / "globalconfig"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": f"{evil}/run",
        "GIT_EXTERNAL_DIFF": f"{evil}/run",
        "GIT_PAGER": f"{evil}/run",
        "GIT_INDEX_FILE": str(evil / "index"),
        "GIT_OBJECT_DIRECTORY": str(evil / "objects"),
        "GIT_NAMESPACE": "evil",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_SHALLOW_FILE": str(evil / "attributes"),
        "GIT_GRAFT_FILE": str(evil / "attributes"),
        "GIT_REPLACE_REF_BASE": "refs/evil",
        "GIT_TRACE": str(sprung),
        "GIT_WORK_TREE": str(evil),
        "GIT_ICASE_PATHSPECS": "1",
        "GIT_PYTHON_TRACE": "full",
    }
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    return sprung


def test_foreign_settings_hooks_and_environment_change_nothing(
    repository: GitRepository, git: Git, hostile: Path, tmp_path: Path
) -> None:
    """INV-33, INV-34: everything is done once under all traps, and none is sprung."""
    top = repository.toplevel()
    victim = GitRepository.open(top)
    base = victim.resolve("main")
    move_branch(victim, "side", base, old="")
    attributes = b"* text eol=crlf diff=evil\n*.yaml -diff binary working-tree-encoding=UTF-16 export-ignore\n"
    side = commit_files(
        victim, "side", {".gitattributes": attributes, "metrics/crm/speed.yaml": b"a: 1\r\nspeed\n"}, message="x", at=AT
    )
    assert {change.path for change in victim.changed(base, side)} == {".gitattributes", "metrics/crm/speed.yaml"}
    assert tuple(victim.mentioning(side, ["speed"])) == ("metrics/crm/speed.yaml",)
    assert victim.merge_base(base, side) == base
    assert victim.first_parents(side) == (base, side)
    journal = GitJournal(victim)
    journal.create("7b0f", at=AT)
    journal.append(lambda: [Draft(CHANGE, "commented", Actor("crm-lead"), AT, {"text": "x"})])
    assert len(list(journal.events())) == 1
    landing = GitLanding(victim)
    plan = Plan("refs/heads/main", base, {"metrics/crm/speed.yaml": b"b: 2\r\n"}, AT, "metricgov: apply\n")
    assert landing.move(plan, landing.build(plan)) is Outcome.MOVED
    assert list(victim.read([victim.tree(victim.resolve("main"))["metrics/crm/speed.yaml"].oid])) == [b"b: 2\r\n"]
    assert (top / "metrics/crm/speed.yaml").read_bytes() == b"b: 2\r\n"
    assert not hostile.exists(), hostile.read_text()
    assert not (tmp_path / "evil" / "objects").exists()
    assert not (tmp_path / "evil" / "index").exists()


def test_attributes_of_the_result_do_not_alter_what_is_read(repository: GitRepository) -> None:
    """INV-34"""
    base = repository.resolve("main")
    files: dict[str, bytes | None] = {
        ".gitattributes": b"*.yaml binary -diff -text linguist-generated merge=ours filter=evil ident\n",
        "metrics/crm/speed.yaml": b"kind: metric\r\nname: speed $Id$\n",
    }
    head = commit_files(repository, "side", files, message="hide", at=AT)
    changed = {change.path: change for change in repository.changed(base, head)}
    after = changed["metrics/crm/speed.yaml"].after
    assert after is not None
    assert list(repository.read([after.oid])) == [files["metrics/crm/speed.yaml"]]
    assert tuple(repository.mentioning(head, ["speed"])) == ("metrics/crm/speed.yaml",)


def test_a_partial_clone_fetches_nothing_by_itself(repository: GitRepository, git: Git, tmp_path: Path) -> None:
    """INV-33: a missing object is an error for people, never a call to a server that the repository names."""
    git(repository, "config", "uploadpack.allowFilter", "true")
    to = tmp_path / "partial"
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{repository.git.root}", str(to))
    partial = GitRepository.open(to)
    oid = partial.tree(partial.resolve("main"))["metricgov.yaml"].oid
    with pytest.raises(Undecidable) as caught:
        list(partial.read([oid]))
    assert "git fetch" in caught.value.hint
    with pytest.raises(Undecidable):
        partial.mentioning(partial.resolve("main"), ["speed"])


def test_a_repository_of_another_user_is_read_without_trusting_every_path(repository: GitRepository) -> None:
    """INV-33"""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for path in (repository.toplevel(), *repository.toplevel().rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    fresh = GitRepository.open(repository.toplevel())
    assert fresh.resolve("main")
    assert fresh.worktree_changed(fresh.resolve("main")) == ()
    assert f"safe.directory={repository.toplevel()}" in fresh.git.command("ls-tree", ())
    assert "safe.directory=*" not in fresh.git.command("ls-tree", ())


class TestCalls:
    """INV-32: fixed verbs, argument lists, no shell."""

    def test_only_listed_verbs_run(self, repository: GitRepository) -> None:
        """INV-32"""
        assert not (READS | WRITES) & {
            "clone",
            "submodule",
            "archive",
            "fetch",
            "push",
            "commit",
            "filter-branch",
            "gc",
        }
        for run in (repository.git.read, repository.git.write, repository.git.start):
            with pytest.raises(ValueError, match="verb"):
                run("clone", "ext::sh -c id")
        with pytest.raises(ValueError, match="verb"):
            repository.git.read("update-ref", "refs/heads/main", "0" * 40)

    def test_only_execute_of_gitpython_is_used(self) -> None:
        """INV-32"""
        from importlib.metadata import version

        import metricgov.adapters.git as package

        assert tuple(int(part) for part in version("GitPython").split(".")[:3]) >= (3, 1, 60)
        text = {file.name: file.read_text() for file in Path(package.__path__[0]).glob("*.py")}
        imported = re.compile(r"^\s*(from git(\.\w+)* import|import git\b)", re.MULTILINE)
        users = [name for name, words in text.items() if imported.search(words)]
        assert users == ["process.py"]
        assert not [name for name, words in text.items() if "shell=True" in words or "os.system" in words]
        for name, words in text.items():
            assert "subprocess." not in words or name in ("process.py", "batch.py", "moving.py", "network.py"), name

    def test_reading_does_not_load_gitpython(self, repository: GitRepository) -> None:
        """INV-32: its import alone would cost a quarter of what the gate may take (ADR 3)."""
        code = (
            "import sys\n"
            "from metricgov.adapters.git.repository import GitRepository\n"
            "from metricgov.adapters.git.journal import GitJournal\n"
            "from metricgov.adapters.git.landing import GitLanding\n"
            "r = GitRepository.open(sys.argv[1]); r.tree(r.resolve('main')); GitJournal(r).head()\n"
            "heavy = {'git', 'pydantic', 'yaml', 'sqlglot', 'asyncio', 'typing_extensions'} & set(sys.modules)\n"
            "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
        )
        words = [sys.executable, "-c", code, str(repository.toplevel())]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("oid", ["--output=pwned", "-x", "main", "HEAD", "a" * 39, "A" * 40, "a" * 40 + "^", ""])
    def test_only_full_object_ids_pass(self, repository: GitRepository, oid: str) -> None:
        """INV-30, INV-32"""
        good = repository.resolve("main")
        for call in (
            lambda: repository.tree(oid),
            lambda: repository.changed(good, oid),
            lambda: list(repository.read([oid])),
            lambda: repository.mentioning(oid, ["x"]),
            lambda: repository.merge_base(good, oid),
            lambda: repository.contains(good, oid),
            lambda: repository.first_parents(oid),
            lambda: repository.problems(oid, governed),
        ):
            with pytest.raises(BadInput):
                call()

    @pytest.mark.parametrize(
        "ref", ["main", "--force", "refs/heads/../../evil", "refs/heads/a b", "HEAD", "refs/heads/x.lock"]
    )
    def test_only_full_refs_are_moved(self, repository: GitRepository, ref: str) -> None:
        """INV-30, INV-42"""
        plan = Plan(ref, repository.resolve("main"), {"a.yaml": b"1"}, AT, "m")
        for call in (GitLanding(repository).build, GitLanding(repository).check):
            with pytest.raises(BadInput):
                call(plan)
        with pytest.raises(BadInput):
            GitLanding(repository).tip(ref)
        with pytest.raises(BadInput):
            GitJournal(repository).create("7b0f", ref, at=AT)

    @pytest.mark.parametrize("branch", ["../evil", "a b", "-x/../y", "x.lock", "a..b", "", "@{1}"])
    def test_a_journal_needs_a_proper_branch_name(self, repository: GitRepository, branch: str) -> None:
        """INV-42"""
        with pytest.raises(BadInput):
            GitJournal(repository, branch)
        with pytest.raises(BadInput):
            create_repository(repository.toplevel().parent / "new", branch=branch)

    @pytest.mark.parametrize(
        "subject", ["metric:../../evil", "metric:a/b", "opaque:../../../etc/passwd", "metric:A", "metric:" + "a" * 300]
    )
    def test_no_path_on_the_journal_comes_from_a_persons_text(
        self, repository: GitRepository, git: Git, subject: str
    ) -> None:
        """INV-42"""
        journal = GitJournal(repository)
        journal.create("7b0f", at=AT)
        journal.append(lambda: [Draft(CHANGE, "created", Actor("crm-lead"), AT, {}, subjects=(subject,))])
        paths = [path for path, _, _ in journal.view().files() if path.startswith("subjects/")]
        (marker,) = paths
        folder = marker.split("/")[2]
        assert len(marker.split("/")) == 4
        assert folder.split(".")[1].isalnum()
        assert journal.touching(subject) == (CHANGE,)
        git(repository, "fsck", "--full", "--strict")

    def test_a_message_cannot_forge_a_trailer_or_a_header(self, repository: GitRepository, git: Git) -> None:
        """INV-32"""
        plan = Plan("refs/heads/main", repository.resolve("main"), {"a.yaml": b"1"}, AT, "x\0\nauthor evil\n")
        commit = GitLanding(repository).build(plan)
        assert git(repository, "log", "-1", "--format=%an <%ae>|%cn <%ce>", commit) == (
            "metricgov <metricgov@invalid>|metricgov <metricgov@invalid>"
        )
        with pytest.raises(ValueError, match="one line"):
            commit_files(repository, "side", {"a": b""}, message="m", at=AT, author="a <b@c>\nparent x")
        with pytest.raises(Refused, match="every file"):
            GitLanding(repository).build(
                Plan(
                    "refs/heads/main",
                    repository.resolve("main"),
                    dict.fromkeys(repository.tree(repository.resolve("main"))),
                    AT,
                    "m",
                )
            )
