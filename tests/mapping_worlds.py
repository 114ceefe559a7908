"""What the tests of the mapping share: tables, contexts, shipped messages, hand-made tables."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from bridge.mapping.account import Account, Env
from bridge.mapping.context import Context, seeded_ids
from bridge.mapping.explained import resolved as resolved
from bridge.mapping.paths import Select, parse_path
from bridge.mapping.tables import Tables
from bridge.mapping.translate import Translation
from bridge.message import Attachment, Group, Head, Message, group
from bridge.resources import mappings
from bridge.rules.schema import SchemaCheck
from bridge.xml.parse import parse
from tests.fixture_files import CATALOGUE, FIXTURES, MEDIA_TYPES, attachments_of

TABLES: Final = Tables(mappings(), CATALOGUE)
"""The shipped tables, loaded once for the whole test run."""
SCHEMA: Final = SchemaCheck()
NOW: Final = datetime(2026, 11, 23, 9, 15, 0, 250_000, tzinfo=UTC)
MESSAGE_ROUTES: Final = [route for route in TABLES.routes() if route[0].id == TABLES.messages.id]
PAYLOAD_ROUTES: Final = [route for route in TABLES.routes() if route[0].id != TABLES.messages.id]


def route_id(route: tuple[Any, ...]) -> str:
    """The id of a parametrised test over ``Tables.routes()``."""
    table, pair, direction, source, target = route
    return f"{table.id}.{pair.id} {direction} {source or 'context'} {target}"


def edm_versions() -> list[str]:
    """All versions of the EDM, ``edm-1.2`` and so on."""
    return [name for name in CATALOGUE.standards if name.startswith("edm-")]


def national_versions() -> list[str]:
    """All versions of XNachweis."""
    return [name for name in CATALOGUE.standards if name.startswith("xnachweis-")]


def national_version() -> str:
    """The newest version of XNachweis."""
    return max(national_versions())


# --- shipped messages ------------------------------------------------------------------------


@cache
def shipped(name: str) -> Message:
    """A shipped message with its attachments: ``edm/2.0/request-full``."""
    path = FIXTURES / f"{name}.xml"
    message = CATALOGUE.read(parse(path.read_bytes())).message
    files = attachments_of(path)
    attachments = [
        _attachment(value.removeprefix("cid:"), files)
        for _path, value in message.fields.leaves()
        if isinstance(value, str) and value.startswith("cid:")
    ]
    return replace(message, attachments=tuple(attachments))


def _attachment(content_id: str, files: dict[str, Path]) -> Attachment:
    file = files[content_id.partition("@")[0]]
    return Attachment(content_id, MEDIA_TYPES[file.suffix], file.read_bytes())


def with_attachments(message: Message) -> Message:
    """A generated message, with a small document for every ``cid:`` that it names."""
    attachments = [
        Attachment(value.removeprefix("cid:"), "application/pdf", b"%PDF-1.7 made up")
        for _path, value in message.fields.leaves()
        if isinstance(value, str) and value.startswith("cid:")
    ]
    return replace(message, attachments=tuple(attachments))


# --- contexts --------------------------------------------------------------------------------


def bare_context(seed: str = "test") -> Context:
    """The context out of the box, with a fixed clock and seeded ids."""
    return Context(NOW, seeded_ids(seed), TABLES.defaults)


def exchange(edm: str, seed: str = "test", national: str = "") -> Context:
    """A context in which every message and choice of an exchange is known."""
    version = edm.removeprefix("edm-")
    national = (national or national_version()).removeprefix("xnachweis-")
    abroad = shipped(f"edm/{version}/request-abroad-full").fields
    return (
        bare_context(seed)
        .with_messages(
            request=shipped(f"demo/request-{version}"),
            inquiry=shipped(f"xnachweis/{national}/0301-full"),
            order=shipped(f"xnachweis/{national}/0401-full"),
            get=shipped(f"xnachweis/{national}/0411-full"),
        )
        .with_values(
            choice={
                "Requirement": abroad["Requirements"],
                "EvidenceProvider": abroad["EvidenceProvider"],
                "EvidenceRequest": abroad["EvidenceRequest"],
            },
            preview={
                "PreviewLocation": "https://preview.bridge.example/start/6c1f",
                "PreviewDescription": [{"value": "Look at your evidence first.", "lang": "EN"}],
            },
            session={
                "ConversationID": "5b0f0d3c-1c57-4f0e-9f55-0c6f4c7a1e01",
                "URLtoIP": "https://bridge.example/s/1",
            },
        )
    )


def env_for(
    *,
    direction: str = "to-xnachweis",
    item: dict[str, Any] | None = None,
    fields: dict[str, Any] | None = None,
    target: str = "",
    path: str = "",
    attachments: tuple[Attachment, ...] = (),
    **values: Any,
) -> Env:
    """What a converter sees; ``values`` are named groups of the context."""
    target = target or (national_version() if direction == "to-xnachweis" else edm_versions()[-1])
    head = Head("edm", "2.0", "QueryRequest")
    context = bare_context().with_values(**values)
    return Env(
        context=context,
        message=Message(head, group(fields or {}), attachments),
        direction=direction,
        target_standard=target,
        account=Account(),
        shelf=TABLES.shelf(target),
        item=group(item or {}),
        path=path,
    )


# --- tables made by hand ---------------------------------------------------------------------


def changed_tables(folder: Path, changes: dict[str, Callable[[str], str]]) -> Tables:
    """A copy of the shipped tables with files changed; a change that changes nothing is refused."""
    root = folder / "mappings"
    shutil.copytree(mappings(), root)
    for name, change in changes.items():
        before = (root / name).read_text("utf-8")
        after = change(before)
        assert after != before, f"the change of {name} changes nothing"
        (root / name).write_text(after, "utf-8")
    return Tables(root, CATALOGUE)


def in_row(row: str, old: str, new: str, part: str = "") -> Callable[[str], str]:
    """Replace a text inside one row, found by its id (and part)."""
    header = f"[[part.{part}.row]]" if part else "[[row]]"
    start = re.compile(rf'{re.escape(header)}\nid = "{re.escape(row)}"\n')

    def change(text: str) -> str:
        match = start.search(text)
        assert match, f"there is no row {row}"
        end = text.find("\n\n", match.end())
        body = text[match.start() : end]
        assert old in body, f"the row {row} does not hold {old}"
        return text[: match.start()] + body.replace(old, new) + text[end:]

    return change


def without_row(row: str, part: str = "") -> Callable[[str], str]:
    """Take one row out."""
    header = f"[[part.{part}.row]]" if part else "[[row]]"

    def change(text: str) -> str:
        start = text.index(f'{header}\nid = "{row}"\n')
        return text[:start] + text[text.index("\n\n", start) + 2 :]

    return change


def line_of(path: Path, row: str, part: str = "") -> int:
    """The line of a row's header in a file."""
    header = f"[[part.{part}.row]]" if part else "[[row]]"
    text = path.read_text("utf-8")
    return text[: text.index(f'{header}\nid = "{row}"\n')].count("\n") + 1


# --- reading an account ----------------------------------------------------------------------


def selector_values(fields: Group, goal: str) -> Iterator[str]:
    """The leaves that a goal's selectors by value fill."""
    steps = parse_path(goal)
    for count, step in enumerate(steps, 1):
        if step.select is Select.BY_VALUE:
            for path in resolved(fields, "/".join(map(str, steps[:count]))):
                yield f"{path}/{'/'.join(step.field)}"


def unexplained(fields: Group, goals: Sequence[str]) -> list[str]:
    """The leaves of a target that no goal of the account names."""
    named = set(itertools.chain.from_iterable(resolved(fields, goal) for goal in set(goals)))
    for goal in set(goals):
        named.update(selector_values(fields, goal))

    def explained(path: str) -> bool:
        steps = path.split("/")
        return any("/".join(steps[:count]) in named for count in range(1, len(steps) + 1))

    return [path for path, _value in fields.leaves() if not explained(path)]


def goals_of(translation: Translation) -> list[str]:
    """All places of the target that the account says were filled."""
    mapped = [entry.target for entry in translation.mapped if entry.target]
    return mapped + [entry.path for entry in translation.given]
