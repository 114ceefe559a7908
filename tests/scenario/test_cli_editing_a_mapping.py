"""docs/editing-a-mapping.md, followed word by word by someone who never programmed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenario.cli import REPOSITORY

PAGE = (REPOSITORY / "docs" / "editing-a-mapping.md").read_text("utf-8")
CHAPTERS = dict(
    zip(
        ("code", "type"),
        re.split(r"^# .*$", PAGE, flags=re.MULTILINE)[2:4],
        strict=True,
    )
)
BLOCK = re.compile(r"^```(sh|toml|text|diff)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`(mappings/[\w/.-]+\.toml)`")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout as far as the page needs one, with a command that uses its own files."""
    for name in ("mappings", "xsd"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    shutil.copytree(
        REPOSITORY / "bridge", tmp_path / "bridge", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "fixtures").symlink_to(REPOSITORY / "fixtures")
    command = tmp_path / ".venv" / "bin" / "bridge"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bridge "$@"\n')
    command.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(("chapter", "shown"), [("code", 5), ("type", 9)])
def test_the_page_is_true_word_by_word(checkout: Path, chapter: str, shown: int) -> None:
    text = CHAPTERS[chapter]
    said = ""
    kinds = []
    for block in BLOCK.finditer(text):
        kind, inside = block.groups()
        kinds.append(kind)
        if kind == "text":
            assert words(inside) in words(said)
        elif kind == "sh":
            said = shell(inside, checkout)
        else:
            edit(checkout / FILE.findall(text[: block.start()])[-1], kind, inside)
    assert kinds.count("text") == shown
    assert kinds.count("sh") >= shown


def words(text: str) -> str:
    """Without the width of columns, which depends on what else a table holds."""
    return " ".join(text.split())


def edit(path: Path, kind: str, block: str) -> None:
    """Add a block at the end of a file, or replace the lines that a difference names."""
    text = path.read_text("utf-8")
    if kind == "toml":
        path.write_text(f"{text}\n{block}", "utf-8")
        return
    lines = block.splitlines()
    old = "\n".join(line[1:] for line in lines if line[0] in " -")
    new = "\n".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(old) == 1, "a reader would not know which lines are meant"
    path.write_text(text.replace(old, new), "utf-8")


def shell(script: str, folder: Path) -> str:
    run = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    unread = "still a proposal" in run.stdout  # the one time that the page shows what is wrong
    assert run.returncode == int(unread), f"{script}\n{run.stdout}\n{run.stderr}"
    return run.stdout
