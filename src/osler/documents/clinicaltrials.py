"""ClinicalTrials.gov (API version 2, JSON) to Documents: what a study planned, how it stands, and the results it posted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from osler.documents.clinicaltrials_results import add_results, has_results
from osler.documents.clinicaltrials_text import add_prose, said, unescaped
from osler.documents.json_records import Node, json_values, node, nodes, raw, text, texts
from osler.documents.record import Record, Rejected
from osler.documents.text import TextBuilder
from osler.domain.document import Bibliography, Document, StudyDesign, Via, parse_pmid
from osler.domain.part import PartKind
from osler.domain.status import NoticeNature, StatusNotice
from osler.errors import SourceError

_NCT = re.compile(r"NCT\d{8}")
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_AGE = re.compile(r"(\d+) (year|month|week|day|hour|minute)s?", re.IGNORECASE)
_AGE_GROUPS = {"CHILD": "children", "ADULT": "adults", "OLDER_ADULT": "older adults"}
_SEXES = {"ALL": "all sexes", "FEMALE": "female only", "MALE": "male only"}
_OBSERVATIONAL = {"COHORT": StudyDesign.COHORT, "CASE_CONTROL": StudyDesign.CASE_CONTROL}


def parse_clinicaltrials(data: bytes, name: str) -> Iterator[Record]:
    """Documents `nct:NCT…` of a study, a search page ("studies"), a list of studies, or JSON Lines of any of these.

    A study is a registration until it has posted results; then its design gives its kind. `revision` is the date of the
    last posted update, `issued` that of the first. A cited work that the registry lists as retracted gives a StatusNotice.
    Raises SourceError when nothing in the file is a study or a page of studies.
    """
    usable = False
    for value in json_values(data, name):
        if isinstance(value, Rejected):
            yield value
            continue
        studies = _studies(value)
        if studies is None:
            yield Rejected(name, "neither a study nor a page of studies of ClinicalTrials.gov")
            continue
        usable = True
        for number, study in enumerate(studies, start=1):
            yield from _study(study, f"{name}, study {number}")
    if not usable:
        raise SourceError(f"{name}: no study of ClinicalTrials.gov (API version 2, JSON) in it")


def _studies(value: Any) -> list[Any] | None:
    if isinstance(value, dict) and isinstance(value.get("studies"), list):
        return list(value["studies"])
    if isinstance(value, dict) and "protocolSection" in value:
        return [value]
    if isinstance(value, list) and any(node(study, "protocolSection") for study in value):
        return value
    return None


def _study(study: Any, where: str) -> Iterator[Record]:
    protocol = node(study, "protocolSection")
    nct = text(protocol, "identificationModule", "nctId").upper()
    if not _NCT.fullmatch(nct):
        yield Rejected(where, "no NCT number")
        return
    if not _title(protocol):
        yield Rejected(nct, "no title")
        return
    try:
        yield _document(study, protocol, nct)
    except ValueError as error:
        yield Rejected(nct, str(error))
        return
    yield from _retractions(protocol)


def _title(protocol: Node) -> str:
    return text(protocol, "identificationModule", "briefTitle") or text(protocol, "identificationModule", "officialTitle")


def _document(study: Node, protocol: Node, nct: str) -> Document:
    title = _title(protocol)
    builder = TextBuilder()
    builder.add(title, PartKind.TITLE)
    _add_protocol(builder, protocol, title, _results_posted(study))
    add_results(builder, study)
    status = node(protocol, "statusModule")
    issued = _date(status, "studyFirstPostDateStruct") or _date(status, "studyFirstSubmitDate")
    interventions = nodes(protocol, "armsInterventionsModule", "interventions")
    names = [n for i in interventions for n in (text(i, "name"), *texts(i, "otherNames")) if n and "placebo" not in n.lower()]
    browse = node(study, "derivedSection")
    meshes = [text(m, "term") for kind in ("condition", "intervention") for m in nodes(browse, f"{kind}BrowseModule", "meshes")]
    return Document(
        id=f"nct:{nct}",
        kind=_kind(study, node(protocol, "designModule")),
        via=Via.SOURCE,
        bibliography=Bibliography(
            title=title,
            authors=text(protocol, "sponsorCollaboratorsModule", "leadSponsor", "name") or None,
            container="ClinicalTrials.gov",
            year=int(issued[:4]) if issued else None,
            url=f"https://clinicaltrials.gov/study/{nct}",
        ),
        text=builder.text,
        parts=tuple(builder.parts),
        keywords=tuple(dict.fromkeys(k for k in (*texts(protocol, "conditionsModule", "keywords"), *meshes) if k)),
        interventions=tuple(dict.fromkeys(names)),
        problems=texts(protocol, "conditionsModule", "conditions"),
        population=_population(node(protocol, "eligibilityModule")),
        language="en",
        revision=_date(status, "lastUpdatePostDateStruct") or "",
        issued=issued,
    )


def _date(status: Node, key: str) -> str | None:
    found = text(status, key) or text(status, key, "date")
    return found if _DATE.fullmatch(found) else None


def _kind(study: Node, design: Node) -> StudyDesign:
    """A registration tells of a plan; only posted results make it evidence of its design."""
    if not has_results(study):
        return StudyDesign.REGISTRATION
    if text(design, "studyType") == "INTERVENTIONAL":
        return StudyDesign.RCT if text(design, "designInfo", "allocation") == "RANDOMIZED" else StudyDesign.TRIAL
    return _OBSERVATIONAL.get(text(design, "designInfo", "observationalModel"), StudyDesign.REGISTRATION)


def _retractions(protocol: Node) -> Iterator[StatusNotice]:
    for reference in nodes(protocol, "referencesModule", "references"):
        for retraction in nodes(reference, "retractions"):
            try:
                cited = parse_pmid(text(reference, "pmid"))
            except ValueError:
                continue
            by = text(retraction, "pmid") or text(retraction, "source") or None
            yield StatusNotice(NoticeNature.RETRACTION, "ClinicalTrials.gov", pmid=cited, reference=by)


def _population(eligibility: Node) -> str:
    """The registry's fields in words: "adults, older adults, 18 years and older; all sexes; healthy volunteers accepted"."""
    groups = [_AGE_GROUPS[g] for g in texts(eligibility, "stdAges") if g in _AGE_GROUPS]
    ages = _ages(text(eligibility, "minimumAge"), text(eligibility, "maximumAge"))
    accepted = eligibility.get("healthyVolunteers")
    volunteers = "" if not isinstance(accepted, bool) else "healthy volunteers accepted" if accepted else "no healthy volunteers"
    sex = _SEXES.get(text(eligibility, "sex"), "")
    gender = text(eligibility, "genderDescription")
    return "; ".join(filter(None, (", ".join(filter(None, (*groups, ages))), sex, gender, volunteers)))


