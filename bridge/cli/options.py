"""Options that several commands share, and the data folders they name."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bridge import resources
from bridge.errors import SettingsFault
from bridge.standards.catalogue import Catalogue

if TYPE_CHECKING:
    from bridge.mapping.tables import Tables


def json_option(parser: argparse.ArgumentParser) -> None:
    """Offer ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def standards_option(parser: argparse.ArgumentParser) -> None:
    """Offer ``--standards``."""
    parser.add_argument(
        "--standards",
        metavar="DIR",
        type=Path,
        help="folder of the versions of the standards (default: the one that comes with bridge)",
    )


def mappings_option(parser: argparse.ArgumentParser) -> None:
    """Offer ``--mappings`` and ``--standards``."""
    parser.add_argument(
        "--mappings",
        metavar="DIR",
        type=Path,
        help="folder of the mapping tables (default: the one that comes with bridge)",
    )
    standards_option(parser)


def attachments_option(parser: argparse.ArgumentParser) -> None:
    """Offer ``--attachments``."""
    parser.add_argument(
        "--attachments",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="folder to look for attachments in, before 'attachments' beside the file",
    )


def catalogue(arguments: argparse.Namespace) -> Catalogue:
    """Give the versions on disk. Raises ``SettingsFault`` where the folder has none."""
    root = arguments.standards or resources.standards()
    found = Catalogue(root)
    if not found.standards:
        raise SettingsFault(
            "the folder holds no version of a standard",
            where=str(root),
            remedy="Name a folder like xsd/ with --standards.",
        )
    return found


def tables(arguments: argparse.Namespace, known: Catalogue | None = None) -> Tables:
    """Give the mapping tables. Raises ``SettingsFault`` where there is no such folder."""
    from bridge.mapping.tables import Tables

    root = arguments.mappings or resources.mappings()
    if not root.is_dir() or not any(root.glob("*.toml")):
        raise SettingsFault(
            "there is no such folder of mapping tables",
            where=str(root),
            remedy="Name a folder like mappings/ with --mappings.",
        )
    return Tables(root, known or catalogue(arguments))


def moment(text: str) -> datetime:
    """Read a time of the command line, ``2026-02-03T09:15:00Z``; without zone it is UTC."""
    try:
        value = datetime.fromisoformat(text)
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        value.astimezone(UTC)  # the first and the last day have no time in UTC for every zone
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"'{text}' is no time; write it like 2026-02-03T09:15:00Z"
        ) from None
    return value
