"""The data files are found in a checkout and in an installed wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bridge import resources

FOLDERS = {"mappings": "mappings", "standards": "xsd", "fixtures": "fixtures"}


@pytest.mark.parametrize(("function", "folder"), FOLDERS.items())
def test_a_checkout_keeps_its_data_beside_the_package(function: str, folder: str) -> None:
    path = getattr(resources, function)()
    assert path == Path(resources.__file__).parent.parent / folder
    assert path.is_dir()


@pytest.mark.parametrize(("function", "folder"), FOLDERS.items())
def test_an_installed_package_keeps_its_data_inside(
    tmp_path: Path, function: str, folder: str
) -> None:
    package = tmp_path / "bridge"
    (package / "_data" / folder).mkdir(parents=True)
    for name in ("__init__.py", "resources.py"):
        shutil.copy(Path(resources.__file__).with_name(name), package / name)
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
        f"from bridge import resources; print(resources.{function}())"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert Path(run.stdout.strip()) == (package / "_data" / folder).resolve()
