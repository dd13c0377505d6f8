"""Strict settings: types are kept, every problem has its place, garbage is a SettingsError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import SettingsError
from pos_guard.strict import MAX_BYTES, WrongError, load_toml


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True)
class Inner:
    text: str = ""
    number: int = 0


@dataclass(frozen=True)
class Settings:
    name: str
    size: int = 1
    on: bool = False
    colour: Colour = Colour.RED
    words: tuple[str, ...] = ()
    letters: frozenset[str] = frozenset()
    note: str | None = None
    inner: Inner = field(default_factory=Inner)
    link: tuple[Inner, ...] = ()
    by_name: Mapping[str, Inner] = field(default_factory=dict[str, Inner])


def problems(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(SettingsError) as caught:
        load_toml(Settings, text, "guard.toml")
    return [(found.line, found.path, found.message) for found in caught.value.problems]


def test_a_whole_file_becomes_frozen_values() -> None:
    text = """
name = "shop"
size = 3
on = true
colour = "green"
words = ["a", "b"]
letters = ["x"]
note = "n"
[inner]
text = "t"
[[link]]
number = 1
[[link]]
number = 2
[by_name."a b"]
number = 3
"""
    assert load_toml(Settings, text) == Settings(
        "shop",
        3,
        True,
        Colour.GREEN,
        ("a", "b"),
        frozenset({"x"}),
        "n",
        Inner("t"),
        (Inner(number=1), Inner(number=2)),
        {"a b": Inner(number=3)},
    )


@pytest.mark.parametrize(
    ("line", "path", "words"),
    [
        ("size = true", "size", "must be a whole number, not true or false"),
        ("size = 1.0", "size", "must be a whole number, not a number with a fraction"),
        ('size = "1"', "size", "must be a whole number, not text"),
        ("size = 1979-05-27", "size", "must be a whole number, not a date or time"),
        ("on = 1", "on", "must be true or false, not a whole number"),
        ('on = "yes"', "on", "must be true or false, not text"),
        ("note = 5", "note", "must be text, not a whole number"),
        ('colour = "gren"', "colour", 'must be one of red, green (did you mean "green"?)'),
        ("colour = 1", "colour", "must be one of red, green, not a whole number"),
        ('words = "ab"', "words", "must be a list, not text"),
        ('words = ["a", 1]', "words[1]", "must be text, not a whole number"),
        ("letters = [[]]", "letters[0]", "must be text, not a list"),
        ("inner = []", "inner", "must be a table, not a list ([[…]] makes a list, […] a table)"),
        ("inner = { numbr = 1 }", "inner.numbr", 'is not a known key (did you mean "number"?)'),
        ("link = [{ number = 1 }, 2]", "link[1]", "must be a table, not a whole number"),
        ("by_name = 1", "by_name", "must be a table, not a whole number"),
        ("by_name.x = 1", "by_name.x", "must be a table, not a whole number"),
        ("sise = 1", "sise", 'is not a known key (did you mean "size"?)'),
        ("zzzz = 1", "zzzz", "is not a known key"),
    ],
)
def test_nothing_is_converted(line: str, path: str, words: str) -> None:
    assert problems(f'name = "x"\n{line}\n') == [(2, path, words)]


def test_a_missing_key_is_told_without_a_line() -> None:
    assert problems("size = 1\n") == [(None, "name", "is missing")]


def test_the_second_table_of_an_array_has_its_own_line() -> None:
    text = 'name = "x"\n[[link]]\nnumber = 1\n[[link]]\nnumber = "2"\n'
    assert problems(text) == [(5, "link[1].number", "must be a whole number, not text")]


@pytest.mark.parametrize(
    ("text", "line"),
    [("name = \n", 1), ('name = "x"\nsize = = 2', 2), ('name = "x"\nname = "y"\n#', 2)],
)
def test_what_is_not_toml_is_told_with_its_line(text: str, line: int) -> None:
    ((found, path, message),) = problems(text)
    assert (found, path) == (line, "(file)")
    assert "at line" not in message


def test_the_message_names_file_line_and_key() -> None:
    with pytest.raises(SettingsError, match=r"guard\.toml: line 2: size: must be a whole number"):
        load_toml(Settings, 'name = "x"\nsize = "1"\n', "guard.toml")


def test_hooks_read_types_of_the_callers_own() -> None:
    def inner(value: object) -> Inner:
        if value == "bad":
            raise WrongError([(("a", 1), "first"), ((), "second")])
        return Inner(str(value))

    text = 'name = "x"\ninner = "t"\n'
    assert load_toml(Settings, text, hooks={Inner: inner}).inner == Inner("t")
    with pytest.raises(SettingsError) as caught:
        load_toml(Settings, text.replace('"t"', '"bad"'), hooks={Inner: inner})
    assert [(found.path, found.message) for found in caught.value.problems] == [
        ("inner", "second"),
        ("inner.a[1]", "first"),
    ]


def test_readers_of_one_caller_do_not_read_for_another() -> None:
    """What was worked out for a set of readers is kept, and for that set alone."""

    def plain(value: object) -> Inner:
        return Inner(str(value))

    def mine(value: object) -> Inner:
        return Inner(f"my {value}")

    text = 'name = "x"\ninner = "t"\n'
    read = [load_toml(Settings, text, hooks={Inner: one}) for one in (plain, mine, plain)]
    assert [one.inner.text for one in read] == ["t", "my t", "t"]
    with pytest.raises(SettingsError, match="inner: must be a table"):
        load_toml(Settings, text)


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "guard.toml"
    path.write_bytes('name = "店"\r\nsize = 2\r\n'.encode())
    assert load_toml(Settings, path) == Settings("店", 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b'name = "x"\n# \xff\n', "is not UTF-8 text"),
        (b"#" * (MAX_BYTES + 1), "is larger than"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "guard.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        load_toml(Settings, path)


def test_a_file_made_to_exhaust_the_reader_is_refused() -> None:
    assert problems("name = " + "[" * 50_000)[0][1] == "(file)"


ALPHABET = st.sampled_from([*"ab.=[]{}\"'#\n \\,1-_", '"""', "'''", "name", "size"])


@settings(max_examples=400, deadline=None)
@given(st.lists(ALPHABET, max_size=40).map("".join))
def test_garbage_gives_a_settings_error_and_nothing_else(text: str) -> None:
    try:
        read: object = load_toml(Settings, text)
    except SettingsError as error:
        read = error.problems
    assert read
