"""Article to ArticleView: the order and the words of the page; templates only lay it out."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from osler.article.page import mismatch_words
from osler.article.standing import review_words
from osler.domain.answer import Calculation, Disposition, DoseRow, Role
from osler.domain.article import Article, ArticleClaim, FrameView, Reference, Review, ReviewState
from osler.domain.document import Via
from osler.domain.question import Audience
from osler.domain.status import PublicationStatus
from osler.domain.thread import ChangeKind, Edit, EditKind
from osler.domain.verification import Verdict
from osler.evidence.populations import describe_age
from osler.web.corrections import CHANGE_LABEL, removal
from osler.web.view import ArticleView, Chip, Line, NoticeView, ReferenceView, Row, SectionView, Step
from osler.web.words import AUTHORITY, CERTAINTY, DESIGN, GRAVE, NOTICE, STATUS

STEPS = ("Submitted", "Under review", "Approved")
_AT_STEP = {
    ReviewState.SUBMITTED: 0,
    ReviewState.UNDER_REVIEW: 1,
    ReviewState.RE_REVIEW: 1,
    ReviewState.FLAGGED: 1,
    ReviewState.REVIEW_DUE: 1,
    ReviewState.EXPIRED: 1,
}
_STANDING = frozenset(
    {ReviewState.APPROVED, ReviewState.PUBLISHED, ReviewState.REVIEW_DUE, ReviewState.REAFFIRMED, ReviewState.CORRECTED}
)


_CHANGE_WORDS = {ChangeKind.ADDED: "New", ChangeKind.REPLACED: "Changed"}
_EDIT_WORDS = {EditKind.ADDED: "added", EditKind.REPLACED: "changed", EditKind.REMOVED: "taken out"}


def article_view(article: Article) -> ArticleView:
    """What the page shows, in reading order: dangers first, except in an emergency, whose notice comes before everything."""
    dangers = [s for s in article.sections if s.role is Role.RED_FLAG and article.disposition is not Disposition.EMERGENCY]
    in_table = {c for row in article.dose_table for c in row.claims}
    sections = []
    for number, section in enumerate(article.sections, 1):
        shown = [c for c in section.claims if not (c in in_table and article.claim(c).role is Role.DOSE)]
        if section not in dangers and shown:
            sections.append(_section(article, f"s{number}", section.heading, section.lead, shown))
    return ArticleView(
        article=article,
        chips=chips(article.question.frame),
        notices=tuple(NoticeView(NOTICE[n.kind], n.text, n.source, n.kind in GRAVE) for n in article.notices),
        dangers=tuple(_section(article, f"d{n}", s.heading, s.lead, s.claims, True) for n, s in enumerate(dangers, 1)),
        bottom_line=_section(article, "bottom-line", "Bottom line", "", article.bottom_line) if article.bottom_line else None,
        sections=tuple(sections),
        options=tuple(
            Row((o.intervention, o.verdict), _numbers(article, o.claims), next(iter(o.claims), None)) for o in article.options
        ),
        doses=tuple(_dose(article, row) for row in article.dose_table),
        sums=_sums(article),
        conflicts=tuple((c.about, _numbers(article, c.claims), next(iter(c.claims), None)) for c in article.conflicts),
        left_out=_left_out(article),
        references=tuple(_reference(article, r) for r in article.references),
        steps=_steps(article.review),
        last_updated=article.review.last_updated or article.provenance.answered_at,
        review=review_words(article.review),
        is_reviewed=is_reviewed(article.review),
        edits=tuple(edit_words(e) for e in article.question.edits),
        removed=tuple(c.text for c in article.changes if c.kind is ChangeKind.REMOVED),
        contents=tuple((f"s{n}-h", s.heading) for n, s in enumerate(article.sections, 1) if any(v.id == f"s{n}" for v in sections)),
        add=_command_to_add(article),
    )


def edit_words(edit: Edit) -> str:
    """What a follow-up changed, in a line."""
    if edit.kind is EditKind.ANEW:
        return "Asked anew: nothing of the earlier questions was carried over"
    values = f"{edit.before} → {edit.after}" if edit.before and edit.after else edit.before or edit.after
    return f"{edit.field.value[:1].upper()}{edit.field.value[1:]} {_EDIT_WORDS[edit.kind]}: {values}"


def _command_to_add(article: Article) -> str:
    """What to type so that the library may answer next time; "" when it answered, or when nothing was recognised to look for."""
    frame = article.question.frame
    names = (*frame.intervention, *frame.avoid, *frame.problem, *frame.population)
    if article.disposition is not Disposition.ABSTAIN or not names:
        return ""
    return f"osler add {shlex.quote('pubmed:' + ' AND '.join(names))}"


def chips(frame: FrameView) -> tuple[Chip, ...]:
    """People, problem, drug, what to avoid, intent, and the patient's facts, in that order."""
    patient = frame.patient
    named = (
        ("people", "People", frame.population),
        ("problem", "Problem", frame.problem),
        ("drug", "Drug or measure", frame.intervention),
        ("avoid", "To avoid", frame.avoid),
    )
    found = [
        Chip(axis, label, name, CHANGE_LABEL[axis], removal(axis, name) is not None)
        for axis, label, names in named
        for name in names
    ]
    facts = (
        ("age", patient.age_years is not None and describe_age(patient.age_years)),
        ("weight", patient.weight_kg is not None and f"{patient.weight_kg:g} kg"),
        ("eGFR", patient.egfr is not None and f"{patient.egfr:g} mL/min/1.73 m²"),
        ("dialysis", patient.dialysis is not None and patient.dialysis not in frame.population and patient.dialysis),
        ("pregnant", patient.pregnant is not None and ("yes" if patient.pregnant else "no")),
        ("weeks of gestation", patient.gestation_weeks is not None and f"{patient.gestation_weeks:g}"),
    )
    found += [Chip("fact", label[:1].upper() + label[1:] if label != "eGFR" else label, value) for label, value in facts if value]
    found += [Chip("fact", "Allergic to", name) for name in patient.allergies]
    found += [Chip("fact", "Takes", name) for name in patient.medicines]
    return tuple(found)


