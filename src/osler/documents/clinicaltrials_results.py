"""Posted results of a ClinicalTrials.gov study: baseline and outcome measures, analyses and adverse events, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from osler.documents.clinicaltrials_text import said, unescaped
from osler.documents.json_records import Node, node, nodes, raw, text, texts
from osler.documents.text import TableCell, TextBuilder
from osler.domain.part import PartKind

MAX_MEASURES = 100
MAX_EVENTS = 500
"""Some studies post thousands of rows: more measures or kinds of events than this are counted, not listed. Primary outcomes
and serious events come first, and the events of most participants are the ones that are kept."""

Groups = dict[str, str]


def has_results(study: Node) -> bool:
    """True if figures are posted: an outcome with data, or an adverse event table."""
    results = node(study, "resultsSection")
    return any(nodes(m, "classes") for m in nodes(results, "outcomeMeasuresModule", "outcomeMeasures")) or bool(
        nodes(results, "adverseEventsModule", "eventGroups")
    )


def add_results(builder: TextBuilder, study: Node) -> None:
    """Append what the study posted; nothing when it posted none. Raises ValueError for a table of too many cells."""
    results = node(study, "resultsSection")
    baseline = node(results, "baselineCharacteristicsModule")
    heading = "Baseline characteristics"
    if nodes(baseline, "measures"):
        builder.add(heading, PartKind.HEADING)
        builder.add(unescaped(text(baseline, "populationDescription")), path=(heading,))
        groups = _groups(builder, nodes(baseline, "groups"), (heading,))
        for measure in nodes(baseline, "measures")[:MAX_MEASURES]:
            _measure_table(builder, measure, groups, (heading,), nodes(measure, "denoms") or nodes(baseline, "denoms"))
    _add_outcomes(builder, nodes(results, "outcomeMeasuresModule", "outcomeMeasures"))
    _add_adverse_events(builder, node(results, "adverseEventsModule"))
    caveats = unescaped(text(results, "moreInfoModule", "limitationsAndCaveats", "description"))
    if caveats:
        builder.add("Limitations and caveats", PartKind.HEADING)
        builder.add(caveats, path=("Limitations and caveats",))


def _groups(builder: TextBuilder, groups: Sequence[Node], path: tuple[str, ...]) -> Groups:
    """Titles by group id; what a group was given stands in its description, so that is listed. Equal titles are told apart."""
    titles: Groups = {}
    for group in groups:
        title, description = unescaped(text(group, "title")), unescaped(text(group, "description"))
        builder.add(f"{title}: {description}" if description else "", PartKind.LIST_ITEM, path)
        key = text(group, "id")
        titles[key] = f"{title} ({key})" if not title or title in titles.values() else title
    return titles


def _add_outcomes(builder: TextBuilder, measures: Sequence[Node]) -> None:
    heading = "Outcome results"
    if measures:
        builder.add(heading, PartKind.HEADING)
    for measure in measures[:MAX_MEASURES]:
        title = unescaped(text(measure, "title")) or "Outcome"
        path = (heading, title)
        builder.add(title, PartKind.HEADING, (heading,))
        for label, key in (("Type", "type"), ("Time frame", "timeFrame"), ("Analysis population", "populationDescription")):
            value = unescaped(said(text(measure, key)))
            builder.add(f"{label}: {value}" if value else "", path=path)
        builder.add(unescaped(text(measure, "description")), path=path)
        groups = _groups(builder, nodes(measure, "groups"), path)
        _measure_table(builder, measure, groups, path, nodes(measure, "denoms"))
        for analysis in nodes(measure, "analyses"):
            builder.add(_analysis(analysis, groups), path=path)
    if len(measures) > MAX_MEASURES:
        builder.add(f"The registry lists {len(measures) - MAX_MEASURES} more outcome measures.", path=(heading,))


def _measure_table(
    builder: TextBuilder, measure: Node, groups: Groups, path: tuple[str, ...], denominators: Sequence[Node]
) -> None:
    title = unescaped(text(measure, "title"))
    unit, spread = unescaped(text(measure, "unitOfMeasure")), said(text(measure, "dispersionType"))
    parameter = said(text(measure, "paramType")).capitalize() or "Measure"
    rows = [[TableCell(cell, header=True) for cell in (parameter, *groups.values())]]
    for denominator in denominators:
        counts = {text(c, "groupId"): text(c, "value") for c in nodes(denominator, "counts")}
        label = f"{text(denominator, 'units') or 'Participants'} analyzed"
        rows.append([TableCell(cell) for cell in (label, *(counts.get(g, "") for g in groups))])
    for entry in nodes(measure, "classes"):
        for category in nodes(entry, "categories"):
            label = ", ".join(filter(None, (unescaped(text(entry, "title")), unescaped(text(category, "title"))))) or title
            found = {text(m, "groupId"): m for m in nodes(category, "measurements")}
            rows.append([TableCell(label), *(_measurement(found.get(g, {}), unit, spread) for g in groups)])
    if len(rows) > 1:
        builder.table(rows, path, caption=title if path[-1] != title else "")


def _measurement(found: Node, unit: str, spread: str) -> TableCell:
    """ "8.4 points (standard deviation 2.1)"; a value that is not available keeps the registry's reason as a note."""
    value = text(found, "value")
    if not value:
        return TableCell("")
    low, high, plain = text(found, "lowerLimit"), text(found, "upperLimit"), text(found, "spread")
    width = f"{low} to {high}" if low or high else plain
    kind = "" if spread.lower() in ("na", "not applicable") else spread
    words = (value if value == "NA" else f"{value} {unit}".strip()) + (
        f" ({' '.join(filter(None, (kind, width)))})" if width else ""
    )
    comment = unescaped(text(found, "comment"))
    return TableCell(words, notes=(comment,) if comment else ())


