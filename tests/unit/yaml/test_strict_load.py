"""INV-40: what the loader refuses, with file, line and column, and what it reads."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metricgov.adapters.yaml.exact import read
from metricgov.adapters.yaml.load import load, locate
from metricgov.adapters.yaml.quick import quick
from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles, Place

STARTER = sorted((Path(__file__).resolve().parents[3] / "registry").rglob("*.yaml"))


def refused(data: bytes) -> list[tuple[str, int, int]]:
    """Return code, line and column of every problem of a file; nothing for a file that loads."""
    try:
        load(data, "f.yaml")
    except InvalidFiles as error:
        assert {problem.place.path for problem in error.problems} == {"f.yaml"}
        assert all(problem.message and problem.place.line and problem.place.column for problem in error.problems)
        return [(problem.code, problem.place.line, problem.place.column) for problem in error.problems]
    return []


DEEP = "a: " + "[" * 32 + "]" * 32 + "\n"

REFUSED = [
    ("not UTF-8", b"a: 1\nb: \xff\n", [("yaml_not_utf8", 2, 4)]),
    ("UTF-16", "a: 1\n".encode("utf-16"), [("yaml_not_utf8", 1, 1)]),
    ("empty", b"", [("yaml_empty", 1, 1)]),
    ("white space", b"\n  \n", [("yaml_empty", 1, 1)]),
    ("only comments", b"# nothing\n", [("yaml_empty", 1, 1)]),
    ("only a document mark", b"---\n", [("yaml_no_mapping", 2, 1)]),
    ("a list", b"- a\n", [("yaml_no_mapping", 1, 1)]),
    ("a text", b"hello\n", [("yaml_no_mapping", 1, 1)]),
    ("too large", b"a: " + b"x" * 262_144, [("yaml_too_large", 1, 1)]),
    ("too deep", DEEP.encode(), [("yaml_too_deep", 1, 35)]),
    ("too deep in blocks", "".join(" " * n + "a:\n" for n in range(33)).encode(), [("yaml_too_deep", 33, 33)]),
    ("far too deep", b"[" * 50_000, [("yaml_too_deep", 1, 33)]),
    ("duplicate key", b"a: 1\nb: 2\na: 3\n", [("yaml_duplicate_key", 3, 1)]),
    ("duplicate key, quoted", b"a: 1\n'a': 3\n", [("yaml_duplicate_key", 2, 1)]),
    ("duplicate key inside", b"a:\n  b: 1\n  b: 2\n", [("yaml_duplicate_key", 3, 3)]),
    ("duplicate key in flow", b"a: {b: 1, b: 2}\n", [("yaml_duplicate_key", 1, 11)]),
    ("duplicate key without colon", b"a: {b, b: 2}\n", [("yaml_duplicate_key", 1, 8)]),
    ("duplicate key in a list", b"a:\n  - b: 1\n    c: 1\n    b: 2\n", [("yaml_duplicate_key", 4, 5)]),
    ("anchor and alias", b"a: &x 1\nb: *x\n", [("yaml_anchor", 1, 4), ("yaml_alias", 2, 4)]),
    ("anchor on a block", b"a: &x\n  b: 1\n", [("yaml_anchor", 1, 4)]),
    ("anchor on a key", b"&x a: 1\n", [("yaml_anchor", 1, 1)]),
    ("alias as a key", b"a: &x b\n*x : 1\n", [("yaml_anchor", 1, 4), ("yaml_alias", 2, 1)]),
    ("merge key", b"a: 1\n<<: {b: 2}\n", [("yaml_merge", 2, 1)]),
    ("tag", b"a: !!str 1\n", [("yaml_tag", 1, 4)]),
    ("own tag", b"a: !thing {b: 1}\n", [("yaml_tag", 1, 4)]),
    ("code in a tag", b"a: !!python/object/apply:os.system ['true']\n", [("yaml_tag", 1, 4)]),
    ("bare tag", b"a: ! 1\n", [("yaml_tag", 1, 4)]),
    ("tag on the document", b"!!map {a: 1}\n", [("yaml_tag", 1, 1)]),
    ("two documents", b"a: 1\n---\nb: 2\n", [("yaml_documents", 2, 1)]),
    ("an end and more", b"a: 1\n...\nb: 2\n", [("yaml_syntax", 3, 1)]),
    ("directive", b"%YAML 1.1\n---\na: no\n", [("yaml_directive", 1, 1)]),
    ("tag directive", b"%TAG ! tag:x,2026:\n---\na: 1\n", [("yaml_directive", 1, 1)]),
    ("number as key", b"1: a\n", [("yaml_key", 1, 1)]),
    ("true as key", b"true: a\n", [("yaml_key", 1, 1)]),
    ("null as key", b"~: a\n", [("yaml_key", 1, 1)]),
    ("nothing as key", b": a\n", [("yaml_syntax", 1, 1)]),
    ("list as key", b"? [a]\n: b\n", [("yaml_key", 1, 3)]),
    ("infinity", b"a: .inf\n", [("yaml_number", 1, 4)]),
    ("not a number", b"a: .NaN\n", [("yaml_number", 1, 4)]),
    ("overflow", b"a: 1e999\n", [("yaml_number", 1, 4)]),
    ("2^53", b"a: 9007199254740992\n", [("yaml_number", 1, 4)]),
    ("-2^53", b"a: -9007199254740992\n", [("yaml_number", 1, 4)]),
    ("a number of 5,000 digits", b"a: " + b"9" * 5000 + b"\n", [("yaml_number", 1, 4)]),
    ("large in hexadecimal", b"a: 0x20000000000000\n", [("yaml_number", 1, 4)]),
    ("control character", b"a: b\x07\n", [("yaml_hidden_character", 1, 5)]),
    ("null byte", b"a: b\x00\n", [("yaml_hidden_character", 1, 5)]),
    ("tab", b"a: b\tc\n", [("yaml_hidden_character", 1, 5)]),
    ("tab as indentation", b"a:\n\tb: 1\n", [("yaml_hidden_character", 2, 1)]),
    ("carriage return alone", b"a: b\rc\n", [("yaml_hidden_character", 1, 5)]),
    ("next line", "a: b\u0085c\n".encode(), [("yaml_hidden_character", 1, 5)]),
    ("line separator", "a: b\u2028c\n".encode(), [("yaml_hidden_character", 1, 5)]),
    ("right-to-left override", "a: \u202eb\n".encode(), [("yaml_hidden_character", 1, 4)]),
    ("isolate in a comment", "a: b # \u2066\n".encode(), [("yaml_hidden_character", 1, 8)]),
    ("zero-width space in a key", "a\u200bb: 1\n".encode(), [("yaml_hidden_character", 1, 2)]),
    ("zero-width joiner", "a: b\u200d\n".encode(), [("yaml_hidden_character", 1, 5)]),
    ("soft hyphen", "a: b\u00adc\n".encode(), [("yaml_hidden_character", 1, 5)]),
    ("byte order mark", "\ufeffa: 1\n".encode(), [("yaml_hidden_character", 1, 1)]),
    ("tag characters", "a: b\U000e0041\n".encode(), [("yaml_hidden_character", 1, 5)]),
    ("hidden by an escape", b'a: "b\\u202Ec"\n', [("yaml_hidden_character", 1, 4)]),
    ("tab by an escape", b'a: "b\\tc"\n', [("yaml_hidden_character", 1, 4)]),
    ("second colon", b"a: b: c\n", [("yaml_syntax", 1, 5)]),
    ("open bracket", b"a: [b\n", [("yaml_syntax", 2, 1)]),
    ("open quote", b"a: 'b\n", [("yaml_syntax", 2, 1)]),
    ("indentation", b"a:\n  - b\n - c\n", [("yaml_syntax", 3, 2)]),
    ("a conflict", b"a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\nc: 1\n", [("yaml_syntax", 2, 1)]),
    ("no colon", b"a: 1\nb\n", [("yaml_syntax", 3, 1)]),
    ("at sign", b"a: @b\n", [("yaml_syntax", 1, 4)]),
    ("lone surrogate", b'a: "\\ud800"\n', [("yaml_hidden_character", 1, 4)]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "problems"), [pytest.param(*row, id=name) for name, *row in REFUSED])
def test_what_is_refused(data: bytes, problems: list[tuple[str, int, int]]) -> None:
    """INV-40: each refusal names file, line and column."""
    assert refused(data) == problems


def test_all_problems_of_a_file_come_at_once() -> None:
    """INV-40: nobody repairs a file one error at a time."""
    data = b"a: 1\na: 2\nb: &x 1\nc: *x\n<<: {d: 1}\n1: x\ne: !!str 1\nf: .inf\n? [x]\n: 3\n"
    codes = [code for code, _, _ in refused(data)]
    assert codes == [
        "yaml_duplicate_key",
        "yaml_anchor",
        "yaml_alias",
        "yaml_merge",
        "yaml_key",
        "yaml_tag",
        "yaml_number",
        "yaml_key",
    ]


def test_a_flood_of_hidden_characters_is_cut_short() -> None:
    assert len(refused(("a: " + "\u200b" * 5000 + "\n").encode())) == 51


VALUES: list[tuple[str, JSON]] = [
    ("no", "no"),
    ("yes", "yes"),
    ("on", "on"),
    ("y", "y"),
    ("true", True),
    ("True", True),
    ("FALSE", False),
    ("tRUE", "tRUE"),
    ("null", None),
    ("~", None),
    ("", None),
    ("nULL", "nULL"),
    ("2026-07-01", "2026-07-01"),
    ("2026-07-01T00:00:00Z", "2026-07-01T00:00:00Z"),
    ("12:30:45", "12:30:45"),
    ("0", 0),
    ("-0", 0),
    ("+12", 12),
    ("017", 17),
    ("0o17", 15),
    ("0x1F", 31),
    ("0b11", "0b11"),
    ("1_000", "1_000"),
    ("9007199254740991", 9007199254740991),
    ("-9007199254740991", -9007199254740991),
    ("1.0", 1.0),
    ("1.", 1.0),
    (".5", 0.5),
    ("1e3", 1000.0),
    ("-1.5E-3", -0.0015),
    ("1.0.0", "1.0.0"),
    ("inf", "inf"),
    ("=", "="),
    ("'1'", "1"),
    ('"no"', "no"),
    ("'it''s'", "it's"),
    ('"a\\nb"', "a\nb"),
    ("[1, a, 2.5]", [1, "a", 2.5]),
    ("{a: 1, b: {c: 2}}", {"a": 1, "b": {"c": 2}}),
    ("|\n    x\n    y\n", "x\ny\n"),
    (">-\n    x\n    y\n", "x y"),
    ("a b\n    c", "a b c"),
    ("Umsätze 📈", "Umsätze 📈"),
]


@pytest.mark.parametrize(("text", "value"), [pytest.param(*row, id=row[0] or "nothing") for row in VALUES])
def test_scalars_follow_the_core_schema(text: str, value: JSON) -> None:
    """INV-40: scalars by the YAML 1.2 core schema; `no` is a string and a date stays text."""
    found = load(f"k: {text}\n".encode(), "f.yaml")["k"]
    assert found == value
    assert type(found) is type(value)


def test_windows_line_ends_are_line_ends() -> None:
    assert load(b"a: b\r\nc: |\r\n  d\r\n  e\r\n", "f.yaml") == {"a": "b", "c": "d\ne\n"}


def test_thirty_two_levels_are_read() -> None:
    """INV-40: 32 levels, not one more."""
    assert refused(DEEP.replace("[]", "").encode()) == []


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b"- " * 50_000)
@example(b"? " * 50_000)
@example(b"{" * 20_000 + b"}" * 20_000)
@example(b"a: " + b"[" * 200_000)
@example(b"a: [" + b"b, " * 60_000 + b"\n")
@example(b"a: {b: c" + b" " * 200_000 + b"\n")
@example(b"a: [b" + b" " * 200_000 + b"?\n")
@example(b"a:" + b" " * 200_000 + b"*b\n")
def test_any_bytes_give_a_mapping_or_a_refusal(data: bytes) -> None:
    """INV-40: never anything but a mapping of JSON or InvalidFiles."""
    if not refused(data):
        json.dumps(load(data, "f.yaml"), allow_nan=False)
    locate(data)


ALPHABET = st.sampled_from(
    [
        *(
            "a",
            "b",
            "x: ",
            "- ",
            ": ",
            ":",
            "\n",
            "\n  ",
            "\n    ",
            "  ",
            "{",
            "}",
            "[",
            "]",
            ", ",
            ",",
            "? ",
            '"',
            "'",
        ),
        *(
            "#",
            " # c: d",
            "|\n  ",
            ">-\n  ",
            "|",
            "&a ",
            "*a",
            "!t ",
            "<<: ",
            "%",
            "\n---\n",
            "\n...\n",
            "1",
            "0o7",
            "~",
        ),
        *("true", "1e3", ".5", "ä", "a: 1\n", "a: 1\n", "b: 2\n", "{a: 1, b: 2}", "[a, b]", 'k: "x: y"\n', "'q: z'"),
        *("\n# c: d\n", "a:\n", "a: >-\n  b: c\n", "- a: |\n    b: c\n  d: e\n", "\\", "@", "`", "=", "2026-01-01"),
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.lists(ALPHABET, max_size=24).map("".join))
@example('a: {b: "x\n # y", c: 1, c: 2}\n')
@example("a: {b, b: 1}\n")
@example('a: [ "]", "b\n c: ", {d: 1, d: 2}, "e\n f: g"]\n')
@example("a: {b: c\n# d, b: 1\n}\n")
@example("a: 1\n? a\n: 2\n")
@example("{a: 1}: b\n")
def test_the_quick_reader_agrees_with_the_exact_one(text: str) -> None:
    """INV-40: one loader; the quick parser decides only what the exact one decides alike."""
    value = quick(text.encode())
    if value is not None:
        document = read(text.encode(), "f.yaml")
        assert document.problems == []
        assert repr(document.value) == repr(value)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(STARTER), st.integers(0, 2**32), st.data())
def test_the_two_agree_on_damaged_definitions(path: Path, seed: int, data: st.DataObject) -> None:
    """INV-40: the same law on files as people break them."""
    text = path.read_text(encoding="utf-8")
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + data.draw(ALPHABET) + text[at + rng.choice([0, 0, 1, 7]) :]
    value = quick(text.encode())
    if value is not None:
        document = read(text.encode(), "f.yaml")
        assert document.problems == []
        assert repr(document.value) == repr(value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text("ab \"':#{}[]\\,ä", max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc-?: ", max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1), JSON_VALUES, min_size=1))
def test_json_is_yaml(value: dict[str, JSON]) -> None:
    assert load(json.dumps(value, ensure_ascii=False).encode(), "f.yaml") == value


@pytest.mark.parametrize("path", STARTER, ids=lambda path: path.stem)
def test_ordinary_definitions_take_the_quick_way(path: Path) -> None:
    assert quick(path.read_bytes()) == read(path.read_bytes(), "f.yaml").value


def test_places_are_told_by_field() -> None:
    data = b"kind: source\ncolumns:\n  - name: a\n    type: date\n  - {name: b, type: date}\ntags: [x, y]\n"
    assert locate(data, "f") == {
        "": Place("f", 1, 1),
        "kind": Place("f", 1, 1),
        "columns": Place("f", 2, 1),
        "columns[a]": Place("f", 3, 5),
        "columns[a].name": Place("f", 3, 5),
        "columns[a].type": Place("f", 4, 5),
        "columns[b]": Place("f", 5, 5),
        "columns[b].name": Place("f", 5, 6),
        "columns[b].type": Place("f", 5, 15),
        "tags": Place("f", 6, 1),
        "tags[0]": Place("f", 6, 8),
        "tags[1]": Place("f", 6, 11),
    }


def test_a_broken_file_still_has_places_where_it_can_be_read() -> None:
    assert locate(b"a: 1\na: 2\nb: *x\nc: 3\n")["c"] == Place("", 4, 1)
    assert locate(b"a: [") == {}
