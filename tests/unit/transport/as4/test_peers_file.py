"""`peers.toml`: everything wrong with it is told at once, each with its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import SettingsFault
from bridge.transport.as4.peers import expiries
from bridge.transport.as4.peers_file import PEER_KEYS, PeersFile, load_peers
from bridge.transport.as4.schedule import ONCE, Schedule
from bridge.transport.as4.settings_file import FileFault
from tests.as4_worlds import LEGS, NOW, certificate, rsa_key

PEER = """\
[[peer]]
name = "france"
id = "AP_FR_01"
type = "urn:t:FR"
endpoint = "https://ap.fr.example/msh"
sign = ["fr.pem"]
"""
OWN = """\
[own]
parties = [{ id = "AP_DE_01", type = "urn:t:DE" }]
domain = "bridge.example"
key = "own.p12"
password_file = "password"

"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    def pem(name: str, *certificates: object) -> None:
        octets = b"".join(each.public_bytes(Encoding.PEM) for each in certificates)  # type: ignore[attr-defined]
        (tmp_path / name).write_bytes(octets)

    pem("fr.pem", certificate("FR"))
    pem("fr-next.pem", certificate("FR-next", days=(-1, 900)))
    pem("both.pem", certificate("FR"), certificate("FR-next", days=(-1, 900)))
    pem("ended.pem", certificate("FR", days=(-300, -1)))
    pem("ec.pem", certificate("FR", "ec"))
    pem("ca.pem", certificate("ca", ca=True))
    (tmp_path / "broken.pem").write_bytes(
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    )
    (tmp_path / "password").write_bytes(b"Made-Up-1\n")
    own = pkcs12.serialize_key_and_certificates(
        b"own", rsa_key("DE"), certificate("DE"), None, BestAvailableEncryption(b"Made-Up-1")
    )
    (tmp_path / "own.p12").write_bytes(own)
    pair = pkcs12.serialize_key_and_certificates(
        b"old", rsa_key("DE-old"), certificate("DE-old", days=(-300, 5)), None,
        BestAvailableEncryption(b"Made-Up-1"),
    )  # fmt: skip
    (tmp_path / "old.p12").write_bytes(pair)
    return tmp_path


def load(folder: Path, text: str) -> PeersFile:
    path = folder / "peers.toml"
    path.write_text(text, encoding="utf-8")
    return load_peers(path, LEGS)


def test_a_peer_needs_six_lines_and_the_rest_is_usual(folder: Path) -> None:
    [remote] = load(folder, PEER).peers.remotes
    assert (remote.name, remote.peer.id, remote.peer.type) == ("france", "AP_FR_01", "urn:t:FR")
    assert remote.address.url == "https://ap.fr.example/msh"
    assert remote.peer.trust.pinned == remote.peer.encryption == (certificate("FR"),)
    assert remote.peer.trust.revocation == "hard"
    assert remote.schedule == Schedule()
    assert not remote.address.clear


def test_everything_else_can_be_set(folder: Path) -> None:
    text = PEER.replace('sign = ["fr.pem"]', """\
sign = ["both.pem"]
encrypt = ["fr-next.pem"]
anchors = ["ca.pem"]
revocation = "soft"
versions = ["made-up:v1", "made-up:v2"]
retry = "SEND_ONCE"
compress = { response = false }
suite = "rsa"
token = "path"
any_case = true
encrypted = false
receipt_tokens = true
agreement = { value = "urn:a", pmode = "p" }
tls = { anchors = "ca.pem" }
""")  # fmt: skip
    [remote] = load(folder, text).peers.remotes
    peer = remote.peer
    assert len(peer.trust.pinned) == 2
    assert peer.encryption == (certificate("FR-next", days=(-1, 900)),)
    assert peer.trust.anchors == (certificate("ca", ca=True),)
    assert remote.versions == ("made-up:v1", "made-up:v2")
    assert remote.schedule == ONCE
    assert peer.compress == {"response": False}
    assert peer.agreement is not None and peer.agreement.pmode == "p"
    assert (peer.any_case, peer.encrypted, peer.receipt_tokens) == (True, False, True)
    assert remote.address.tls.anchors == folder / "ca.pem"


def test_our_own_keys_are_loaded_once_and_old_ones_still_open(folder: Path) -> None:
    file = load(folder, OWN.replace("key =", 'decrypt = ["old.p12"]\nkey =') + PEER)
    assert file.identity is not None
    assert file.identity.signer.certificates == (certificate("DE"),)
    opening = [each.certificate for each in file.identity.decrypters]
    assert opening == [certificate("DE"), certificate("DE-old", days=(-300, 5))]
    assert file.peers.own == (("AP_DE_01", "urn:t:DE"),)


def test_keys_may_be_left_alone(folder: Path) -> None:
    path = folder / "peers.toml"
    path.write_text(OWN + PEER)
    (folder / "own.p12").unlink()
    assert load_peers(path, LEGS, keys=False).identity is None


def test_a_disabled_peer_is_checked_and_left_out(folder: Path) -> None:
    file = load(folder, PEER + "enabled = false\n")
    assert (file.peers.remotes, file.disabled) == ((), ("france",))
    with pytest.raises(FileFault):
        load(folder, PEER + "enabled = false\nsing = []\n")


