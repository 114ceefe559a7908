"""Sheets as octets: workbooks (xlsx) and comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bridge.errors import SettingsFault
from bridge.tables.sheet import BLOCK, NUMBER, Line, Sheet

_TITLES: Final = {"row": "rows", "pair": "pairs", "receives": "receives"}
_OTHERS: Final = "heads"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""What spreadsheets take for a formula; such a text gets an apostrophe in front (CSV)."""
_WIDEST: Final = 60
_MOST_OCTETS: Final = 20_000_000
_HEAD_COLOUR: Final = "FFDCE6F2"
_LOSS_COLOUR: Final = "FFFCE4D6"


def _told(remark: str) -> bool:
    """Columns in brackets are for the reader; they are not read back."""
    return remark.startswith("(") and remark.endswith(")")


# --- CSV -------------------------------------------------------------------------------------


def to_csv(sheet: Sheet, remarks: Mapping[int, Mapping[str, str]] | None = None) -> str:
    """One list of all blocks. ``remarks`` by number of block are for the reader only."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    columns = (*sheet.columns, *_remark_columns(remarks))
    writer.writerow((f"{NUMBER} {sheet.state}", BLOCK, *columns))
    for line in sheet.lines:
        told = {**line.cells, **(remarks or {}).get(line.number, {})}
        values = (line.block, *(told.get(column, "") for column in columns))
        writer.writerow((line.number, *map(_harmless, values)))
    return "\ufeff" + out.getvalue()  # without the mark spreadsheets take it for another encoding


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def from_csv(text: str) -> Sheet:
    """Read an edited list; comma, semicolon and tabulator are understood."""
    text = text.removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    mark = max(",;\t", key=head.count)
    rows = [
        [value[1:] if value.startswith("'") else value for value in row]
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    ]
    return _sheet([rows])


# --- workbooks -------------------------------------------------------------------------------


def to_xlsx(sheet: Sheet, remarks: Mapping[int, Mapping[str, str]] | None = None) -> bytes:
    """A workbook: rows, pairs and heads on sheets of their own, every cell as text."""
    from openpyxl import Workbook

    book: Any = Workbook()
    book.remove(book.active)
    for title, lines in _by_title(sheet.lines).items():
        part = Sheet(sheet.state, tuple(lines))
        _fill(book.create_sheet(title), part, remarks or {})
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _by_title(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        kind = line.block.strip("[]").rpartition(".")[2] if line.block.startswith("[[") else ""
        found.setdefault(_TITLES.get(kind, _OTHERS), []).append(line)
    order = (*_TITLES.values(), _OTHERS)
    return {title: found[title] for title in order if title in found}


def _fill(page: Any, sheet: Sheet, remarks: Mapping[int, Mapping[str, str]]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    shown = {line.number: remarks[line.number] for line in sheet.lines if line.number in remarks}
    columns = (*sheet.columns, *_remark_columns(shown))
    heads = (f"{NUMBER} {sheet.state}", BLOCK, *columns)
    loss = PatternFill("solid", start_color=_LOSS_COLOUR)
    grid: list[tuple[str, ...]] = [heads]
    for line in sheet.lines:
        told = {**line.cells, **shown.get(line.number, {})}
        grid.append((str(line.number), line.block, *(told.get(c, "") for c in columns)))
    for number, values in enumerate(grid, 1):
        for place, value in enumerate(values, 1):
            cell = page.cell(row=number, column=place)
            cell.value = value or None
            cell.data_type = "s" if value else "n"  # text, also where it looks like a formula
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                cell.font = Font(bold=True)
                cell.fill = PatternFill("solid", start_color=_HEAD_COLOUR)
            elif number > 1 and "loss" in columns and values[heads.index("loss")]:
                cell.fill = loss
    for place, head in enumerate(heads, 1):
        widest = max(len(row[place - 1]) for row in grid)
        letter = page.cell(row=1, column=place).column_letter
        page.column_dimensions[letter].width = min(max(widest, len(head)) + 2, _WIDEST)
    page.freeze_panes = "D2"
    page.auto_filter.ref = page.dimensions


def from_xlsx(octets: bytes) -> Sheet:
    """Read an edited workbook. Raises ``SettingsFault`` where it is none of ours."""
    import zipfile

    from openpyxl import load_workbook

    if len(octets) > _MOST_OCTETS:
        raise SettingsFault("the workbook is larger than any table")
    try:
        book: Any = load_workbook(io.BytesIO(octets), read_only=True, data_only=True)
        pages = [
            [[_text(value) for value in row] for row in page.iter_rows(values_only=True)]
            for page in book.worksheets
        ]
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise SettingsFault("the file is no workbook (xlsx)") from error
    return _sheet(pages)


def _text(value: object) -> str:
    """A cell as text: spreadsheets turn what looks like a number into one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# --- both ------------------------------------------------------------------------------------


def _remark_columns(remarks: Mapping[int, Mapping[str, str]] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for told in (remarks or {}).values() for key in told))


def _sheet(pages: Sequence[Sequence[Sequence[str]]]) -> Sheet:
    state = ""
    lines: list[Line] = []
    for page in pages:
        heads = [head.strip() for head in page[0]] if page else []
        if len(heads) < 2 or not heads[0].startswith(NUMBER) or heads[1] != BLOCK:
            continue  # a page that somebody added, for notes
        state = heads[0].removeprefix(NUMBER).strip()
        lines += [_line(heads, row) for row in page[1:] if any(text.strip() for text in row)]
    if not lines:
        raise SettingsFault(
            "the sheet was not made by 'bridge tables export'",
            remedy=f"Its first columns are '{NUMBER}' and '{BLOCK}'.",
        )
    return Sheet(state, tuple(lines))


def _line(heads: Sequence[str], row: Sequence[str]) -> Line:
    told = dict(zip(heads[2:], row[2:], strict=False))
    cells = {key: text for key, text in told.items() if key and not _told(key) and text}
    number = row[0].strip()
    if number and not number.isdigit():
        raise SettingsFault(f"'{number}' is no number of a line", remedy="Leave it empty if new.")
    return Line(int(number or 0), row[1].strip(), cells)
