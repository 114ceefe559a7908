"""``bridge tables``: the tools of those who keep the mapping tables, one module for each kind."""

from __future__ import annotations

import argparse

from bridge.cli import (
    action,
    tables_check,
    tables_diff,
    tables_docs,
    tables_explain,
    tables_file,
    tables_new,
    tables_sheet,
    tables_show,
    tables_try,
)

MODULES = (
    tables_check,
    tables_show,
    tables_explain,
    tables_try,
    tables_diff,
    tables_new,
    tables_file,
    tables_sheet,
    tables_docs,
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of all actions."""
    action.add(parser, (each for module in MODULES for each in module.ACTIONS))
