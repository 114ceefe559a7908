"""The catalogue tells which version and which kind a document is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import BindingFault, SettingsFault, UnknownDocument
from bridge.message import group
from bridge.standards.catalogue import Catalogue
from bridge.xml.parse import parse

RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

SLOTTED = """
[standard]
family = "slotted"
version = "{version}"
schema = "x.xsd"
declares = {{ slot = "Spec", value = "slotted:{version}" }}
[namespaces]
s = "urn:slotted"
rim = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
xsi = "http://www.w3.org/2001/XMLSchema-instance"
[messages.Answer]
root = "s:Response"
head = {{ id = "id", status = "Part/status" }}
fields = [
  {{ name = "id", attribute = "id", is = "token" }},
  {{ name = "Spec", slot = "Spec", value = "string", constant = "slotted:{version}" }},
  {{ name = "Part", element = "s:Part", is = "Part", occurs = "0..n" }},
]
[messages.Refusal]
root = "s:Response"
having = ["s:Fault"]
fields = [
  {{ name = "id", attribute = "id", is = "token" }},
  {{ name = "Spec", slot = "Spec", value = "string", constant = "slotted:{version}" }},
  {{ name = "Fault", element = "s:Fault", is = "token" }},
]
[types.Part]
fields = [ {{ name = "status", attribute = "status", is = "token", occurs = "0..1" }} ]
"""
PLAIN = """
[standard]
family = "plain"
version = "1"
schema = "x.xsd"
[namespaces]
p = "urn:plain:1"
[messages.Plain]
root = "p:Plain"
fields = [ { name = "a", element = "p:a", occurs = "0..1" } ]
"""


def put(root: Path, family: str, version: str, text: str) -> None:
    folder = root / family / version
    folder.mkdir(parents=True)
    (folder / "binding.toml").write_text(text, "utf-8")
    (folder / "x.xsd").write_text("<x/>", "utf-8")


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    for version in ("1", "2"):
        put(tmp_path, "slotted", version, SLOTTED.format(version=version))
    put(tmp_path, "plain", "1", PLAIN)
    return Catalogue(tmp_path)


def test_a_data_model_of_an_evidence_type_is_a_family_per_side(tmp_path: Path) -> None:
    for side in ("eu", "national"):
        text = PLAIN.replace('"plain"', f'"slip-{side}"').replace("urn:plain", f"urn:{side}")
        put(tmp_path / "evidence", "slip", f"1/{side}", text)
    put(tmp_path, "plain", "1", PLAIN)
    found = Catalogue(tmp_path)
    assert found.standards == ("plain-1", "slip-eu-1", "slip-national-1")
    assert found.binding("slip-eu-1").folder == tmp_path / "evidence" / "slip" / "1" / "eu"
    identified, _ = found.identify(parse(b'<Plain xmlns="urn:national:1"/>'))
    assert identified.standard == "slip-national-1"


def test_a_data_model_in_the_folder_of_another_side_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "evidence", "slip", "1/eu", PLAIN.replace('"plain"', '"slip-national"'))
    with pytest.raises(BindingFault, match="calls itself slip-national-1"):
        Catalogue(tmp_path).binding("slip-eu-1")


def document(spec: str | None, inside: str = "", prefix: str = "rim") -> bytes:
    slot = (
        f'<{prefix}:Slot name="Spec"><{prefix}:SlotValue xsi:type="{prefix}:StringValueType">'
        f"<{prefix}:Value>{spec}</{prefix}:Value></{prefix}:SlotValue></{prefix}:Slot>"
    )
    return (
        f'<s:Response xmlns:s="urn:slotted" xmlns:{prefix}="{RIM}" xmlns:xsi="{XSI}" id="a">'
        f"{slot if spec is not None else ''}{inside}</s:Response>"
    ).encode()


def test_all_version_folders_are_known_by_family_and_version(catalogue: Catalogue) -> None:
    assert catalogue.standards == ("plain-1", "slotted-1", "slotted-2")
    assert [binding.standard for binding in catalogue.bindings()] == list(catalogue.standards)


@pytest.mark.parametrize(
    ("spec", "version"),
    [("slotted:1", "1"), ("slotted:2", "2"), (" slotted:2\n", "2")],
    ids=["first", "second", "blanks around"],
)
def test_the_declared_version_decides(catalogue: Catalogue, spec: str, version: str) -> None:
    head = catalogue.read(parse(document(spec))).message.head
    assert (head.family, head.version, head.standard) == ("slotted", version, f"slotted-{version}")


def test_the_prefix_of_the_declaring_slot_does_not_matter(catalogue: Catalogue) -> None:
    binding, kind = catalogue.identify(parse(document("slotted:2", prefix="n4")))
    assert (binding.standard, kind.kind) == ("slotted-2", "Answer")


def test_the_namespace_decides_where_nothing_is_declared(catalogue: Catalogue) -> None:
    head = catalogue.read(parse(b'<Plain xmlns="urn:plain:1"/>')).message.head
    assert (head.standard, head.kind) == ("plain-1", "Plain")


@pytest.mark.parametrize(
    ("spec", "state"),
    [("slotted:3", "unknown"), ("SLOTTED:1", "other case"), ("", "empty"), (None, "absent")],
)
def test_an_unknown_version_is_refused_and_the_known_ones_are_named(
    catalogue: Catalogue, spec: str | None, state: str
) -> None:
    with pytest.raises(UnknownDocument) as caught:
        catalogue.identify(parse(document(spec)))
    assert caught.value.code == "VERSION-UNKNOWN", state
    assert "slotted:1, slotted:2" in caught.value.remedy


@pytest.mark.parametrize(
    ("octets", "place"),
    [
        (b'<Plain xmlns="urn:plain:2"/>', "namespace urn:plain:2"),
        (b"<Plain/>", "no namespace"),
        (b'<Other xmlns="urn:plain:1"/>', "namespace urn:plain:1"),
    ],
    ids=["other namespace", "no namespace", "other root"],
)
def test_a_root_that_nobody_knows_is_refused(
    catalogue: Catalogue, octets: bytes, place: str
) -> None:
    with pytest.raises(UnknownDocument) as caught:
        catalogue.read(parse(octets))
    assert (caught.value.code, caught.value.where) == ("XML-UNKNOWN", place)


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ("", "Answer"),
        ("<s:Part/>", "Answer"),
        ("<s:Fault>x</s:Fault>", "Refusal"),
        ("<s:Part/><s:Fault>x</s:Fault>", "Refusal"),
        ("<s:Part><s:Fault>x</s:Fault></s:Part>", "Answer"),
    ],
    ids=["empty", "part", "fault", "both", "fault deeper"],
)
def test_a_named_child_tells_kinds_of_one_root_apart(
    catalogue: Catalogue, inside: str, kind: str
) -> None:
    assert catalogue.identify(parse(document("slotted:1", inside)))[1].kind == kind


def test_the_head_is_filled_from_the_fields_the_binding_names(catalogue: Catalogue) -> None:
    inside = '<s:Part status="first"/><s:Part status="second"/>'
    head = catalogue.read(parse(document("slotted:1", inside))).message.head
    assert (head.id, head.status, head.issued) == ("a", "first", "")


def test_a_message_made_of_fields_has_the_head_it_is_read_with(catalogue: Catalogue) -> None:
    made = catalogue.message("slotted-2", "Answer", group({"id": "a", "Part": [{"status": "s"}]}))
    assert catalogue.read(parse(catalogue.write(made))).message == made
    assert (made.head.id, made.head.status) == ("a", "s")


def test_an_unknown_standard_is_a_fault_of_the_settings(catalogue: Catalogue) -> None:
    with pytest.raises(SettingsFault) as caught:
        catalogue.binding("slotted-3")
    assert "plain-1, slotted-1, slotted-2" in caught.value.remedy


def test_an_unknown_kind_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(BindingFault, match="plain-1 has no message Answer"):
        catalogue.message("plain-1", "Answer", group({}))


def test_a_folder_whose_binding_has_another_name_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "plain", "2", PLAIN)
    with pytest.raises(BindingFault, match="the binding calls itself plain-1"):
        Catalogue(tmp_path).binding("plain-2")


def test_a_folder_without_versions_speaks_nothing(tmp_path: Path) -> None:
    assert Catalogue(tmp_path).standards == ()


def test_a_version_is_loaded_once(catalogue: Catalogue) -> None:
    assert catalogue.binding("plain-1") is catalogue.binding("plain-1")