def _ages(low: str, high: str) -> str:
    bottom, top = _AGE.fullmatch(low), _AGE.fullmatch(high)
    if bottom and top:
        same = bottom[2].lower() == top[2].lower()
        return f"{bottom[1] if same else low.lower()} to {high.lower()}"
    if bottom:
        return f"{low.lower()} and older"
    return f"{high.lower()} and younger" if top else ""


def _add_protocol(builder: TextBuilder, protocol: Node, title: str, posted: str) -> None:
    official = text(protocol, "identificationModule", "officialTitle")
    if official and official != title:
        builder.add(f"Official title: {official}")
    _fields(builder, "Study status", _status(protocol, posted))
    _fields(builder, "Design", _design(node(protocol, "designModule")))
    for heading, key in (("Summary", "briefSummary"), ("Detailed description", "detailedDescription")):
        add_prose(builder, heading, raw(protocol, "descriptionModule", key))
    _list(builder, "Conditions", list(texts(protocol, "conditionsModule", "conditions")))
    arms = node(protocol, "armsInterventionsModule")
    _list(builder, "Arms", [_arm(arm) for arm in nodes(arms, "armGroups")])
    _list(builder, "Interventions", [_intervention(i) for i in nodes(arms, "interventions")])
    for heading in ("Primary outcomes", "Secondary outcomes", "Other outcomes"):
        measures = nodes(protocol, "outcomesModule", f"{heading.split()[0].lower()}Outcomes")
        _list(builder, heading, [_outcome(m) for m in measures])
    _eligibility(builder, node(protocol, "eligibilityModule"))


