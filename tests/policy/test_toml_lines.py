"""Finding the line of a key in TOML text."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.toml_lines import KeyPath, TomlLines

TEXT = '''\
# a comment with [brackets] and = signs
top = 1
"quoted key" = 2
a.b.c = 3
'lit' = "[not.a.header]"

[table] # trailing
  indented = 1
list = [
  1, # one
  "]", [2,
  3],
]
after = 2
text = """
fake = 1
[fake]
\\""" still text
"""
more = \'\'\'
fake = 2 \'\' \'\'\'
last = { x = 1, y = [ { z = 2 } ] }

[[many]]
n = 1
[many.sub]
m = 1
[[many]]
n = 2
[many.sub]
m = 2
[[many.deep]]
k = 1
["odd.name".x]
y = 1
[table.later]
z = 1
'''

PLACES: list[tuple[KeyPath, int | None]] = [
    (("top",), 2),
    (("quoted key",), 3),
    (("a", "b", "c"), 4),
    (("a", "b"), 4),
    (("a", "b", "unknown"), 4),
    (("lit",), 5),
    (("table",), 7),
    (("table", "indented"), 8),
    (("table", "list", 2), 9),
    (("table", "after"), 14),
    (("table", "text"), 15),
    (("table", "more"), 20),
    (("table", "last", "y", 0, "z"), 22),
    (("table", "fake"), 7),
    (("many", 0), 24),
    (("many", 0, "n"), 25),
    (("many", 0, "sub", "m"), 27),
    (("many", 1), 28),
    (("many", 1, "n"), 29),
    (("many", 1, "sub", "m"), 31),
    (("many", 1, "deep", 0, "k"), 33),
    (("odd.name", "x", "y"), 35),
    (("table", "later", "z"), 37),
    (("fake",), None),
    ((), None),
]


def test_the_text_is_toml() -> None:
    assert tomllib.loads(TEXT)["many"][1]["deep"] == [{"k": 1}]


@pytest.mark.parametrize(("path", "line"), PLACES)
def test_every_key_has_its_line(path: KeyPath, line: int | None) -> None:
    assert TomlLines(TEXT).line(path) == line


VALUES = ["1", '"[x]"', "'''a\nb'''", '"""q = 1\n[t]\n"""', "[1,\n 2,\n]", "{ z = 1 }", '"#"']


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(VALUES), max_size=8))
def test_values_of_any_shape_do_not_shift_the_lines(values: list[str]) -> None:
    text, expected = "", list[int]()
    for index, value in enumerate(values):
        expected.append(text.count("\n") + 1)
        text += f"k{index} = {value}\n"
    tomllib.loads(text)
    lines = TomlLines(text)
    assert [lines.line((f"k{index}",)) for index in range(len(values))] == expected
