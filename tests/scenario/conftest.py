"""The command line for scenarios."""

from __future__ import annotations

import pytest

from tests.scenario.cli import Cli


@pytest.fixture
def bridge(capsys: pytest.CaptureFixture[str]) -> Cli:
    """``bridge("check", path)`` gives exit code, stdout and stderr."""
    return Cli(capsys)
