"""``bridge tables export`` and ``import``: a table file as a spreadsheet, and back."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bridge import resources
from bridge.cli.action import Action
from bridge.cli.options import mappings_option, tables
from bridge.cli.output import DONE, Output
from bridge.cli.tables_file import write_bytes, write_text
from bridge.errors import SettingsFault

_FORMATS: Final = (".xlsx", ".csv")
_WORDS: Final = "(what it does)"


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a table, code or evidence file")
    parser.add_argument("sheet", metavar="SHEET", type=Path, help="the spreadsheet: .xlsx or .csv")
    parser.add_argument(
        "--plain", action="store_true", help="without the column that explains rows"
    )
    mappings_option(parser)


def run_export(arguments: argparse.Namespace, out: Output) -> int:
    """Write a table file as a spreadsheet."""
    from bridge.mapping.toml_file import read_toml
    from bridge.tables.sheet import sheet_of
    from bridge.tables.workbook import to_csv, to_xlsx

    kind = _kind(arguments.sheet)
    _known(arguments.file)
    text = read_toml(arguments.file)[1]
    sheet = sheet_of(text)
    remarks = {} if arguments.plain else _remarks(arguments)
    octets = to_xlsx(sheet, remarks) if kind == ".xlsx" else to_csv(sheet, remarks).encode()
    write_bytes(arguments.sheet, octets)
    if arguments.json:
        out.json({"lines": len(sheet.lines), "sheet": str(arguments.sheet)})
    else:
        out.line(f"{len(sheet.lines)} lines written to {arguments.sheet}")
    return DONE


def _kind(path: Path) -> str:
    if path.suffix not in _FORMATS:
        raise SettingsFault("a spreadsheet is .xlsx or .csv", where=str(path), remedy="Name it so.")
    return path.suffix


def _known(path: Path) -> None:
    """Other files below ``mappings/`` have no lines that a spreadsheet could show."""
    from bridge.tables.editor_schema import schema_for

    if not (schema_for("/".join(path.resolve().parts[-2:])) or schema_for(path.name)):
        raise SettingsFault(
            "the file is no table, list of codes or evidence type",
            where=str(path),
            remedy="Those stand in payloads/, codes/ and evidence/, or are called common.toml, "
            "errors.toml or older.toml.",
        )


def _remarks(arguments: argparse.Namespace) -> Mapping[int, Mapping[str, str]]:
    """By number of block what a row does, in words: for the reader, not read back."""
    from bridge.tables.blocks import split
    from bridge.tables.explain import sentences
    from bridge.tables.uses import named_rows

    if not _belongs(arguments):
        return {}
    known = tables(arguments)
    words: dict[tuple[str, int], str] = {}
    for table in known.every():
        for row in named_rows(table).values():
            words[row.file, row.line] = " ".join(sentences(row, table))
    text = arguments.file.read_text("utf-8")
    return {
        number: {_WORDS: words[arguments.file.name, block.line]}
        for number, block in enumerate(split(text), 1)
        if (arguments.file.name, block.line) in words and block.name.endswith("row")
    }


def _belongs(arguments: argparse.Namespace) -> bool:
    """Whether the file is one of the folder of tables that explains it."""
    root = (arguments.mappings or resources.mappings()).resolve()
    path = arguments.file.resolve()
    if arguments.mappings is None and not path.is_relative_to(root):
        found = next((p for p in path.parents if (p / "common.toml").is_file()), None)
        arguments.mappings = found
        return found is not None
    return bool(path.is_relative_to(root))


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sheet", metavar="SHEET", type=Path, help="the edited spreadsheet")
    parser.add_argument("file", metavar="FILE", type=Path, help="the file it was made of")
    parser.add_argument(
        "--check", action="store_true", help="change nothing, only tell how many lines would change"
    )


def run_import(arguments: argparse.Namespace, out: Output) -> int:
    """Bring the changes of a spreadsheet into the file it was made of."""
    from bridge.mapping.toml_file import read_toml
    from bridge.tables.sheet import merged
    from bridge.tables.workbook import from_csv, from_xlsx

    kind = _kind(arguments.sheet)
    _known(arguments.file)
    try:
        octets = arguments.sheet.read_bytes()
        sheet = from_xlsx(octets) if kind == ".xlsx" else from_csv(octets.decode("utf-8-sig"))
    except OSError as error:
        raise SettingsFault(
            f"the spreadsheet cannot be read: {error.strerror}", where=str(arguments.sheet)
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsFault(
            "the list is not UTF-8", where=str(arguments.sheet), remedy="Save it as CSV UTF-8."
        ) from error
    text = read_toml(arguments.file)[1]
    done = merged(text, sheet)
    before, after = text.splitlines(), done.splitlines()
    changed = len(set(after) ^ set(before)) if done != text else 0
    if done != text and not arguments.check:
        write_text(arguments.file, done)
    if arguments.json:
        out.json({"changed": done != text, "file": str(arguments.file)})
    elif done == text:
        out.line("the spreadsheet changes nothing")
    else:
        word = "would change" if arguments.check else "changed"
        out.line(f"{word} {arguments.file}: {changed} lines differ")
        out.line("Now run 'bridge tables check' on it.")
    return DONE


ACTIONS: Final = (
    Action(
        "export",
        "a table file as a spreadsheet (xlsx, csv) for review",
        _export_arguments,
        run_export,
        "bridge tables export mappings/codes/fuel.toml fuel.xlsx",
    ),
    Action(
        "import",
        "the changes of an edited spreadsheet into the file it was made of",
        _import_arguments,
        run_import,
        "bridge tables import fuel.xlsx mappings/codes/fuel.toml",
    ),
)
