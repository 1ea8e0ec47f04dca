"""US drug labels as openFDA answers (JSON) to Documents: one label a result, its flat fields cut into sections again.

Source: openFDA, drug label API, field reference. A field is one line without headings; classified subsections are
repeated in fields of their own, tables in fields named *_table. There is no field for renal or hepatic impairment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from osler.documents.openfda_sections import TWICE, sections, strings
from osler.documents.record import Record, Rejected
from osler.documents.spl import CONTAINER, LANGUAGE, SET_ID, described, iso_date, label_url, unique
from osler.documents.text import TextBuilder, clean
from osler.domain.document import Authority, Bibliography, Document, StudyDesign, Via
from osler.domain.part import PartKind
from osler.errors import SourceError

LICENCE = "CC0-1.0"
"""openFDA's own terms: open.fda.gov/license."""

_OTHERS: Mapping[str, str] = {
    "safetyreportid": "an adverse event report",
    "mdr_report_key": "a device event report",
    "k_number": "a device clearance (510(k))",
    "pma_number": "a device approval (PMA)",
    "recall_number": "a recall",
    "submissions": "a drug approval record (Drugs@FDA)",
    "product_ndc": "a product listing (NDC)",
    "count": "a count of reports",
}


def parse_openfda(data: bytes, name: str) -> Iterator[Record]:
    """The labels of an openFDA answer, a bulk download or a single result, in file order.

    Raises SourceError when it is not JSON, is openFDA's error answer, or holds no label but another endpoint's records.
    """
    results = _results(_load(data, name), name)
    others = [_other(result) for result in results]
    if results and all(others):
        raise SourceError(f"{name}: no drug labels: its first record is {others[0]}")
    for number, (result, other) in enumerate(zip(results, others, strict=True), start=1):
        record = f"{name}, result {number}"
        if other:
            yield Rejected(record, f"{other}, not a drug label")
            continue
        try:
            yield _document(result)
        except SourceError as error:
            yield Rejected(record, str(error))


def _load(data: bytes, name: str) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_refuse)
    except RecursionError:
        raise SourceError(f"{name}: JSON nested too deeply") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: not UTF-8 text") from error
    except ValueError as error:
        raise SourceError(f"{name}: not JSON ({error})") from error


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            made[TWICE] = key
        made[key] = value
    return made


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _results(answer: Any, name: str) -> list[Any]:
    if isinstance(answer, dict) and isinstance(answer.get("results"), list):
        return list(answer["results"])
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
        raise SourceError(f"{name}: openFDA's error answer: {clean(str(answer['error'].get('message')))}")
    if isinstance(answer, dict) and ("set_id" in answer or _other(answer) != "an unknown record"):
        return [answer]
    raise SourceError(f"{name}: not an openFDA answer")


def _other(result: Any) -> str | None:
    """What a record is when it is no label; None for a label."""
    if not isinstance(result, dict):
        return "an unknown record"
    if "set_id" in result:
        return None
    return next((what for key, what in _OTHERS.items() if key in result), "an unknown record")


def _document(result: dict[str, Any]) -> Document:
    openfda = result.get("openfda")
    known: dict[str, Any] = openfda if isinstance(openfda, dict) else {}
    _check(result, known)
    set_id = str(result["set_id"]).strip().lower()
    version = str(result.get("version", ""))
    brands, generics = unique(strings(known.get("brand_name"))), unique(strings(known.get("generic_name")))
    substances = unique([*strings(known.get("substance_name")), *generics])
    title = described(brands, generics or substances)
    builder = TextBuilder()
    builder.add(title, PartKind.TITLE)
    for section in sections(result):
        section.write(builder)
    if len(builder.parts) == 1:
        raise SourceError(f"label {set_id}: no text in it, only names")
    if not re.fullmatch(r"[0-9]{1,5}", version):
        raise SourceError(f"label {set_id}: no version number")
    issued = iso_date(str(result.get("effective_time", "")))
    return Document(
        id=f"spl:{set_id}",
        kind=StudyDesign.LABEL,
        via=Via.SOURCE,
        bibliography=Bibliography(
            title=title,
            container=CONTAINER,
            year=int(issued[:4]) if issued else None,
            url=label_url(set_id),
            title_is_description=True,
        ),
        text=builder.text,
        parts=tuple(builder.parts),
        keywords=unique([*brands, *strings(known.get("route")), *strings(known.get("dosage_form"))]),
        interventions=substances,
        organisation=next(iter(strings(known.get("manufacturer_name"))), None),
        authority=Authority.NATIONAL,
        jurisdiction="US",
        licence=LICENCE,
        language=LANGUAGE,
        revision=f"{int(version):05d}.0",
        issued=issued,
    )


def _check(result: dict[str, Any], known: dict[str, Any]) -> None:
    twice = result.get(TWICE) or known.get(TWICE)
    if twice:
        raise SourceError(f"the field {clean(str(twice))} stands twice in it")
    if not SET_ID.fullmatch(str(result["set_id"]).strip().lower()):
        raise SourceError("a label without a usable set id")
    if "veterinary_indications" in result or any("ANIMAL" in t.upper() for t in strings(known.get("product_type"))):
        raise SourceError("a label for animals, not for people")
    for field, value in [*result.items(), *known.items()]:
        for text in (field, *(value if isinstance(value, list) else [value])):
            if isinstance(text, str) and re.search("[\ud800-\udfff\ufffd]", text):
                raise SourceError(f"{clean(field)}: characters of its text are lost (half a surrogate pair, or U+FFFD)")