def line_view(article: Article, claim: ArticleClaim) -> Line:
    citation = claim.citations[0]
    cited = {c.reference for c in claim.citations}
    change = next((c for c in article.changes if c.claim == claim.id and c.kind in _CHANGE_WORDS), None)
    statuses = dict.fromkeys(r.status for r in article.references if r.number in cited)
    graded = [f"{CERTAINTY[claim.certainty]}, as the source graded it" if CERTAINTY[claim.certainty] else ""]
    graded.append(f"{claim.strength.value} recommendation" if claim.strength else "")
    return Line(
        id=claim.id,
        text=claim.text,
        references=tuple(c.reference for c in claim.citations),
        about=" · ".join(filter(None, (citation.design, citation.population))),
        graded=" · ".join(filter(None, graded)),
        standing=tuple(f"The source is {STATUS[s]}" for s in statuses if s is not PublicationStatus.CURRENT),
        differs=tuple(dict.fromkeys(mismatch_words(m) for c in claim.citations for m in c.mismatches)),
        note=citation.note,
        to_check=citation.to_check,
        extraction=citation.span.via is Via.EXTRACTION,
        calculation=calculation_words(claim.calculation) if claim.calculation else "",
        is_direct=claim.verdict is Verdict.SUPPORTED,
        plain=(getattr(claim, "plain", None) or "") if article.question.audience is Audience.PATIENT else "",
        change=_CHANGE_WORDS[change.kind] if change else "",
        before=change.before if change else "",
    )


def calculation_words(calculation: Calculation) -> str:
    return f"For this patient: {' × '.join(calculation.inputs[:2])} = {calculation.result}"


def _section(
    article: Article, section_id: str, heading: str, lead: str, claims: Iterable[str], is_danger: bool = False
) -> SectionView:
    return SectionView(section_id, heading, lead, tuple(line_view(article, article.claim(c)) for c in claims), is_danger)


def _dose(article: Article, row: DoseRow) -> Row:
    cells = (row.intervention, row.dose, row.population, row.problem_studied)
    return Row(cells, _numbers(article, row.claims), row.claims[0], row.applies, not row.applies)


def _sums(article: Article) -> tuple[str, ...]:
    """Sums of doses that stand in the table only; the others stand at their sentences."""
    found = (article.claim(c) for c in dict.fromkeys(c for r in article.dose_table for c in r.claims))
    return tuple(calculation_words(c.calculation) for c in found if c.calculation and c.id not in article.bottom_line)


def _numbers(article: Article, ids: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted({c.reference for i in ids for c in article.claim(i).citations}))


def _left_out(article: Article) -> tuple[str, ...]:
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for o in article.left_out:
        grouped.setdefault((o.kind, o.about, o.why), []).append(o.statement)
    return tuple(f"{kind}, {about}: {', '.join(statements)} ({why})" for (kind, about, why), statements in grouped.items())


def _reference(article: Article, r: Reference) -> ReferenceView:
    since = f" since {r.status_since}" if r.status_since else ""
    badges = [("kind", DESIGN[r.kind]), ("year", str(r.year) if r.year else "year not shown")]
    badges.append(("sound" if r.status is PublicationStatus.CURRENT else "unsound", STATUS[r.status] + since))
    if r.authority is not None:
        badges.append(("kind", AUTHORITY[r.authority]))
    if r.via is Via.EXTRACTION:
        badges.append(("extraction", "extraction: source not in this library"))
    identifiers = [f"PMID {r.pmid}" if r.pmid else "", f"doi:{r.doi}" if r.doi else ""]
    check = next(c.id for c in article.claims if any(k.reference == r.number for k in c.citations))
    return ReferenceView(
        r.number, (r.authors or "").rstrip("."), r.title.rstrip("."), r.title_is_description, (r.container or "").rstrip("."),
        tuple(badges), " · ".join(filter(None, identifiers)), safe_link(r.link), check,
    )  # fmt: skip


def safe_link(link: str) -> str:
    """An address that leads to a page, else "": what a source calls its address may be a script."""
    return link if link.lower().startswith(("https://", "http://")) else ""


def is_reviewed(review: Review) -> bool:
    """Whether named people stand behind this text now: nothing expired, flagged, retracted or unsigned is."""
    return review.state in _STANDING and bool(review.reviewers)


def _steps(review: Review) -> tuple[Step, ...]:
    """The stepper shows the article's own record; a page cannot move it, and an approval nobody signed does not count."""
    if is_reviewed(review):
        at = len(STEPS)
    else:
        at = _AT_STEP.get(review.state, -1)
    return tuple(Step(name, "done" if n < at else "now" if n == at else "to come") for n, name in enumerate(STEPS))
