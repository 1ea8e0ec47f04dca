"""The package of a Word file (a zip of XML files): unpacked within limits, its styles, notes and running heads."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field

from lxml import etree

from osler.documents.markup import local
from osler.documents.text import clean
from osler.errors import SourceError

MAX_BYTES = 200_000_000
"""Of all files inside together, uncompressed."""
MAX_RATIO = 200
"""Of a file inside larger than a megabyte; XML of Word comes to about 30, a zip bomb to a thousand."""
_MAX_FILES = 10_000
HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo)\s*([1-9])\b", re.IGNORECASE)


def attribute(element: etree._Element, name: str) -> str | None:
    """An attribute by its local name: transitional and strict files have different namespaces."""
    return next((str(v) for k, v in element.attrib.items() if str(k).rpartition("}")[2] == name), None)


def value(element: etree._Element, name: str) -> str | None:
    """The `val` of the first such element below, "" when it has none, None when there is no such element."""
    found = next((e for e in element.iter() if local(e) == name.lower()), None)
    return None if found is None else attribute(found, "val") or ""


@dataclass(slots=True)
class Package:
    """The files inside, read one by one and never beyond the limits."""

    data: bytes
    name: str
    archive: zipfile.ZipFile = field(init=False)
    read: int = 0

    def __post_init__(self) -> None:
        if self.data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise SourceError(f"{self.name}: an old Word file (.doc) or one locked with a password; save it as DOCX without one")
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(self.data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise SourceError(f"{self.name}: not a Word file (DOCX), or a damaged one") from error
        files = self.archive.infolist()
        large = [f for f in files if f.file_size > 1_000_000 and f.file_size > MAX_RATIO * max(1, f.compress_size)]
        if len(files) > _MAX_FILES or sum(f.file_size for f in files) > MAX_BYTES or large:
            raise SourceError(f"{self.name}: the file grows beyond measure when unpacked, and is not opened")

    def xml(self, path: str) -> etree._Element | None:
        """The root of a file inside, None when there is no such file."""
        try:
            with self.archive.open(path) as stream:
                content = stream.read(MAX_BYTES - self.read + 1)  # what the directory says of sizes may be a lie
        except KeyError:
            return None
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
            raise SourceError(f"{self.name}: the file is damaged or locked ({path} cannot be unpacked)") from error
        self.read += len(content)
        if self.read > MAX_BYTES:
            raise SourceError(f"{self.name}: the file grows beyond measure when unpacked, and is not opened")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
        try:
            root = etree.fromstring(content, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise SourceError(f"{self.name}: the file is damaged ({path} cannot be read)") from error
        if root.getroottree().docinfo.doctype:
            raise SourceError(f"{self.name}: {path} has a document type declaration, which no Word file has")
        return root

    def related(self, path: str, kind: str) -> str | None:
        return next(iter(self.all_related(path, kind)), None)

    def all_related(self, path: str, kind: str) -> list[str]:
        folder, base = posixpath.split(path)
        root = self.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        out = []
        for relation in root if root is not None else ():
            if str(relation.get("Type")).rpartition("/")[2] == kind and relation.get("TargetMode") != "External":
                out.append(posixpath.normpath(posixpath.join("/", folder, relation.get("Target") or "")).lstrip("/"))
        return out

    def property(self, wanted: str) -> str | None:
        path = self.related("", "core-properties")
        root = self.xml(path) if path else None
        return next((e.text for e in root if local(e) == wanted), None) if root is not None else None

    def styles(self, main: str) -> dict[str, str]:
        """Names of paragraph styles by id; a style with an outline level is called after it."""
        path = self.related(main, "styles")
        root = self.xml(path) if path else None
        out: dict[str, str] = {}
        for style in root if root is not None else ():
            if local(style) == "style":
                level, shown = value(style, "outlineLvl"), value(style, "name") or ""
                heading = level is not None and level.isdigit() and int(level) < 9 and not HEADING.search(shown)
                out[attribute(style, "styleId") or ""] = f"heading {int(level or 0) + 1}" if heading else shown
        return out

    def notes(self, main: str) -> dict[str, etree._Element]:
        """Footnotes and endnotes by kind and id."""
        out: dict[str, etree._Element] = {}
        for kind in ("footnotes", "endnotes"):
            path = self.related(main, kind)
            root = self.xml(path) if path else None
            for note in root if root is not None else ():
                if attribute(note, "type") is None:  # the others are the lines between text and notes
                    out[f"{kind[:-1]}reference {attribute(note, 'id')}"] = note
        return out

    def headers(self, main: str) -> list[str]:
        """Words of running heads: where a watermark and the word "draft" stand."""
        roots = [self.xml(p) for kind in ("header", "footer") for p in self.all_related(main, kind)]
        texts = [clean(e.text or "") for r in roots if r is not None for e in r.iter() if local(e) == "t"]
        return texts + [e.get("string") or "" for r in roots if r is not None for e in r.iter() if local(e) == "textpath"]
