"""How a page looks, on screen and on paper: one style sheet, with fonts that machines have."""

from __future__ import annotations

STYLE = """\
:root { color-scheme: light; --ink: #1b1f24; --soft: #57606a; --line: #c9d1d9; --accent: #123f6d; --tint: #eef4fa;
  --danger: #9b1c1c; --danger-tint: #fdf0ef; --warn: #7a4b00; --warn-tint: #fff8e6; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 50rem; padding: 1.5rem 1.25rem 4rem; color: var(--ink); background: #fff;
  font: 1rem/1.5 "Source Sans 3", "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", "Noto Sans", sans-serif;
  overflow-wrap: break-word; }
.masthead { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding-bottom: .4rem;
  border-bottom: 3px solid var(--accent); color: var(--soft); font-size: .82rem; }
.composer { color: var(--accent); font-weight: bold; }
main { string-set: standing attr(data-standing); }
h1 { margin: 1.2rem 0 .4rem; color: var(--accent); font-size: 1.75rem; line-height: 1.2; string-set: title content(); }
h2 { margin: 1.6em 0 .4em; padding-bottom: .15rem; border-bottom: 1px solid var(--line); color: var(--accent);
  font-size: 1.14rem; line-height: 1.3; }
h3 { margin: 1.2rem 0 .3rem; font-size: 1rem; }
h1, h2, h3 { break-after: avoid; page-break-after: avoid; }
p { margin: .5rem 0; orphans: 3; widows: 3; }
ul, ol { margin: .4rem 0; padding-left: 1.3rem; }
li { margin: .35rem 0; break-inside: avoid; page-break-inside: avoid; }
li::marker { color: var(--soft); }
a { color: #0b5cad; text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible, .wide:focus-visible { outline: 3px solid #0b5cad; outline-offset: 2px; }
.cite { font-size: .82em; white-space: nowrap; }
.aside { color: var(--soft); font-size: .88em; }
.alert { color: var(--danger); font-size: .88em; font-weight: bold; }
code { font-family: ui-monospace, Consolas, "DejaVu Sans Mono", monospace; font-size: .9em; background: #f3f4f6; padding: 0 .2em; }
.notice { margin: .8rem 0; padding: .6rem .8rem; border-left: 4px solid #c98a00; background: var(--warn-tint);
  break-inside: avoid; page-break-inside: avoid; }
.notice strong { color: var(--warn); }
.notice.urgent { border-left-color: var(--danger); background: var(--danger-tint); }
.notice.urgent strong { color: var(--danger); }
.prominent { margin-top: .6rem; padding: .5rem .8rem .5rem 2rem; border-left: 4px solid var(--accent); background: var(--tint); }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; margin: .6rem 0; font-size: .92em; line-height: 1.4; }
thead { display: table-header-group; }
tr { break-inside: avoid; page-break-inside: avoid; }
th, td { padding: .35rem .5rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { border-bottom: 2px solid var(--accent); color: var(--accent); background: var(--tint); }
td:first-child { font-weight: bold; }
td:last-child, th:last-child { min-width: 3.2em; }
.references { font-size: .9em; padding-left: 2rem; overflow-wrap: anywhere; }
hr { margin: 1.6rem 0 .8rem; border: 0; border-top: 1px solid var(--line); }
hr ~ p { color: var(--soft); font-size: .9em; }
@page { size: A4; margin: 19mm 18mm 20mm;
  @top-left { content: string(title); color: #57606a; font: 8pt "Liberation Sans", Arial, sans-serif; }
  @bottom-left { content: string(standing); color: #57606a; font: 8pt "Liberation Sans", Arial, sans-serif; width: 80%; text-align: left; }
  @bottom-right { content: counter(page) " / " counter(pages); color: #57606a; font: 8pt "Liberation Sans", Arial, sans-serif; } }
@page :first { @top-left { content: none; } }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.42; }
  h1 { font-size: 18pt; } h2 { font-size: 12pt; margin-top: 1.2em; } h3 { font-size: 10.5pt; }
  .wide { overflow: visible; }
  a { color: #123f6d; }
}
"""
