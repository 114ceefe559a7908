"""Adapter between Germany's NOOTS (XNachweis) and the EU's OOTS (EDM over RegRep).

``bridge.__version__`` is the version of the installed package.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        # Reading package metadata costs some ten milliseconds, which no short command should pay.
        if name == "__version__":
            from importlib.metadata import version

            return version("bridge")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
