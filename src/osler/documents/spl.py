"""US drug labels as HL7 Structured Product Labeling (SPL, release 3) XML to Documents: one file, one label, one Document.

Source: HL7 Version 3 Standard: Structured Product Labeling; FDA, Structured Product Labeling Implementation Guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lxml import etree

from osler.documents.label_sections import ANIMAL_LABELS
from osler.documents.label_tables import footnotes_by_id, normalise
from osler.documents.markup import inline
from osler.documents.record import Record, Rejected
from osler.documents.spl_sections import NAMESPACES, SectionWriter
from osler.documents.text import TextBuilder, clean
from osler.domain.document import Authority, Bibliography, Document, StudyDesign, Via
from osler.domain.part import PartKind
from osler.errors import SourceError

CONTAINER = "US Food and Drug Administration label"
LANGUAGE = "en"
"""Labels of US drugs are in English: 21 CFR 201.15(c)."""

SET_ID = re.compile(r"[0-9a-z](?:[0-9a-z-]{0,62}[0-9a-z])?")
_HIGHLIGHTS = re.compile(
    r"^\W*these highlights do not include .*?\.(?:\s+|$)(?:see full prescribing information for .*?\.(?:\s+|$))?", re.IGNORECASE
)
_APPROVAL = re.compile(r"\W*\bInitial U\.?\s?S\.? (?:Approval|Licen[cs]e)\W*\d{4}\W*$", re.IGNORECASE)
_NO_TITLE = re.compile(r"\W*(?:drug facts(?: \(continued\))?|package insert|(?:drug )?label(?:ing)?)?\W*", re.IGNORECASE)


def parse_spl(data: bytes, name: str) -> Iterator[Record]:
    """The label in an SPL file, as a Document or as a Rejected with its reason.

    Raises SourceError when the file is not XML or not an SPL document.
    """
    root = _root(data, name)
    set_id = _value(root, "h:setId/@root").lower()
    record = f"spl:{set_id}" if SET_ID.fullmatch(set_id) else name
    problem = _problem(root, set_id)
    if problem:
        yield Rejected(record, problem)
        return
    try:
        yield _document(root, record)
    except SourceError as error:
        yield Rejected(record, str(error))


def label_title(title: str) -> str:
    """A label's title without the sentences that every label carries ("These highlights do not include …"); may be empty."""
    short = _APPROVAL.sub("", _HIGHLIGHTS.sub("", clean(title))).strip()
    return "" if _NO_TITLE.fullmatch(short) else short


def described(brands: tuple[str, ...], generics: tuple[str, ...]) -> str:
    """A title for a label that has none, from its product data: "Brand (generic) label"."""
    brand = brands[0] if brands else ""
    generic = ", ".join(g.lower() for g in generics[:3]) + (" and others" if len(generics) > 3 else "")
    if not brand or brand.lower() == generic:
        return f"{brand or generic or 'Unnamed drug'} label"
    return f"{brand} ({generic}) label" if generic else f"{brand} label"


def label_url(set_id: str) -> str:
    return f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={set_id}"


