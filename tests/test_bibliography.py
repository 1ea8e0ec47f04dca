"""References leave as RIS, BibTeX, CSL-JSON, AMA and APA and come back as they were: nothing invented, nothing lost."""

from __future__ import annotations

import dataclasses
import json
import re
import string
import xml.etree.ElementTree as ET
from importlib import resources
from typing import Any

import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st

from osler.article.bibliography import OTHERS, Item, citation_key, csl_item, split_container
from osler.article.bibtex import to_bibtex
from osler.article.names import Author, Authors, Group, parse_authors
from osler.article.ris import to_ris
from osler.article.styled import Style, styled
from osler.domain.article import Reference
from osler.domain.document import StudyDesign, Via
from osler.domain.status import PublicationStatus

MADE = Reference(
    1, "pmid:1", StudyDesign.COHORT, "Back spasm on dialysis.", "Müller-Öz Å, O’Dell JR", "J Test 12(3):45-9", 2019, "7", "10.1000/x",
    None, PublicationStatus.CURRENT, Via.SOURCE,
)  # fmt: skip

CASES = {
    "plain": MADE,
    "diacritics": dataclasses.replace(MADE, title="Naïve Ångström façade: ß, ł, ő and ı", authors="Škvorecký Ž, Nguyễn VÁ, Brandariz-Nuñez D"),
    "not Latin": dataclasses.replace(MADE, title="透析患者の腰痛 и спина", authors="Иванов ИИ, Петров П", container="日本透析医学会雑誌"),
    "a group": dataclasses.replace(MADE, authors="KDIGO Work Group"),
    "persons and a group": dataclasses.replace(MADE, authors="Smith J, Doe A, RECOVERY Collaborative Group"),
    "cut short": dataclasses.replace(MADE, authors="Wolf E, Kothari NR, et al."),
    "no authors": dataclasses.replace(MADE, authors=None),
    "no date": dataclasses.replace(MADE, year=None),
    "only the day of issue": dataclasses.replace(MADE, year=None, issued="2024-05-01", kind=StudyDesign.LABEL, pmid=None, doi=None,
                                                 authors="Doe Pharma, Inc.", container="DailyMed", url="https://example.org/label"),
    "a company": dataclasses.replace(MADE, kind=StudyDesign.LABEL, authors="Slate & Sons, LLC", doi=None, pmid=None,
                                     url="https://example.org/a?b=1&c=%20d_e#f", container="DailyMed (US prescribing information)"),
    "an odd DOI": dataclasses.replace(MADE, doi="10.1002/(sici)1097-0258(19980815)17:15<1661::aid-sim968>3.0.co;2-2_#x"),
    "a DOI with braces": dataclasses.replace(MADE, doi="10.1000/a{b}c%d"),
    "marks of TeX": dataclasses.replace(MADE, title=r"50% of $5 {a_b} & c#d ~ e^f \cite{x} <g> | h", container="Drugs & Aging"),
    "lone braces": dataclasses.replace(MADE, title="{{ one } two }}} three {"),
    "quotes": dataclasses.replace(MADE, title="\"To dialyse\" or ‘not’ — O'Neill's “view”"),
    "a tag of RIS": dataclasses.replace(MADE, title="TY  - JOUR\nER  - \n1. then AU  - X"),
    "an entry of BibTeX": dataclasses.replace(MADE, title='x}, @article{y, title = "z"', authors="@misc Group"),
    "the word and": dataclasses.replace(MADE, authors="Society of Rest and Heat"),
    "no title": dataclasses.replace(MADE, title="A label of methocarbamol", title_is_description=True),
    "retracted": dataclasses.replace(MADE, status=PublicationStatus.RETRACTED, status_since="2021-03"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "named", "others"),
    [
        ("Wolf E, Kothari NR", ["Wolf, E.", "Kothari, N. R."], False),
        ("Wolf E, Kothari NR, et al.", ["Wolf, E.", "Kothari, N. R."], True),
        ("Martin U, et al", ["Martin, U."], True),
        ("Martin U and others", ["Martin, U."], True),
        ("van der Berg J-P, De Vriese AS, Martín Herranz I", ["van der Berg, J.-P.", "De Vriese, A. S.", "Martín Herranz, I."], False),
        ("Smith J.-P., Doe A. B.", ["Smith, J.-P.", "Doe, A. B."], False),
        ("Smith JA Jr, Doe A 3rd", ["Smith, J. A., Jr", "Doe, A., 3rd"], False),
        ("Smith J and Doe A", ["Smith, J.", "Doe, A."], False),
        ("Smith, John; Doe, Jane", ["Smith, John", "Doe, Jane"], False),
        ("Cashin AG, Folly T", ["Cashin, A. G.", "Folly, T."], False),
        ("Иванов ИИ", ["Иванов, И. И."], False),
        ("KDIGO Work Group", ["{KDIGO Work Group}"], False),
        ("US Preventive Services Task Force", ["{US Preventive Services Task Force}"], False),
        ("Smith J, KDIGO Work Group", ["Smith, J.", "{KDIGO Work Group}"], False),
        ("Wang Y, RECOVERY Collaborative Group, Doe A", ["Wang, Y.", "{RECOVERY Collaborative Group}", "Doe, A."], False),
        ("Lupin Pharmaceuticals, Inc.", ["{Lupin Pharmaceuticals, Inc.}"], False),
        ("Asclemed USA, Inc.", ["{Asclemed USA, Inc.}"], False),
        ("Mayo Clinic, Rochester MN", ["{Mayo Clinic, Rochester MN}"], False),
        ("John Smith", ["{John Smith}"], False),
        ("王伟", ["{王伟}"], False),
        ("", [], False),
        (None, [], False),
    ],
)  # fmt: skip
def test_authors_are_persons_only_where_they_surely_are(line: str | None, named: list[str], others: bool) -> None:
    found = parse_authors(line)
    assert [shown(a) for a in found.named] == named
    assert found.others is others


