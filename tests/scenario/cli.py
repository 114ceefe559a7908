"""The command line in this process, as the tests of it call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.app import main
from bridge.resources import fixtures

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURES = fixtures()


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Cli:
    """Runs ``bridge …`` without a process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object) -> Ran:
        code = main([str(word) for word in words])
        printed = self._capsys.readouterr()
        return Ran(code, printed.out, printed.err)


def process(*words: object, stdin: bytes = b"", **environment: str) -> Ran:
    """Run ``python …`` as a real process that finds the package."""
    run = subprocess.run(
        [sys.executable, *map(str, words)],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
    )
    return Ran(run.returncode, run.stdout.decode(), run.stderr.decode())
