"""docs/editing-a-mapping.md, followed word by word by someone who never programmed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.scenario.cli import REPOSITORY

PAGE = (REPOSITORY / "docs" / "editing-a-mapping.md").read_text("utf-8")
BLOCK = re.compile(r"^```(sh|toml|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EDITED = "mappings/codes/fuel.toml"


def checkout(folder: Path) -> None:
    """A checkout as far as the page needs one; its mappings may be edited."""
    shutil.copytree(REPOSITORY / "mappings", folder / "mappings")
    (folder / "fixtures").symlink_to(REPOSITORY / "fixtures")
    command = folder / ".venv" / "bin" / "bridge"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bridge "$@"\n')
    command.chmod(0o755)


def test_the_page_is_true_word_by_word(tmp_path: Path) -> None:
    checkout(tmp_path)
    assert PAGE.count(f"`{EDITED}`") >= 2
    said = ""
    steps = BLOCK.findall(PAGE)
    assert [kind for kind, _ in steps].count("text") == 4
    for kind, block in steps:
        if kind == "toml":
            with (tmp_path / EDITED).open("a", encoding="utf-8") as file:
                file.write(f"\n{block}")
        elif kind == "text":
            assert block.strip() in said
        else:
            said = shell(block, tmp_path)


def shell(script: str, folder: Path) -> str:
    # The wheel's own tables would be used otherwise: the page edits those of the checkout.
    mappings = script.replace("bridge translate ", "bridge translate --mappings mappings ")
    mappings = mappings.replace("tables show fuel", "tables show fuel --mappings mappings")
    run = subprocess.run(
        ["sh", "-e", "-c", mappings],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{script}\n{run.stdout}\n{run.stderr}"
    return run.stdout
