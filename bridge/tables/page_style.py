"""The look of the pages: one style sheet for screen, phone and paper, nothing from elsewhere."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { --ink: #1f2328; --faint: #57606a; --line: #d0d7de; --back: #ffffff; --soft: #f6f8fa;
  --good: #1a7f37; --lost: #953800; --lost-back: #fff4e5; --bad: #b3001b; --link: #0550ae; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem 1.25rem 4rem; color: var(--ink);
  background: var(--back); font: 16px/1.5 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 1rem 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line);
  padding-bottom: .25rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
a { color: var(--link); }
p { margin: .5rem 0; }
nav { font-size: .95rem; }
nav a { display: inline-block; margin-right: 1rem; padding: .25rem 0; }
.sub, .faint { color: var(--faint); }
.sub { margin: 0 0 1rem; }
code, .field { font-family: ui-monospace, "Liberation Mono", Menlo, monospace; font-size: .875em;
  overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .925rem; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem;
  border-bottom: 1px solid var(--line); }
thead th { background: var(--soft); font-weight: 600; position: sticky; top: 0; }
td small { color: var(--faint); display: block; }
tr.lost td, .lost { background: var(--lost-back); }
.why { color: var(--lost); }
.why::before { content: "✗ "; }
.bad { color: var(--bad); font-weight: 600; }
.good { color: var(--good); }
.way { white-space: nowrap; text-align: center; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dl.facts dt { color: var(--faint); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.sums { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem;
  margin-bottom: 1rem; }
.sums > div { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.bar { display: flex; height: .8rem; border-radius: .4rem; overflow: hidden; margin: .5rem 0; }
.bar span { display: block; }
.mapped { background: var(--good); } .used { background: #8c959f; }
.gone { background: #e16f24; } .norow { background: var(--bad); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
.wide svg { display: block; min-width: 46rem; width: 100%; height: auto; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; }
ul.tree { list-style: none; padding-left: 0; margin: 0; font-size: .925rem; }
ul.tree ul { list-style: none; padding-left: 1rem; border-left: 1px solid var(--line); }
ul.tree li { padding: .1rem .25rem; }
summary { cursor: pointer; padding: .35rem 0; font-weight: 600; }
table.six { table-layout: fixed; }
table.six th:nth-child(1) { width: 15%; } table.six th:nth-child(2) { width: 21%; }
table.six th:nth-child(3) { width: 2.5rem; } table.six th:nth-child(4) { width: 21%; }
table.six th:nth-child(6) { width: 17%; }
@media (max-width: 46rem) {
  body { padding: .5rem .9rem 3rem; }
  .two { grid-template-columns: 1fr; }
  dl.facts { grid-template-columns: 1fr; gap: 0; }
  dl.facts dd { margin-bottom: .5rem; }
  table.cards thead { display: none; }
  table.cards, table.cards tbody, table.cards tr, table.cards td { display: block; width: 100%; }
  table.cards tr { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 .75rem;
    padding: .4rem .6rem; }
  table.cards tr.lost { background: var(--lost-back); }
  table.cards td { border: 0; padding: .15rem 0; }
  table.cards td:empty { display: none; }
  table.cards td[data-head]:not(:empty)::before { content: attr(data-head); display: block;
    font-size: .75rem; color: var(--faint); }
  table.cards td.way { text-align: left; }
}
@media print {
  @page { size: A4 landscape; margin: 1.5cm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .noprint { display: none; }
  h2 { break-after: avoid; } tr, li, .sums > div { break-inside: avoid; }
  thead { display: table-header-group; } thead th { position: static; }
  .wide { overflow: visible; border: 0; } .wide svg { min-width: 0; }
  a { color: inherit; text-decoration: none; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
"""
