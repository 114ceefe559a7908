"""The exception tree. The family says whose fault it was, which decides the reaction.

::

    BridgeError
    ├── RemoteFault            what somebody sent us cannot be worked with: answer it
    │   ├── UnreadableDocument     not well-formed, or outside the stated limits
    │   ├── UnknownDocument        well-formed, but no message of a version we know
    │   └── RefusedMessage         an AS4 message or signal that earns an ebMS error
    ├── LocalFault             we were about to do something wrong: alarm
    │   ├── IncompleteMessage      a message to be written lacks or has unknown fields
    │   └── BorderViolation        a national identifier was about to leave towards the EU
    ├── DataFileFault          a data file of ours (binding, list, mapping table) is wrong
    │   ├── BindingFault
    │   └── MappingFault
    ├── EdgeFault              something outside did not answer (``retryable`` says: try again)
    └── SettingsFault          the configuration or the command line is wrong

No text of an exception ever holds a value of a message, only names, places and rule ids: values
are personal data.
"""

from __future__ import annotations

from collections.abc import Sequence


class BridgeError(Exception):
    """The common parent: ``what`` went wrong, ``where`` it stands, what to do (``remedy``)."""

    code = "BRIDGE"

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        remedy: str = "",
        code: str | None = None,
        line: int | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        self.line = line
        if code is not None:
            self.code = code
        super().__init__(self.paragraph())

    def paragraph(self) -> str:
        """One paragraph for people: what, where, what to do."""
        place = self.where
        if self.line is not None:
            place = f"{place}, line {self.line}" if place else f"line {self.line}"
        text = f"{self.what.rstrip('.')}{f' ({place})' if place else ''}"
        text += "" if text.endswith("?") else "."
        return f"{text} {self.remedy}" if self.remedy else text


class RemoteFault(BridgeError):
    """What somebody sent us cannot be worked with."""

    code = "BRIDGE-REMOTE"


class UnreadableDocument(RemoteFault):
    """Octets that are no well-formed XML within our limits; ``code`` names the limit or error."""

    code = "XML-MALFORMED"


class UnknownDocument(RemoteFault):
    """Well-formed XML that is no message of a standard and version we know."""

    code = "XML-UNKNOWN"


class RefusedMessage(RemoteFault):
    """An AS4 message or signal that is not taken; ``code`` is the ebMS error it earns (as4 5.2).

    ``security`` marks what belongs into the security log: a forgery, not a slip (as4 8, "L").
    ``message_id`` is the id that the message claims, empty where it could not be read.
    """

    code = "EBMS:0004"

    def __init__(
        self,
        what: str,
        *,
        code: str | None = None,
        where: str = "",
        security: bool = False,
        message_id: str = "",
    ) -> None:
        self.security = security
        self.message_id = message_id
        super().__init__(what, where=where, code=code)

    def of(self, message_id: str) -> RefusedMessage:
        """Give the same fault with the id of the message it is about."""
        return RefusedMessage(
            self.what,
            code=self.code,
            where=self.where,
            security=self.security,
            message_id=message_id,
        )


class LocalFault(BridgeError):
    """We were about to do something wrong."""

    code = "BRIDGE-LOCAL"


class IncompleteMessage(LocalFault):
    """Fields do not make up the message: ``problems`` lists every missing or unknown path."""

    code = "WRITE-INCOMPLETE"

    def __init__(self, kind: str, problems: Sequence[str]) -> None:
        self.kind = kind
        self.problems = tuple(problems)
        super().__init__(f"{kind} cannot be written: {'; '.join(self.problems)}")


class BorderViolation(LocalFault):
    """A national identifier was about to leave towards the EU (NOOTS 8.2)."""

    code = "BORDER-GUARD"


class DataFileFault(BridgeError):
    """A data file of ours is wrong; ``where`` is the file, ``line`` the line in it."""

    code = "BRIDGE-DATA"


class BindingFault(DataFileFault):
    """A binding or a code list of a standard's version is wrong."""

    code = "BINDING"


class MappingFault(DataFileFault):
    """A mapping table is wrong. ``problems`` lists all of them, one line each."""

    code = "MAPPING"

    def __init__(self, what: str, *, problems: Sequence[str] = (), **place: object) -> None:
        self.problems = tuple(problems)
        super().__init__(what, **place)  # type: ignore[arg-type]


class EdgeFault(BridgeError):
    """Something outside this process did not do its part."""

    code = "BRIDGE-EDGE"

    def __init__(self, what: str, *, where: str = "", retryable: bool = False) -> None:
        self.retryable = retryable
        super().__init__(what, where=where)


class SettingsFault(BridgeError):
    """The configuration or the command line is wrong."""

    code = "BRIDGE-SETTINGS"
