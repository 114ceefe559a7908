"""The page: whole, safe, and right for whoever reads it however."""

from __future__ import annotations

import base64
import re
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from bridge.conform import html as page_module
from bridge.conform.html import page
from bridge.conform.html_cases import MOST_CASES, MOST_SHOWN
from bridge.conform.outcome import Checked, Excerpt, Outcome, State
from bridge.conform.rule_texts import RuleText, rule_texts
from bridge.conform.tally import Run
from bridge.finding import Severity
from bridge.resources import standards
from tests.unit.conform.desks import outcome, run_of, told

NOW = datetime(2026, 2, 3, 9, 15, tzinfo=UTC)
TEMPLATE = page_module._TEMPLATE.read_text("utf-8")
EXCERPT = Excerpt(11, ("<a>", "<b>Mustermann</b>", "</a>"), 1)
MISSED = outcome(
    "x/bad", State.FAILED, [told(excerpt=EXCERPT)], misses=["R fired"], title="Bad one"
)
SAMPLE = run_of(
    MISSED,
    outcome("x/good"),
    outcome("x/warned", findings=[told("READ-BLANKS", severity=Severity.WARNING)]),
    outcome("torn", State.UNREADABLE, [told("XML-MALFORMED")], misses=["torn"]),
    notes=("2 TOML files are no cases",),
)


def written(run: Run, *, excerpts: bool = True) -> str:
    texts = rule_texts(run.tally.sources, standards())
    return "".join(page(run, texts, NOW, excerpts=excerpts))


def tree(text: str) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(text)


def words(element: etree._Element) -> str:
    return " ".join("".join(str(part) for part in element.itertext()).split())


def test_the_totals_stand_at_the_top() -> None:
    root = tree(written(SAMPLE))
    facts = {words(each[0]): words(each[1]) for each in root.xpath("//dl[@class='totals']/div")}
    assert facts["cases"] == "4"
    assert (facts["as expected"], facts["not as expected"], facts["unreadable"]) == ("2", "1", "1")
    assert facts["messages a second and core"] == "4"
    assert "not everything is as expected" in words(root)
    assert "2 TOML files are no cases" in words(root)


def test_every_link_leads_to_one_place_on_the_page() -> None:
    root = tree(written(SAMPLE))
    ids = Counter(root.xpath("//@id"))
    assert [each for each, count in ids.items() if count > 1] == []
    targets = root.xpath("//a/@href")
    assert len(targets) > 15
    assert [each for each in targets if each[:1] != "#" or each[1:] not in ids] == []


