"""Runs many command lines in one process, each as if it were the first: a list of lists in JSON.

``commands_there.py ENCODING LINES`` writes ``[exit code, standard output, error output]`` of each.
For tests of what is told without any device: to start Python for each of them takes longest.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys

from pos_guard.cli.main import run


def told(words: list[str], encoding: str) -> tuple[object, str, str]:
    """What a command line says; ``encoding``: of a pipe there, unless the program changes it."""
    pipes = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(pipe, encoding) for pipe in pipes)
    code: object = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            run(words)
        except SystemExit as end:
            code = end.code
    for stream in (out, err):
        stream.flush()
    return code or 0, pipes[0].getvalue().decode(), pipes[1].getvalue().decode()


json.dump([told(words, sys.argv[1]) for words in json.loads(sys.argv[2])], sys.stdout)
