"""Every command of the program, its module and its line in the overview; the names are a contract (docs/reference)."""

from __future__ import annotations

from metricgov.cli.lazy import Command, Group

_AT = "metricgov.cli."

SECTIONS: dict[str, dict[str, Command | Group]] = {
    "Start": {
        "init": Command(_AT + "setup:init", "Start a registry in a new or existing repository."),
        "scan": Command(_AT + "scan:scan", "Find the definition changes in any repository's past."),
        "doctor": Command(_AT + "doctor:doctor", "What is wrong with this set-up, and how to mend it."),
    },
    "Change a definition": {
        "edit": Command(_AT + "editing:edit", "Change a definition: editor, a few questions, submitted."),
        "new": Command(_AT + "editing:new", "Begin a definition from a template."),
        "retire": Command(_AT + "editing:retire", "End a definition; its file stays as a tombstone."),
        "rename": Command(_AT + "editing:rename", "Give a definition a new name that replaces the old."),
        "request": Command(_AT + "editing:request", "Ask the responsible people for a change."),
        "propose": Command(_AT + "proposing:propose", "Propose the edits of the work tree or of a branch."),
        "revise": Command(_AT + "proposing:revise", "Replace the contents of a change with new ones."),
        "submit": Command(_AT + "deciding:submit", "Put a draft before its approvers."),
    },
    "Review and decide": {
        "tui": Command(_AT + "tui:tui", "The terminal UI: inbox, registry, review, audit log."),
        "inbox": Command(_AT + "people:inbox", "What waits for you, oldest due first."),
        "change": Group(
            "Look at changes.",
            {
                "list": Command(_AT + "changes:list_", "List changes."),
                "show": Command(_AT + "changes:show", "Show a change and everything it still needs."),
                "diff": Command(_AT + "changes:diff", "Show what a change does, field by field."),
                "explain": Command(_AT + "changes:explain", "Tell the story of a change."),
            },
        ),
        "approve": Command(_AT + "deciding:approve", "Agree to a revision."),
        "request-changes": Command(_AT + "deciding:request_changes", "Object until something is changed."),
        "reject": Command(_AT + "deciding:reject", "End a change with a no (accountable or deputy)."),
        "acknowledge": Command(_AT + "deciding:acknowledge", "Answer as somebody who is consulted."),
        "abstain": Command(_AT + "deciding:abstain", "Say that you have no opinion."),
        "comment": Command(_AT + "deciding:comment", "Say something about a change or one of its fields."),
        "resolve": Command(_AT + "deciding:resolve", "Close a thread of comments."),
        "reopen": Command(_AT + "deciding:reopen", "Open a closed thread again."),
        "withdraw-decision": Command(_AT + "deciding:withdraw_decision", "Take back your decision."),
        "end-objection": Command(_AT + "deciding:end_objection", "End somebody's standing objection, with a reason."),
        "override": Command(_AT + "overriding:override", "Let a change through that cannot wait; takes two people."),
        "review-override": Command(
            _AT + "overriding:review_override", "Look at what was overridden; keep or revert it."
        ),
        "decline": Command(_AT + "deciding:decline", "Say no to a request."),
    },
    "Land or end a change": {
        "apply": Command(_AT + "landing:apply", "Put an approved change on the main branch."),
        "merge": Command(_AT + "landing:apply", "The same as apply."),
        "schedule": Command(_AT + "scheduling:schedule", "Let an approved change be applied at a time."),
        "unschedule": Command(_AT + "scheduling:unschedule", "Take that time back."),
        "tick": Command(_AT + "scheduling:tick", "Do what time has made due; for cron and CI."),
        "notify": Command(_AT + "notify:notify", "Tell people what happened; for cron and CI."),
        "rebase": Command(_AT + "landing:rebase", "Bring a change onto today's main branch."),
        "revert": Command(_AT + "landing:revert", "Propose to undo an applied change."),
        "withdraw": Command(_AT + "deciding:withdraw", "Take a change back."),
        "supersede": Command(_AT + "deciding:supersede", "End a change in favour of another."),
    },
    "Read definitions": {
        "list": Command(_AT + "reading:list_", "List definitions."),
        "show": Command(_AT + "reading:show", "Show one definition, now, at a commit or on a date."),
        "diff": Command(_AT + "reading:diff", "Say what an edit means, field by field."),
        "impact": Command(_AT + "reading:impact", "List everything computed from a definition."),
        "history": Command(_AT + "past:history", "The versions of a definition, with approvals."),
        "changelog": Command(_AT + "past:changelog", "What changed, in sentences for readers."),
        "who": Command(_AT + "people:who", "Who would have to agree to a change."),
        "whoami": Command(_AT + "people:whoami", "Who you are here, and what you may do."),
    },
    "Server": {
        "serve": Command(_AT + "server:serve", "Serve the API, for people and programs without a clone."),
        "worker": Command(_AT + "server:worker", "Do what a server does unasked, in a process of its own."),
        "login": Command(_AT + "login:login", "Sign in at a server, with the provider of your company."),
        "logout": Command(_AT + "login:logout", "Sign out at a server."),
        "token": Group(
            "Tokens by which people and programs sign in at the server.",
            {
                "create": Command(_AT + "server:create", "Make a token; its secret is shown once."),
                "list": Command(_AT + "server:list_", "List tokens: whose, what for, until when."),
                "revoke": Command(_AT + "server:revoke", "End a token, at once and for good."),
            },
        ),
    },
    "People": {
        "correct-clock": Command(_AT + "clock:correct_clock", "Put on record that the last events were dated ahead."),
        "delegate": Command(_AT + "standing_in:delegate", "Let somebody answer in your name while you are away."),
        "reassign": Command(_AT + "standing_in:reassign", "Hand the decision about one change to somebody else."),
        "key": Group(
            "The SSH keys that sign decisions.",
            {
                "add": Command(_AT + "keys:add", "Propose a key of yours, with a proof that you hold it."),
                "list": Command(_AT + "keys:list_", "List keys: whose, and whether they count."),
                "revoke": Command(_AT + "keys:revoke", "Propose that a key counts no more."),
            },
        ),
        "people": Group(
            "Who is here, and who takes whose place.",
            {
                "import": Command(_AT + "staff:import_", "Take people from a list of HR or SSO."),
                "replace": Command(_AT + "staff:replace", "Put one person in another's place everywhere."),
            },
        ),
    },
    "Numbers": {
        "effect": Command(_AT + "numbers:effect", "What a change does to the numbers."),
        "accept-warning": Command(_AT + "numbers:accept_warning", "Let a change pass in spite of a warning."),
        "compare": Command(_AT + "comparing:compare", "How versions of a metric compare; the matrix of all."),
        "asof": Command(_AT + "comparing:asof", "Which version measures a day, as known on another."),
        "series": Command(_AT + "over_time:series", "A metric over time, by the definition that you choose."),
        "snapshot": Command(_AT + "snapshots:snapshot", "Store values as they are known now, or show them."),
        "why": Command(_AT + "why:why", "Why a number changed: late data, definition, real movement."),
        "revisions": Command(_AT + "snapshots:revisions", "How published values were revised, and by what."),
        "sample-data": Command(_AT + "numbers:sample_data", "Made-up rows for the sources, to try things on."),
    },
    "Keep files in order": {
        "fmt": Command(_AT + "files:fmt", "Write definitions in their canonical form."),
        "lint": Command(_AT + "files:lint", "Check structure, names and references."),
        "schema": Command(_AT + "files:schema", "Print the JSON Schema of a kind, for editors."),
    },
    "Trust and CI": {
        "ci": Group(
            "The gate on a host.",
            {"init": Command(_AT + "ci:init", "Write what GitHub, GitLab or pre-commit need to run the gate.")},
        ),
        "hook": Group(
            "Hooks of git that ask the gate.",
            {
                "install": Command(_AT + "hooks:install", "Ask the gate before main is pushed, or on the server."),
                "uninstall": Command(_AT + "hooks:uninstall", "Take the hooks away again."),
                "run": Command(_AT + "hooks:run", "Do what a hook does; git calls this."),
            },
        ),
    },
    "Work together": {
        "sync": Command(_AT + "syncing:sync", "Fetch, send what waits here, and say what became of it."),
    },
    "Prove": {
        "gate": Command(_AT + "gate:gate", "Block what was not approved: the check for CI."),
        "policy": Group(
            "Look at the rules themselves.",
            {"check": Command(_AT + "policy:check", "Prove that every change can be approved, whoever writes it.")},
        ),
        "audit": Group(
            "Read and verify the journal, and what reached main.",
            {
                "log": Command(_AT + "audit:log", "List the events of the journal."),
                "verify": Command(_AT + "audit:verify", "Check every event and name the first bad one."),
                "scan": Command(_AT + "audit_main:scan", "List what reached main past approval."),
                "export": Command(_AT + "audit_export:export", "Write the journal as CSV or JSON lines."),
                "redact": Command(_AT + "audit_redact:redact", "Take texts out of the journal's tip, on record."),
                "report": Command(_AT + "audit_report:report", "Write an auditor's file for a period."),
            },
        ),
        "index": Group(
            "The database that is computed from git.",
            {
                "rebuild": Command(_AT + "index:rebuild", "Fill the database again from the journal."),
                "verify": Command(_AT + "index:verify", "Compare the database with the journal."),
            },
        ),
        "bench": Group(
            "Make generated registries to measure with.",
            {"registry": Command(_AT + "bench:registry", "Generate a registry with a branch that changes one metric.")},
        ),
    },
}
