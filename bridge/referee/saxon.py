"""SaxonC, loaded once for the process: stylesheets compiled, and run over octets.

SaxonC prints what goes wrong to the standard error of the process, values of the document included.
While it runs that stream is turned off, and its exceptions are told without their text.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from bridge.errors import SettingsFault, UnreadableDocument

_FEATURE: Final = "http://saxon.sf.net/feature/"
_SETTINGS: Final = {
    # Files beside the schema may be read, the network never.
    "allowedProtocols": "file",
    # A code list is read when the schema is compiled, not again for every message.
    "preEvaluateDocFunction": "on",
}


class StylesheetFault(UnreadableDocument):
    """A stylesheet that does not compile; the text quotes the stylesheet only."""

    code = "STYLESHEET"


class RunFault(UnreadableDocument):
    """A run that ended in an error outside of any rule; no detail, for it may quote a value."""

    code = "STYLESHEET-RUN"


class Transform:
    """A compiled stylesheet; calling it with the octets of a document gives the output."""

    def __init__(self, executable: Any) -> None:
        self._executable = executable

    def __call__(self, octets: bytes) -> str:
        """Parse and transform. Raises ``RunFault``."""
        return self.run(parsed(octets))

    def run(self, document: Any) -> str:
        """Transform what ``parsed`` gave; to judge one document by several stylesheets."""
        with _silent():
            try:
                return str(self._executable.transform_to_string(xdm_node=document))
            except Exception as error:
                if type(error).__name__ != "PySaxonApiError":
                    raise
                raise RunFault("the rules end in an error on this document") from None


def available() -> bool:
    """Whether SaxonC is installed."""
    try:
        import saxonche  # noqa: F401
    except ImportError:
        return False
    return True


def compile_stylesheet(stylesheet: bytes) -> Transform:
    """Compile a stylesheet. Raises ``StylesheetFault``, ``SettingsFault`` without SaxonC."""
    compiler = _compiler()
    with _silent():
        try:
            made = compiler.compile_stylesheet(stylesheet_text=stylesheet.decode())
        except Exception as error:
            if type(error).__name__ != "PySaxonApiError":
                raise
            raise StylesheetFault(" ".join(str(error).split())) from None
    return Transform(made)


def parsed(octets: bytes) -> Any:
    """Parse a document for ``Transform.run``; the caller has refused a DTD before."""
    processor = _processor()
    with _silent():
        try:
            return processor.parse_xml(xml_text=_decoded(octets))
        except Exception as error:
            if type(error).__name__ != "PySaxonApiError":
                raise
            raise RunFault("SaxonC cannot read the message") from None


def _decoded(octets: bytes) -> str:
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return octets.decode("utf-16")
    return octets.decode("utf-8-sig")


@cache
def _processor() -> Any:
    try:
        from saxonche import PySaxonProcessor
    except ImportError:
        raise SettingsFault(
            "a publisher's rules are run by SaxonC, which is not installed",
            remedy="Install it with: pip install 'bridge[referee]'",
        ) from None
    processor = PySaxonProcessor(license=False)
    for name, value in _SETTINGS.items():
        processor.set_configuration_property(_FEATURE + name, value)
    return processor


@cache
def _compiler() -> Any:
    return _processor().new_xslt30_processor()


@contextmanager
def _silent() -> Iterator[None]:
    kept = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
