"""Saved web pages (HTML) to documents: the page's own article, without menus, banners and scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml import etree
from lxml.html import defs

from osler.documents.fragment import add_html
from osler.documents.local import decode, local_bibliography, local_document, opening, says_draft, usable_title
from osler.documents.record import Record
from osler.documents.symbol_font import from_symbol_font
from osler.documents.text import TextBuilder, clean
from osler.domain.document import parse_doi, parse_pmid
from osler.domain.part import PartKind
from osler.errors import SourceError

# Readability libraries were tried and left out: on a PMC article readability-lxml 0.9 drops the abstract and a table.
_DROPPED = ("script", "style", "noscript", "template", "nav", "form", "button", "select", "input", "textarea", "iframe", "svg", "object", "dialog", "menu")  # fmt: skip
_DROPPED_ROLES = frozenset("navigation banner contentinfo search dialog alertdialog menu menubar toolbar complementary".split())
_DROPPED_NAMES = re.compile(
    r"(?:^|[\s_-])(?:cookies?|gdpr|consent-?(?:banner|bar|manager|popup)|breadcrumbs?|skip-?(?:nav|link|to)|share|sharing|social|advert(?:isement)?s?|"
    r"newsletter|sidebar|(?:site|page)-(?:header|footer)|navbar|navigation|menu|banner|popup|modal|visually-hidden|sr-only)(?:$|[\s_-])",
    re.IGNORECASE,
)
_SUBSTANCE = 400
"""Characters: what only its class or role calls a sidebar or a menu, and has so much text that is no link, is kept."""
_KNOWN = frozenset(defs.tags) | frozenset(
    "math mi mn mo ms mtext mrow mfrac msqrt mroot msup msub msubsup munder mover munderover mtable mtr mtd mspace mstyle "
    "main figure figcaption section article time data bdi wbr mark details summary picture source".split()
)
_SMALL = 100
"""Characters: a page with less text and a script makes its text by the script, and the file does not have it."""
_LINK_LIST = 0.8
"""A list of three entries and more that is links for this part of its text is a menu."""
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]{1,40})|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w:.-]{1,40})""", re.IGNORECASE)  # fmt: skip
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DATES = ("citation_publication_date", "citation_date", "article:published_time", "dcterms.issued", "dc.date.issued", "dcterms.date", "dc.date", "date")  # fmt: skip


def parse_html(data: bytes, name: str) -> Iterator[Record]:
    """One Document. Title, authors, journal, year, DOI and PMID come from the page's own meta elements.

    The text is that of the <article> or <main> that holds most of the page's text, or of the whole body; menus, banners,
    forms and scripts are left out. Raises SourceError when the file is no HTML, has no text, or only a script would make
    its text, and when it cannot be read without loss.
    """
    root = _parse(data, name)
    meta = _meta(root)
    scripted = next(root.iter("script"), None) is not None
    title = usable_title(*meta.get("citation_title", ()), *meta.get("og:title", ()), *meta.get("dc.title", ()), _first(root, "h1"), _first(root, "title"))  # fmt: skip
    language = clean(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "").lower()[:2] or None
    licence = next((clean(e.get("href") or "") for e in root.iter("link", "a") if "license" in (e.get("rel") or "").split()), None)
    _strip(root)
    for heading in [e for e in root.iter("h1") if title and clean("".join(e.itertext())) == title]:
        _remove(heading)
    bibliography = local_bibliography(
        name,
        title,
        authors=", ".join(meta.get("citation_author", meta.get("author", ()))),
        container=next(iter(meta.get("citation_journal_title", ())), None),
        year=_year(meta),
        doi=_identifier(meta, parse_doi, "citation_doi", "dc.identifier.doi", "prism.doi", "dc.identifier"),
        pmid=_identifier(meta, parse_pmid, "citation_pmid"),
    )
    builder = TextBuilder()
    builder.add(bibliography.title, PartKind.TITLE)
    empty = len(builder.text)
    try:
        add_html(builder, etree.tostring(_content(root), encoding="unicode", method="html"))
    except SourceError as error:
        raise SourceError(f"{name}: {error}") from error
    written = len(builder.text) - empty
    if not written or (scripted and written < _SMALL):
        raise SourceError(f"{name}: the page holds no text of its own" + (" (a script would load it)" if scripted else ""))
    draft = says_draft(opening(builder))
    yield local_document(name, bibliography, builder, draft=draft, language=language, licence=licence or None)


