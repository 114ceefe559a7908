"""The part of the HTML page that goes case by case: findings, excerpts, and the texts of rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, TypeAlias

from bridge.conform.outcome import Checked, Excerpt, Outcome, Standing, State, Told
from bridge.conform.rule_texts import RuleText
from bridge.conform.tally import Run

MOST_CASES: Final = 500
"""So many cases are shown with their findings: first what is not as expected."""
MOST_SHOWN: Final = 40
"""So many findings of one message are shown."""
CLASSES: Final = {State.PASSED: "good", State.FAILED: "bad", State.UNREADABLE: "bad"}
SIGNS: Final = {State.PASSED: "✓", State.FAILED: "✗", State.UNREADABLE: "⚠"}
_VERDICTS: Final = {"valid": "good", "invalid": "bad", "unreadable": "bad"}

Texts: TypeAlias = Mapping[str, Sequence[RuleText]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a run is shown in full: cases by their number, and the anchors of the rules."""

    cases: Mapping[int, Outcome]
    left_out: int
    anchors: Mapping[str, str]


def chosen(run: Run) -> Shown:
    """Choose the cases that are shown in full, in the order of the suite."""
    wrong: dict[int, Outcome] = {}
    told: dict[int, Outcome] = {}
    candidates = 0
    for number, outcome in enumerate(run.outcomes, 1):
        into = wrong if outcome.state is not State.PASSED else told
        if into is told and not any(outcome.told):
            continue
        candidates += 1
        if len(into) < MOST_CASES:
            into[number] = outcome
    room = MOST_CASES - len(wrong)
    cases = {**wrong, **dict(list(told.items())[:room])}
    anchors: dict[str, str] = {}
    for rule in run.tally.rule_ids:
        anchor = "rule-" + re.sub(r"[^A-Za-z0-9_-]", "_", rule)
        anchors[rule] = anchor if anchor not in anchors.values() else f"{anchor}-{len(anchors)}"
    return Shown(dict(sorted(cases.items())), candidates - len(cases), anchors)


def left_out(shown: Shown) -> str:
    """Say how many cases are not shown; nothing where all are."""
    if not shown.left_out:
        return ""
    return (
        f'<p class="notice">{shown.left_out} more cases with findings are left out to keep the '
        "page readable; <code>--json</code> has them all.</p>\n"
    )


# --- findings by case ---------------------------------------------------------


def by_case(shown: Shown) -> Iterator[str]:
    """Give the section with an article for each case that is shown."""
    yield '<section aria-labelledby="cases">\n<h2 id="cases">Findings by case</h2>\n'
    yield '<form class="filter" hidden role="search"><label>text, rule or file'
    yield '<input type="search" name="text"></label><label>state<select name="state">'
    yield '<option value="">all</option>'
    yield "".join(f'<option value="{state}">{state}</option>' for state in State)
    yield '</select></label><output aria-live="polite"></output></form>\n'
    for number, outcome in shown.cases.items():
        yield from _case(number, outcome, shown)
    yield left_out(shown)
    yield "</section>\n"


def _case(number: int, outcome: Outcome, shown: Shown) -> Iterator[str]:
    long = " long" if sum(1 for _ in outcome.told) > 3 else ""
    yield f'<article id="case-{number}" class="case{long}" data-state="{outcome.state}">\n'
    yield f"<header><h3>{escape(outcome.title or outcome.name)}</h3>{_state(outcome.state)}"
    yield "</header>\n"
    alone = outcome.file == outcome.name  # a message without a case
    facts = [] if alone else [outcome.name, outcome.file]
    facts += [outcome.expects and f"expected: {outcome.expects}", outcome.chapter]
    yield f'<p class="faint">{" · ".join(escape(fact) for fact in facts if fact)}</p>\n'
    if outcome.description:
        yield f"<p>{escape(outcome.description)}</p>\n"
    if outcome.misses:
        items = "".join(f"<li>{escape(miss)}</li>" for miss in outcome.misses)
        yield f'<ul class="misses">{items}</ul>\n'
    anchored: set[str] = set()
    for checked in outcome.checked:
        yield from _checked(number, checked, shown, anchored)
    yield "</article>\n"


