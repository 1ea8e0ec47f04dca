"""The evaluation report as one HTML page with drawn figures: nothing is loaded from anywhere, nothing runs in it."""

from __future__ import annotations

from html import escape

from osler.evaluate.chapters import Chapter, Figure
from osler.evaluate.everything import Report

_LEFT, _WIDTH, _ROW, _RIGHT = 330, 420, 22, 240
"""Pixels: names, scale, a row, the figures in words."""
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5c6670; --line: #d4dae0; --paper: #fff; --dot: #0b5cad; --base: #9a6700; --missed: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebee; --soft: #a3adb7; --line: #3a434c; --paper: #14181c; --dot: #6cb2ff; --base: #e0b04b; --missed: #ff8a80; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .2rem; border-top: 1px solid var(--line); padding-top: 1.2rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); } code { font-size: .9em; } .missed { color: var(--missed); font-weight: 600; }
.plot { overflow-x: auto; } svg text { font: 13px system-ui, sans-serif; fill: var(--ink); } svg .soft { fill: var(--soft); }
svg .grid { stroke: var(--line); } svg .bar { stroke: var(--dot); stroke-width: 2; } svg .dot { fill: var(--dot); } svg .dot.low { fill: var(--missed); }
svg .base { fill: none; stroke: var(--base); stroke-width: 2; } svg .aim { stroke: var(--soft); stroke-dasharray: 2 2; }
table { border-collapse: collapse; font-size: .9rem; width: 100%; } th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--line); }
td.n { text-align: right; font-variant-numeric: tabular-nums; } summary { cursor: pointer; margin: .4rem 0; }
"""


def to_html(report: Report) -> str:
    """The whole page."""
    head = (
        f"<h1>Evaluation of {escape(report.engine)}</h1>"
        f'<p class="soft">Library {escape(report.snapshot)}, {report.documents:,} documents. No language model, no network.</p>'
        '<p class="soft">A dot is the measured figure, the bar its 95 % interval, the open diamond the baseline, the dashed line the aim. '
        "A red dot is below its aim.</p>"
    )
    body = "".join(_chapter(c) for c in report.chapters)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Osler: evaluation</title><style>{_STYLE}</style></head><body><main>{head}{body}</main></body></html>\n"
    )


def _chapter(chapter: Chapter) -> str:
    parts = [f"<section><h2>{escape(chapter.title)}</h2>", f'<p class="soft"><code>{escape(chapter.command)}</code></p>']
    if chapter.note:
        parts.append(f"<p>{escape(chapter.note)}</p>")
    if chapter.missing:
        parts.append(f"<p><em>Not measured: {escape(chapter.missing)}.</em></p>")
    if chapter.figures:
        parts.append(f'<div class="plot">{_plot(chapter)}</div>')
        parts.append(f"<details><summary>The figures as a table</summary>{_table(chapter.figures)}</details>")
    return "".join((*parts, "</section>"))


def _x(value: float) -> float:
    return round(_LEFT + max(0.0, min(1.0, value)) * _WIDTH, 1)


def _plot(chapter: Chapter) -> str:
    height = _ROW * len(chapter.figures) + 30
    total = _LEFT + _WIDTH + _RIGHT
    marks = [
        f'<line class="grid" x1="{_x(t)}" y1="4" x2="{_x(t)}" y2="{height - 24}"/>'
        f'<text class="soft" x="{_x(t)}" y="{height - 8}" text-anchor="middle">{t:g}</text>'
        for t in (0, 0.25, 0.5, 0.75, 1)
    ]
    rows = [_row(f, _ROW * i + 16) for i, f in enumerate(chapter.figures)]
    label = f"{chapter.title}: {len(chapter.figures)} figures between 0 and 1; the same figures stand in the table below"
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{total}" height="{height}" viewBox="0 0 {total} {height}">'
        f"{''.join(marks)}{''.join(rows)}</svg>"
    )


def _row(figure: Figure, y: int) -> str:
    parts = [f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(figure.name)}</text>']
    if figure.aim is not None:
        parts.append(f'<line class="aim" x1="{_x(figure.aim)}" y1="{y - 9}" x2="{_x(figure.aim)}" y2="{y + 9}"/>')
    if figure.low is not None and figure.high is not None:
        parts.append(f'<line class="bar" x1="{_x(figure.low)}" y1="{y}" x2="{_x(figure.high)}" y2="{y}"/>')
    if figure.baseline is not None:
        x = _x(figure.baseline)
        parts.append(f'<path class="base" d="M{x} {y - 5} L{x + 5} {y} L{x} {y + 5} L{x - 5} {y} Z"/>')
    if figure.value is not None:
        low = " low" if figure.reached is False else ""
        parts.append(f'<circle class="dot{low}" cx="{_x(figure.value)}" cy="{y}" r="4.5"/>')
    parts.append(f'<text class="soft" x="{_LEFT + _WIDTH + 14}" y="{y + 4}">{escape(_words(figure))}</text>')
    return "".join(parts)


def _words(figure: Figure) -> str:
    value = "none" if figure.value is None else f"{figure.value:.3f}"
    between = "" if figure.low is None or figure.high is None else f" ({figure.low:.2f} to {figure.high:.2f})"
    return f"{value}{between}, n = {figure.n:,}"


def _table(figures: tuple[Figure, ...]) -> str:
    rows = []
    for f in figures:
        between = "" if f.low is None or f.high is None else f"{f.low:.3f} to {f.high:.3f}"
        baseline = "" if f.baseline is None else f"{f.baseline:.3f} ({escape(f.against)})"
        aim = "" if f.aim is None else f"{f.aim:g}" + (' <span class="missed">missed</span>' if f.reached is False else "")
        value = "" if f.value is None else f"{f.value:.3f}"
        cells = (
            f'<td class="n">{value}</td>',
            f"<td>{between}</td>",
            f'<td class="n">{f.n:,}</td>',
            f"<td>{baseline}</td>",
            f"<td>{aim}</td>",
        )
        rows.append(f'<tr><th scope="row">{escape(f.name)}</th>{"".join(cells)}</tr>')
    head = "".join(f'<th scope="col">{h}</th>' for h in ("figure", "value", "95 % interval", "n", "baseline", "aim"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
