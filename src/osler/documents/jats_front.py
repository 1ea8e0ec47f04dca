"""The front matter of a JATS article: identifiers, bibliography, dates, licence and keywords."""

from __future__ import annotations

import re
from datetime import date

from lxml import etree

from osler.documents.jats_inline import words
from osler.documents.text import clean
from osler.domain.document import Bibliography, parse_doi, parse_pmid

XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PMC_TYPES = ("pmc", "pmcid", "pmc-uid", "pmcaid")
_PMC = re.compile(r"(?:PMC)?(\d{1,9})(?:\.(\d{1,3}))?", re.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_CREATIVE_COMMONS = re.compile(r"creativecommons\.org/licen[sc]es/(by[a-z-]*|nc[a-z-]*|nd|sa)(?:/(\d)(?:\.(\d))?)?", re.IGNORECASE)
_MAX_AUTHORS = 10
_MAX_LICENCE = 120


def text_of(parent: etree._Element | None, path: str) -> str:
    """Cleaned text of the first element at this path, "" when there is none."""
    element = None if parent is None else parent.find(path)
    return "" if element is None else clean(words(element))


class Front:
    """Reads one prepared `article-meta` (with the `journal-meta` beside it); every value is "" or None when absent."""

    def __init__(self, article: etree._Element) -> None:
        meta = article.find("front/article-meta")
        self.meta = meta if meta is not None else etree.Element("article-meta")
        self.journal = article.find("front/journal-meta")
        self.article_type = (article.get("article-type") or "").strip().lower()
        # The DTD gives `article` the language "en" when none is written.
        self.language = (article.get(XML_LANG) or "en").strip().lower().partition("-")[0]
        self.ids = {(e.get("pub-id-type") or "").lower(): clean("".join(e.itertext())) for e in self.meta.findall("article-id")}
        found = next((m for t in _PMC_TYPES if (m := _PMC.fullmatch(self.ids.get(t, "")))), None)
        self.pmcid = f"PMC{found[1]}" if found else None
        self.pmid = pmid_or_none(self.ids.get("pmid", ""))
        self.doi = doi_or_none(self.ids.get("doi", ""))

    @property
    def document_id(self) -> str | None:
        if self.pmcid:
            return f"pmc:{self.pmcid}"
        return f"pmid:{self.pmid}" if self.pmid else f"doi:{self.doi}" if self.doi else None

    @property
    def title(self) -> str:
        group = self.meta.find("title-group")
        parts = [text_of(group, "article-title"), text_of(group, "subtitle")]
        return clean(": ".join(p for p in parts if p))

    def subjects(self) -> list[str]:
        """Top-level subject headings; the deeper ones are topics ("Clinical trials" for a paper about them)."""
        groups = self.meta.findall("article-categories/subj-group")
        headings = [
            g for g in groups if (g.get("subj-group-type") or "heading").lower() in {"heading", "article-type", "toc-heading"}
        ]
        return [clean(words(s)) for g in headings for s in g.findall("subject")]

    def keywords(self) -> tuple[str, ...]:
        groups = [g for g in self.meta.findall("kwd-group") if "abbr" not in (g.get("kwd-group-type") or "").lower()]
        found = (clean(words(k)) for g in groups for k in g.iter("kwd", "compound-kwd"))
        return tuple(dict.fromkeys(k for k in found if k))

    def bibliography(self) -> Bibliography:
        """Needs an identifier. A work without a title gets a description in its place."""
        description = (
            f"{self.article_type.replace('-', ' ').capitalize() or 'Article'} in {self._journal_name() or 'an unnamed journal'}"
        )
        url = f"https://pmc.ncbi.nlm.nih.gov/articles/{self.pmcid}/" if self.pmcid else None
        return Bibliography(
            title=self.title or description,
            authors=self._authors() or None,
            container=self._container() or None,
            year=self._year(),
            pmid=self.pmid,
            doi=self.doi,
            url=url,
            title_is_description=not self.title,
            pmcid=self.pmcid,
        )

    def _journal_name(self) -> str:
        ids = () if self.journal is None else self.journal.findall("journal-id")
        named = {e.get("journal-id-type"): clean("".join(e.itertext())) for e in ids}
        return (
            named.get("nlm-ta") or named.get("iso-abbrev")
            or text_of(self.journal, "journal-title-group/journal-title") or text_of(self.journal, "journal-title")
        )  # fmt: skip

    def _container(self) -> str:
        volume, issue = text_of(self.meta, "volume"), text_of(self.meta, "issue")
        first, last = text_of(self.meta, "fpage"), text_of(self.meta, "lpage")
        pages = (f"{first}-{last}" if last and last != first else first) or text_of(self.meta, "elocation-id")
        where = volume + (f"({issue})" if issue else "")
        return " ".join(filter(None, (self._journal_name(), ":".join(filter(None, (where, pages))))))

    def _authors(self) -> str:
        people = [
            c for c in self.meta.findall("contrib-group/contrib")
            if (c.get("contrib-type") or "author").lower() in {"author", "group", "collab"}
        ]  # fmt: skip
        names = [name for name in map(_author, people) if name]
        return ", ".join(names[:_MAX_AUTHORS]) + (", et al." if len(names) > _MAX_AUTHORS else "")

    def _dates(self) -> dict[str, str]:
        """Publication dates by type ("epub", "ppub", "collection", ...); JATS 1.2's date-type and format are mapped to these."""
        dates: dict[str, str] = {}
        for element in self.meta.findall("pub-date"):
            kind = element.get("pub-type") or ""
            if not kind:
                kind = element.get("date-type") or "pub"
                if kind == "pub":
                    kind = "ppub" if element.get("publication-format") == "print" else "epub"
            found = iso_date(element)
            if found:
                dates.setdefault(kind, found)
        return dates

    def _year(self) -> int | None:
        """The year of the issue, as reference lists print it, else that of the first publication."""
        dates = self._dates()
        found = next((dates[k] for k in ("collection", "ppub", "epub-ppub", "epub") if k in dates), min(dates.values(), default=""))
        return int(found[:4]) if found else None

    def issued(self) -> str | None:
        """The day it first came out: electronic, else printed, else any date (a release in PMC comes last)."""
        dates = self._dates()
        ordered = ("epub", "epub-ppub", "ppub", "collection")
        rest = [d for k, d in sorted(dates.items()) if k != "pmc-release"] or list(dates.values())
        return next((dates[k] for k in ordered if k in dates), min(rest, default=None))

    def revision(self) -> str:
        """ "VVV.DATE": PMC's version of the article (001 when none is written) and the last date of its history; "" without both."""
        version = next(
            (m[2] for t, v in sorted(self.ids.items()) if t.startswith("pmc") and (m := _PMC.fullmatch(v)) and m[2]), None
        )
        events = (e for tag in ("pub-date", "date") for e in self.meta.iter(tag))
        last = max((iso_date(e) for e in events if e.get("pub-type") != "pmc-release"), default="")
        return f"{int(version or 1):03d}.{last}" if version or last else ""

    def licence(self) -> str | None:
        found = _licence(self.meta.findall("permissions/license") or self.meta.findall("license"))
        if found:
            return found
        statement = _licence(self.meta.findall("permissions/copyright-statement")) or ""  # some journals state it only here
        return statement if statement.startswith("CC") else None


def _author(contrib: etree._Element) -> str:
    name = next(contrib.iter("name", "string-name", "collab"), None)
    if name is None:
        return ""
    if name.tag == "collab":
        return clean(words(name, lambda e: e.tag in {"contrib-group", "xref", "aff"}))
    surname, given = text_of(name, "surname"), name.find("given-names")
    if not surname:
        return clean(words(name))
    initials = "" if given is None else given.get("initials") or _initials(clean(words(given)))
    suffix = text_of(name, "suffix")
    return " ".join(filter(None, (surname, initials, suffix)))


def _initials(given: str) -> str:
    """ "John J" and "J.-P." to "JJ" and "JP"; a word already in capitals ("KK") is initials."""
    pieces = re.split(r"[\s.‐-]+", given)
    return "".join(p if p.isupper() and len(p) <= 3 else p[0].upper() for p in pieces if p)


def iso_date(element: etree._Element) -> str:
    """A JATS date as ISO text to the day, month or year as far as it is real; "" without a year."""
    year, month, day = (text_of(element, name) for name in ("year", "month", "day"))
    if not re.fullmatch(r"(1[89]|20)\d\d", year):
        written = re.match(r"(?:1[89]|20)\d\d-\d\d-\d\d", element.get("iso-8601-date") or "")
        return written.group() if written and _real(*map(int, written.group().split("-"))) else ""
    number = int(month) if month.isascii() and month.isdigit() else 1 + _month(month)
    if not 1 <= number <= 12:
        return year
    if day.isascii() and day.isdigit() and _real(int(year), number, int(day)):
        return f"{year}-{number:02d}-{int(day):02d}"
    return f"{year}-{number:02d}"


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) if name[:3].lower() in _MONTHS else -1


