"""``bridge peers``: who we exchange messages with; import, list, check, call them."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from bridge.cli.documents import read_octets
from bridge.cli.options import json_option
from bridge.cli.output import DONE, REFUSED, Output, Styled, errors
from bridge.errors import SettingsFault

_FILE: Final = Path("peers.toml")
_STYLES: Final = {True: "bad", False: "warn"}


class PeerLine(Protocol):
    """One peer; ``certificates`` are SHA-256 in hexadecimal."""

    @property
    def name(self) -> str:
        """The name that the file gives it."""
        ...

    @property
    def id(self) -> str:
        """Its party id."""
        ...

    @property
    def type(self) -> str:
        """The type of that id."""
        ...

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        ...

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions it takes."""
        ...

    @property
    def certificates(self) -> tuple[str, ...]:
        """Its certificates."""
        ...

    @property
    def enabled(self) -> bool:
        """Whether it is in use."""
        ...


class Expiry(Protocol):
    """A certificate that ends soon; ``step`` is the warning reached in days, 0 when it is over."""

    @property
    def peer(self) -> str:
        """The name of the peer."""
        ...

    @property
    def use(self) -> str:
        """What the certificate is used for."""
        ...

    @property
    def subject(self) -> str:
        """Whom it names."""
        ...

    @property
    def ends(self) -> datetime:
        """When it ends."""
        ...

    @property
    def left(self) -> timedelta:
        """How long until then."""
        ...

    @property
    def begun(self) -> bool:
        """Whether it is valid yet."""
        ...

    @property
    def step(self) -> int:
        """The warning reached, in days."""
        ...


