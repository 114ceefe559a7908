"""Foreign peers run for the whole session: a JVM takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.as4.builds import as4_python, java_class_path
from tests.interop.as4.foreign import ForeignPeer, running
from tests.interop.as4.points import folder_for


def java_peer(name: str, folder: Path) -> list[str]:
    settings = str(folder_for(folder / name))
    memory = [
        "-Xmx512m",
        "-XX:TieredStopAtLevel=1",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    ]
    return ["java", *memory, "-cp", java_class_path(), "interop.Peer", name, settings]


@pytest.fixture(scope="session")
def wss4j(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignPeer]:
    folder = tmp_path_factory.mktemp("peers")
    with running("wss4j", java_peer("wss4j", folder), folder / "wss4j.log") as peer:
        yield peer


@pytest.fixture(scope="session")
def phase4(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignPeer]:
    folder = tmp_path_factory.mktemp("peers")
    with running("phase4", java_peer("phase4", folder), folder / "phase4.log") as peer:
        yield peer


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignPeer]:
    folder = tmp_path_factory.mktemp("peers")
    script = Path(__file__).with_name("python_peer.py")
    command = [str(as4_python()), str(script), str(folder_for(folder / "python"))]
    with running("python", command, folder / "python.log") as peer:
        yield peer


@pytest.fixture(params=["wss4j", "phase4", "python"])
def peer(request: pytest.FixtureRequest) -> ForeignPeer:
    found: ForeignPeer = request.getfixturevalue(request.param)
    return found
