"""`bridge translate`: what is written, what is told, and what is refused and why."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from pathlib import Path

import pytest

from bridge.resources import mappings
from tests.scenario.cli import FIXTURES, Cli, process

DEMO = FIXTURES / "demo"
REQUEST = DEMO / "request-1.2.xml"
NATIONAL = FIXTURES / "xnachweis" / "1.4"
ABROAD = FIXTURES / "edm" / "2.0"
ANSWER = NATIONAL / "0302-full.xml"
TABLE = ("--table", "vehicle-registration")
AROUND = ("--request", REQUEST, "--request", NATIONAL / "0301-full.xml")
FIXED = ("--now", "2026-02-03T09:15:30Z", "--seed", "test")
KEYS = ["input", "output", "table", "findings", "lost", "defaulted", "attachments"]


def changed(tmp_path: Path, path: Path, old: str, new: str) -> Path:
    text = path.read_text("utf-8")
    assert old in text
    copy = tmp_path / "changed.xml"
    copy.write_text(text.replace(old, new), "utf-8")
    return copy


def test_the_message_goes_to_stdout_and_the_report_to_stderr(bridge: Cli, tmp_path: Path) -> None:
    ran = bridge("translate", REQUEST, "--to", "xnachweis-1.4", *TABLE)
    assert ran.code == 0
    assert ran.out.startswith("<?xml") and "DE.EvidenceRequest.0301" in ran.out
    assert "lost" in ran.err and "mapped" in ran.err
    (tmp_path / "out.xml").write_text(ran.out, "utf-8")
    assert bridge("check", tmp_path / "out.xml").code == 0


def test_o_writes_the_message_and_its_attachments(bridge: Cli, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    ran = bridge("translate", ANSWER, "--to", "edm-1.2", *TABLE, *AROUND, "-o", out)
    assert ran.code == 0
    written = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    assert written[0] == "QueryResponse.xml"
    assert len(written) == 2 and written[1].startswith("attachments/")
    assert written[1].endswith(".pdf")
    assert bridge("check", out / "QueryResponse.xml").code == 0
    shown = bridge("show", out / "QueryResponse.xml", "--json").json
    assert [a["media_type"] for a in shown["attachments"]] == ["application/pdf"]


def test_a_document_passes_untouched(bridge: Cli, tmp_path: Path) -> None:
    words = ("translate", ANSWER, "--to", "edm-1.2", *TABLE, *AROUND, "-o", tmp_path, "--json")
    (attachment,) = bridge(*words).json["attachments"]
    shown = bridge("show", ANSWER, "--json").json["fields"]
    item = shown["EvidenceAvailability"]["RegistryObject"][0]["RepositoryItem"]["RepositoryItem"]
    assert attachment["sha256"] == item["sha256"]
    assert hashlib.sha256(Path(attachment["file"]).read_bytes()).hexdigest() == item["sha256"]


def test_json_is_one_object_with_input_output_table_and_account(
    bridge: Cli, tmp_path: Path
) -> None:
    words = ("translate", REQUEST, "--to", "xnachweis-1.4", *TABLE, "--json")
    told = bridge(*words).json
    assert list(told) == KEYS
    assert (told["input"]["kind"], told["input"]["version"]) == ("QueryRequest", "1.2")
    assert told["output"]["kind"] == "DE.EvidenceRequest.0301"
    assert told["output"]["file"] is None and told["output"]["xml"].startswith("<?xml")
    assert list(told["table"]) == ["id", "version", "hash"]
    assert told["table"]["id"] == "vehicle-registration"
    assert {"path", "reason", "row"} == set(told["lost"][0])
    filed = bridge(*words, "-o", tmp_path).json["output"]
    assert filed["xml"] is None and Path(filed["file"]).is_file()


def test_every_loss_has_a_reason_that_people_read(bridge: Cli) -> None:
    words = ("translate", REQUEST, "--to", "xnachweis-1.4", *TABLE)
    lost = bridge(*words, "--json").json["lost"]
    report = bridge(*words).err
    assert lost
    assert [each for each in lost if not each["reason"]] == []
    assert [each["path"] for each in lost if each["path"] not in report] == []
    assert [each["reason"] for each in lost if each["reason"] not in report] == []


def test_time_and_seed_make_the_output_the_same_octets(bridge: Cli) -> None:
    words = ("translate", REQUEST, "--to", "xnachweis-1.4", *TABLE)
    assert bridge(*words, *FIXED).out == bridge(*words, *FIXED).out
    assert bridge(*words).out != bridge(*words).out
    assert "2026-02-03T09:15:30" in bridge(*words, *FIXED).out


def test_a_message_comes_from_stdin_as_well(tmp_path: Path) -> None:
    words = ("translate", "-", "--to", "xnachweis-1.4", *TABLE, "-o", tmp_path)
    assert process("-m", "bridge", *words, stdin=REQUEST.read_bytes()).code == 0
    assert (tmp_path / "DE.EvidenceRequest.0301.xml").is_file()


def test_answers_from_abroad_are_collected_into_one(bridge: Cli) -> None:
    answer = ABROAD / "response-abroad-full.xml"
    others = ("request-abroad-full.xml",)
    around = [w for name in others for w in ("--request", ABROAD / name)]
    around += ["--request", NATIONAL / "0401-full.xml", "--request", NATIONAL / "0411-full.xml"]
    words = ("--to", "xnachweis-1.4", "--table", "document", *around, "--json")
    one = bridge("translate", answer, *words)
    two = bridge("translate", answer, answer, *words)
    assert (one.code, two.code) == (0, 0)
    assert one.json["output"]["kind"] == "DE.GetEvidenceResponse.0412"
    object_tag = "<xn-de:RegistryObject"
    count = one.json["output"]["xml"].count(object_tag)
    assert two.json["output"]["xml"].count(object_tag) == 2 * count > 0


def test_an_answer_is_composed_from_what_was_asked(bridge: Cli, tmp_path: Path) -> None:
    context = tmp_path / "session.toml"
    context.write_text(
        '[preview]\nPreviewLocation = "https://preview.example/1"\nPreviewMethod = "GET"\n'
        'PreviewDescription = [{ value = "Look at it.", lang = "EN" }]\n'
    )
    words = ("translate", REQUEST, "--to", "edm-1.2")
    ran = bridge(*words, "--message", "ExceptionResponse", "--context", context, "--json")
    assert ran.code == 0
    assert "https://preview.example/1" in ran.json["output"]["xml"]
    other = bridge(*words)
    assert other.code == 1 and "ExceptionResponse" in other.err


def test_a_context_file_is_laid_over_the_platforms_own(bridge: Cli, tmp_path: Path) -> None:
    context = tmp_path / "own.toml"
    context.write_text('[register.Behoerde]\nkennung = "test:mine"\n')
    ran = bridge("translate", REQUEST, "--to", "xnachweis-1.4", *TABLE, "--context", context)
    platform = tomllib.loads((mappings() / "platform.toml").read_text("utf-8"))
    assert "test:mine" in ran.out
    assert platform["register"]["Behoerde"]["name"] in ran.out


# --- refused ------------------------------------------------------------------


def test_what_the_context_lacks_is_named_with_the_option_that_supplies_it(
    bridge: Cli, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ran = bridge("translate", ANSWER, "--to", "edm-1.2", *TABLE, "-o", out, "--json")
    assert ran.code == 1
    assert ran.json["output"] is None
    (finding,) = (f for f in ran.json["findings"] if f["id"] == "WRITE-INCOMPLETE")
    assert finding["severity"] == "fatal"
    assert "--request FILE" in finding["message"]
    assert not out.exists()


def test_the_choice_of_the_user_is_asked_for_by_its_name(bridge: Cli, tmp_path: Path) -> None:
    ran = bridge("translate", NATIONAL / "0401-full.xml", "--to", "edm-2.0", "-o", tmp_path)
    assert ran.code == 1
    assert "--context FILE.toml with [choice]" in ran.out
    assert "refused, nothing is written" in ran.out
    assert list(tmp_path.iterdir()) == []


def test_evidence_about_another_person_is_refused(bridge: Cli, tmp_path: Path) -> None:
    other = changed(tmp_path, REQUEST, "<sdg:FamilyName>Kask<", "<sdg:FamilyName>Maasikas<")
    around = ("--request", other, "--request", NATIONAL / "0301-full.xml")
    ran = bridge("translate", ANSWER, "--to", "edm-1.2", *TABLE, *around, "--json")
    assert ran.code == 1
    assert [f["id"] for f in ran.json["findings"] if f["severity"] == "fatal"]
    assert "Maasikas" not in str(ran.json["findings"])


def test_what_the_policy_refuses_to_receive_is_translated_on_demand_only(
    bridge: Cli, tmp_path: Path
) -> None:
    path = changed(tmp_path, REQUEST, 'schemeID="eidas"', 'schemeID="eidas" foreign="x"')
    words = ("translate", path, "--to", "xnachweis-1.4", *TABLE, "--json")
    refused, done = bridge(*words), bridge(*words, "--tolerant")
    assert (refused.code, refused.json["output"]) == (1, None)
    assert done.code == 0 and done.json["output"]
    for ran, severity in ((refused, "fatal"), (done, "warning")):
        assert ("XSD-INPUT", severity) in {(f["id"], f["severity"]) for f in ran.json["findings"]}


def test_a_harmless_breach_in_the_input_is_a_warning(bridge: Cli, tmp_path: Path) -> None:
    path = changed(tmp_path, REQUEST, 'lang="EN"', 'lang="en"')
    ran = bridge("translate", path, "--to", "xnachweis-1.4", *TABLE, "--json")
    assert ran.code == 0
    told = {(f["id"], f["severity"]) for f in ran.json["findings"]}
    assert ("R-EDM-REQ-C009-INPUT", "warning") in told


def test_an_answer_that_breaks_a_rule_is_not_written(bridge: Cli, tmp_path: Path) -> None:
    context = tmp_path / "context.toml"
    context.write_text('[platform.Agent.Identifier]\nvalue = "X"\nschemeID = "nothing"\n')
    out = tmp_path / "out"
    words = ("--to", "edm-1.2", *TABLE, *AROUND, "--context", context, "-o", out)
    ran = bridge("translate", ANSWER, *words)
    assert ran.code == 1 and not out.exists()
    assert "R-EDM-RESP-" in ran.out and "refused, nothing is written" in ran.out


def test_an_answer_to_another_request_is_not_written(bridge: Cli, tmp_path: Path) -> None:
    assert bridge("translate", ANSWER, "--to", "edm-1.2", *TABLE, *AROUND, "-o", tmp_path).code == 0
    sent = tmp_path / "QueryResponse.xml"
    other = ABROAD / "request-small.xml"
    assert bridge("check", sent, "--pair", AROUND[1]).code == 0
    assert bridge("check", sent, "--pair", other).code == 1


def test_what_the_reader_cannot_understand_is_refused(bridge: Cli, tmp_path: Path) -> None:
    old = "<sdg:FamilyName>Kask</sdg:FamilyName>"
    path = changed(tmp_path, REQUEST, old, old + old)
    ran = bridge("translate", path, "--to", "xnachweis-1.4", *TABLE, "--json")
    assert ran.code == 1
    assert ran.json["output"] is None
    assert ran.json["findings"][0]["id"] == "READ-DOUBLED"


@pytest.mark.parametrize("words", [(), ("--json",)], ids=["text", "json"])
def test_an_unreadable_input_ends_with_3(bridge: Cli, words: tuple[str, ...]) -> None:
    path = FIXTURES / "hostile" / "external-entity-file.xml"
    ran = bridge("translate", path, "--to", "xnachweis-1.4", *words)
    assert ran.code == 3
    if words:
        assert list(ran.json) == KEYS
        assert ran.json["findings"][0]["id"] == "XML-DTD"
    else:
        assert ran.out == "" and len(ran.err.splitlines()) == 1


def test_a_message_without_counterpart_says_what_is_possible(bridge: Cli) -> None:
    ran = bridge("translate", NATIONAL / "0101-full.xml", "--to", "edm-1.2", *TABLE)
    assert ran.code == 1
    assert "no mapping leads from DE.EvidenceRequest.0101" in ran.err
    wrong = bridge(
        "translate", REQUEST, "--to", "xnachweis-1.4", "--message", "DE.GetEvidence.0411"
    )
    assert wrong.code == 1 and "DE.EvidenceRequest.0301" in wrong.err


def test_a_message_that_supplies_nothing_is_no_request(bridge: Cli) -> None:
    ran = bridge("translate", ANSWER, "--to", "edm-1.2", *TABLE, "--request", ANSWER)
    assert ran.code == 1
    assert "supplies nothing" in ran.err


def test_a_broken_table_is_told_and_nothing_is_written(bridge: Cli, tmp_path: Path) -> None:
    copy = tmp_path / "mappings"
    shutil.copytree(mappings(), copy)
    table = copy / "common.toml"
    table.write_text(
        table.read_text("utf-8").replace('convert = "language"', 'convert = "langage"')
    )
    words = ("translate", REQUEST, "--to", "xnachweis-1.4", *TABLE, "--mappings", copy)
    ran = bridge(*words, "-o", tmp_path / "out")
    assert ran.code == 1
    assert "common.toml:" in ran.err and "did you mean 'language'?" in ran.err
    assert not (tmp_path / "out").exists()
