"""``bridge check``: what a message is, whether schema and rules allow it, and what we would do."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bridge import resources
from bridge.cli.intake import Given, given
from bridge.cli.options import catalogue, json_option, moment, standards_option
from bridge.cli.output import DONE, REFUSED, UNREADABLE, Output, Styled
from bridge.errors import SettingsFault, UnreadableDocument
from bridge.finding import Severity
from bridge.standards.catalogue import Catalogue

if TYPE_CHECKING:
    from bridge.rules.check import Checker, Circumstances, Report
    from bridge.rules.strictness import Strictness, Verdict
    from bridge.rules.table import Rule

_EXITS: Final = {"valid": DONE, "invalid": REFUSED, "unreadable": UNREADABLE}
_STYLES: Final = {"valid": "good", "invalid": "bad", "unreadable": "bad"}
_AUTO: Final = "auto"
_ONLY: Final = ("schema", "structure", "content", "pair", "header", "plausibility")
POLICY: Final = "strictness.toml"


@dataclass(frozen=True, slots=True)
class Judged:
    """One message, its verdict, and the verdict of the policy beside it."""

    file: str
    report: Report
    policy: Verdict

    def as_json(self) -> dict[str, Any]:
        """The shape that ``--json`` prints."""
        return {"file": self.file, **self.report.as_json(), "policy": self.policy.as_json()}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add(
        "files",
        metavar="FILE",
        nargs="+",
        help="a message, SOAP envelope, Domibus submission, folder or zip archive; '-' is stdin",
    )
    add(
        "--version",
        metavar="STANDARD",
        default=_AUTO,
        dest="standard",
        help="judge as this version (default: auto, the one that it declares)",
    )
    add(
        "--only",
        choices=_ONLY,
        action="append",
        help="only these findings; may be given several times",
    )
    add("--pair", metavar="REQUEST", help="the request that an answer must belong to")
    add("--header", metavar="FILE", help="the ebMS header or envelope that it travelled with")
    add("--environment", metavar="NAME", default="", help="judge identifiers for production, …")
    add("--now", metavar="TIME", type=moment, help="the time to judge dates by (default: now)")
    add("--sending", action="store_true", help="judge what we send: the policy refuses more")
    add("--policy", metavar="FILE.toml", type=Path, help="what refuses a message")
    add("--peer", metavar="ID", default="", help="the peer whose own rows of the policy count")
    add("--language", choices=("en", "de"), default="en", help="language of the rules' texts")
    add("--all", action="store_true", help="show findings of severity info too")
    add("--explain", action="store_true", help="say of each broken rule what it asks for and why")
    add("--sarif", metavar="FILE", type=Path, help="write the findings as SARIF 2.1.0")
    json_option(parser)
    standards_option(parser)
    parser.epilog = (
        "The verdict is that of the published rules; the policy beside it says what the bridge\n"
        "would do. The exit code follows the verdict.\n\n"
        "examples:\n"
        "  bridge check request.xml answer.xml --json\n"
        "  bridge check answer.xml --pair request.xml --explain\n"
        "  bridge check captured.zip --only header --sarif findings.sarif"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, out: Output) -> int:
    """Judge every message; the exit code is that of the worst."""
    from bridge.rules.check import Checker
    from bridge.rules.strictness import load_strictness

    checker = Checker(catalogue(arguments))
    policy = load_strictness(arguments.policy or resources.mappings() / POLICY)
    beside = _circumstances(arguments, checker.catalogue)
    judged = [
        judge(each, checker, beside, policy, arguments.peer) for each in given(arguments.files)
    ]
    if arguments.sarif:
        _write_sarif(arguments.sarif, judged, checker, arguments.language)
    if arguments.json:
        shown: dict[str, Any] = {"files": [each.as_json() for each in judged]}
        if arguments.explain:
            shown["rules"] = {rule.id: rule.as_json() for rule in _broken_rules(judged, checker)}
        out.json(shown)
    else:
        for each in judged:
            _tell(each, out, everything=arguments.all)
        _sum_up(judged, out)
        if arguments.explain:
            broken = _broken_rules(judged, checker)
            shown_rules = [r for r in broken if arguments.all or r.severity is not Severity.INFO]
            _explain(shown_rules, arguments.language, out)
    return max((_EXITS[each.report.verdict] for each in judged), default=DONE)


def judge(
    message: Given, checker: Checker, beside: Circumstances, policy: Strictness, peer: str = ""
) -> Judged:
    """Judge one message. Never raises for what stands in it."""
    from bridge.rules.check import unreadable

    report = checker(message.octets, beside) if not message.fault else unreadable(message.fault)
    verdict = policy.verdict(
        report.findings, sending=beside.sending, peer=peer, standard=report.standard
    )
    if not report.readable:  # no policy can want it: there is nothing to work with
        verdict = replace(verdict, refused=report.findings, warned=(), ignored=())
    return Judged(message.name, report, verdict)


def _circumstances(arguments: argparse.Namespace, known: Catalogue) -> Circumstances:
    from bridge.rules.check import ALL_STAGES, Circumstances

    return Circumstances(
        request=_beside(arguments.pair, "--pair") if arguments.pair else None,
        header=_beside(arguments.header, "--header") if arguments.header else None,
        now=arguments.now or datetime.now(UTC),
        environment=arguments.environment,
        standard=standard_named(arguments.standard, known),
        sending=arguments.sending,
        stages=frozenset(arguments.only) if arguments.only else ALL_STAGES,
        language=arguments.language,
        explain=arguments.explain,
    )


def _beside(name: str, option: str) -> bytes:
    """Read a document that stands beside; what is wrong with it is not the message's fault."""
    from bridge.cli.documents import read_octets
    from bridge.xml.parse import parse

    octets = read_octets(name)
    try:
        parse(octets)
    except UnreadableDocument as fault:
        raise UnreadableDocument(
            f"{option}: {fault.what}", where=name, code=fault.code, line=fault.line
        ) from None
    return octets


