"""The vectors of ``fixtures/as4`` are what they say: to us, to others, and when made again."""

from __future__ import annotations

import asyncio
import hashlib
import tomllib
from typing import Any

import aiohttp
import pytest
from lxml import etree

from bridge.errors import RefusedMessage
from bridge.names import DS, clark
from bridge.resources import standards
from bridge.sandbox.pki import Validity, make_pki
from bridge.sandbox.worded_keys import WordedKeys
from bridge.transport.as4.content import MemorySink
from bridge.transport.as4.errors import load_errors
from bridge.transport.as4.mime import Package
from bridge.transport.as4.mime_reader import MimeLimits, PackageReader
from bridge.transport.as4.pack import OutgoingMessage
from bridge.transport.as4.receipt import check_receipt, prove
from bridge.transport.as4.signal import read_signal
from bridge.transport.as4.signature import references_of
from bridge.transport.as4.unpack import open_message
from tests.as4_worlds import contents
from tests.interop.as4.foreign import ForeignPeer
from tests.interop.as4.points import OWN, PKI, THEIRS
from tests.interop.as4.vectors import AT, FOLDER, UNCOMPRESSED, WORDS, peer, policy, vectors

INDEX = tomllib.loads((FOLDER / "vectors.toml").read_text("utf-8"))
ROWS = {row["name"]: row for row in INDEX["vector"]}
MESSAGES = {name: row for name, row in ROWS.items() if "answers" not in row}
SOME_MINUTES_LATER = AT.replace(minute=AT.minute + 3)


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.body").read_bytes()


def package(name: str) -> Package:
    reader = PackageReader(ROWS[name]["content-type"], MemorySink, MimeLimits())
    reader.feed(body(name))
    return reader.close()


@pytest.mark.parametrize("row", MESSAGES.values(), ids=MESSAGES)
def test_a_message_is_accepted_or_earns_its_error(row: dict[str, Any]) -> None:
    found = package(row["name"])
    if row["expect"] == "accepted":
        message = open_message(found.soap, found.parts, policy(), SOME_MINUTES_LATER)
        digests = [hashlib.sha256(each).hexdigest() for each in contents(message)]
        assert digests == row.get("payloads", [])
        return
    with pytest.raises(RefusedMessage) as fault:
        open_message(found.soap, found.parts, policy(), SOME_MINUTES_LATER)
    assert fault.value.code == row["expect"]
    assert fault.value.code in load_errors(standards())


def test_the_receipt_proves_the_message_it_answers() -> None:
    answered = package(ROWS["receipt"]["answers"])
    info = next(etree.fromstring(answered.soap).iter(clark(DS, "SignedInfo")))
    sent = OutgoingMessage("request@ap.example", THEIRS, answered, references_of(info))
    assert check_receipt(read_signal(body("receipt")), sent, peer(THEIRS), AT)


def test_the_error_is_signed_by_the_receiver() -> None:
    signal = read_signal(body("error"))
    assert prove(signal, peer(THEIRS), AT)
    assert [each.code for each in signal.errors] == ["EBMS:0101"]
    assert signal.head.answers == f"{ROWS['error']['answers']}@ap.example"


def test_the_table_names_every_file_and_its_digest() -> None:
    assert {path.stem for path in FOLDER.glob("*.body")} == set(ROWS)
    for name, row in ROWS.items():
        assert hashlib.sha256(body(name)).hexdigest() == row["sha256"], name


def test_made_again_the_vectors_are_the_same() -> None:
    """Where gzip is in them they are the same only with the same zlib."""
    for each in vectors():
        if each.name in UNCOMPRESSED or each.answers:
            assert each.body == body(each.name), each.name


def test_made_again_the_pki_is_the_same() -> None:
    keys = WordedKeys(WORDS)
    at = AT.replace(hour=0, minute=0, second=0, microsecond=0)
    made = make_pki((OWN, THEIRS), Validity(at, 20), keys.rsa, keys.tls).files()
    assert made == {name: (PKI / name).read_bytes() for name in made}
    assert {str(path.relative_to(PKI)) for path in PKI.rglob("*.*")} == set(made)


# What only some refuse: no other implementation looks at the chance in an initialisation vector,
# and phase4 asks no revocation list unless its user adds that.
TAKEN = {
    "wss4j": {"iv-of-zeros"},
    "phase4": {"iv-of-zeros", "revoked"},
    "python": {"iv-of-zeros"},
}
NOT_FOR = {("python", "path"), ("python", "test-service")}


@pytest.mark.parametrize("row", MESSAGES.values(), ids=MESSAGES)
async def test_others_judge_the_vectors_alike(peer: ForeignPeer, row: dict[str, Any]) -> None:
    if (peer.name, row["name"]) in NOT_FOR:
        pytest.skip("the package as4 has not this feature")
    headers = {"Content-Type": row["content-type"]}
    async with (
        aiohttp.ClientSession() as session,
        session.post(peer.url, data=body(row["name"]), headers=headers) as answer,
    ):
        signal = read_signal(await answer.read())
    accepted = row["expect"] == "accepted" or row["name"] in TAKEN[peer.name]
    assert (signal.receipt is not None) is accepted, [each.code for each in signal.errors]
    got = await asyncio.to_thread(peer.received, f"{row['name']}@ap.example")
    if row["name"] != "test-service":
        assert (got is not None) is accepted
