"""CSL items to BibTeX: UTF-8, every character of TeX's own made literal, braces balanced whatever the text holds."""

from __future__ import annotations

import re
from collections.abc import Iterable

from osler.article.bibliography import OTHERS, Item

_TYPES = {"article-journal": "article", "webpage": "misc"}
# \{ is no escape to BibTeX, which counts braces whatever stands before them: each has a balanced command instead.
_ESCAPES = str.maketrans(
    {c: f"\\{c}" for c in "#$%&_"}
    | {"\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
       "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}
)  # fmt: skip
_IN_ADDRESS = {"\\": "%5C", "{": "%7B", "}": "%7D"}


def to_bibtex(items: Iterable[Item], said: str = "") -> str:
    """One entry an item. said: a line of comment above them (BibTeX reads nothing outside entries)."""
    head = f"% {' '.join(said.replace('@', ' at ').split())}\n\n" if said else ""
    return head + "\n".join(map(_entry, items))


def _entry(item: Item) -> str:
    date = item.get("issued", {}).get("date-parts", [[]])[0]
    journal = item["type"] == "article-journal"
    fields = {
        "author": " and ".join(map(_name, item.get("author", ()))),
        # The second pair of braces keeps capitals: names of drugs and societies are not lowered.
        "title": f"{{{escape(item['title'])}}}",
        "journal" if journal else "howpublished": escape(item.get("container-title", "")),
        "year": f"{date[0]:04d}" if date else "",
        "month": str(date[1]) if len(date) > 1 else "",
        "volume": escape(item.get("volume", "")),
        "number": escape(item.get("issue", "")),
        "pages": re.sub(r"-+", "--", escape(item.get("page", ""))),
        "doi": _address(item.get("DOI", "")),
        "url": _address(item.get("URL", "")),
        "pmid": item.get("PMID", ""),
        "note": escape(item.get("note", "")),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{_TYPES[item['type']]}{{{item['id']},\n{lines}}}\n"


def escape(text: str) -> str:
    """Text as TeX prints it literally."""
    return text.translate(_ESCAPES)


def _name(author: dict[str, str]) -> str:
    """ "Wolf, E.", "Smith, Jr, J. A.", "{KDIGO Work Group}"; a list cut short ends in BibTeX's own "others"."""
    if "literal" in author:
        return "others" if author["literal"] == OTHERS else f"{{{escape(author['literal'])}}}"
    return ", ".join(escape(p) for p in (author["family"], author.get("suffix"), author["given"]) if p)


def _address(text: str) -> str:
    """DOIs and addresses are set word for word by the styles that know them: only what would end the field is encoded."""
    return "".join(_IN_ADDRESS.get(c, c) for c in text)
