"""`bridge referee`: a publisher's folder or archive beside ours, over messages."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.cli.main import COMMANDS
from tests.fixture_files import messages
from tests.scenario.cli import Cli, process
from tests.unit.referee.schemata import failing, rule, schema
from tests.unit.referee.worlds import altered, published, schemas, table

MESSAGES = messages("edm", "1.2")
REQUESTS = messages("edm", "1.2", "request-*")
FIRED = "R-EDM-REQ-S006"
QUERY = "urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0"
NS = f'<ns prefix="query" uri="{QUERY}"/>'


def folder(root: Path, files: Mapping[str, bytes]) -> Path:
    for path, octets in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(octets)
    return root


def archive(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, octets in files.items():
            made.writestr(f"release/{name}", octets)
    return path


def wrong() -> dict[str, bytes]:
    return published(altered(table(), FIRED, test="false()"))


def test_the_command_is_offered() -> None:
    assert "referee" in COMMANDS


def test_our_own_rules_and_schemas_as_a_folder_agree(bridge: Cli, tmp_path: Path) -> None:
    ran = bridge(
        "referee", *MESSAGES, "--artefacts", folder(tmp_path, {**published(), **schemas()})
    )
    assert ran.code == 0
    assert f"{len(MESSAGES)} messages, {len(MESSAGES)} compared with 4 files" in ran.out
    assert "0 disagreements, 0 set aside" in ran.out


def test_an_archive_is_the_same_as_a_folder(bridge: Cli, tmp_path: Path) -> None:
    packed = archive(tmp_path / "publisher.zip", {**wrong(), **schemas()})
    ran = bridge("referee", *MESSAGES, "--artefacts", packed, "--json")
    unpacked = folder(tmp_path / "release", {**wrong(), **schemas()})
    other = bridge("referee", *MESSAGES, "--artefacts", unpacked, "--json")
    assert ran.code == other.code == 1
    assert ran.out.replace("release/", "") == other.out


def test_one_altered_row_is_told_with_file_rule_context_and_place(
    bridge: Cli, tmp_path: Path
) -> None:
    ran = bridge("referee", *MESSAGES, "--artefacts", folder(tmp_path, wrong()))
    assert ran.code == 1
    lines = [line.strip() for line in ran.out.splitlines()]
    first = next(number for number, line in enumerate(lines) if FIRED in line)
    file = next(path for path in published() if "Request" in path)
    assert lines[first].startswith(f"theirs only  {FIRED}  {len(REQUESTS)} messages  {file}:")
    assert lines[first + 1].startswith("rule    Exactly one IssueDateTime")
    assert lines[first + 2 : first + 4] == [
        "context /query:QueryRequest",
        f"place   /query:QueryRequest[1] in {REQUESTS[0]}",
    ]
    assert f"{len(REQUESTS)} disagreements, 0 set aside" in ran.out


def test_json_lists_every_one(bridge: Cli, tmp_path: Path) -> None:
    ran = bridge("referee", *MESSAGES, "--artefacts", folder(tmp_path, wrong()), "--json")
    told = ran.json
    assert [each["message"] for each in told["disagreements"]] == [str(path) for path in REQUESTS]
    assert {each["rule"] for each in told["disagreements"]} == {FIRED}
    assert told["set_aside"] == []
    assert told["unreadable"] == []
    assert (told["messages"], told["compared"]) == (len(MESSAGES), len(MESSAGES))


def test_only_narrows_to_rules_or_schema(bridge: Cli, tmp_path: Path) -> None:
    both = folder(tmp_path, {**wrong(), **schemas()})
    assert bridge("referee", *REQUESTS, "--artefacts", both, "--only", "schema").code == 0
    ran = bridge("referee", *REQUESTS, "--artefacts", both, "--only", "rules")
    assert ran.code == 1
    assert "query.xsd" not in ran.out


def test_a_known_departure_counts_only_when_strict(bridge: Cli, tmp_path: Path) -> None:
    noted = next(row for row in table().select("QueryRequest") if row.note)
    files = folder(tmp_path, published(altered(table(), noted.id, test="false()", context="/*")))
    ran = bridge("referee", *REQUESTS, "--artefacts", files)
    assert ran.code == 0
    assert noted.note[:30] in ran.out
    assert "Known" in ran.out
    assert bridge("referee", *REQUESTS, "--artefacts", files, "--strict").code == 1


def test_an_error_in_their_rule_is_told_with_its_code(bridge: Cli, tmp_path: Path) -> None:
    body = NS + rule("query:QueryRequest", failing(FIRED, "xs:date(@id) = xs:date('2020-01-01')"))
    ran = bridge("referee", REQUESTS[0], "--artefacts", folder(tmp_path, {"r.sch": schema(body)}))
    assert "their rule raised an error (FORG0001)" in ran.out


def test_rules_that_do_not_compile_and_files_nobody_asks_are_listed(
    bridge: Cli, tmp_path: Path
) -> None:
    files = {
        "a.sch": schema(NS + rule("query:QueryRequest", failing(FIRED, "no-such()"))),
        "b.sch": schema(rule("a", failing("R-DSD-C001"))),
        "b.xsl": b"<x/>",
    }
    told = bridge("referee", REQUESTS[0], "--artefacts", folder(tmp_path, files), "--json").json
    assert told["files"]["not_compiling"] == [{"file": "a.sch", "line": 1, "rule": FIRED}]
    assert told["files"]["not_asked"] == ["b.sch"]
    assert told["files"]["compiled_forms"] == ["b.xsl"]


def test_a_code_list_beside_the_rules_is_found_in_folder_and_archive(
    bridge: Cli, tmp_path: Path
) -> None:
    test = "document('lists/codes.xml')//code = '1'"
    files = {
        "sch/r.sch": schema(NS + rule("query:QueryRequest", failing(FIRED, test))),
        "sch/lists/codes.xml": b"<list><code>1</code></list>",
    }
    for path in (folder(tmp_path / "f", files), archive(tmp_path / "p.zip", files)):
        told = bridge("referee", REQUESTS[0], "--artefacts", path, "--json").json
        found = {each["what"] for each in told["disagreements"] if each["rule"] == FIRED}
        errors = [each for each in told["set_aside"] if each["code"]]
        assert (found, errors) == (set(), [])


WRONG_USE = {
    "no such path": ({}, "gone", "no such folder or archive"),
    "nothing to compare with": ({"readme.txt": b""}, "", "nothing to compare with"),
    "compiled forms only": ({"r.xsl": b"<x/>"}, "", "compiled forms"),
    "nothing for these messages": (
        {"b.sch": schema(rule("a", failing("R-DSD-C001")))},
        "",
        "No artefact is meant",
    ),
}


@pytest.mark.parametrize(("files", "path", "what"), WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_is_told(
    bridge: Cli, tmp_path: Path, files: dict[str, bytes], path: str, what: str
) -> None:
    artefacts = folder(tmp_path / "artefacts", files) / path
    ran = bridge("referee", REQUESTS[0], "--artefacts", artefacts)
    assert ran.code == 2
    assert what in ran.out + ran.err


def test_without_saxonc_it_says_how_to_install_it_and_still_compares_schemas(
    tmp_path: Path,
) -> None:
    artefacts = folder(tmp_path / "artefacts", {**published(), **schemas()})
    (tmp_path / "saxonche.py").write_text("raise ImportError")
    words = ("-m", "bridge", "referee", REQUESTS[0], "--artefacts", artefacts)
    root = Path(__file__).resolve().parents[2]
    ran = process(*words, PYTHONPATH=f"{tmp_path}:{root}")
    assert ran.code == 2
    assert "pip install 'bridge[referee]'" in ran.err
    assert process(*words, "--only", "schema", PYTHONPATH=f"{tmp_path}:{root}").code == 0


UNREADABLE = {
    "a rule file": ({"broken.sch": b"<schema"}, "broken.sch"),
    "a rule file that refers to what is gone": (
        {"r.sch": schema('<include href="gone.sch"/>')},
        "gone.sch is not among the artefacts",
    ),
    "a schema": ({"broken.xsd": b"<xs:schema"}, "broken.xsd"),
}


@pytest.mark.parametrize(("files", "what"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_of_the_artefacts_is_told(
    bridge: Cli, tmp_path: Path, files: dict[str, bytes], what: str
) -> None:
    artefacts = folder(tmp_path, {**published(), **files})
    ran = bridge("referee", REQUESTS[0], "--artefacts", artefacts)
    assert ran.code == 3
    assert what in ran.out
    assert "0 disagreements" in ran.out


def test_a_message_that_cannot_be_read_is_told_and_the_others_are_judged(
    bridge: Cli, tmp_path: Path
) -> None:
    (tmp_path / "broken.xml").write_bytes(b"<a")
    artefacts = folder(tmp_path / "artefacts", published())
    ran = bridge("referee", tmp_path / "broken.xml", REQUESTS[0], "--artefacts", artefacts)
    assert ran.code == 3
    assert "broken.xml" in ran.out
    assert "2 messages, 1 compared" in ran.out


def test_messages_may_be_an_archive(bridge: Cli, tmp_path: Path) -> None:
    artefacts = folder(tmp_path / "artefacts", wrong())
    packed = archive(tmp_path / "m.zip", {path.name: path.read_bytes() for path in REQUESTS})
    told = bridge("referee", packed, "--artefacts", artefacts, "--json").json
    assert len(told["disagreements"]) == len(REQUESTS)
    assert told["disagreements"][0]["message"].startswith(f"{packed}!/release/")


@pytest.mark.parametrize("name", ["../out.sch", "/out.sch", "a/../../out.sch", "c:/out.sch"])
def test_a_member_that_leads_out_of_the_archive_is_refused(
    bridge: Cli, tmp_path: Path, name: str
) -> None:
    packed = tmp_path / "a" / "b" / "p.zip"
    packed.parent.mkdir(parents=True)
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr(name, schema('<include href="document(x)"/>'))
        for path, octets in published().items():
            made.writestr(path, octets)
    ran = bridge("referee", REQUESTS[0], "--artefacts", packed)
    assert ran.code == 3
    assert "leads out of it" in ran.out
    assert not list(tmp_path.rglob("out.sch"))


def test_members_in_each_others_way_are_told(bridge: Cli, tmp_path: Path) -> None:
    files = {**published(), "list.xml": b"document(", "list.xml/list.xml": b"<x/>"}
    ran = bridge("referee", REQUESTS[0], "--artefacts", archive(tmp_path / "p.zip", files))
    assert ran.code == 3
    assert "cannot be unpacked" in ran.err


def test_an_archive_beyond_the_limit_is_refused_before_it_fills_the_memory(
    bridge: Cli, tmp_path: Path
) -> None:
    packed = tmp_path / "bomb.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(9):
            made.writestr(f"{number}.xml", bytes(32 << 20))
    ran = bridge("referee", REQUESTS[0], "--artefacts", packed)
    assert ran.code == 3
    assert "come to more than" in ran.err


def test_no_value_of_a_message_is_printed(tmp_path: Path) -> None:
    message = tmp_path / "message.xml"
    octets = REQUESTS[0].read_bytes()
    head, sign, rest = octets.partition(b"<query:ResponseOption")
    slot = b"<rim:Slot name='Odd'><rim:SlotValue>SECRET</rim:SlotValue></rim:Slot>"
    message.write_bytes(head + slot + sign + rest)
    body = "<let name='v' value='xs:date(//*[@name = \"Odd\"]/*)'/>" + NS
    files = {
        "a.sch": schema(
            NS
            + rule(
                "*[@name = 'Odd']/*",
                failing(FIRED, text='<value-of select="."/>'),
                failing("R-EDM-REQ-S005", "xs:date(.) = xs:date('2020-01-01')"),
            )
        ),
        "b.sch": schema(body + rule("query:QueryRequest", failing("R-EDM-REQ-S004", "$v"))),
        **schemas(),
    }
    artefacts = folder(tmp_path / "artefacts", files)
    for more in ((), ("--json",)):
        ran = process("-m", "bridge", "referee", message, "--artefacts", artefacts, *more)
        assert ran.code == 1
        assert FIRED in ran.out
        assert "SECRET" not in ran.out + ran.err