def _results_posted(study: Node) -> str:
    """ "" when the reply was asked for without that field."""
    if has_results(study):
        return "posted"
    return {"True": "posted, not in this record", "False": "none posted"}.get(str(study.get("hasResults")), "")


def _status(protocol: Node, posted: str) -> list[tuple[str, str]]:
    status = node(protocol, "statusModule")
    dates = [
        (label, " ".join(filter(None, (text(status, key, "date"), _bracketed(said(text(status, key, "type")))))))
        for label, key in (
            ("Start", "startDateStruct"),
            ("Primary completion", "primaryCompletionDateStruct"),
            ("Completion", "completionDateStruct"),
            ("First posted", "studyFirstPostDateStruct"),
            ("Last update posted", "lastUpdatePostDateStruct"),
        )
    ]
    stopped = unescaped(text(status, "whyStopped"))
    return [("Overall status", said(text(status, "overallStatus"))), ("Why stopped", stopped), ("Results", posted), *dates]


def _design(design: Node) -> list[tuple[str, str]]:
    info = node(design, "designInfo")
    phases = [re.sub(r"(?<=phase)(?=\d)", " ", said(p)) for p in texts(design, "phases")]
    masked = ", ".join(said(who) for who in texts(info, "maskingInfo", "whoMasked"))
    count, counted = text(design, "enrollmentInfo", "count"), said(text(design, "enrollmentInfo", "type"))
    return [
        ("Study type", said(text(design, "studyType"))),
        ("Phase", ", ".join("not applicable" if p == "na" else p for p in phases)),
        ("Allocation", {"NA": "not applicable"}.get(text(info, "allocation"), said(text(info, "allocation")))),
        ("Intervention model", said(text(info, "interventionModel"))),
        ("Observational model", said(text(info, "observationalModel"))),
        ("Time perspective", said(text(info, "timePerspective"))),
        ("Primary purpose", said(text(info, "primaryPurpose"))),
        ("Masking", f"{said(text(info, 'maskingInfo', 'masking'))} {_bracketed(masked)}".strip()),
        ("Enrollment", f"{count} participants {_bracketed(counted)}".strip() if count else ""),
    ]


def _bracketed(words: str) -> str:
    return f"({words})" if words else ""


def _arm(arm: Node) -> str:
    head = f"{text(arm, 'label')} {_bracketed(said(text(arm, 'type')))}".strip()
    return ": ".join(filter(None, (head, unescaped(text(arm, "description")))))


def _intervention(intervention: Node) -> str:
    others = ", ".join(texts(intervention, "otherNames"))
    head = ": ".join(filter(None, (said(text(intervention, "type")).capitalize(), text(intervention, "name"))))
    return ": ".join(filter(None, (f"{head} {_bracketed(others)}".strip(), unescaped(text(intervention, "description")))))


def _outcome(measure: Node) -> str:
    frame = text(measure, "timeFrame")
    head = f"{unescaped(text(measure, 'measure'))} {_bracketed(f'time frame: {unescaped(frame)}' if frame else '')}".strip()
    return ": ".join(filter(None, (head, unescaped(text(measure, "description")))))


def _eligibility(builder: TextBuilder, eligibility: Node) -> None:
    population = unescaped(text(eligibility, "studyPopulation"))
    _fields(builder, "Eligibility", [("Who", _population(eligibility)), ("Study population", population)])
    add_prose(builder, "Eligibility criteria", raw(eligibility, "eligibilityCriteria"))


def _fields(builder: TextBuilder, heading: str, fields: list[tuple[str, str]]) -> None:
    filled = [f"{label}: {value}" for label, value in fields if value]
    if filled:
        builder.add(heading, PartKind.HEADING)
    for line in filled:
        builder.add(line, path=(heading,))


def _list(builder: TextBuilder, heading: str, items: list[str]) -> None:
    if any(items):
        builder.add(heading, PartKind.HEADING)
    for item in items:
        builder.add(item, PartKind.LIST_ITEM, (heading,))
