"""SaxonC behind its small door: what it may see, what it says, and that it forgets."""

from __future__ import annotations

import os
import resource

import pytest

from bridge.referee.saxon import (
    RunFault,
    StylesheetFault,
    available,
    compile_stylesheet,
    parsed,
)
from bridge.referee.schematron import compile_schematron
from tests.unit.referee.schemata import failing, rule, schema

DOCUMENT = "<a><b>x</b></a>"


def judge() -> bytes:
    return compile_schematron(schema(rule("b", failing("A", ". = 'y'"))), texts=False)


ENCODINGS = {
    "UTF-8": DOCUMENT.encode(),
    "UTF-8 with a byte order mark": b"\xef\xbb\xbf" + DOCUMENT.encode(),
    "UTF-8 with a declaration": b"<?xml version='1.0' encoding='UTF-8'?>" + DOCUMENT.encode(),
    "UTF-16": DOCUMENT.encode("utf-16"),
    "UTF-16 with a declaration": f"<?xml version='1.0' encoding='UTF-16'?>{DOCUMENT}".encode(
        "utf-16"
    ),
}


def test_it_is_installed_for_the_tests() -> None:
    assert available()


@pytest.mark.parametrize("octets", ENCODINGS.values(), ids=ENCODINGS)
def test_it_reads_what_our_parser_reads(octets: bytes) -> None:
    assert 'id="A"' in compile_stylesheet(judge())(octets)


def test_one_document_can_be_judged_by_several_stylesheets() -> None:
    document = parsed(DOCUMENT.encode())
    for _ in range(2):
        assert 'id="A"' in compile_stylesheet(judge()).run(document)


def test_a_document_that_is_not_well_formed_is_a_fault_without_its_text(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(RunFault) as caught:
        parsed(b"<a>SECRET</b>")
    assert "SECRET" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_stylesheet_that_does_not_compile_is_a_fault(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StylesheetFault):
        compile_stylesheet(b"<a/>")
    assert capfd.readouterr().err == ""


def test_the_stream_of_errors_is_there_again_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    compile_stylesheet(judge())(DOCUMENT.encode())
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_memory_stays_flat_over_many_documents() -> None:
    run = compile_stylesheet(judge())
    octets = f"<a>{'<b>y</b>' * 5000}</a>".encode()
    for _ in range(100):
        run(octets)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(400):
        run(octets)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 10 << 10, "kilobytes; the trees of all these documents are 30 MB"
