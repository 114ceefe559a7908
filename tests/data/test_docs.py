"""The documents say what is so: modules, links, commands, versions and terms are held to them."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import bridge

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "mappings/**/*.md", "fixtures/**/*.md", "xsd/**/*.md")
    for path in ROOT.glob(pattern)
)
README = ROOT / "README.md"

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)
# Written so that this file does not match itself.
MACHINE_PATH = re.compile(r"(?<![\w<./])/(?:work|root)(?![\w-])|(?<![\w.])/(?:home|Users)/\w")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def table_under(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head and rule."""
    part = text.split(f"{heading}\n", 1)[1]
    part = re.split(r"^#", part, maxsplit=1, flags=re.MULTILINE)[0]
    rows = [[cell.strip() for cell in row.split("|")] for row in ROW.findall(part)]
    return rows[2:]


def slug(heading: str) -> str:
    """The anchor of a heading as code forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_the_house_plan_has_a_line_for_every_module_and_no_other() -> None:
    rows = table_under(read(ROOT / "docs/architecture.md"), "## The house")
    told = [row[0].strip("`") for row in rows]
    built = {
        name_of(path)
        for path in (ROOT / "bridge").rglob("*.py")
        if path.name != "__init__.py" or path.parent.name == "bridge"
    }
    assert len(told) == len(set(told)), "a module has two lines"
    assert set(told) - built == set(), "told, but not built"
    assert built - set(told) == set(), "built, but not told"
    assert [row[0] for row in rows if not row[1]] == [], "a module without a word"


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", read(path))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or not there.is_relative_to(ROOT):
            broken.append(f"{target}: nothing is there")
        elif anchor and anchor not in map(slug, HEADING.findall(read(there))):
            broken.append(f"{target}: no such heading")
    assert broken == []


def test_every_document_is_reached_from_the_readme() -> None:
    reached, todo = set(), [README]
    while todo:
        path = todo.pop()
        if path in reached or path.suffix != ".md" or not path.is_file():
            continue
        reached.add(path)
        todo += [
            (path.parent / target.partition("#")[0]).resolve()
            for target in LINK.findall(read(path))
        ]
    missed = {name_of(path) for path in (ROOT / "docs").rglob("*.md") if path not in reached}
    assert missed == set()


def shell_lines(path: Path) -> list[str]:
    """The commands in the ``sh`` blocks of a document, comments cut."""
    return [
        line.split(" #")[0].strip()
        for language, block in FENCE.findall(read(path))
        if language == "sh"
        for line in block.replace("\\\n", " ").splitlines()
        if line.split("#")[0].strip()
    ]


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_make_commands_are_targets_of_the_makefile(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", read(ROOT / "Makefile"), re.MULTILINE))
    text = read(path)
    named = set(re.findall(r"`make ([a-z]+)`", text))
    named |= {line.split()[1] for line in shell_lines(path) if line.startswith("make ")}
    assert named - targets == set()


def test_the_commands_of_the_readme_run_as_they_stand(tmp_path: Path) -> None:
    for folder in ("fixtures", "mappings", "xsd"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    commands = [line for line in shell_lines(README) if line.startswith(".venv/bin/bridge ")]
    assert len(commands) >= 3
    for command in commands:
        run = subprocess.run(
            [sys.executable, "-m", "bridge", *shlex.split(command)[1:]],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]
    newest = re.search(r"^## (\d+\.\d+\.\d+)", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version == bridge.__version__


def glossary() -> list[list[str]]:
    return table_under(read(ROOT / "docs/glossary.md"), "# Glossary")


def test_the_glossary_has_every_term_once_and_in_order() -> None:
    terms = [row[0] for row in glossary()]
    assert terms
    assert [term for term in terms if terms.count(term) > 1] == []
    assert terms == sorted(terms, key=lambda term: term.strip("`").casefold())
    assert [row[0] for row in glossary() if len(row) != 3 or not all(row)] == []


def defined(tree: ast.Module) -> Iterator[str]:
    """Classes, functions and assigned names at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize(
    "dotted", sorted(set(re.findall(r"`(bridge(?:\.\w+)+)`", read(ROOT / "docs/glossary.md"))))
)
def test_a_type_of_the_glossary_exists(dotted: str) -> None:
    module, _, name = dotted.rpartition(".")
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    assert path.is_file(), f"{module} is no module"
    assert name in set(defined(ast.parse(read(path))))


def test_every_decision_is_in_the_index() -> None:
    index = read(ROOT / "docs/decisions/README.md")
    records = {path.name for path in (ROOT / "docs/decisions").glob("*.md")} - {"README.md"}
    assert {name for name in records if f"({name})" not in index} == set()


def files_of_the_repository() -> list[Path]:
    """What git has and what it is about to get."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    files = files_of_the_repository()
    assert README in files
    named = [
        f"{name_of(path)}:{number}"
        for path in files
        for number, line in enumerate(
            path.read_bytes().decode("utf-8", errors="ignore").splitlines(), 1
        )
        if MACHINE_PATH.search(line)
    ]
    assert named == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("cd /" + "work/main", True),
        ('open("/' + 'root/.profile")', True),
        ("/" + "home/anna/bridge", True),
        ("<root></root>", False),
        ("docs/work/plan", False),
        ("/workflow", False),
    ],
)
def test_a_path_of_a_machine_is_told_from_other_text(text: str, seen: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) is seen
