"""A run as one HTML page that needs nothing else: totals, rules by message, findings, rule texts.

What stands in messages and file names is escaped; a policy in the page lets nothing but its own
style and script work. Frame, style and script are ``page.html``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final

from bridge.conform.html_cases import (
    CLASSES,
    SIGNS,
    Shown,
    Texts,
    by_case,
    chosen,
    left_out,
    rule_articles,
)
from bridge.conform.outcome import NO_KIND, Checked, Outcome, Standing, State, Told
from bridge.conform.tally import Run, Tally

COLUMNS: Final = 18
"""So many rules stand side by side in the matrix: what fits on paper."""

_TEMPLATE: Final = Path(__file__).with_name("page.html")
_VERDICTS: Final = {"valid": "good", "invalid": "bad", "unreadable": "bad"}
_LETTERS: Final = {"fatal": "F", "warning": "W", "info": "i"}
_GRAVEST: Final = tuple(_LETTERS)
_WITH_DATA: Final = (
    "This page shows parts of the messages, so it holds whatever personal data they hold. Keep it "
    "and pass it on like the messages themselves; <code>--no-excerpts</code> makes one without."
)
_WITHOUT_DATA: Final = "This page shows no part of a message: it was made without excerpts."


def page(run: Run, texts: Texts, now: datetime, *, excerpts: bool) -> Iterator[str]:
    """Give the page in pieces."""
    head, _, foot = _TEMPLATE.read_text("utf-8").partition("<!--BODY-->\n")
    title = f"Conformance of {run.suite}: {run.state}"
    yield _clean(
        head.replace("{{title}}", escape(title)).replace("{{policy}}", _policy(head, foot))
    )
    shown = chosen(run)
    yield from map(_clean, _body(run, texts, now, shown, excerpts))
    yield foot


def _policy(head: str, foot: str) -> str:
    def digest(element: str) -> str:
        text = (head + foot).partition(f"<{element}>")[2].partition(f"</{element}>")[0]
        return base64.b64encode(sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src 'sha256-{digest('style')}'; "
        f"script-src 'sha256-{digest('script')}'; base-uri 'none'; form-action 'none'"
    )


def _clean(text: str) -> str:
    # Names of files may hold octets that are no text; HTML allows no control characters.
    return re.sub("[^\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "�", text)


def _body(run: Run, texts: Texts, now: datetime, shown: Shown, excerpts: bool) -> Iterator[str]:
    yield from _top(run, now, shown, excerpts)
    yield "<main>\n"
    yield from _expectations(run.tally)
    yield from _kinds(run.tally)
    if run.tally.rules:
        yield from _rules(run.tally, shown)
        yield from _matrix(shown)
    if shown.cases:
        yield from by_case(shown)
    if run.tally.rules:
        yield from rule_articles(texts, shown)
    yield "</main>\n"


def _top(run: Run, now: datetime, shown: Shown, excerpts: bool) -> Iterator[str]:
    yield f"<header>\n<h1>Conformance run</h1>\n<p>{escape(run.suite)}: "
    words = "everything is" if run.state is State.PASSED else "not everything is"
    sign, class_ = SIGNS[run.state], CLASSES[run.state]
    yield f'<span class="{class_}">{sign} {words} as expected</span></p>\n'
    states = run.tally.states
    moment = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    facts = {
        "cases": run.tally.cases,
        "as expected": states[State.PASSED],
        "not as expected": states[State.FAILED],
        "unreadable": states[State.UNREADABLE],
        "messages": run.tally.messages,
        "seconds": f"{run.seconds:.2f}",
        "messages a second and core": f"{run.per_second_and_core:.0f}",
    }
    yield '<dl class="totals">\n'
    for name, value in facts.items():
        yield f"<div><dt>{name}</dt><dd>{value}</dd></div>\n"
    yield f'</dl>\n<p class="faint">Made {moment} by {_processes(run.jobs)}.</p>\n'
    for note in run.notes:
        yield f'<p class="notice">{escape(note)}</p>\n'
    yield f'<p class="notice">{_WITH_DATA if excerpts else _WITHOUT_DATA}</p>\n'
    links = {"expected": "Cases"} if _has_cases(run.tally) else {}
    links["kinds"] = "Messages by kind"
    if run.tally.rules:
        links |= {"rules": "Rules that fired", "matrix": "Rules by message"}
    if shown.cases:
        links["cases"] = "Findings by case"
    if run.tally.rules:
        links["texts"] = "Texts of the rules"
    items = "".join(f'<li><a href="#{anchor}">{word}</a></li>' for anchor, word in links.items())
    yield f'<nav aria-label="On this page"><ul>{items}</ul></nav>\n</header>\n'


def _processes(count: int) -> str:
    return f"{count} process{'es' if count > 1 else ''}"


def _has_cases(tally: Tally) -> bool:
    """Whether anything but a valid message is expected of anything."""
    return any(kind != "valid" for kind, _ in tally.expects)


def _expectations(tally: Tally) -> Iterator[str]:
    if not _has_cases(tally):
        return
    kinds = sorted({kind for kind, _ in tally.expects})
    yield '<section aria-labelledby="expected">\n<h2 id="expected">Cases</h2>\n'
    rows = [(kind, [tally.expects[kind, state] for state in State]) for kind in kinds]
    yield from _table("expected", "Cases by what they expect", ("expected", *map(str, State)), rows)
    yield "</section>\n"


def _kinds(tally: Tally) -> Iterator[str]:
    yield '<section aria-labelledby="kinds">\n<h2 id="kinds">Messages by kind</h2>\n'
    found = sorted({key[:2] for key in tally.kinds})
    rows = [
        (
            f"{kind or NO_KIND}{f' ({standard})' if standard else ''}",
            [tally.kinds[kind, standard, verdict] for verdict in _VERDICTS],
        )
        for kind, standard in found
    ]
    yield from _table("kinds", "Messages by kind and verdict", ("kind", *_VERDICTS), rows)
    yield "</section>\n"


def _table(
    section: str, caption: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]
) -> Iterator[str]:
    yield _scroll(section)
    yield f'<table><caption>{caption}</caption>\n<thead><tr><th scope="col">{columns[0]}</th>'
    yield "".join(f'<th scope="col" class="number">{name}</th>' for name in columns[1:])
    yield "</tr></thead>\n<tbody>\n"
    for name, counts in rows:
        cells = "".join(f'<td class="number">{count or "–"}</td>' for count in counts)
        yield f'<tr><th scope="row" class="name">{escape(name)}</th>{cells}</tr>\n'
    yield "</tbody></table></div>\n"


def _scroll(label: str) -> str:
    return f'<div class="scroll" role="region" aria-labelledby="{label}" tabindex="0">'


def _rules(tally: Tally, shown: Shown) -> Iterator[str]:
    yield '<section aria-labelledby="rules">\n<h2 id="rules">Rules that fired</h2>\n'
    yield _scroll("rules")
    yield "<table><caption>Rules with their findings</caption>\n<thead><tr>"
    yield '<th scope="col">rule</th><th scope="col">severity</th>'
    for name in ("findings", "messages", "unexpected"):
        yield f'<th scope="col" class="number">{name}</th>'
    yield "</tr></thead>\n<tbody>\n"
    for (rule, severity), count in sorted(tally.rules.items()):
        numbers = (count, tally.hit[rule], tally.unexpected[rule])
        cells = "".join(f'<td class="number">{number or "–"}</td>' for number in numbers)
        link = f'<a href="#{shown.anchors[rule]}">{escape(rule)}</a>'
        yield f'<tr><th scope="row" class="name">{link}</th>'
        yield f'<td class="{severity}">{severity}</td>{cells}</tr>\n'
    yield "</tbody></table></div>\n</section>\n"


# --- rules by message ---------------------------------------------------------


def _matrix(shown: Shown) -> Iterator[str]:
    yield '<section aria-labelledby="matrix">\n<h2 id="matrix">Rules by message</h2>\n'
    yield "<p>F fatal, W warning, i information, with the number of findings if there are several; "
    yield "! not expected. Messages without a finding are not listed.</p>\n"
    rows = [
        (number, outcome, checked)
        for number, outcome in shown.cases.items()
        for checked in outcome.checked
        if checked.told
    ]
    rules = sorted({told.finding.id for _, _, checked in rows for told in checked.told})
    for begin in range(0, len(rules), COLUMNS):
        yield from _block(rows, rules[begin : begin + COLUMNS], shown)
    yield left_out(shown)
    yield "</section>\n"


def _block(
    rows: Sequence[tuple[int, Outcome, Checked]], rules: Sequence[str], shown: Shown
) -> Iterator[str]:
    yield _scroll("matrix")
    span = rules[0] if len(rules) == 1 else f"{rules[0]} to {rules[-1]}"
    yield f'<table class="matrix"><caption>{escape(span)}</caption>\n<thead><tr>'
    yield '<th scope="col" class="name">message</th>'
    for rule in rules:
        link = f'<a href="#{shown.anchors[rule]}">{escape(rule)}</a>'
        yield f'<th scope="col" class="rule">{link}</th>'
    yield "</tr></thead>\n<tbody>\n"
    for number, outcome, checked in rows:
        by_rule: dict[str, list[Told]] = {}
        for told in checked.told:
            by_rule.setdefault(told.finding.id, []).append(told)
        if not by_rule.keys() & set(rules):
            continue
        name = outcome.name
        if len(outcome.checked) > 1:
            name += f": {Path(checked.file).name}"
        yield f'<tr data-state="{outcome.state}"><th scope="row" class="name">'
        yield f'<a href="#case-{number}">{escape(name)}</a></th>'
        yield "".join(_cell(number, by_rule.get(rule, ()), shown) for rule in rules)
        yield "</tr>\n"
    yield "</tbody></table></div>\n"


def _cell(number: int, told: Sequence[Told], shown: Shown) -> str:
    if not told:
        return "<td></td>"
    severities = {str(each.finding.severity) for each in told}
    severity = next(each for each in _GRAVEST if each in severities)
    text = f"{_LETTERS[severity]}{len(told) if len(told) > 1 else ''}"
    unexpected = any(each.standing is Standing.UNEXPECTED for each in told)
    classes, text = (f"{severity} unexpected", f"{text}!") if unexpected else (severity, text)
    anchor = f"case-{number}-{shown.anchors[told[0].finding.id]}"
    return f'<td class="{classes}"><a href="#{anchor}">{text}</a></td>'