def _analysis(analysis: Node, groups: Groups) -> str:
    compared = " versus ".join(groups.get(g, g) for g in texts(analysis, "groupIds"))
    low, high, level = text(analysis, "ciLowerLimit"), text(analysis, "ciUpperLimit"), text(analysis, "ciPctValue")
    estimate = " ".join(filter(None, (text(analysis, "paramType"), text(analysis, "paramValue"))))
    if low or high:
        estimate += f" ({level}{'% ' if level else ''}confidence interval {low or 'not given'} to {high or 'not given'})"
    p_value = text(analysis, "pValue")
    pieces = [
        text(analysis, "statisticalMethod"),
        estimate,
        f"{said(text(analysis, 'dispersionType'))} {text(analysis, 'dispersionValue')}".strip(),
        f"p-value {p_value}" if p_value else "",
        said(text(analysis, "nonInferiorityType")),
        *(unescaped(text(analysis, k)) for k in ("groupDescription", "estimateComment", "pValueComment", "nonInferiorityComment")),
    ]
    told = "; ".join(filter(None, pieces))
    return f"Analysis, {compared}: {told}" if told and compared else told


def _add_adverse_events(builder: TextBuilder, module: Node) -> None:
    heading = "Adverse events"
    path = (heading,)
    if not nodes(module, "eventGroups"):
        return
    builder.add(heading, PartKind.HEADING)
    frame, threshold = unescaped(text(module, "timeFrame")), text(module, "frequencyThreshold")
    builder.add(f"Time frame: {frame}" if frame else "", path=path)
    builder.add(unescaped(text(module, "description")), path=path)
    groups = _groups(builder, nodes(module, "eventGroups"), path)
    above = f" (reported above a frequency of {threshold.rstrip('%')}%)" if threshold else ""
    rows = [[TableCell(cell, header=True) for cell in ("Participants with", *groups.values())]]
    for label, key in (("Death from any cause", "deaths"), ("Any serious event", "serious"), (f"Any other event{above}", "other")):
        stats = {text(g, "id"): _affected(g, f"{key}NumAffected", f"{key}NumAtRisk") for g in nodes(module, "eventGroups")}
        if any(stats.values()):
            rows.append([TableCell(label), *(TableCell(stats.get(g, "")) for g in groups)])
    if len(rows) > 1:
        builder.table(rows, path, caption="Deaths and events in all")
    _event_table(builder, nodes(module, "seriousEvents"), groups, "Serious adverse events", path)
    _event_table(builder, nodes(module, "otherEvents"), groups, f"Other adverse events{above}", path)


def _affected(stats: Node, affected: str, at_risk: str) -> str:
    count, total = text(stats, affected), text(stats, at_risk)
    return f"{count} of {total} participants" if count and total else count and f"{count} participants"


def _event_table(builder: TextBuilder, events: Sequence[Node], groups: Groups, caption: str, path: tuple[str, ...]) -> None:
    if not events:
        return
    most = sorted(range(len(events)), key=lambda i: (-_total(events[i]), i))[:MAX_EVENTS]
    rows = [[TableCell(cell, header=True) for cell in ("Event", "Organ system", *groups.values())]]
    for event in (events[i] for i in sorted(most)):
        stats = {text(s, "groupId"): _affected(s, "numAffected", "numAtRisk") for s in nodes(event, "stats")}
        note = unescaped(text(event, "notes"))
        cells = (TableCell(stats.get(g, "")) for g in groups)
        term = TableCell(unescaped(text(event, "term")), notes=(note,) if note else ())
        rows.append([term, TableCell(text(event, "organSystem")), *cells])
    left = len(events) - len(most)
    footnotes = [f"The registry lists {left} more events, of fewer participants."] if left else []
    builder.table(rows, path, caption=caption, footnotes=footnotes)


def _total(event: Node) -> int:
    counts = (raw(s, "numAffected") for s in nodes(event, "stats"))
    return sum(int(c) for c in counts if c.isdecimal())