WRONG = {
    "an unknown key": (PEER + 'singn = "x"\n', 7, "did you mean 'sign'?"),
    "an unknown table": ("[[peers]]\n" + PEER, 1, "did you mean 'peer'?"),
    "an unknown key at the top": ('nam = "x"\n' + PEER, 1, "no table"),
    "no name": (PEER.replace('name = "france"', ""), 1, "'name' is missing"),
    "an empty id": (PEER.replace("AP_FR_01", ""), 3, "'id' is empty"),
    "a number": (PEER.replace('"AP_FR_01"', "1"), 3, "'id' has to be a text"),
    "no certificate": (PEER.replace('sign = ["fr.pem"]', ""), 1, "needs pinned certificates"),
    "a file that is not there": (PEER.replace("fr.pem", "nowhere.pem"), 6, "cannot be read"),
    "a file that is none": (PEER.replace("fr.pem", "broken.pem"), 6, "no readable certificates"),
    "a key of another suite": (PEER + 'encrypt = ["ec.pem"]\n', 7, "does not fit its suite"),
    "an unprotected endpoint": (PEER.replace("https:", "http:"), 5, "allow_http"),
    "an endpoint that is none": (PEER.replace("https://ap.fr.example", ""), 5, "no plain http(s)"),
    "a password in an endpoint": (PEER.replace("//ap", "//a:b@ap"), 5, "no plain http(s)"),
    "a retry nobody knows": (PEER + 'retry = "often"\n', 7, "the retry is neither"),
    "a revocation nobody knows": (PEER + 'revocation = "sof"\n', 7, "did you mean 'soft'?"),
    "a suite nobody knows": (PEER + 'suite = "rot13"\n', 7, "has to be one of"),
    "a kind of message nobody knows": (PEER + "compress = { respons = true }\n", 7, "'compress'"),
    "TLS of nothing": (PEER + 'tls = { anchors = "nowhere.pem" }\n', 7, "there is no file"),
    "TLS with an unknown key": (PEER + 'tls = { ca = "ca.pem" }\n', 7, "unknown key 'ca'"),
    "two peers of one name": (PEER + "\n" + PEER.replace("AP_FR_01", "AP_FR_02"), None, "same name"),
    "two peers that are one party": (OWN + PEER + "\n" + PEER.replace("france", "b"), None, "distinct"),
    "a peer that is ourselves": (
        OWN + PEER.replace("AP_FR_01", "AP_DE_01").replace("urn:t:FR", "urn:t:DE"), None, "distinct"
    ),
    "a wrong password": (OWN.replace('"password"', '"fr.pem"') + PEER, 4, "the password is wrong"),
    "no party of ours": (OWN.replace("{ id", "{ ib") + PEER, 2, "needs id and type"),
    "no TOML": ("[[peer]\n", 1, "no TOML"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_line(
    folder: Path, text: str, line: int | None, told: str
) -> None:
    with pytest.raises(SettingsFault) as raised:
        load(folder, text)
    assert told in str(raised.value)
    assert raised.value.line == line
    assert str(folder / "peers.toml") in str(raised.value)


def test_all_problems_are_told_at_once(folder: Path) -> None:
    second = (
        PEER.replace("france", "spain").replace("AP_FR_01", "AP_ES_01").replace("https", "http")
    )
    with pytest.raises(FileFault) as raised:
        load(folder, PEER + "sing = 1\n\n" + second + "retry = 5\n")
    assert [each.split(":")[0] for each in raised.value.problems] == [
        "line 7",
        "line 13",
        "line 15",
    ]


@given(st.text(max_size=200))
def test_no_text_makes_it_stumble(text: str) -> None:
    with TemporaryDirectory() as name:
        path = Path(name) / "peers.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            load_peers(path, LEGS)
        except SettingsFault as fault:
            assert fault.where == str(path)


def test_every_key_of_a_peer_is_documented() -> None:
    page = (Path(__file__).parents[4] / "docs/peers.md").read_text()
    assert [key for key in PEER_KEYS if f"| `{key}` |" not in page] == []


# --- certificates that end ---------------------------------------------------------


def told(folder: Path, text: str, days: int = 0) -> list[tuple[str, str, int]]:
    found = expiries(load(folder, text).peers, (), NOW + timedelta(days=days))
    return [(each.peer, each.use, each.step) for each in found]


@pytest.mark.parametrize(
    ("days", "step"), [(639, None), (640, 60), (670, 30), (686, 14), (693, 7), (699, 7), (701, 0)]
)
def test_a_certificate_that_ends_is_warned_of_in_steps(
    folder: Path, days: int, step: int | None
) -> None:
    expected = [] if step is None else [("france", "sign", step), ("france", "encrypt", step)]
    assert told(folder, PEER, days) == expected


def test_a_roll_over_that_goes_on_is_no_warning(folder: Path) -> None:
    assert told(folder, PEER.replace("fr.pem", "both.pem"), 690) == []
    assert told(folder, PEER.replace("fr.pem", "both.pem"), 850) != []


def test_our_own_certificate_is_warned_of_too(folder: Path) -> None:
    peers = load(folder, PEER).peers
    [first, *_] = expiries(peers, (certificate("DE-old", days=(-300, 5)),), NOW)
    assert (first.peer, first.use, first.step, first.begun) == ("", "own", 7, True)


def test_a_certificate_that_is_not_valid_yet_is_told(folder: Path) -> None:
    [first, *_] = expiries(load(folder, PEER).peers, (), NOW - timedelta(days=40))
    assert not first.begun
