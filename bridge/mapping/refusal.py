"""Our own answer to a request that cannot be worked with: the exception with the broken rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bridge.mapping.context import Context
from bridge.mapping.tables import Tables
from bridge.mapping.translate import Translation, compose
from bridge.message import Message

INVALID: Final = "EDM:ERR:0003"
_PAIR: Final = "refusal"
_REQUEST_ID: Final = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def refuse(
    tables: Tables,
    context: Context,
    to: str,
    *,
    code: str = INVALID,
    rules: Sequence[str] = (),
    request: Message | None = None,
    request_id: str = "",
) -> Translation:
    """Compose the exception that answers a request in the version ``to``.

    ``rules`` are the ids of what is broken; they become the detail, each once, those of ours by
    the id that peers know (EDM 1.1, 9.2). ``request`` is the message, if it could be read, else
    ``request_id`` may repeat its id; an id of another form is left out (EDM 5.1). Raises
    ``MappingFault`` for an unknown code. Write it with ``translate.write``.
    """
    refusals = tables.refusals
    exception = refusals.exception(code, to)
    said = {"code": exception.code, "type": exception.type, "message": exception.message}
    if rules:
        known = (refusals.published.get(rule, rule) for rule in rules)
        said["detail"] = ", ".join(dict.fromkeys(known))
    answered = request_id if request is None else str(request.fields.get("id", ""))
    if _REQUEST_ID.fullmatch(answered):
        said["requestId"] = answered
    context = context.with_values(refusal=said)
    if request is not None:
        context = context.with_messages(request=request)
    return compose(_PAIR, tables, context, to)
