"""Converters of other distributions: checked before use, and a broken one names its distribution."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bridge.errors import SettingsFault
from bridge.mapping import plugins
from bridge.mapping.account import Env
from bridge.mapping.convert import BUILT_IN, CONVERTERS, converter, converters
from bridge.mapping.converter import Converter
from tests.example_world import world


def spaced(value: str, _env: Env) -> str:
    return " ".join(value[i : i + 4] for i in range(0, len(value), 4))


def joined(value: str, _env: Env) -> str:
    return value.replace(" ", "")


def failing(_value: str, _env: Env) -> str:
    raise RuntimeError("secret")


GOOD = Converter(
    "iban-spaces", "groups of four here", spaced, joined, samples=(("DE02 1203", "DE021203"),)
)


def point(monkeypatch: pytest.MonkeyPatch, thing: Any, name: str = "iban-spaces") -> EntryPoint:
    """An entry point of a made-up distribution that gives a thing."""
    module = ModuleType("made_up_plugin")
    module.THING = thing  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "made_up_plugin", module)
    found = EntryPoint(name, "made_up_plugin:THING", plugins.GROUP)
    distribution = SimpleNamespace(name="example-bank", version="2.1")
    vars(found)["dist"] = distribution
    return found


def test_a_sound_plug_in_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugins.load([point(monkeypatch, GOOD)], BUILT_IN) == {"iban-spaces": GOOD}


@pytest.mark.parametrize(
    ("thing", "name", "what"),
    [
        ("text", "iban-spaces", "no bridge.mapping.converter.Converter"),
        (GOOD, "other-name", "its name is not that of the entry point"),
        (replace(GOOD, name="Iban"), "Iban", "small letters"),
        (replace(GOOD, about=""), "iban-spaces", "does not say what it does"),
        (replace(GOOD, to_national=None, to_eu=None), "iban-spaces", "no direction"),
        (replace(GOOD, to_eu=lambda value: value), "iban-spaces", "take a value and the surr"),
        (replace(GOOD, to_eu="text"), "iban-spaces", "take a value and the surr"),
        (replace(GOOD, eu_type=float), "iban-spaces", "types are"),
        (replace(GOOD, eu_form="["), "iban-spaces", "no regular expression"),
        (replace(GOOD, samples=()), "iban-spaces", "no 'samples'"),
        (replace(GOOD, samples=(("DE02", "XX"),)), "iban-spaces", "something else"),
        (replace(GOOD, to_national=joined), "iban-spaces", "something else"),
        (replace(GOOD, to_eu=failing), "iban-spaces", "fails on its own sample: RuntimeError"),
        (replace(GOOD, national_form="[A-Z]+"), "iban-spaces", "not the form"),
        (replace(GOOD, name="country"), "country", "a built-in converter has this name"),
    ],
)
def test_a_broken_plug_in_is_refused_with_its_distribution(
    monkeypatch: pytest.MonkeyPatch, thing: Any, name: str, what: str
) -> None:
    with pytest.raises(SettingsFault) as told:
        plugins.load([point(monkeypatch, thing, name)], BUILT_IN)
    assert what in str(told.value)
    assert "example-bank 2.1" in str(told.value)
    assert "secret" not in str(told.value)


def test_a_plug_in_that_cannot_be_imported_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("iban-spaces", "no_such_module_of_ours:X", plugins.GROUP)
    with pytest.raises(SettingsFault, match="cannot be loaded: ModuleNotFoundError"):
        plugins.load([broken], BUILT_IN)


def test_two_plug_ins_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one = point(monkeypatch, GOOD)
    with pytest.raises(SettingsFault, match="another distribution"):
        plugins.load([one, one], BUILT_IN)


def test_an_inexact_plug_in_needs_no_inverse(monkeypatch: pytest.MonkeyPatch) -> None:
    lossy = replace(GOOD, to_national=joined, exact=False)
    assert plugins.load([point(monkeypatch, lossy)], BUILT_IN)
    assert not lossy.two_way


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A made-up distribution that is installed; what was asked of the installation."""
    asked: list[str] = []

    def found(group: str) -> list[EntryPoint]:
        asked.append(group)
        return [point(monkeypatch, GOOD)]

    monkeypatch.setattr(plugins, "entry_points", found)
    plugins.plugged.cache_clear()
    yield asked  # type: ignore[misc]
    plugins.plugged.cache_clear()


def test_built_in_names_ask_no_installation_and_others_ask_once(installed: list[str]) -> None:
    assert converter("country") is CONVERTERS["country"]
    assert installed == []
    assert converter("iban-spaces") is GOOD
    assert converter("iban-spaces") is GOOD
    assert converters()["country"] is CONVERTERS["country"]
    assert installed == [plugins.GROUP]


def test_a_table_uses_a_plug_in(installed: list[str], tmp_path: Any) -> None:
    row = """[[row]]
id = "account"
pairs = ["payload"]
eu = "Note"
national = "vermerk"
convert = "iban-spaces"
direction = "to-eu"
loss = "the register takes no accounts"
"""
    there = world(tmp_path, row)
    assert there.static() == []
    fields, _account = there.translate("to-eu", {"vermerk": "DE02 1203"})
    assert fields["Note"] == "DE021203"
