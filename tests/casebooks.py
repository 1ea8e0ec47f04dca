"""What every test of stored answers needs: a casebook of one's own, answers in it, and a small library whose documents can change."""

from __future__ import annotations

from pathlib import Path

from libraries import add_here, library_with, opened, pubmed_file, record
from osler.casebook.keep import keep
from osler.casebook.record import Kept
from osler.casebook.store import Casebook
from osler.deskfile import desk_file
from osler.domain.question import Audience
from osler.domain.request import Given, Request
from osler.pipeline import Asked, Library, answer_request

DRUGS = (
    "methocarbamol", "tizanidine", "cyclobenzaprine", "gabapentin", "diazepam", "carisoprodol", "metaxalone", "orphenadrine",
    "duloxetine", "pregabalin",
)  # fmt: skip
WORDS = "Wigglesworthian Quetzalcoatlus"
"""In no document, no index and no program."""


def casebook_in(home: Path) -> Casebook:
    return Casebook(desk_file(home))


def request(*turns: str, audience: Audience = Audience.CLINICIAN, given: Given | None = None) -> Request:
    return Request(turns, audience, given or Given())


def asked(library: Library, *turns: str) -> tuple[Asked, Request]:
    wanted = request(*turns)
    return answer_request(library, wanted), wanted


def kept(casebook: Casebook, library: Library, *turns: str, owner: str | None = None) -> Kept:
    """Ask and keep."""
    answer, wanted = asked(library, *turns)
    return keep(casebook, library, answer, wanted, owner)


def question_about(drug: str) -> str:
    return f"Is {drug} safe on hemodialysis for back pain?"


def study(number: int, *, did: str = "relieved", year: int = 2020, corrections: str = "") -> str:
    """A made-up record of the drug whose number its hundreds are: 100 is of the first."""
    drug = DRUGS[number // 100 - 1]
    made = record(number, did=did, year=year, corrections=corrections)
    return made.replace("methocarbamol", drug).replace("Methocarbamol", drug.capitalize())


def library_of_studies(home: Path, drugs: int = len(DRUGS), each: int = 9) -> Library:
    """The starter library, and for each drug so many studies: more than an answer about it cites."""
    numbers = [100 * d + n for d in range(1, drugs + 1) for n in range(each)]
    file = pubmed_file(home.parent / "studies.xml", (study(n) for n in numbers))
    return library_with(home, file)


def added(library: Library, file: Path) -> Library:
    add_here(library, file)
    return opened(library.settings.home)


NOTICES = (
    "Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,RetractionDate,RetractionDOI,"
    "RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,Reason,Paywalled,Notes"
)


def notice_file(path: Path, nature: str, pmid: int) -> Path:
    """A list with one notice, in the columns of Retraction Watch."""
    row = f"1,,,,,,,,,,3/4/2024 0:00,,{90_000 + pmid},1/1/2019 0:00,,{pmid},{nature},+Made up;,No,"
    path.write_text(f"{NOTICES}\n{row}\n", encoding="utf-8")
    return path