def _checked(number: int, checked: Checked, shown: Shown, anchored: set[str]) -> Iterator[str]:
    verdict = f'<span class="{_VERDICTS[checked.verdict]}">{checked.verdict}</span>'
    yield f"<h4>{escape(Path(checked.file).name)}: {verdict}</h4>\n"
    yield f'<p class="faint">{escape(checked.what)}</p>\n'
    if not checked.told:
        return
    yield '<ol class="findings">\n'
    visible = _visible(checked.told)
    for told, onward in zip(visible, [*visible[1:], None], strict=True):
        rule = shown.anchors[told.finding.id]
        anchor = "" if rule in anchored else f' id="case-{number}-{rule}"'
        anchored.add(rule)
        # Findings at one place share one excerpt, below the last of them.
        shared = onward is not None and onward.excerpt == told.excerpt
        yield from _told(told, anchor, shown, None if shared else told.excerpt)
    yield "</ol>\n"
    left = len(checked.told) + checked.more - min(len(checked.told), MOST_SHOWN)
    if left:
        yield f'<p class="faint">and {left} more findings</p>\n'


def _visible(told: Sequence[Told]) -> list[Told]:
    """The findings that are shown: the first of each rule, then as many as there is room for."""
    first: dict[str, Told] = {}
    for each in told:
        first.setdefault(each.finding.id, each)
    rest = [each for each in told if first[each.finding.id] is not each]
    chosen = {id(each) for each in [*first.values(), *rest][: max(MOST_SHOWN, len(first))]}
    return [each for each in told if id(each) in chosen]


def _told(told: Told, anchor: str, shown: Shown, excerpt: Excerpt | None) -> Iterator[str]:
    finding = told.finding
    link = f'<a href="#{shown.anchors[finding.id]}">{escape(finding.id)}</a>'
    place = f"line {finding.line}, " if finding.line is not None else ""
    standing = "bad" if told.standing is Standing.UNEXPECTED else "faint"
    yield f'<li{anchor}><p><span class="{finding.severity}">{finding.severity}</span> {link} '
    yield f'<span class="{standing}">{told.standing}</span></p>\n'
    yield f"<p>{escape(finding.message)}</p>\n"
    yield f'<p class="faint">{place}<code>{escape(finding.location)}</code></p>\n'
    if excerpt is not None:
        yield _excerpt(excerpt)
    yield "</li>\n"


def _excerpt(excerpt: Excerpt) -> str:
    lines = []
    for index, line in enumerate(excerpt.lines):
        element = "mark" if index == excerpt.marked else "span"
        number = excerpt.first + index
        lines.append(f"<{element}><i>{number}</i>{escape(line)}</{element}>")
    laid_out = '<p class="faint">Laid out for reading, an element a line:</p>\n'
    shown = f'<pre class="excerpt"><code>{"".join(lines)}</code></pre>\n'
    return laid_out + shown if excerpt.laid_out else shown


# --- texts of the rules -------------------------------------------------------


def rule_articles(texts: Texts, shown: Shown) -> Iterator[str]:
    """Give the section with an article for each rule that fired."""
    yield '<section aria-labelledby="texts">\n<h2 id="texts">Texts of the rules</h2>\n'
    yield "<p>What a rule says holds in a message that is in order.</p>\n"
    for rule, anchor in shown.anchors.items():
        yield f'<article id="{anchor}"><h3>{escape(rule)}</h3>\n'
        for text in texts.get(rule, ()):
            yield from _text(text)
        yield "</article>\n"
    yield "</section>\n"


def _text(text: RuleText) -> Iterator[str]:
    yield '<dl class="rule">'
    rule = text.rule
    rows: list[tuple[str, str, str]] = []
    if rule is None:
        rows.append(("", "text", "Found by the parser, the reader or the schema, not by a row."))
    else:
        severity = str(rule.severity)
        if rule.received is not None and rule.received is not rule.severity:
            severity += f"; in what others send {rule.received}"
        rows += [("en", "English", rule.text["en"]), ("de", "Deutsch", rule.text["de"])]
        rows += [("", "severity", severity), ("", "chapter", rule.chapter), ("", "note", rule.note)]
    rows.append(("", "seen in", ", ".join(text.standards)))
    for language, name, value in rows:
        if value:
            attribute = f' lang="{language}"' if language else ""
            yield f"<dt>{name}</dt><dd{attribute}>{escape(value)}</dd>"
    yield "</dl>\n"


def _state(state: State) -> str:
    return f'<span class="{CLASSES[state]}">{SIGNS[state]} {state}</span>'
