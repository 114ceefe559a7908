"""The command ``bridge``: arguments, dispatch, exit codes, errors for people.

A command's module is imported only when it is called, so that ``bridge check`` costs what it needs.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final, NoReturn

from bridge.cli.output import DONE, REFUSED, USAGE, Output, complain, errors, exit_code
from bridge.errors import BridgeError, SettingsFault

COMMANDS: Final = {
    "check": "kind, version, schema and findings of messages",
    "show": "a message as a tree of its fields",
    "translate": "a message to its counterpart in the other standard",
    "tables": "check and show the mapping tables",
    "rules": "list and show the business rules",
    "codelists": "show, compare and import the code lists",
    "seal": "sign and verify the seal of evidence",
    "conform": "cases of a suite, or all messages below a path, against what is expected",
    "peers": "access points we exchange messages with: import, list, check, call",
    "sandbox": "what a laboratory needs: a made-up PKI",
    "demo": "the translations, step by step, on shipped messages",
    "referee": "a publisher's own rules and schemas beside ours, over messages",
    "bench": "speed against a floor measured in the same run",
}
_DEBUG: Final = "--debug"


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help of one width everywhere; asking the terminal would import half of ``shutil``'s world."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=96)


class Parser(argparse.ArgumentParser):
    """Tells wrong use in one paragraph, like every other error."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": Layout, **options})

    def error(self, message: str) -> NoReturn:
        """Raise ``SettingsFault`` instead of leaving the process."""
        raise SettingsFault(
            message[:1].upper() + message[1:], remedy=f"See '{self.prog} --help'.", code="USAGE"
        )


def build(only: str | None = None) -> argparse.ArgumentParser:
    """Build the parser; with the name of a command only that one is in it, fully."""
    parser = Parser(
        prog="bridge",
        description="Adapter between Germany's NOOTS (XNachweis) and the EU's OOTS (EDM).",
        epilog="Exit codes: 0 done, 1 refused or invalid, 2 wrong use, 3 unreadable input; "
        "of several files the worst.",
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument(_DEBUG, action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", parser_class=Parser, prog=parser.prog
    )
    for name, summary in COMMANDS.items():
        if only not in (None, "", name):
            continue
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[:1].upper()}{summary[1:]}.",
        )
        if only != "":
            import_module(f"bridge.cli.{name}").configure(command)
    return parser


def main(argv: Sequence[str] | None = None, access_point: Callable[[], Any] | None = None) -> int:
    """Run one command and give its exit code; ``access_point`` is made when a command needs it."""
    if argv is None:
        # What a process of its own loads it keeps: looking for cycles in it is time lost.
        gc.disable()
    words = list(sys.argv[1:] if argv is None else argv)
    debug = _DEBUG in words
    words = [word for word in words if word != _DEBUG]
    if sys.stdout is None or sys.stderr is None:
        return USAGE  # closed before we began: there is nobody to tell
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter gets its number, not a failed command.
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(words, access_point)
    except SystemExit as leaving:  # argparse after --help
        return int(leaving.code or 0)
    except BridgeError as error:
        if debug:
            raise
        complain(error)
        return exit_code(error)
    except BrokenPipeError:
        # Whoever read our output has left; Python would complain once more when it flushes.
        _discard_output()
        return REFUSED
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if debug:
            raise
        # Files name themselves in faults of their own; what is left is the output.
        complain(SettingsFault(f"the output cannot be written: {error.strerror or error.errno}"))
        _discard_output()
        return USAGE
    except Exception as error:
        if debug:
            raise
        errors().line(
            f"bridge: this is a fault of bridge itself ({type(error).__name__}). Run the command "
            f"again with {_DEBUG} and report what it prints, without any personal data."
        )
        return REFUSED


def _run(words: list[str], access_point: Callable[[], Any] | None) -> int:
    parser = build(words[0] if words and words[0] in COMMANDS else "")
    gc.enable()
    arguments = parser.parse_args(words)
    if arguments.version:
        import bridge

        Output().line(f"bridge {bridge.__version__}")
        return DONE
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return USAGE
    arguments.access_point = access_point
    result: int = arguments.run(arguments, Output(fancy=False if _json(arguments) else None))
    sys.stdout.flush()
    return result


def _discard_output() -> None:
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return  # not a stream of the process: nothing is flushed at its end


def _json(arguments: argparse.Namespace) -> bool:
    return bool(getattr(arguments, "json", False))