def iso_date(text: str) -> str | None:
    """YYYYMMDD (a time may follow) as an ISO date, None when it is no date."""
    if not re.fullmatch(r"[0-9]{8}(?:[0-9]{2,6}.*)?", text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat()
    except ValueError:
        return None


def _root(data: bytes, name: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(f"{name}: not readable as XML ({error.msg})") from error
    if root.tag != f"{{{NAMESPACES['h']}}}document":
        raise SourceError(f"{name}: not a Structured Product Labeling document")
    return root


def _problem(root: etree._Element, set_id: str) -> str | None:
    if not SET_ID.fullmatch(set_id):
        return "a label without a usable set id"
    if next(root.iter(etree.Entity), None) is not None:
        return "its text depends on entities defined elsewhere"
    if any("\ufffd" in text for text in root.itertext()):
        return "it holds replacement characters (U+FFFD): characters of its text are lost"
    if not re.fullmatch(r"[0-9]{1,5}", _value(root, "h:versionNumber/@value")):
        return "a label without a version number"
    kind = next(iter(root.xpath("h:code", namespaces=NAMESPACES)), None)
    if kind is not None and (kind.get("code") in ANIMAL_LABELS or "ANIMAL" in (kind.get("displayName") or "").upper()):
        return "a label for animals, not for people"
    return None


def _document(root: etree._Element, identifier: str) -> Document:
    title_element = next(iter(root.xpath("h:title", namespaces=NAMESPACES)), None)
    normalise(root)
    title = "" if title_element is None else label_title(inline(title_element))
    products = _Products.of(root, title)
    described_title = title or described(products.brands, products.moieties)
    builder = TextBuilder()
    builder.add(described_title, PartKind.TITLE)
    writer = SectionWriter(builder, footnotes_by_id(root))
    for section in root.xpath("h:component/h:structuredBody/h:component/h:section", namespaces=NAMESPACES):
        writer.section(section, (), None)
    if len(builder.parts) == 1:
        raise SourceError("it holds no label text")
    issued = iso_date(_value(root, "h:effectiveTime/@value"))
    return Document(
        id=identifier,
        kind=StudyDesign.LABEL,
        via=Via.SOURCE,
        bibliography=Bibliography(
            title=described_title,
            container=CONTAINER,
            year=int(issued[:4]) if issued else None,
            url=label_url(identifier.removeprefix("spl:")),
            title_is_description=not title,
        ),
        text=builder.text,
        parts=tuple(builder.parts),
        keywords=products.keywords,
        interventions=products.generics,
        organisation=_value(root, "h:author/h:assignedEntity/h:representedOrganization/h:name/text()") or None,
        authority=Authority.NATIONAL,
        jurisdiction="US",
        language=LANGUAGE,
        revision=f"{int(_value(root, 'h:versionNumber/@value')):05d}.1",
        issued=issued,
    )


def _value(element: etree._Element, path: str) -> str:
    return clean(next(iter(element.xpath(path, namespaces=NAMESPACES)), ""))


def unique(names: list[str]) -> tuple[str, ...]:
    """In order of first appearance, without regard to case."""
    return tuple({name.casefold(): name for name in reversed(names) if name}.values())[::-1]


@dataclass(frozen=True, slots=True)
class _Products:
    """Names from the product data. generics: active moieties, then their salts, then the label's own generic names.

    What is only part of a kit and not in the title (an alcohol swab beside a syringe) is a keyword, no intervention.
    """

    brands: tuple[str, ...]
    moieties: tuple[str, ...]
    generics: tuple[str, ...]
    keywords: tuple[str, ...]

    @classmethod
    def of(cls, root: etree._Element, title: str) -> _Products:
        def elements(path: str) -> list[etree._Element]:
            found: list[etree._Element] = root.xpath(f"h:component/h:structuredBody//h:subject//{path}", namespaces=NAMESPACES)
            return found

        def is_aside(element: etree._Element) -> bool:
            return next(element.iterancestors("{*}part"), None) is not None and _named(element).casefold() not in title.casefold()

        active = "*[self::h:ingredient[starts-with(@classCode,'ACTI')] or self::h:activeIngredient]"
        substance = f"{active}/*[self::h:ingredientSubstance or self::h:activeIngredientSubstance]"
        moieties = elements(f"{substance}/h:activeMoiety/h:activeMoiety/h:name")
        generic = elements("h:genericMedicine/h:name")
        single = [e for e in generic if not re.search(r",|;| and |/", _named(e))]
        brands = elements("*[h:asEntityWithGeneric or h:ingredient or h:part]/h:name")
        names = [*moieties, *elements(f"{substance}/h:name"), *single]
        codes = [*elements("h:routeCode"), *elements("*[h:ingredient]/h:formCode")]
        asides = [e for e in [*names, *brands] if is_aside(e)]
        return cls(
            brands=unique([_named(e) for e in brands if e not in asides]),
            moieties=unique([_named(e) for e in moieties or names if e not in asides]),
            generics=unique([_named(e) for e in names if e not in asides]),
            keywords=unique([_named(e) for e in [*brands, *generic, *asides]] + [clean(e.get("displayName") or "") for e in codes]),
        )


def _named(element: etree._Element) -> str:
    """A name with its suffix, which may stand against it without a space."""
    return clean(" ".join(element.itertext()))