def test_the_maker_of_a_label_is_never_a_person() -> None:
    assert parse_authors("Bayer AG", organisation=True) == Authors((Group("Bayer AG"),))
    label = dataclasses.replace(MADE, kind=StudyDesign.LABEL, authors="Bayer AG")
    assert csl_item(label)["author"] == [{"literal": "Bayer AG"}]


def shown(author: Author) -> str:
    if isinstance(author, Group):
        return f"{{{author.name}}}"
    return ", ".join(filter(None, (author.family, author.given, author.suffix)))


@given(st.text(alphabet=string.ascii_letters + " ,.;-’éÅИ", min_size=1, max_size=60))
def test_no_letter_of_an_author_line_is_lost_or_made_up(line: str) -> None:
    found = parse_authors(line)
    letters = "".join(c for a in found.named for c in shown(a) if c.isalpha())
    said = "".join(c for c in line if c.isalpha())
    cut = re.sub(r"(?:etal|andothers)$", "", said, flags=re.IGNORECASE) if found.others else said
    assert letters in (cut, cut.replace("and", ""))


@pytest.mark.parametrize(
    ("container", "parts"),
    [
        ("Am J Kidney Dis 71(2):275-280", ("Am J Kidney Dis", "71", "2", "275-280")),
        ("BMJ 374:n1446", ("BMJ", "374", None, "n1446")),
        ("Giornale Italiano di Nefrologia 37(5)", ("Giornale Italiano di Nefrologia", "37", "5", None)),
        ("BMJ Supportive & Palliative Care 14(Suppl 3):A51", ("BMJ Supportive & Palliative Care", "14", "Suppl 3", "A51")),
        ("Pediatrics 131(3):e964-e999", ("Pediatrics", "131", "3", "e964-e999")),
        ("NCBI Bookshelf NBK547443", ("NCBI Bookshelf NBK547443", None, None, None)),
        ("Studio 54", ("Studio 54", None, None, None)),
        ("Blood (abstract 907)", ("Blood (abstract 907)", None, None, None)),
    ],
)
def test_volume_issue_and_pages_are_read_only_where_they_are_written_so(container: str, parts: tuple[str | None, ...]) -> None:
    found = split_container(container)
    assert tuple(found.get(k) for k in ("container-title", "volume", "issue", "page")) == parts


