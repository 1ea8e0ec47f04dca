"""Steps one and two as blocks: who asks, about whom, what exactly, and what must be asked back."""

from __future__ import annotations

from collections.abc import Iterator

from osler.article.blocks import Block, Heading, Listing, Mark, Paragraph, Run, Table, words
from osler.language.quantities import plain
from osler.respond.enquiry import Enquiry
from osler.respond.record import ResponseRecord

BLANK = "…" * 12
"""A line to write on."""


def requestor_blocks(record: ResponseRecord) -> Iterator[Block]:
    enquiry, prepared = record.enquiry, record.prepared
    who = enquiry.requestor
    yield Heading(2, words("1. Requestor and background"))
    yield facts_table(
        "Requestor",
        ("Name", who.name), ("Role", who.role), ("Organisation", who.organisation), ("Contact", who.contact), ("Received", enquiry.received),
        ("Needed by", enquiry.needed_by), ("Urgency", enquiry.urgency and enquiry.urgency.value),
        ("Worded for", f"{enquiry.audience.value} ({enquiry.audience_from})"), ("Already searched", "; ".join(enquiry.searched)),
    )  # fmt: skip
    yield Paragraph((Run("Background: ", Mark.STRONG), Run(enquiry.background or "none was given.")))
    yield facts_table("Patient", *_patient(enquiry))
    if prepared.taken:
        yield Paragraph(words("Read out of the background and used; confirm each with the requestor:", Mark.STRONG))
        yield Listing(tuple(words(f"{t.what}: {t.value}") for t in prepared.taken))
    if prepared.signs:
        yield Paragraph(words(f"Signs read out of the background and added to the question: {', '.join(prepared.signs)}."))


def _patient(enquiry: Enquiry) -> Iterator[tuple[str, str | None]]:
    given, stated = enquiry.given, enquiry.stated
    yield "About", enquiry.purpose and {"patient": "one patient", "general": "no patient in particular"}[enquiry.purpose.value]
    yield "Age", _measured(given.age_years, "years")
    yield "Weight", _measured(given.weight_kg, "kg")
    yield "eGFR", _measured(given.egfr, "mL/min/1.73 m²")
    yield "Dialysis", given.dialysis
    yield "Pregnant", None if given.pregnant is None else "yes" if given.pregnant else "no"
    yield "Weeks of gestation", _measured(given.gestation_weeks, "")
    for label, name, values in (
        ("Allergies", "allergies", given.allergies), ("Medicines", "medicines", given.medicines), ("Conditions", "conditions", enquiry.conditions),
    ):  # fmt: skip
        yield label, "; ".join(values) or ("none" if name in stated else None)


def _measured(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{plain(value)} {unit}".strip()


def facts_table(head: str, *pairs: tuple[str, str | None], absent: str = "not given") -> Table:
    """Two columns; what was not given is said, so that nobody takes an empty cell for a no."""
    rows = tuple((words(label, Mark.STRONG), words(value) if value else words(absent, Mark.EMPHASIS)) for label, value in pairs)
    return Table((words(head), words("")), rows)


def question_blocks(record: ResponseRecord) -> Iterator[Block]:
    article = record.article
    frame = article.question.frame
    yield Heading(2, words("2. Ultimate question"))
    yield Paragraph(words(article.question.text, Mark.STRONG))
    yield facts_table(
        "Read as",
        ("Kind of question", frame.intent.value.replace("_", " ")), ("Problem", ", ".join(frame.problem)),
        ("People", ", ".join(frame.population)), ("Drug or measure", ", ".join(frame.intervention)), ("To be avoided", ", ".join(frame.avoid)),
        ("Medicines taken", ", ".join(frame.patient.medicines)), ("Allergies", ", ".join(frame.patient.allergies)),
        absent="none read",
    )  # fmt: skip
    yield Heading(3, words("Questions to the requestor"))
    if not record.missing:
        yield Paragraph(words("None: the request gives what the lists behind this record ask for in a question of this kind."))
        return
    yield Paragraph(words("Not given, not guessed, and the answer depends on it:"))
    rows = tuple((words(m.question), words(m.why), words(m.source or "this answer"), words(BLANK)) for m in record.missing)
    yield Table((words("Ask"), words("Because"), words("On the list of"), words("Reply")), rows)
