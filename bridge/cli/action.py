"""One action of a command that has several: its name, its arguments, what it runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bridge.cli.options import json_option
from bridge.cli.output import Output


@dataclass(frozen=True, slots=True)
class Action:
    """``arguments`` declares what the action takes; ``run`` gives the exit code."""

    name: str
    about: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Output], int]
    example: str
    json: bool = True


def add(parser: argparse.ArgumentParser, actions: Iterable[Action]) -> None:
    """Declare all actions of a command, each with its example."""
    every = tuple(actions)
    choices = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action in every:
        inner = choices.add_parser(action.name, help=action.about)
        action.arguments(inner)
        if action.json:
            json_option(inner)
        inner.epilog = f"example:\n  {action.example}"
        inner.set_defaults(run=action.run)
    parser.epilog = "examples:\n" + "\n".join(f"  {action.example}" for action in every)