def test_the_page_asks_nobody_for_anything() -> None:
    text = written(SAMPLE)
    root = tree(text)
    assert root.xpath("//@src | //link | //iframe | //img | //object | //@style | //base") == []
    assert "url(" not in text and "@import" not in text
    assert not re.search(r"\bon\w+=", text)
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")
    for element in ("style", "script"):
        (content,) = root.xpath(f"//{element}/text()")
        digest = base64.b64encode(sha256(content.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy


def test_a_finding_is_shown_with_its_excerpt_and_the_text_of_its_rule() -> None:
    root = tree(written(SAMPLE))
    (article,) = root.xpath("//article[@id='case-1']")
    assert words(article.find(".//h3")) == "Bad one"
    assert "R fired" in words(article)
    assert words(article.find(".//mark")) == "12<b>Mustermann</b>"
    (link,) = article.xpath(".//ol//a")
    (rule,) = root.xpath(f"//article[@id='{link.get('href')[1:]}']")
    for language in ("en", "de"):
        (text,) = rule.xpath(f".//dd[@lang='{language}']")
        assert words(text)
    assert "fatal" in words(rule) and "edm-1.2" in words(rule)


def test_findings_at_one_place_share_an_excerpt() -> None:
    findings = [told(rule, excerpt=EXCERPT) for rule in ("A", "B", "C")]
    root = tree(written(run_of(outcome(findings=findings))))
    assert len(root.xpath("//pre")) == 1
    assert len(root.xpath("//ol/li")) == 3


def test_the_page_says_whether_it_holds_personal_data() -> None:
    assert "whatever personal data they hold" in written(SAMPLE)
    bare = written(run_of(outcome(findings=[told()])), excerpts=False)
    assert "made without excerpts" in bare
    assert "<pre" not in bare


def test_the_matrix_has_a_row_for_each_message_with_findings() -> None:
    root = tree(written(SAMPLE))
    rows = root.xpath("//table[@class='matrix']/tbody/tr")
    assert [words(row[0]) for row in rows] == ["x/bad", "x/warned", "torn"]
    assert [words(cell) for cell in rows[0][1:]] == ["F!", "", ""]
    assert [words(cell) for cell in rows[1][1:]] == ["", "W!", ""]


def test_a_case_of_several_messages_has_a_row_for_each() -> None:
    checked = [Checked(f"x/{name}.xml", "invalid", (told(),)) for name in "ab"]
    several = Outcome("x", State.FAILED, "x.case.toml", "valid", checked=tuple(checked))
    root = tree(written(run_of(several)))
    names = [words(row[0]) for row in root.xpath("//table[@class='matrix']/tbody/tr")]
    assert names == ["x: a.xml", "x: b.xml"]


def test_many_rules_stand_in_blocks_that_fit_on_paper() -> None:
    findings = [told(f"R-{number:02}") for number in range(40)]
    root = tree(written(run_of(outcome(findings=findings))))
    heads = [
        len(table.xpath(".//thead//th")) - 1 for table in root.xpath("//table[@class='matrix']")
    ]
    assert heads == [18, 18, 4]


def test_of_many_cases_those_that_failed_are_shown_first() -> None:
    good = [outcome(f"g{n}", findings=[told()]) for n in range(MOST_CASES)]
    bad = [outcome(f"b{n}", State.FAILED, [told()]) for n in range(3)]
    text = written(run_of(*good, *bad))
    assert text.count('<article id="case-') == MOST_CASES
    assert all(f'<article id="case-{MOST_CASES + n}"' in text for n in (1, 2, 3))
    assert "3 more cases with findings are left out" in text


def test_of_many_findings_each_rule_keeps_one() -> None:
    findings = [*[told() for _ in range(MOST_SHOWN + 5)], told("LAST")]
    root = tree(written(run_of(outcome(findings=findings))))
    shown = [words(link) for link in root.xpath("//ol[@class='findings']//a")]
    assert len(shown) == MOST_SHOWN
    assert shown[-1] == "LAST"
    assert "and 6 more findings" in words(root)


def test_rules_whose_ids_look_alike_have_places_of_their_own() -> None:
    root = tree(written(run_of(outcome(findings=[told("R-?1"), told("R-!1"), told("R-_1")]))))
    anchors = root.xpath("//article[starts-with(@id, 'rule-')]/@id")
    assert len(anchors) == len(set(anchors)) == 3


def test_tables_and_headings_can_be_read_aloud() -> None:
    root = tree(written(SAMPLE))
    assert root.get("lang") == "en"
    assert root.xpath("//table[not(caption)]") == []
    assert root.xpath("//th[not(@scope)]") == []
    assert root.xpath("//section[not(@aria-labelledby)]") == []
    assert root.xpath("//*[@aria-labelledby and not(@aria-labelledby = //@id)]") == []
    levels = [int(each.tag[1]) for each in root.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(root.xpath("//main")) == 1


TEXT = st.text(st.characters(), min_size=1, max_size=20)
HOSTILE = st.one_of(
    TEXT, st.sampled_from(["</style><script>alert(1)</script>", '"><img src=x onerror=1>', "<!--"])
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_becomes_markup(name: str, sentence: str, line: str) -> None:
    plain = run_of(
        outcome("x", State.FAILED, [told("R", excerpt=EXCERPT)], misses=["x"], title="x")
    )
    finding = told("R", message=sentence, location=name, excerpt=Excerpt(1, ("a", line, "c"), 1))
    hostile = run_of(outcome(name, State.FAILED, [finding], misses=[sentence], title=line))
    expected = Counter(each.tag for each in tree(written(plain)).iter(etree.Element))
    text = written(hostile)
    text.encode("utf-8")
    assert Counter(each.tag for each in tree(text).iter(etree.Element)) == expected


# --- colours ------------------------------------------------------------------

BLOCKS = re.findall(r":root \{(.*?)\}", TEMPLATE, re.DOTALL)
SCHEMES = {
    name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for name, block in zip(("light", "dark", "paper"), BLOCKS, strict=True)
}
GROUNDS = {
    "ink": ("paper", "panel", "head"),
    "faint": ("paper", "panel", "head"),
    "link": ("paper", "panel", "head"),
    "good": ("paper", "panel"),
    "bad": ("paper", "panel", "head"),
    "warn": ("paper", "panel", "head"),
    "info": ("paper", "panel", "head"),
    "mark-ink": ("mark",),
}


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out_from_its_ground_as_wcag_aa_asks(scheme: str) -> None:
    colours = SCHEMES[scheme]
    poor = []
    for text, grounds in GROUNDS.items():
        for ground in grounds:
            light, dark = sorted((luminance(colours[text]), luminance(colours[ground])))[::-1]
            if (light + 0.05) / (dark + 0.05) < 4.5:
                poor.append(f"{text} on {ground}")
    assert poor == []


# --- texts of rules -----------------------------------------------------------


def test_wordings_of_versions_that_read_alike_stand_once() -> None:
    fired = [("R-EDM-REQ-S005", "edm-1.2"), ("R-EDM-REQ-S005", "edm-1.0"), ("XSD", "edm-1.2")]
    texts = rule_texts(fired, standards())
    (wording,) = texts["R-EDM-REQ-S005"]
    assert wording.standards == ("edm-1.0", "edm-1.2")
    assert wording.rule is not None and wording.rule.text["de"]
    assert texts["XSD"] == (RuleText("XSD", ("edm-1.2",)),)


def test_a_rule_of_the_header_has_its_text() -> None:
    (wording,) = rule_texts([("BRIDGE-HEADER-001", "edm-1.2")], standards())["BRIDGE-HEADER-001"]
    assert wording.rule is not None and wording.rule.text["en"]
