"""``python -m bridge.cli.reference``: docs/cli.md, made from the parsers themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bridge.cli.main import build

_INTRODUCTION = """\
# Command line

Made by `python -m bridge.cli.reference` from the parsers; a test holds this page to them.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | refused: a fatal finding, an invalid message, a table with problems |
| 2 | wrong use: arguments, folders, keys |
| 3 | unreadable input |

Of several files the worst counts. Reports are for people; `--json` prints one object instead.
Colours and frames appear on a terminal only, and not if `NO_COLOR` is set. `--debug` shows the
traceback of an error.
"""


def reference() -> str:
    """Give the page."""
    return "\n".join([_INTRODUCTION, *_commands(build(), "bridge")])


def _commands(parser: argparse.ArgumentParser, name: str) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            summaries = {choice.dest: choice.help for choice in action._choices_actions}
            for word, command in action.choices.items():
                yield from _command(command, f"{name} {word}", str(summaries[word]))


def _command(parser: argparse.ArgumentParser, name: str, summary: str) -> Iterator[str]:
    yield f"## {name}\n\n{summary[:1].upper()}{summary[1:]}.\n"
    inner = list(_commands(parser, name))
    if inner:
        yield from inner
        return
    yield "| argument | meaning |\n|---|---|"
    for action in parser._actions:
        if action.dest != "help":
            yield f"| `{_spelling(action)}` | {action.help} |"
    yield f"\n```text\n{parser.epilog}\n```\n"


def _spelling(action: argparse.Action) -> str:
    words = ", ".join(action.option_strings)
    if action.nargs == 0:
        return words
    value = str(action.metavar or "|".join(action.choices or ()) or action.dest)
    value = {"+": f"{value} …", "?": f"[{value}]"}.get(str(action.nargs), value)
    return f"{words} {value}".strip()


if __name__ == "__main__":
    print(reference(), end="")
