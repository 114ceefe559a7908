"""Foreign peers run for the whole session: a JVM takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.as4.builds import as4_python, java_class_path
from tests.interop.as4.foreign import ForeignPeer, running
from tests.interop.as4.points import folder_for

PEERS = ("wss4j", "phase4", "python")


def command(name: str, folder: Path) -> list[str]:
    """Give what starts a peer, with its settings written to ``folder``; builds it if need be."""
    if name == "python":
        script = Path(__file__).with_name("python_peer.py")
        return [str(as4_python()), str(script), str(folder_for(folder))]
    return java_command(name, folder_for(folder))


def java_command(name: str, settings: Path) -> list[str]:
    options = ["-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    return ["java", *options, "-cp", java_class_path(), "interop.Peer", name, str(settings)]


def started(name: str, factory: pytest.TempPathFactory) -> Iterator[ForeignPeer]:
    folder = factory.mktemp(name)
    with running(name, command(name, folder), folder / "log") as peer:
        yield peer


@pytest.fixture(scope="session")
def wss4j(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignPeer]:
    yield from started("wss4j", tmp_path_factory)


@pytest.fixture(scope="session")
def phase4(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignPeer]:
    yield from started("phase4", tmp_path_factory)


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignPeer]:
    yield from started("python", tmp_path_factory)


@pytest.fixture(params=PEERS)
def peer(request: pytest.FixtureRequest) -> ForeignPeer:
    found: ForeignPeer = request.getfixturevalue(request.param)
    return found
