"""The foreign implementations, fetched and built once into ``build/interop`` and kept there.

Where the tools or the network are missing the tests skip and say so; ``make interop`` sets
BRIDGE_INTEROP=required, and then it is a failure.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "build" / "interop"
JAVA = ROOT / "tests" / "interop" / "java"
AS4_PACKAGE = "as4==0.2.0"
BUILD_SECONDS = 420


def unavailable(reason: str) -> NoReturn:
    """Skip with a reason, or fail where interoperability is what the run is for."""
    if os.environ.get("BRIDGE_INTEROP") == "required":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def java_class_path() -> str:
    """Build the Java peers; give the class path to run them with."""
    for tool in ("mvn", "java", "javac"):
        if shutil.which(tool) is None:
            unavailable(f"{tool} is not installed: the Java peers need Maven and a JDK")
    folder = BUILD / "java"
    sources = [JAVA / "pom.xml", *sorted(JAVA.rglob("*.java"))]

    def build() -> None:
        maven = ["mvn", "--batch-mode", "--no-transfer-progress", "--quiet"]
        project = ["--file", str(JAVA / "pom.xml"), f"-Dinterop.build={folder}"]
        run([*maven, *project, "clean", "package"], "Maven cannot build the Java peers")

    once(folder, _digest(each.read_bytes() for each in sources), build)
    return os.pathsep.join([str(folder / "peers.jar"), str(folder / "lib" / "*")])


def as4_python() -> Path:
    """Install the package ``as4`` in an environment of its own; give its interpreter."""
    folder = BUILD / "as4-venv"
    python = folder / "bin" / "python"

    def build() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(folder)], "there is no virtual environment to make")
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, AS4_PACKAGE], f"{AS4_PACKAGE} cannot be installed")

    once(folder, _digest([AS4_PACKAGE.encode(), sys.version.encode()]), build)
    return python


def once(folder: Path, wanted: str, build: Callable[[], None]) -> None:
    """Build unless the stamp beside the folder says that this very thing was built."""
    stamp = folder.with_suffix(".stamp")
    with _locked(folder.with_suffix(".lock")):
        if folder.is_dir() and stamp.exists() and stamp.read_text("ascii") == wanted:
            return
        stamp.unlink(missing_ok=True)
        build()
        stamp.write_text(wanted, "ascii")


def run(command: list[str], failure: str) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        unavailable(f"{failure}: it took more than {BUILD_SECONDS} s")
    if done.returncode != 0:
        told = (done.stdout + done.stderr).strip().splitlines() or ["no word why"]
        unavailable(f"{failure}: {told[0][:300]}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two test runs in one tree build one after the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _digest(contents: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for each in contents:
        digest.update(hashlib.sha256(each).digest())
    return digest.hexdigest()
