"""Where our data files are: inside an installed wheel, or at the top of a checkout.

The build copies ``mappings/``, ``xsd/`` and ``fixtures/`` into the wheel as ``bridge/_data/``; a
checkout (editable install) keeps them beside the package.
"""

from __future__ import annotations

from pathlib import Path


def root() -> Path:
    """Give the folder that holds ``mappings``, ``xsd`` and ``fixtures``."""
    package = Path(__file__).resolve().parent
    installed = package / "_data"
    return installed if installed.is_dir() else package.parent


def installed() -> bool:
    """Whether the data are those inside an installed wheel, which nobody should change."""
    return root().name == "_data"


def mappings() -> Path:
    """Give the folder of the mapping tables."""
    return root() / "mappings"


def standards() -> Path:
    """Give the folder with one subfolder ``<family>/<version>`` per version of a standard."""
    return root() / "xsd"


def fixtures() -> Path:
    """Give the folder of the shipped example messages."""
    return root() / "fixtures"
