"""``bridge sandbox``: what a laboratory needs and no real world should trust."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.cli.options import json_option, moment
from bridge.cli.output import DONE, Output
from bridge.errors import SettingsFault

if TYPE_CHECKING:
    from bridge.sandbox.pki import LabPki

_NAMES: Final = ("AP_DE_01", "AP_FR_01")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MOST_YEARS: Final = 50


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    pki = actions.add_parser("pki", help="a made-up PKI for access points")
    pki.description = "Make a PKI for tests: an authority and the certificates of access points."
    pki.add_argument("folder", metavar="DIR", type=Path, help="where to write; new or empty")
    pki.add_argument(
        "--name",
        metavar="NAME",
        type=_name,
        action="append",
        help=f"an access point; may stand several times (default: {', '.join(_NAMES)})",
    )
    pki.add_argument(
        "--at", metavar="TIME", type=moment, help="what the certificates take as now (default: now)"
    )
    pki.add_argument(
        "--years", metavar="N", type=_years, default=2, help="how long they are valid (default: 2)"
    )
    pki.add_argument(
        "--words",
        metavar="TEXT",
        help="derive all keys from this sentence: the same PKI each time, and no secret",
    )
    json_option(pki)
    example = "example:\n  bridge sandbox pki lab --name AP_DE_01 --name AP_FR_01"
    parser.epilog = pki.epilog = example
    pki.set_defaults(run=run_pki)


def run_pki(arguments: argparse.Namespace, out: Output) -> int:
    """Make a PKI and write it."""
    from bridge.sandbox.pki import write_pki

    folder: Path = arguments.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsFault(
            "the folder is not empty, and keys are never overwritten", where=str(folder)
        )
    try:
        written = write_pki(_make(arguments), folder)
    except OSError as cause:
        raise SettingsFault("the folder cannot be written", where=str(folder)) from cause
    if arguments.json:
        out.json({"files": [str(each) for each in written]})
    else:
        out.line(f"wrote {len(written)} files: {folder}")
    return DONE


def _make(arguments: argparse.Namespace) -> LabPki:
    from bridge.sandbox.pki import Validity, make_pki, random_key, random_tls_key
    from bridge.sandbox.worded_keys import WordedKeys

    names = list(dict.fromkeys(arguments.name or _NAMES))
    at = (arguments.at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    validity = Validity(at, arguments.years)
    if arguments.words is None:
        return make_pki(names, validity, random_key, random_tls_key)
    keys = WordedKeys(arguments.words)
    return make_pki(names, validity, keys.rsa, keys.tls)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"'{text}' is no name; letters, digits, hyphen and underscore make one"
        )
    return text


def _years(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_YEARS:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of years from 1 to {_MOST_YEARS}")
    return int(text)