def test_what_is_not_known_stays_out() -> None:
    bare = csl_item(
        dataclasses.replace(MADE, year=None, authors=None, container=None, pmid=None, doi=None, url="https://example.org/")
    )
    assert not {"issued", "author", "container-title", "volume", "issue", "page", "DOI", "PMID"} & set(bare)
    assert "n.d." not in to_ris([bare]) + to_bibtex([bare])
    disagreeing = csl_item(dataclasses.replace(MADE, year=2019, issued="2021-02-03"))
    assert disagreeing["issued"] == {"date-parts": [[2019]]}


def test_a_key_depends_on_its_reference_alone() -> None:
    authors = parse_authors(MADE.authors)
    key = citation_key(MADE, authors)
    assert re.fullmatch(r"muller2019-[0-9a-f]{6}", key)
    assert citation_key(dataclasses.replace(MADE, number=9, status=PublicationStatus.RETRACTED), authors) == key
    assert citation_key(dataclasses.replace(MADE, document_id="pmid:2"), authors) != key
    for reference in CASES.values():
        assert re.fullmatch(r"[a-z]+(?:\d+|nd)-[0-9a-f]{6}", csl_item(reference)["id"])


# --- round trips -------------------------------------------------------------------------------------------------------


def date_of(item: Item) -> list[int]:
    return list(item.get("issued", {}).get("date-parts", [[]])[0])


@pytest.mark.parametrize("reference", CASES.values(), ids=CASES)
def test_ris_comes_back(reference: Reference) -> None:
    check_ris(csl_item(reference, "Composed by a machine"))


def check_ris(item: Item) -> None:
    text = to_ris([item, item])
    assert text.count("\r\n") == text.count("\n")
    first, second = rispy.loads(text.replace("\r\n", "\n"))
    assert first == second
    assert first["title"] == item["title"]
    assert first.get("doi") == item.get("DOI")
    assert first.get("accession_number") == item.get("PMID")
    assert [u.replace("%3B", ";") for u in first.get("urls", ())] == [item["URL"]]
    assert first.get("year") == (f"{date_of(item)[0]:04d}" if date_of(item) else None)
    where = first.get("journal_name") or first.get("secondary_title")
    assert (where, first.get("volume"), first.get("number")) == tuple(item.get(k) for k in ("container-title", "volume", "issue"))
    pages = "-".join(filter(None, (first.get("start_page"), first.get("end_page"))))
    assert pages == item.get("page", "")
    assert first["notes"] == [item["note"]]
    assert [ris_name(a) for a in first.get("authors", ())] == [flat_name(a) for a in item.get("author", ())]