def _real(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def pmid_or_none(text: str) -> str | None:
    try:
        return parse_pmid(text)
    except ValueError:
        return None


def doi_or_none(text: str) -> str | None:
    try:
        return parse_doi(text.strip().removeprefix("info:doi/"))
    except ValueError:
        return None


def _licence(elements: list[etree._Element]) -> str | None:
    """ "CC BY 4.0" and the like from a link; else from the words; else the first 120 characters of them.

    Where links disagree, the narrowest (longest) counts. A waiver for the data ("CC0") beside a licence is not the article's.
    """
    text = clean(" ".join(words(e) for e in elements))
    links = " ".join([*(e.get(XLINK_HREF) or "" for element in elements for e in element.iter(etree.Element)), text])
    codes = [(m[1].upper().strip("-"), f"{m[2]}.{m[3] or 0}" if m[2] else "") for m in _CREATIVE_COMMONS.finditer(links)]
    if codes:
        code, version = max(codes, key=lambda c: (len(c[0]), c[1]))
        return f"CC {code} {version}".strip()
    if re.search(r"creativecommons\.org/publicdomain/zero|\bCC0\b|CC Zero", links, re.IGNORECASE):
        return "CC0"
    if re.search(r"creative commons attribution|\bCC[- ]BY\b", text, re.IGNORECASE):
        marks = [("NC", r"non-?\s?commercial|\bNC\b"), ("ND", r"no-?\s?deriv|\bND\b"), ("SA", r"share-?\s?alike|\bSA\b")]
        code = "-".join(["BY", *(name for name, pattern in marks if re.search(pattern, text, re.IGNORECASE))])
        number = re.search(r"(?:licen[sc]e|CC[- ]BY[-A-Z]*)\W+(?:version )?(\d\.\d)\b", text, re.IGNORECASE)
        return f"CC {code} {number[1]}" if number else f"CC {code}"
    kind = next((clean(e.get("license-type") or "") for e in elements if e.get("license-type")), "")
    return text[:_MAX_LICENCE].strip() or kind or None
