"""Changed tables are checked first: good ones are taken, bad ones refused, and the old ones stay."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.errors import MappingFault
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.reload import Reloader
from bridge.mapping.translate import Translation, translate
from bridge.resources import mappings, standards
from tests.mapping_worlds import NOW, national_version, shipped
from tests.mapping_worlds import TABLES as SHIPPED

FUEL = "codes/fuel.toml"
PAYLOAD = "payloads/vehicle-registration.toml"


@dataclass
class World:
    root: Path
    reloader: Reloader

    def change(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    def translated(self) -> Translation:
        context = Context(NOW, seeded_ids("reload"), SHIPPED.defaults)
        message = shipped("edm/1.2/request-full")
        return translate(
            message,
            self.reloader.current,
            context,
            national_version(),
            table="vehicle-registration",
        )


@pytest.fixture
def world(tmp_path: Path) -> World:
    root = tmp_path / "mappings"
    shutil.copytree(mappings(), root)
    return World(root, Reloader(root, standards()))


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One for tests that only spoil files: each puts back what it spoilt."""
    root = tmp_path_factory.mktemp("steady") / "mappings"
    shutil.copytree(mappings(), root)
    return World(root, Reloader(root, standards()))


def test_unchanged_files_are_left_alone(steady: World) -> None:
    before = steady.reloader.current
    look = steady.reloader.look()
    assert (look.taken, look.refused, look.state) == (False, False, look.before)
    assert steady.reloader.current is before


def test_a_good_change_is_taken_and_recorded_by_the_next_translation(world: World) -> None:
    first = world.translated().table
    world.change(FUEL, '{ value = "0000" }', '"omit"')
    look = world.reloader.look()
    assert (look.problems, look.taken) == ((), True)
    assert world.reloader.current.codes["fuel"].convert("to-national", "coal") is None
    second = world.translated().table
    assert second.id == first.id == "vehicle-registration"
    assert second.hash != first.hash


BAD = {
    "a wrong path": (PAYLOAD, 'eu = "Vehicle/Type"', 'eu = "Vehicle/Tipe"', "did you mean"),
    "an unknown key": (PAYLOAD, 'convert = "code"', 'konvert = "code"', "unknown key"),
    "no TOML": (FUEL, "[codes]", "[codes", "not valid TOML"),
    "a code pair without a side": (FUEL, 'eu = "biogas"\n', "", "a side is missing"),
    "an evidence type without table": (
        "evidence/vehicle-registration.toml", "payloads/vehicle-registration", "payloads/vehicle", "no table",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "told"), BAD.values(), ids=BAD)
def test_a_bad_change_is_refused_with_its_findings_and_the_old_tables_stay(
    steady: World, name: str, old: str, new: str, told: str
) -> None:
    before, hash_before = steady.reloader.current, steady.translated().table.hash
    text = (steady.root / name).read_text("utf-8")
    steady.change(name, old, new)
    look = steady.reloader.look()
    assert look.refused and not look.taken
    assert any(told in problem for problem in look.problems)
    assert steady.reloader.current is before
    assert steady.translated().table.hash == hash_before
    (steady.root / name).write_text(text, "utf-8")
    assert not steady.reloader.look().refused


def test_what_was_refused_is_not_checked_again_until_it_changes(steady: World) -> None:
    steady.change(FUEL, "[codes]", "[codes")
    first = steady.reloader.look()
    assert steady.reloader.look() is first
    steady.change(FUEL, "[codes", "[codes]")
    mended = steady.reloader.look()
    assert not mended.refused and not mended.taken  # the files are again those in use


def test_tables_in_use_read_nothing_from_disk_any_more(world: World) -> None:
    before = world.translated()
    shutil.rmtree(world.root)
    after = world.translated()
    assert after.message == before.message and after.table == before.table
    assert world.reloader.look().refused


def test_wrong_tables_at_the_start_stop_it(tmp_path: Path) -> None:
    shutil.copytree(mappings(), tmp_path / "mappings")
    (tmp_path / "mappings" / FUEL).write_text("[codes", "utf-8")
    with pytest.raises(MappingFault, match=r"fuel\.toml"):
        Reloader(tmp_path / "mappings", standards())
