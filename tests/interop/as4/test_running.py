"""Foreign peers end with the test run, however that ends, and are refused loudly if they cannot run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.interop.as4.conftest import PEERS, command
from tests.interop.as4.foreign import END_SECONDS, START_SECONDS, running


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_ends_with_its_standard_input(name: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(name, tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"PORT ")
        process.communicate(timeout=END_SECONDS)
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait(START_SECONDS)


def test_a_peer_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "import sys; sys.exit('no port is free')"]
    with (
        pytest.raises(AssertionError, match="no port is free"),
        running("broken", words, tmp_path / "log"),
    ):
        pass
