"""`bridge demo`: the whole exchange, both ways, on shipped messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli import demo
from bridge.errors import DataFileFault
from tests.scenario.cli import FIXTURES, Cli

MAIN_STEPS = [
    ("QueryRequest", "DE.EvidenceRequest.0301"),
    ("DE.EvidenceResponse.0302", "QueryResponse"),
    ("DE.EvidenceOrder.0401", "QueryRequest"),
    ("QueryResponse", "DE.GetEvidenceResponse.0412"),
]


def test_the_four_translations_succeed_and_errors_and_preview_too(
    bridge: Cli, tmp_path: Path
) -> None:
    ran = bridge("demo", "-o", tmp_path, "--json")
    assert ran.code == 0
    steps = ran.json["steps"]
    ways = [(step["input"]["kind"], step["output"]["kind"]) for step in steps]
    assert [way for way in MAIN_STEPS if way not in ways] == []
    assert len([kind for _, kind in ways if "Error" in kind or "Exception" in kind]) == 3
    for step in steps:
        assert step["checks"]["schema_in"] and step["checks"]["schema_out"]
        assert Path(step["output"]["file"]).is_file()
        assert step["table"]["hash"]
        leaves_germany = step["output"]["family"] == "edm"
        assert step["checks"]["guard"] is (True if leaves_germany else None)


def test_what_the_demo_writes_is_valid(bridge: Cli, tmp_path: Path) -> None:
    bridge("demo", "-o", tmp_path)
    written = sorted(tmp_path.glob("*/*.xml"))
    assert len(written) >= 8
    assert bridge("check", *written).code == 0


def test_the_seal_is_verified_and_structured_data_is_mapped(bridge: Cli, tmp_path: Path) -> None:
    steps = bridge("demo", "-o", tmp_path, "--json").json["steps"]
    assert [step["checks"]["seals"] for step in steps if step["checks"]["seals"]] == [["valid"]]
    files = [a["file"] for step in steps for a in step["attachments"]]
    assert [Path(name).suffix for name in files] == [".pdf", ".xml"]
    assert bridge("show", files[1], "--json").json["kind"] == "VehicleRegistrationEvidence"


def test_people_see_each_step_with_account_losses_and_checks(bridge: Cli, tmp_path: Path) -> None:
    out = bridge("demo", "-o", tmp_path).out
    for word in ("mapped", "lost", "seal: valid", "border guard: passed", "written", "all done"):
        assert word in out
    assert str(tmp_path) in out


def test_the_same_demo_writes_the_same_octets(bridge: Cli, tmp_path: Path) -> None:
    for name in ("a", "b"):
        bridge("demo", "-o", tmp_path / name)
    first = {p.relative_to(tmp_path / "a"): p.read_bytes() for p in (tmp_path / "a").rglob("*.*")}
    second = {p.relative_to(tmp_path / "b"): p.read_bytes() for p in (tmp_path / "b").rglob("*.*")}
    assert first == second


def test_a_refused_step_is_told_and_the_others_go_on(
    bridge: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (FIXTURES / "demo.toml").read_text("utf-8")
    spoilt = script.replace("xnachweis/1.4/0302-sealed.xml", "hostile/external-entity-file.xml")
    assert spoilt != script
    fixtures = tmp_path / "fixtures"
    fixtures.mkdir()
    for folder in FIXTURES.iterdir():
        (fixtures / folder.name).symlink_to(folder)
    (fixtures / "demo.toml").unlink()
    (fixtures / "demo.toml").write_text(spoilt, "utf-8")
    monkeypatch.setattr(demo.resources, "fixtures", lambda: fixtures)
    ran = bridge("demo", "-o", tmp_path / "out", "--json")
    assert ran.code == 1
    outcomes = [step["output"] is not None for step in ran.json["steps"]]
    assert outcomes.count(False) == 1 and len(outcomes) >= 8


@pytest.mark.parametrize(
    "text", ["[[step]", 'now = 1\nseed = "x"\n[[step]]\nid = "a"\nunknown = 1', ""]
)
def test_a_wrong_script_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "demo.toml"
    path.write_text(text)
    with pytest.raises(DataFileFault, match=r"demo\.toml"):
        demo.load_script(path)
