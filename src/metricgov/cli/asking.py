"""Questions on a terminal, each on stderr with its default; where nobody can answer, nothing is asked."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from metricgov.domain.errors import BadInput


def can_ask(*, yes: bool) -> bool:
    """Say whether a person sits here and wants to be asked."""
    return not yes and sys.stdin.isatty() and sys.stderr.isatty()


def line(prompt: str) -> str:
    """Return what a person types on one line; an end of input is an interruption."""
    try:
        if sys.stdout.isatty():
            import readline  # noqa: F401 - gives input() a line that can be edited

            return input(prompt).strip()
        sys.stderr.write(prompt)
        sys.stderr.flush()
        typed = sys.stdin.readline()
    except EOFError:
        raise KeyboardInterrupt from None
    if not typed:
        raise KeyboardInterrupt
    return typed.strip()


def say(text: str = "") -> None:
    """Print a sentence of the conversation."""
    from metricgov.cli.output import talk

    talk(text)


def say_wrapped(text: str, indent: str = "") -> None:
    """Print a sentence in lines that fit the terminal."""
    from metricgov.cli.output import screen, talk

    shown = screen(sys.stderr)
    talk(shown.text(shown.wrap(text, indent)))


def yes_no(question: str, *, default: bool) -> bool:
    """Ask for a yes or a no; Enter is the default."""
    hint = "Y/n" if default else "y/N"
    while True:
        answer = line(f"{question} [{hint}] ").lower()
        if not answer:
            return default
        if answer in {"y", "yes", "n", "no"}:
            return answer[0] == "y"
        say("  y or n")


def one_of(question: str, choices: Mapping[str, str], *, default: str = "") -> str:
    """Ask for one of several values, by its number, its word or the beginning of it."""
    say_wrapped(question)
    width = max(map(len, choices))
    for number, (value, words) in enumerate(choices.items(), start=1):
        say_wrapped(words, f"  {number}  {value:<{width}}  ")
    hint = f"1-{len(choices)}, Enter for {default}" if default else f"1-{len(choices)}"
    while True:
        answer = line(f"{hint} > ").lower()
        if not answer and default:
            return default
        found = [value for value in choices if answer and value.startswith(answer)]
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return list(choices)[int(answer) - 1]
        if len(found) == 1 or answer in found:
            return answer if answer in found else found[0]
        say(f"  a number, or one of {', '.join(choices)}")


def words(question: str, *, default: str = "") -> str:
    """Ask for words; an empty answer is the default."""
    say_wrapped(question)
    return line("> ") or default


def stopped(hint: str) -> BadInput:
    """Return the error of somebody who thought better of it."""
    return BadInput("stopped", "nothing was submitted", hint=hint)
