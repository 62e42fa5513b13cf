"""The files with which a host runs the gate: GitHub, GitLab, pre-commit; writing them is done elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MARK = "# Written by `metricgov ci init"
"""How a file of ours begins; any other is somebody else's."""

CONTEXT = "metricgov"
"""The name of the status that a host shall require."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a pipeline needs to know: full target branch, journal branch, what pip installs, the pinned root."""

    branch: str
    journal: str
    install: str
    root: str


HEADER = """@MARK@ @FOR@`; renew it with that command and --write, not by hand.
# Installed: @INSTALL@. Pinned: the governance with which this registry began (--root).
"""

SETUP = """\
      - uses: actions/checkout@v4
        with: {ref: @BRANCH@, fetch-depth: 1}
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - name: Install metricgov
        run: python -m pip install --quiet '@INSTALL@'
"""

FETCH = """\
# The journal is one commit deep; of main and a proposal as much as it takes to see where they parted.
fetch() {
  git fetch --quiet --no-tags "$@" origin "+refs/heads/@BRANCH@:refs/remotes/origin/@BRANCH@" "+$PROPOSAL:$TIP"
}
fetch --depth=50
git fetch --quiet --no-tags --depth=1 origin "+refs/heads/@JOURNAL@:refs/remotes/origin/@JOURNAL@"
"""

JUDGE = """\
AT=$(date -u +%Y-%m-%dT%H:%M:%SZ)
gate() {
  metricgov gate --base "refs/remotes/origin/@BRANCH@" --head "$TIP" --root @ROOT@ --at "$AT" --format "$1"
}
verdict() {
  code=0
  gate markdown > verdict.md 2> verdict.err || code=$?
}
verdict
if [ "$code" = 3 ] && grep -q history_missing verdict.err; then
  fetch --unshallow
  verdict
fi
cat verdict.err >&2
"""

POST = """\
case $code in
  0) state=success; says='everything that changed was approved' ;;
  1) state=failure; says='not everything that changed was approved' ;;
  *) state=error; says='metricgov could not decide; the log says why' ;;
esac
if [ "$code" -le 1 ]; then
  own='.[] | select(.body | contains("<!-- metricgov gate -->")) | .id'
  known=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --jq "$own" | head -n 1)
  if [ -n "$known" ]; then
    gh api --silent -X PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" -F body=@verdict.md
  else
    gh api --silent "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" -F body=@verdict.md
  fi
fi
gh api --silent "repos/$GITHUB_REPOSITORY/statuses/$SHA" -f "state=$state" -f context=@CONTEXT@ -f "description=$says"
"""

GITHUB = (
    HEADER
    + """\
# Require the status `@CONTEXT@` before merging into @BRANCH@. It is set here when a pull request changes, and by the
# workflow on the branch @JOURNAL@ when somebody decides.
name: metricgov
on:
  # This file is read from @BRANCH@, so a proposal cannot edit its own check. Nothing of the proposal is checked out or
  # run here: the gate reads it from git's objects. Add no step that would.
  pull_request_target:
    branches: [@BRANCH@]
permissions:
  contents: read
  pull-requests: write
  statuses: write
  security-events: write
concurrency: metricgov-${{ github.event.number }}
jobs:
  gate:
    runs-on: ubuntu-latest
    env:
      GH_TOKEN: ${{ github.token }}
      NUMBER: ${{ github.event.number }}
      SHA: ${{ github.event.pull_request.head.sha }}
    steps:
"""
    + SETUP
    + """\
      - name: Judge
        run: |
          PROPOSAL=$SHA TIP=refs/remotes/origin/proposal
          @FETCH@
          @JUDGE@
          cat verdict.md >> "$GITHUB_STEP_SUMMARY"
          gate github || true
          gate sarif > metricgov.sarif || true
          @POST@
          [ "$code" -le 1 ]
      - name: Show the findings beside the code
        uses: github/codeql-action/upload-sarif@v3
        continue-on-error: true   # a private repository may not have code scanning
        with:
          sarif_file: metricgov.sarif
          ref: refs/pull/${{ github.event.number }}/head
          sha: ${{ github.event.pull_request.head.sha }}
"""
)

GITHUB_JOURNAL = (
    HEADER
    + """\
# It stands on the branch @JOURNAL@: a decision is pushed there, and every open pull request is judged again.
name: metricgov decisions
on:
  push:
    branches: [@JOURNAL@]
permissions:
  contents: read
  pull-requests: write
  statuses: write
concurrency: metricgov-decisions
jobs:
  gate:
    runs-on: ubuntu-latest
    env:
      GH_TOKEN: ${{ github.token }}
    steps:
"""
    + SETUP
    + """\
      - name: Judge every open pull request
        run: |
          gh api --paginate "repos/$GITHUB_REPOSITORY/pulls?state=open&base=@BRANCH@" \\
            --jq '.[] | "\\(.number) \\(.head.sha)"' > open.txt
          while read -r NUMBER SHA <&3; do
            PROPOSAL=$SHA TIP=refs/remotes/origin/proposal
            @FETCH@
            @JUDGE@
            @POST@
          done 3< open.txt
"""
)