def _parse(data: bytes, name: str) -> etree._Element:
    declared = _CHARSET.search(data[:4096])
    text = decode(data, name, (declared[1] or declared[2]).decode("ascii") if declared else None)
    # lxml refuses an encoding declaration in a string, and a NUL ends its input.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).replace("\x00", "")
    if not re.search(r"<(?:!doctype html|html|body|head|p|div|h[1-6]|article|main|table|ul|ol)\b", text[:100_000], re.IGNORECASE):
        raise SourceError(f"{name}: not an HTML page")
    try:
        root = etree.fromstring(text, etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"{name}: the HTML cannot be read") from error
    if root is None:
        raise SourceError(f"{name}: the page is empty")
    for element in root.iter():  # the parser lets characters pass that no tree can be given again
        element.text, element.tail = (said and _UNREADABLE.sub("", said) for said in (element.text, element.tail))
    return root


def _meta(root: etree._Element) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        key = (element.get("name") or element.get("property") or element.get("itemprop") or "").strip().lower()
        value = clean(element.get("content") or "")
        if key and value:
            out.setdefault(key, []).append(value)
    return out


def _year(meta: dict[str, list[str]]) -> int | None:
    for key in _DATES:
        for value in meta.get(key, ()):
            found = _YEAR.search(value)
            if found is not None:
                return int(found[0])
    return None


def _identifier(meta: dict[str, list[str]], parse: Callable[[str], str], *keys: str) -> str | None:
    for key in keys:
        for value in meta.get(key, ()):
            try:
                return parse(value)
            except ValueError:
                continue
    return None


def _first(root: etree._Element, tag: str) -> str | None:
    element = next(root.iter(tag), None)
    return None if element is None else clean("".join(element.itertext()))


def _strip(root: etree._Element) -> None:
    for element in list(root.iter()):
        _plain(element)
        if element.tag in ("html", "head", "body", "main", "article"):
            continue
        sure = element.tag in _DROPPED or (element.tag in ("ul", "ol") and _is_menu(element))
        outside = element.tag in ("header", "footer") and next(element.iterancestors("article", "main"), None) is None
        named = _DROPPED_NAMES.search(f"{element.get('class') or ''} {element.get('id') or ''}") is not None
        unseen = element.get("aria-hidden") == "true" or element.get("hidden") is not None
        if sure or (
            (outside or named or unseen or (element.get("role") or "").lower() in _DROPPED_ROLES) and not _is_substance(element)
        ):
            _remove(element)


def _plain(element: etree._Element) -> None:
    """Custom elements as plain ones; and the Symbol font of old pages, in which "m" is a μ, as the characters it shows."""
    if element.tag == "hgroup" or (isinstance(element.tag, str) and ("-" in element.tag or element.tag not in _KNOWN)):
        element.tag = "span"
    style = f"{element.get('face') or ''};{element.get('style') or ''}"
    if re.search(r"(?:^|font(?:-family)?\s*:[^;]*|[\s,;])[\"']?symbol\b(?!-)", style, re.IGNORECASE):
        element.text = from_symbol_font(element.text) if element.text else element.text
        for child in element:
            child.tail = from_symbol_font(child.tail) if child.tail else child.tail


def _size(element: etree._Element) -> int:
    return len(clean("".join(element.itertext())))


def _linked(element: etree._Element) -> int:
    return sum(_size(a) for a in element.iter("a"))


def _is_substance(element: etree._Element) -> bool:
    own = _size(element) - _linked(element)
    return own >= _SUBSTANCE or (own > 0 and next(element.iter("table"), None) is not None)


def _is_menu(element: etree._Element) -> bool:
    return sum(1 for _ in element.iter("li")) >= 3 and _linked(element) >= _LINK_LIST * _size(element)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is None:
        return
    tail, before = element.tail, element.getprevious()
    if tail:
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def _content(root: etree._Element) -> etree._Element:
    """The smallest landmark that holds most of the page's text, else the body."""
    body = next(root.iter("body"), root)
    best = body
    for tag, part in (("main", 0.5), ("article", 0.8)):
        found = max(best.iter(tag), key=_size, default=None)
        if found is not None and _size(found) >= part * _size(best):
            best = found
    return best
