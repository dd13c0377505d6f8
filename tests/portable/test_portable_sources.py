"""What of the simulator and the ports may use what only some systems have; nobody else does.

And that a program elsewhere (elsewhere.py) really ends where somebody uses it all the same.
"""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portable.elsewhere import absent
from tests.portable.machine import ANY, ROOT, SYSTEMS, WINDOWS, run

POSIX = {
    "pos_guard.ports": {
        "aio", "descriptor", "evdev", "hidraw", "keeper", "keeper_client", "pty", "serial",
        "uinput", "unix_listen", "unix_path", "unix_server", "usbip_connection",
        "usblp", "vhci",
    },
    "pos_guard_simulator": {
        # Which system this is, and what that means.
        "systems.files", "systems.processes", "systems.signals",
        # Linux, and loaded by who chooses it; of the first three any module.
        "campaign", "demo", "preload", "simulated", "tape.record", "tape.tape_file",
    },
}  # fmt: skip
"""Modules and packages that use names of POSIX or Linux."""

LOOP = frozenset({"add_reader", "add_writer", "remove_reader", "remove_writer"}) | {
    "add_signal_handler", "create_unix_server", "create_unix_connection"
}  # fmt: skip
"""Methods of event loops that Windows' usual one has not."""

SOURCES = {"pos_guard.ports": ROOT / "pos_guard" / "ports",
           "pos_guard_simulator": ROOT / "simulator" / "pos_guard_simulator"}  # fmt: skip


def uses(path: Path) -> Iterator[str]:
    """Modules and names in a source that Windows lacks, also inside functions."""
    gone, names = absent(WINDOWS)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in gone)
        elif isinstance(node, ast.ImportFrom):
            lacks = names.get(node.module or "", frozenset())
            yield from (one.name for one in node.names if node.module in gone or one.name in lacks)
        elif isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if node.attr in LOOP or node.attr in names.get(owner, frozenset()):
                yield f"{owner}.{node.attr}"


@pytest.mark.parametrize("package", POSIX)
def test_posix_is_where_it_is_named(package: str) -> None:
    root = SOURCES[package]
    found = {
        ".".join(path.relative_to(root).with_suffix("").parts): sorted(set(uses(path)))
        for path in root.rglob("*.py")
    }
    using = {module: names for module, names in found.items() if names}
    told = {module: name for module in using for name in POSIX[package] if _within(module, name)}
    assert not using.keys() - told.keys(), {one: using[one] for one in using.keys() - told.keys()}
    assert POSIX[package] == {*told.values()}, "what is listed and needs it no more"


def _within(module: str, name: str) -> bool:
    return module == name or module.startswith(f"{name}.")


def test_the_systems_are_told_apart_in_one_place() -> None:
    root = SOURCES["pos_guard_simulator"]
    asking = {
        str(path.relative_to(root).parent)
        for path in root.rglob("*.py")
        if "sys.platform" in path.read_text(encoding="utf-8")
    }
    assert asking == {"systems"}


def test_who_needs_posix_on_the_way_ends_there(tmp_path: Path) -> None:
    """The child sees what it is there to see: a copy of the sources with one line more."""
    for part in ("pos_guard", "simulator"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    bench = tmp_path / "simulator" / "pos_guard_simulator" / "bench.py"
    words = ["-m", "pos_guard", "simulate", "scale", "--tcp", ANY, "--", "no-such-program"]
    assert run(WINDOWS, *words, sources=tmp_path).returncode == 127  # of a shell: it is not there
    text = bench.read_text(encoding="utf-8")
    bench.write_text(text.replace("import asyncio\n", "import asyncio\nimport fcntl\n", 1), "utf-8")
    done = run(WINDOWS, *words, sources=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "This needs Linux." in done.stderr


NAMES = {
    "os.getuid()": "AttributeError",
    "os.open('x', os.O_NOFOLLOW)": "AttributeError",
    "signal.SIGKILL": "AttributeError",
    "signal.signal(18, print)": "ValueError",
    "socket.AF_UNIX": "AttributeError",
    "socket.SO_PEERCRED": "AttributeError",
    "select.poll()": "AttributeError",
    "select.select([0], [], [])": "OSError",
    "selectors.DefaultSelector().register(0, 1)": "OSError",
    "time.clock_gettime(7)": "AttributeError",
    "asyncio.start_unix_server": "AttributeError",
    "asyncio.new_event_loop().add_reader(0, print)": "NotImplementedError",
    "asyncio.new_event_loop().add_signal_handler(2, print)": "NotImplementedError",
    "asyncio.SelectorEventLoop().add_reader(0, print)": "OSError",
    "os.read(socket.socket().fileno(), 1)": "OSError",
    "subprocess.Popen(['x'], preexec_fn=print)": "ValueError",
    "open('a:b', 'w', encoding='utf-8')": "OSError",
    "os.mkdir('prn')": "OSError",
    "open('/proc/self/stat', encoding='utf-8')": "FileNotFoundError",
    "open(__file__)": "EncodingWarning",
    "os.symlink('a', 'b')": "PermissionError",
    "held() and os.replace('new', 'held')": "PermissionError",
    "held() and os.remove('held')": "PermissionError",
}
"""What a module of ours may not do on Windows, and what comes of it."""

TRY = """\
from __future__ import annotations
import asyncio, json, os, select, selectors, signal, socket, subprocess, sys, time, warnings
FILES = []
def held():
    open("new", "w", encoding="utf-8").close()
    FILES.append(open("held", "w", encoding="utf-8"))
    return True
def outcome(words):
    try:
        eval(words)
    except Exception as error:
        return type(error).__name__
    return "done"
warnings.simplefilter("ignore", ResourceWarning)
print(json.dumps([sys.platform, [outcome(words) for words in json.loads(sys.argv[1])]]))
"""


def test_the_other_system_is_not_there_in_name_only(tmp_path: Path) -> None:
    (tmp_path / "pos_guard_drivers").mkdir()  # a name of ours: only our modules are elsewhere
    (tmp_path / "pos_guard_drivers" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "pos_guard_drivers" / "tried.py").write_text(TRY, encoding="utf-8")
    start = "from pos_guard_drivers import tried\n"
    (tmp_path / "pos_guard_drivers" / "__main__.py").write_text(start, encoding="utf-8")
    words = ["-m", "pos_guard_drivers", json.dumps(list(NAMES))]
    done = run(WINDOWS, *words, folder=tmp_path, sources=tmp_path)
    assert done.returncode == 0, done.stderr
    system, outcomes = json.loads(done.stdout)
    assert system == WINDOWS
    assert dict(zip(NAMES, outcomes, strict=True)) == NAMES


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_list_of_names_is_not_empty(system: str) -> None:
    """A list that was cut would let everything pass."""
    modules, names = absent(system)
    assert {"O_PATH", "eventfd"} <= names["os"]
    assert {"SO_PEERCRED", "SOCK_CLOEXEC"} <= names["socket"]
    assert ({"fcntl", "termios", "pwd"} <= modules) == (system == WINDOWS)