GITHUB_TICK = (
    HEADER
    + """\
# What time makes due: changes whose day has come, reminders, deadlines. Where nobody may push @BRANCH@, changes land by
# their pull requests.
name: metricgov tick
on:
  schedule:
    - cron: "17 * * * *"
  workflow_dispatch:
permissions:
  contents: write
concurrency: metricgov-tick
jobs:
  tick:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {ref: @BRANCH@, fetch-depth: 0}
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - name: Install metricgov
        run: python -m pip install --quiet '@INSTALL@'
      - name: Tick
        run: |
          @TICK@
"""
)

TICK = """\
git fetch --quiet --no-tags origin "+refs/heads/@JOURNAL@:refs/heads/@JOURNAL@"
code=0; metricgov tick || code=$?
git push --quiet --atomic origin "refs/heads/@BRANCH@" "refs/heads/@JOURNAL@"
exit "$code"
"""

GITLAB = (
    HEADER
    + """\
# Include it from .gitlab-ci.yml:
#   include: [{local: .gitlab/metricgov.yml}]
# A merge request can edit that; let the owners of both files agree, or include this one from a project of its own.
metricgov:
  image: python:3.12
  rules:
    - if: $CI_MERGE_REQUEST_TARGET_BRANCH_NAME == "@BRANCH@"
  variables:
    GIT_DEPTH: "50"
  script:
    - python -m pip install --quiet '@INSTALL@'
    - |
      PROPOSAL=$CI_COMMIT_SHA TIP=refs/remotes/origin/proposal
      @FETCH@
      @JUDGE@
      gate junit > metricgov.xml || true
      gate text || true
      exit "$code"
  artifacts:
    when: always
    paths: [verdict.md]
    reports:
      junit: metricgov.xml

metricgov-tick:
  image: python:3.12
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule" && $TICK_TOKEN
  variables:
    GIT_DEPTH: "0"
  script:
    - python -m pip install --quiet '@INSTALL@'
    - |
      git remote set-url origin "https://metricgov:$TICK_TOKEN@$CI_SERVER_HOST/$CI_PROJECT_PATH.git"
      git checkout --quiet -B "@BRANCH@" "origin/@BRANCH@"
      @TICK@
"""
)

GITLAB_INCLUDE = """\
# Begun by `metricgov ci init @FOR@`; yours to extend.
include:
  - local: .gitlab/metricgov.yml
"""

PRE_COMMIT = """\
# Begun by `metricgov ci init @FOR@`; yours to extend. Then: pre-commit install -t pre-commit -t pre-push
repos:
  - repo: local
    hooks:
      - id: metricgov-fmt
        name: metricgov fmt
        entry: metricgov fmt
        language: python
        additional_dependencies: ['@INSTALL@']
        files: ^(metrics|sources|events|workflows|objectives|scorecards)/
        types: [yaml]
      - id: metricgov-lint
        name: metricgov lint
        entry: metricgov lint
        language: python
        additional_dependencies: ['@INSTALL@']
        files: ^(metrics|sources|events|workflows|objectives|scorecards|governance)/|^metricgov\\.yaml$
        pass_filenames: false
      - id: metricgov-gate
        name: metricgov gate
        entry: metricgov hook run pre-push
        language: python
        additional_dependencies: ['@INSTALL@']
        stages: [pre-push]
        always_run: true
        pass_filenames: false
"""


BELONGS: Mapping[str, str] = {".gitlab-ci.yml": ".gitlab/metricgov.yml", ".pre-commit-config.yaml": "metricgov-gate"}
"""What a file that people extend must hold to be in order."""


def github(pipeline: Pipeline) -> Mapping[str, str]:
    """Return the files for GitHub that stand on the main branch, by path."""
    return {
        ".github/workflows/metricgov.yml": _filled(GITHUB, pipeline, "github"),
        ".github/workflows/metricgov-tick.yml": _filled(GITHUB_TICK, pipeline, "github"),
    }


def github_journal(pipeline: Pipeline) -> str:
    """Return the workflow that stands on the journal branch."""
    return _filled(GITHUB_JOURNAL, pipeline, "github")


def gitlab(pipeline: Pipeline) -> Mapping[str, str]:
    """Return the files for GitLab, by path."""
    return {
        ".gitlab/metricgov.yml": _filled(GITLAB, pipeline, "gitlab"),
        ".gitlab-ci.yml": _filled(GITLAB_INCLUDE, pipeline, "gitlab"),
    }


def pre_commit(pipeline: Pipeline) -> Mapping[str, str]:
    """Return the files for pre-commit, by path."""
    return {".pre-commit-config.yaml": _filled(PRE_COMMIT, pipeline, "pre-commit")}


def _filled(template: str, pipeline: Pipeline, host: str) -> str:
    """Return a template with its parts, indented as the lines that call for them, and with its values."""
    parts = {"@FETCH@": FETCH, "@JUDGE@": JUDGE, "@POST@": POST, "@TICK@": TICK}
    lines: list[str] = []
    for line in template.splitlines():
        part = parts.get(line.strip())
        indent = line[: len(line) - len(line.lstrip())]
        lines += [line] if part is None else [f"{indent}{one}" for one in part.splitlines()]
    text = "\n".join(lines) + "\n"
    values = {
        "@MARK@": MARK,
        "@FOR@": host,
        "@INSTALL@": pipeline.install,
        "@BRANCH@": pipeline.branch,
        "@JOURNAL@": pipeline.journal,
        "@ROOT@": pipeline.root,
        "@CONTEXT@": CONTEXT,
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text