class Imported(Protocol):
    """A snapshot that was read."""

    @property
    def text(self) -> str:
        """What is said of it."""
        ...

    @property
    def certificates(self) -> Mapping[str, bytes]:
        """Its certificates."""
        ...

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was left out, and why."""
        ...


class Change(Protocol):
    """What a snapshot changes."""

    @property
    def peer(self) -> str:
        """The name of the peer."""
        ...

    @property
    def text(self) -> str:
        """What is said of it."""
        ...

    @property
    def grave(self) -> bool:
        """Whether it needs approval."""
        ...


class Pinged(Protocol):
    """How a call went."""

    @property
    def peer(self) -> str:
        """The name of the peer."""
        ...

    @property
    def delivered(self) -> bool:
        """Whether the receipt was proved."""
        ...

    @property
    def seconds(self) -> float:
        """How long it took."""
        ...

    @property
    def causes(self) -> tuple[tuple[str, str], ...]:
        """Codes and texts of what went wrong."""
        ...


class AccessPoint(Protocol):
    """What this command needs of the embedded access point; `bridge.app` gives it."""

    def list(self, path: Path) -> Sequence[PeerLine]:
        """Give the peers of a file."""
        ...

    def check(self, path: Path) -> Sequence[Expiry]:
        """Give the certificates that end soon."""
        ...

    def read(self, pmode: bytes, truststore: bytes, password: str, *, allow_http: bool) -> Imported:
        """Read a PMode and its truststore."""
        ...

    def write(self, imported: Any, path: Path, *, approved: bool) -> Sequence[Change]:
        """Write a snapshot; give what it changes."""
        ...

    async def ping(self, path: Path, name: str) -> Pinged:
        """Send a test message."""
        ...

    async def answer(
        self, path: Path, host: str, port: int, tls: Path | None, ready: Callable[[int], None]
    ) -> None:
        """Answer test messages until interrupted."""
        ...


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summaries = {
        "list": "the peers of a file",
        "check": "a file of peers whole, and which certificates end soon",
        "ping": "send a test message to a peer and prove its receipt",
        "answer": "answer test messages until interrupted, and nothing else",
        "import": "make a file of peers from a PMode of Domibus and its truststore",
    }
    made = {name: actions.add_parser(name, help=text) for name, text in summaries.items()}
    for name, action in made.items():
        if name != "import":
            action.add_argument(
                "--file", metavar="FILE", type=Path, default=_FILE, help="default: peers.toml"
            )
        if name != "answer":
            json_option(action)
        action.set_defaults(run=_RUNS[name])
        action.epilog = f"example:\n  {_EXAMPLES[name]}"
    made["ping"].add_argument("name", metavar="NAME", help="the name of the peer in the file")
    answer = made["answer"]
    answer.add_argument("--host", default="127.0.0.1", help="address (default: this machine only)")
    answer.add_argument("--port", type=int, default=8443, help="port (default: 8443)")
    answer.add_argument("--tls", metavar="PEM", type=Path, help="certificate and key for TLS")
    importing = made["import"]
    importing.add_argument("pmode", metavar="PMODE", help="the PMode, XML")
    importing.add_argument(
        "--truststore", metavar="FILE", required=True, help="certificates: JKS or PKCS #12"
    )
    importing.add_argument("--password-file", metavar="FILE", help="holds its password")
    importing.add_argument(
        "-o", "--output", metavar="OUT", type=Path, default=_FILE, help="default: peers.toml"
    )
    importing.add_argument("--approve", action="store_true", help="take changes that are grave")
    importing.add_argument("--allow-http", action="store_true", help="take unprotected endpoints")
    parser.epilog = "examples:\n" + "\n".join(f"  {each}" for each in _EXAMPLES.values())


def _point(arguments: argparse.Namespace) -> AccessPoint:
    if arguments.access_point is None:
        raise SettingsFault("this entry point has no access point; use the command 'bridge'")
    point: AccessPoint = arguments.access_point()
    return point


def run_list(arguments: argparse.Namespace, out: Output) -> int:
    """Show the peers."""
    found = _point(arguments).list(arguments.file)
    if arguments.json:
        out.json([_as_json(each) for each in found])
        return DONE
    rows = [
        (
            Styled(each.name, "name" if each.enabled else "faint"),
            each.id,
            each.type.rpartition(":")[2],
            each.endpoint if each.enabled else "disabled",
            ", ".join(each.versions),
            " ".join(print_[:16] for print_ in each.certificates),
        )
        for each in found
    ]
    out.table(("name", "party", "type", "endpoint", "versions", "certificates"), rows)
    return DONE


def _as_json(line: PeerLine) -> dict[str, Any]:
    names = ("name", "id", "type", "endpoint", "versions", "certificates", "enabled")
    return {name: getattr(line, name) for name in names}


def run_check(arguments: argparse.Namespace, out: Output) -> int:
    """Judge the file; a certificate that is over or not yet valid refuses it."""
    found = _point(arguments).check(arguments.file)
    unusable = [each for each in found if not each.step or not each.begun]
    if arguments.json:
        rows = [
            {
                "peer": each.peer,
                "use": each.use,
                "subject": each.subject,
                "ends": each.ends.isoformat(),
                "days": each.left.days,
                "valid": each not in unusable,
            }
            for each in found
        ]
        out.json({"certificates": rows})
    else:
        out.line(f"{arguments.file}: sound")
        out.table(
            ("peer", "use", "ends", "state", "subject"),
            [
                (
                    each.peer or "(own)",
                    each.use,
                    f"{each.ends:%Y-%m-%d}",
                    Styled(_state(each), _STYLES[each in unusable]),
                    each.subject,
                )
                for each in found
            ],
        )
    return REFUSED if unusable else DONE


def _state(expiry: Expiry) -> str:
    if not expiry.begun:
        return "not valid yet"
    return f"ends in {expiry.left.days} days" if expiry.step else "has ended"


def run_ping(arguments: argparse.Namespace, out: Output) -> int:
    """Call a peer."""
    pinged = asyncio.run(_point(arguments).ping(arguments.file, arguments.name))
    if arguments.json:
        causes = [{"code": code, "text": text} for code, text in pinged.causes]
        out.json(
            {"peer": pinged.peer, "delivered": pinged.delivered, "seconds": pinged.seconds}
            | {"causes": causes}
        )
        return DONE if pinged.delivered else REFUSED
    if pinged.delivered:
        text = f" gave a receipt that proves it took the test message ({pinged.seconds:.3f} s)"
        out.line(Styled(pinged.peer, "name"), Styled(text, "good"))
    else:
        out.line(Styled(pinged.peer, "name"), Styled(" gave no receipt", "bad"))
    out.table(("code", "text"), pinged.causes)
    return DONE if pinged.delivered else REFUSED


def run_answer(arguments: argparse.Namespace, out: Output) -> int:
    """Answer test messages."""

    def ready(port: int) -> None:
        scheme = "https" if arguments.tls else "http"
        out.line(f"answering test messages at {scheme}://{arguments.host}:{port}/services/msh")
        out.stream.flush()

    point = _point(arguments)
    asyncio.run(point.answer(arguments.file, arguments.host, arguments.port, arguments.tls, ready))
    return DONE


def run_import(arguments: argparse.Namespace, out: Output) -> int:
    """Make or replace a file of peers."""
    point = _point(arguments)
    password = ""
    if arguments.password_file:
        password = read_octets(arguments.password_file).decode("utf-8", "replace").strip()
    imported = point.read(
        read_octets(arguments.pmode),
        read_octets(arguments.truststore),
        password,
        allow_http=arguments.allow_http,
    )
    found = point.write(imported, arguments.output, approved=arguments.approve)
    held = any(each.grave for each in found) and not arguments.approve
    if arguments.json:
        rows = [{"peer": each.peer, "text": each.text, "grave": each.grave} for each in found]
        out.json({"written": not held, "remarks": imported.remarks, "changes": rows})
        return REFUSED if held else DONE
    for remark in imported.remarks:
        errors().line(Styled("note: ", "warn"), remark)
    out.table(
        ("peer", "change"),
        [(each.peer, Styled(each.text, _STYLES[each.grave])) for each in found],
    )
    if held:
        errors().line("nothing was written: look at the changes, then repeat with --approve")
        return REFUSED
    out.line(f"{arguments.output}: written")
    return DONE


_RUNS: Final = {
    "list": run_list,
    "check": run_check,
    "ping": run_ping,
    "answer": run_answer,
    "import": run_import,
}
_EXAMPLES: Final = {
    "list": "bridge peers list --file peers.toml",
    "check": "bridge peers check",
    "ping": "bridge peers ping AP_FR_01",
    "answer": "bridge peers answer --port 8443 --tls tls.pem",
    "import": "bridge peers import pmode.xml --truststore truststore.jks --password-file secret",
}
