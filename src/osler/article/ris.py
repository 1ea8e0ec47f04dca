"""CSL items to RIS, through rispy. What RIS has no field for stands in its notes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from osler.article.bibliography import Item

_TYPES = {"article-journal": "JOUR", "webpage": "ELEC"}


def to_ris(items: Iterable[Item]) -> str:
    """One record an item, UTF-8, line ends as the format has them (CR LF)."""
    import rispy

    class Writer(rispy.RisWriter):  # type: ignore[misc, unused-ignore]
        """Without the record numbers that rispy writes between records, which some readers take for text."""

        NEWLINE = "\r\n"

        def set_header(self, count: int) -> str:
            return ""

    written: str = rispy.dumps([_record(i) for i in items], implementation=Writer)
    return written


def _record(item: Item) -> dict[str, Any]:
    first, _, last = str(item.get("page", "")).partition("-")
    date = item.get("issued", {}).get("date-parts", [[]])[0]
    values: dict[str, Any] = {
        "type_of_reference": _TYPES[item["type"]],
        "id": item["id"],
        "authors": [_name(a) for a in item.get("author", ())],
        "title": item["title"],
        "secondary_title" if item["type"] == "webpage" else "journal_name": item.get("container-title"),
        "year": f"{date[0]:04d}" if date else None,
        "date": "/".join(f"{part:02d}" for part in date) if len(date) > 1 else None,
        "volume": item.get("volume"),
        "number": item.get("issue"),
        "start_page": first,
        "end_page": last,
        "doi": item.get("DOI"),
        "accession_number": item.get("PMID"),
        # A semicolon parts two addresses there; DOIs of the 1990s have them.
        "urls": [item["URL"].replace(";", "%3B")] if "URL" in item else [],
        "notes": [item["note"]] if "note" in item else [],
    }
    return {k: v for k, v in values.items() if v}


def _name(author: dict[str, str]) -> str:
    """ "Wolf, E." and "Smith, J. A., Jr"; a group's name has no comma, for a comma would make it a person."""
    if "literal" in author:
        return re.sub(r"\s*,\s*", " ", author["literal"]).strip()
    return ", ".join(filter(None, (author["family"], author["given"], author.get("suffix"))))
