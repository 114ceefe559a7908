"""Adapter between Germany's NOOTS (XNachweis) and the EU's OOTS (EDM over RegRep).

``bridge.check(octets)`` judges a message and gives a ``bridge.Report`` with each
``bridge.Finding`` (docs/library.md); ``bridge.__version__`` is the version of the package.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.finding import Finding, Severity
    from bridge.rules.check import Report, check

    __version__: str
else:
    _HOME = {
        "check": "bridge.rules.check",
        "Report": "bridge.rules.check",
        "Finding": "bridge.finding",
        "Severity": "bridge.finding",
    }

    def __getattr__(name: str) -> object:
        # Loading them costs some ten milliseconds each, which no short command should pay.
        if name == "__version__":
            from importlib.metadata import version

            return version("bridge")
        if name in _HOME:
            from importlib import import_module

            return getattr(import_module(_HOME[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Finding", "Report", "Severity", "__version__", "check"]
