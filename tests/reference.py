"""Where the shared reference lies: published schemas, code lists and specification tables."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def reference(path: str) -> Path:
    """A file or folder of the reference; the calling test is skipped where it is absent."""
    root = Path(os.environ.get("BRIDGE_REFERENCE", REPOSITORY.parent / "shared"))
    found = root / path
    if not found.exists():
        pytest.skip(f"the reference has no {path} here; name its folder in BRIDGE_REFERENCE")
    return found