def ris_name(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


def flat_name(author: dict[str, str]) -> tuple[str, ...]:
    """The parts of a name; a group's commas cannot be kept in RIS, where they would part it."""
    if "literal" in author:
        return (" ".join(filter(None, re.split(r"[,\s]+", author["literal"]))),)
    return tuple(filter(None, (author["family"], author["given"], author.get("suffix"))))


@pytest.mark.parametrize("reference", CASES.values(), ids=CASES)
def test_bibtex_comes_back(reference: Reference) -> None:
    check_bibtex(csl_item(reference, "Composed by a machine"))


def check_bibtex(item: Item) -> None:
    entries = read_bibtex(to_bibtex([item, item], "50% @home {of} it"))
    assert len(entries) == 2
    kind, key, fields = entries[0]
    assert entries[1] == entries[0]
    assert (kind, key) == ({"article-journal": "article", "webpage": "misc"}[item["type"]], item["id"])
    assert plain(fields["title"]) == item["title"]
    assert plain(fields.get("journal") or fields.get("howpublished", "")) == item.get("container-title", "")
    assert fields.get("year", "") == (f"{date_of(item)[0]:04d}" if date_of(item) else "")
    assert plain(fields.get("volume", "")) == item.get("volume", "")
    assert plain(fields.get("number", "")) == item.get("issue", "")
    assert plain(fields.get("pages", "")).replace("--", "-") == item.get("page", "")
    assert decoded(fields.get("doi", "")) == item.get("DOI", "")
    assert fields["url"] == item["URL"]
    assert plain(fields["note"]) == item["note"]
    expected = [("others",) if a == {"literal": OTHERS} else bibtex_order(a) for a in item.get("author", ())]
    assert [bibtex_name(a) for a in split_names(fields.get("author", ""))] == expected


def bibtex_order(author: dict[str, str]) -> tuple[str, ...]:
    if "literal" in author:
        return (author["literal"],)
    return tuple(filter(None, (author["family"], author.get("suffix"), author["given"])))


def read_bibtex(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """Entries as BibTeX itself reads them: what is between entries is comment, and braces are counted whatever precedes them."""
    entries, at = [], 0
    while (start := re.compile(r"@(\w+)\{([^,\s]+),").search(text, at)) is not None:
        at, fields = start.end(), {}
        while (field := re.compile(r"\s*(\w+) = \{").match(text, at)) is not None:
            depth, at = 1, field.end()
            begin = at
            while depth:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
            fields[field[1]] = text[begin : at - 1]
            assert text[at] == ","
            at += 1
        end = re.compile(r"\s*\}").match(text, at)
        assert end is not None
        at = end.end()
        entries.append((start[1], start[2], fields))
    return entries


COMMANDS = {
    "textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}", "textasciitilde": "~", "textasciicircum": "^",
    "textless": "<", "textgreater": ">", "textbar": "|",
}  # fmt: skip


def plain(tex: str) -> str:
    """What TeX prints: commands as their characters, braces as nothing; anything that TeX would act on is a failure."""
    made, at = [], 0
    while at < len(tex):
        command = re.compile(r"\\(\w+)\{\}").match(tex, at)
        if command is not None:
            made.append(COMMANDS[command[1]])
            at = command.end()
        elif tex[at] == "\\":
            assert tex[at + 1] in "#$%&_"
            made.append(tex[at + 1])
            at += 2
        else:
            assert tex[at] not in "#$%&_~^<>|"
            made.append("" if tex[at] in "{}" else tex[at])
            at += 1
    return "".join(made)


def decoded(address: str) -> str:
    return address.replace("%5C", "\\").replace("%7B", "{").replace("%7D", "}")


def split_names(text: str) -> list[str]:
    """At each " and " outside braces."""
    names, depth, word = [], 0, ""
    for piece in re.split(r"( and )", text):
        if piece == " and " and depth == 0:
            names.append(word)
            word = ""
            continue
        word += piece
        depth += piece.count("{") - piece.count("}")
    return [n for n in (*names, word) if n]


def bibtex_name(name: str) -> tuple[str, ...]:
    if name.startswith("{"):
        return (plain(name),)
    return tuple(plain(p) for p in name.split(", "))


@pytest.mark.parametrize("reference", CASES.values(), ids=CASES)
def test_csl_json_comes_back(reference: Reference) -> None:
    item = csl_item(reference, "Composed by a machine")
    assert json.loads(json.dumps([item], ensure_ascii=False)) == [item]
    assert item["custom"] == {"machine_generated": True, "document_id": reference.document_id, "status": reference.status.value}
    allowed = {
        "id",
        "type",
        "title",
        "author",
        "container-title",
        "volume",
        "issue",
        "page",
        "issued",
        "DOI",
        "PMID",
        "URL",
        "note",
    }
    assert set(item) <= allowed | {"custom"}


ANY = st.text(min_size=1, max_size=60).filter(lambda t: bool(re.sub(r"[^\w]", "", t)))


@given(title=ANY, authors=st.none() | ANY, container=st.none() | ANY, year=st.none() | st.integers(1800, 2200), short=st.booleans())
def test_any_reference_comes_back(title: str, authors: str | None, container: str | None, year: int | None, short: bool) -> None:
    line = f"{authors}, et al." if authors and short else authors
    made = dataclasses.replace(MADE, title=title, authors=line, container=container, year=year)
    item = csl_item(made, "Composed by a machine")
    check_ris(item)
    check_bibtex(item)
    assert json.loads(json.dumps(item)) == item


# --- set in a style ----------------------------------------------------------------------------------------------------


def set_in(style: Style, reference: Reference) -> str:
    return next(styled([csl_item(reference)], style))


@pytest.mark.parametrize(
    ("change", "ama", "apa"),
    [
        (
            {"authors": "Wolf E, Kothari NR"},
            "Wolf E, Kothari NR. Back spasm on dialysis. J Test. 2019;12(3):45–9. doi:10.1000/x",
            "Wolf, E., & Kothari, N. R. (2019). Back spasm on dialysis. J Test, 12(3), 45–9. https://doi.org/10.1000/x",
        ),
        (
            {"authors": "Martin U, et al.", "container": "BMJ 374:n1446"},
            "Martin U, et al. Back spasm on dialysis. BMJ. 2019;374:n1446. doi:10.1000/x",
            "Martin, U., et al. (2019). Back spasm on dialysis. BMJ, 374, n1446. https://doi.org/10.1000/x",
        ),
        (
            {"authors": "A B, C D, E F, G H, I J, K L, M N", "title": "Why?"},
            "A B, C D, E F, et al. Why? J Test. 2019;12(3):45–9. doi:10.1000/x",
            "A, B., C, D., E, F., G, H., I, J., K, L., & M, N. (2019). Why? J Test, 12(3), 45–9. https://doi.org/10.1000/x",
        ),
        (
            {"authors": "KDIGO Work Group", "year": None},
            "KDIGO Work Group. Back spasm on dialysis. J Test. 12(3):45–9. doi:10.1000/x",
            "KDIGO Work Group. (n.d.). Back spasm on dialysis. J Test, 12(3), 45–9. https://doi.org/10.1000/x",
        ),
        (
            {"authors": "Doe Pharma, Inc.", "kind": StudyDesign.LABEL, "issued": "2019-05-01", "pmid": None, "doi": None,
             "url": "https://example.org/label", "container": "DailyMed"},
            "Doe Pharma, Inc. Back spasm on dialysis. DailyMed. Published May 1, 2019. https://example.org/label",
            "Doe Pharma, Inc. (2019, May 1). Back spasm on dialysis. DailyMed. https://example.org/label",
        ),
        (
            {"authors": None},
            "Back spasm on dialysis. J Test. 2019;12(3):45–9. doi:10.1000/x",
            "Back spasm on dialysis. (2019). J Test, 12(3), 45–9. https://doi.org/10.1000/x",
        ),
    ],
)  # fmt: skip
def test_the_styles_set_references_as_they_do(change: dict[str, Any], ama: str, apa: str) -> None:
    reference = dataclasses.replace(MADE, **change)
    assert set_in(Style.AMA, reference) == ama
    assert set_in(Style.APA, reference) == apa


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("reference", CASES.values(), ids=CASES)
def test_a_style_loses_no_word_of_a_title_or_name(reference: Reference, style: Style) -> None:
    item = csl_item(reference)
    line = set_in(style, reference)
    for text in (item["title"], *(a.get("family") or a["literal"] for a in item.get("author", ()))):
        for word in re.findall(r"\w+", text):
            assert word in line
    assert (str(date_of(item)[0]) in line) if date_of(item) else ("n.d." in line) is (style is Style.APA)


@pytest.mark.parametrize("style", Style)
def test_the_style_files_are_valid_csl_and_ours(style: Style) -> None:
    from citeproc import SCHEMA_PATH
    from lxml import etree

    data = (resources.files("osler.article") / "styles" / f"{style.value}.csl").read_bytes()
    schema = etree.RelaxNG(etree.parse(SCHEMA_PATH))
    assert schema.validate(etree.fromstring(data)), schema.error_log
    author = ET.fromstring(data).find(".//{*}author/{*}name")  # noqa: S314
    assert author is not None
    assert author.text == "The Osler developers"