def standard_named(word: str, known: Catalogue) -> str:
    """Give the version that a word means: ``edm-1.2``, or ``1.2`` where only one family has it.

    Raises ``SettingsFault``.
    """
    if word in (_AUTO, *known.standards):
        return "" if word == _AUTO else word
    meant = [name for name in known.standards if name.rpartition("-")[2] == word]
    if len(meant) == 1:
        return meant[0]
    raise SettingsFault(
        f"'{word}' is {'several versions' if meant else 'no version'} of a standard known here",
        remedy=f"Known are {', '.join(meant or known.standards)}.",
    )


# --- what is told -------------------------------------------------------------


def _tell(judged: Judged, out: Output, *, everything: bool) -> None:
    report, head = judged.report, judged.report.head
    what = f"{head.kind}, {head.family} {head.version}" if head else "no message known here"
    schema = {None: "", True: ", schema valid", False: ", schema not valid"}[report.schema_valid]
    verdict: list[str | Styled] = [Styled(report.verdict, _STYLES[report.verdict])]
    if (report.verdict == "valid") is not judged.policy.accepted:
        done = Styled("accepted", "good") if judged.policy.accepted else Styled("refused", "bad")
        verdict += [" but ", done, " under the policy"]
    out.line(Styled(judged.file, "name"), ": ", *verdict, f" ({what}{schema})")
    shown = [f for f in report.findings if everything or f.severity is not Severity.INFO]
    if shown:
        decisions = judged.policy.decisions
        out.findings(shown, ("policy", [decisions[finding] for finding in shown]))
    hidden = len(report.findings) - len(shown)
    if hidden and not shown:
        return  # a message in order may well have cautions; each one that is not has them too
    if hidden:
        out.line(Styled(f"{hidden} of severity info are not shown (--all)", "faint"))
    if shown:
        out.line()


def _sum_up(judged: Sequence[Judged], out: Output) -> None:
    if len(judged) < 2:
        return
    verdicts = [each.report.verdict for each in judged]
    counts = ", ".join(f"{verdicts.count(word)} {word}" for word in _EXITS if word in verdicts)
    out.line(Styled(f"{len(judged)} messages: ", "head"), counts)


def _broken_rules(judged: Iterable[Judged], checker: Checker) -> list[Rule]:
    """The rows behind the findings, each once, in the order of their ids."""
    found: dict[str, Rule] = {}
    for each in judged:
        for finding in each.report.findings:
            rule = checker.rule(finding.id, each.report.head)
            if rule is not None:
                found.setdefault(rule.id, rule)
    return [found[id_] for id_ in sorted(found)]


def _explain(rules: Sequence[Rule], language: str, out: Output) -> None:
    for rule in rules:
        facts: list[tuple[str, str]] = [
            ("asks", rule.text[language]),
            ("chapter", rule.chapter),
            ("looks at", rule.context),
            ("test", rule.test),
            ("note", rule.note),
        ]
        out.panel(f"{rule.id} ({rule.severity})", [fact for fact in facts if fact[1]])


def _write_sarif(path: Path, judged: Sequence[Judged], checker: Checker, language: str) -> None:
    import json

    import bridge
    from bridge.cli.documents import write_octets
    from bridge.cli.sarif import sarif

    results = [(each.file, each.report.findings) for each in judged]
    rules = _broken_rules(judged, checker)
    document = sarif(results, rules, bridge.__version__, language=language)
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    # A name of a file that is no UTF-8 becomes an escape of JSON's own.
    write_octets(path, text.encode("utf-8", "backslashreplace"))
