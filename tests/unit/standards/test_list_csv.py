"""Lists in csv: any of three delimiters, any common names of columns, and clear refusals."""

from __future__ import annotations

import codecs

import pytest

from bridge.errors import UnreadableDocument
from bridge.standards.list_files import read_list
from bridge.standards.list_import import Imported, slug

PLAIN = "code,name\nR,red\nG,green\n"
WANTED = {"R": {"code": "R", "name": "red"}, "G": {"code": "G", "name": "green"}}


def codes(found: Imported) -> dict[str, dict[str, str]]:
    return dict(found.edition.rows)


def ids(found: Imported) -> list[str]:
    return [finding.id for finding in found.findings]


ALIKE = {
    "commas": PLAIN.encode(),
    "semicolons": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "a byte order mark": codecs.BOM_UTF8 + PLAIN.encode(),
    "UTF-16": codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le"),
    "UTF-16, other order": codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
    "Windows line ends": PLAIN.replace("\n", "\r\n").encode(),
    "no last line end": PLAIN.rstrip().encode(),
    "quotes": b'"code";"name"\n"R";"red"\n"G";"green"\n',
    "empty lines": b"\ncode,name\n\nR,red\nG,green\n\n",
    "our form": b"# source: made up\n# version: 3\n" + PLAIN.encode(),
}


@pytest.mark.parametrize("octets", ALIKE.values(), ids=ALIKE.keys())
def test_forms_of_csv_give_the_same_list(octets: bytes) -> None:
    assert codes(read_list(octets)) == WANTED


def test_a_delimiter_in_a_quoted_head_is_text() -> None:
    found = read_list(b'code;"name, short; or long"\nR;"red; rouge"\n')
    assert codes(found)["R"] == {"code": "R", "name_short_or_long": "red; rouge"}


def test_a_list_of_codes_alone_is_a_list() -> None:
    assert codes(read_list(b"code\nR\n")) == {"R": {"code": "R"}}


def test_german_and_other_names_of_columns_are_known() -> None:
    found = read_list(
        "Schlüssel;Bezeichnung;Gültig ab;Gültig bis;Bemerkung\n"
        "R;rot;1.2.2024;31.12.2025;-\nG;grün;2024-02-01T00:00:00Z;;\n".encode()
    )
    assert found.edition.columns == ("code", "name", "valid_from", "valid_until", "bemerkung")
    assert codes(found)["R"]["valid_until"] == "2025-12-31"
    assert [row["valid_from"] for row in codes(found).values()] == ["2024-02-01", "2024-02-01"]
    assert ids(found) == ["LIST-COLUMN"] * 4


def test_the_column_of_codes_can_be_said() -> None:
    octets = b"id,alpha 2,name\n1,EL,Greece\n"
    assert list(codes(read_list(octets))) == ["1"]
    found = read_list(octets, code_column="Alpha 2")
    assert codes(found) == {"EL": {"code": "EL", "name": "Greece", "id": "1"}}


def test_columns_of_one_name_are_kept_apart() -> None:
    assert read_list(b"code,x,x,\nR,1,2,3\n").edition.columns == ("code", "x", "x_2", "column")


def test_blanks_are_put_in_order_and_told_once_with_their_number() -> None:
    found = read_list("code,name\n R ,red\nG,a\u00a0 b\nB,c\td\n".encode())
    assert list(codes(found)) == ["R", "G", "B"]
    assert codes(found)["G"]["name"] == "a b"
    (one, two) = found.findings
    assert one.message == "blanks in code were put in order"
    assert two.message == "blanks in name were put in order (2 times, first here)"
    assert (one.line, two.line) == (2, 3)


def test_a_line_end_in_a_text_becomes_a_blank() -> None:
    found = read_list(b'code,name\nR,"a\nb"\nG,c\n')
    assert codes(found)["R"]["name"] == "a b"
    assert ids(found) == ["LIST-BLANKS"]


def test_a_row_that_is_repeated_counts_once() -> None:
    found = read_list(PLAIN.encode() + b"R,red\n")
    assert codes(found) == WANTED
    assert ids(found) == ["LIST-TWICE"]


def test_rows_without_any_text_are_left_out() -> None:
    assert ids(read_list(PLAIN.encode() + b",\n , \n")) == ["LIST-ROW"]


REFUSED = {
    "nothing": (b"", "LIST-EMPTY", None),
    "a head only": (b"code,name\n", "LIST-EMPTY", None),
    "Latin-1": ("code,name\nR,red\nG,grün\n".encode("latin-1"), "LIST-ENCODING", 3),
    "no column for codes": (b"a,b\n1,2\n", "LIST-CODE-COLUMN", 1),
    "a row too short": (b"code,name\nR\n", "LIST-CELLS", 2),
    "a row too long": (b"code,name\nR,red,x\n", "LIST-CELLS", 2),
    "an open quote": (b'code,name\nR,"red\n', "LIST-CSV", 2),
    "an empty code": (b"code,name\nR,red\n,green\n", "LIST-NO-CODE", 3),
    "a code with two rows": (b"code,name\nR,red\nR,rouge\n", "LIST-TWICE", 3),
    "a date that is none": (b"code,valid_from\nR,2024-02-30\n", "LIST-DATE", 2),
    "a German date that is none": (b"code,valid_from\nR,30.2.2024\n", "LIST-DATE", 2),
    "an end before the begin": (
        b"code,valid_from,valid_to\nR,2024-02-01,2024-01-31\n",
        "LIST-DATE",
        2,
    ),
    "a control character": (b"code,name\nR,a\x07b\n", "LIST-SIGN", 2),
    "a code that cannot be seen": ("code,name\nR\u200b,red\n".encode(), "LIST-SIGN", 2),
    "a code with the separator of the rules": ("code\nR\ufdd0\n".encode(), "LIST-SIGN", 2),
    "our form, spoiled": (b"# source: x\nname\nR\n", "LIST-OURS", 2),
}


@pytest.mark.parametrize(("octets", "code", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_list_is_refused_with_its_line(
    octets: bytes, code: str, line: int | None
) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_list(octets, "colours.csv")
    told = caught.value
    assert (told.code, told.line, told.where) == (code, line, "colours.csv")


def test_a_wrong_name_of_the_code_column_names_the_columns() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_list(b"code,name\nR,red\n", code_column="key")
    assert caught.value.remedy == "The columns are code, name: name one with --code."


@pytest.mark.parametrize(
    ("text", "name"), [("Gültig ab", "gültig_ab"), ("name-FR", "name_fr"), (" -X- ", "x"), ("", "")]
)
def test_names_of_columns_have_one_form(text: str, name: str) -> None:
    assert slug(text) == name
