"""The one place that joins the command line to adapters; only entry points import it.

Nothing is imported before a command needs it: ``bridge check`` pays for no access point.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bridge.cli import main as command_line

if TYPE_CHECKING:
    from bridge.cli.peers import AccessPoint


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command with everything joined, and give its exit code."""
    return command_line.main(argv, access_point)


def access_point() -> AccessPoint:
    """Give the embedded access point, as an operator sees it."""
    from bridge.resources import standards
    from bridge.transport.as4.fetch import fetch
    from bridge.transport.as4.operator import Operator
    from bridge.transport.as4.transport import Surroundings

    around = Surroundings(
        lambda: datetime.now(UTC), lambda: str(uuid.uuid4()), os.urandom, fetch=fetch
    )
    return Operator(standards(), around)
