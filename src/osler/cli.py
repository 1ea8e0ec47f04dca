"""The command line: ask, document, and every other verb registered; one verb a pipeline or evaluate function. Heavy imports stay inside the verbs."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from osler.article.forms import Format
from osler.cli_casebook import diff, erase, history, keep_answer, replay, request_for, show, watch
from osler.cli_common import open_named_library, write
from osler.cli_desk import audit_app, user_app
from osler.cli_export import emit, export
from osler.cli_key import key_app
from osler.cli_library import add, backup, doctor, index_app, library_app, restore, update
from osler.cli_measure import appraise, evaluate_app, verify
from osler.cli_respond import respond
from osler.cli_review import review_app
from osler.cli_search import search
from osler.cli_serve import serve

if TYPE_CHECKING:
    from osler.domain.status import StatusNotice
    from osler.library.catalog import Version
    from osler.pipeline import Asked, Library

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Osler answers clinical questions with articles whose every sentence is tied to the passage it rests on.\n\n"
    "Exit codes: 0 done (an abstention is an answer); 1 the machine failed; 2 the input cannot be used; "
    "3 a record of a source is malformed; 4 the library cannot be used; 5 the index cannot be used; 6 a check found faults.",
)
app.add_typer(library_app, name="library")
app.add_typer(index_app, name="index")
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(review_app, name="review")
app.add_typer(user_app, name="user")
app.add_typer(audit_app, name="audit")
app.add_typer(key_app, name="key")
for verb in (
    add,
    update,
    backup,
    restore,
    doctor,
    verify,
    appraise,
    export,
    respond,
    history,
    show,
    replay,
    diff,
    erase,
    watch,
    serve,
):
    app.command()(verb)
library_app.command("search")(search)


class Reader(StrEnum):
    """For whom the answer is."""

    clinician = "clinician"
    pharmacist = "pharmacist"
    nurse = "nurse"
    patient = "patient"


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The clinical question, in quotes; `-` reads it from standard input.")],
    audience: Annotated[
        Reader | None, typer.Option(help="Who reads the answer: a clinician, or who reads the answer that is followed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One osler.answer/1 object and nothing else.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="The article as Markdown.")] = False,
    form: Annotated[Format | None, typer.Option("--format", help="The article, or its references, in one of these forms.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show how the question was read and why each passage counts.")] = False,
    age: Annotated[float | None, typer.Option(help="The patient's age in years.")] = None,
    weight: Annotated[float | None, typer.Option(help="Weight in kg.")] = None,
    egfr: Annotated[float | None, typer.Option(help="eGFR in mL/min/1.73 m².")] = None,
    dialysis: Annotated[str | None, typer.Option(help="hemodialysis, peritoneal dialysis or none.")] = None,
    pregnant: Annotated[bool | None, typer.Option("--pregnant/--not-pregnant", help="Whether the patient is pregnant.")] = None,
    weeks: Annotated[float | None, typer.Option(help="Weeks of gestation.")] = None,
    allergy: Annotated[list[str] | None, typer.Option(help="A medicine the patient is allergic to; may be repeated.")] = None,
    medicine: Annotated[list[str] | None, typer.Option(help="A medicine the patient takes; may be repeated.")] = None,
    follow: Annotated[
        str | None, typer.Option(help="Ask on after a stored answer, by its id: its questions and facts hold.")
    ] = None,
    no_keep: Annotated[bool, typer.Option("--no-keep", help="Do not store this answer.")] = False,
) -> None:
    """Answer a clinical question from the library."""
    from osler.domain.request import Given
    from osler.pipeline import answer_request

    text = _read_standard_input() if question == "-" else question
    given = Given(age, weight, egfr, dialysis, pregnant, weeks, tuple(allergy or ()), tuple(medicine or ()))
    library = open_named_library()
    request, parent = request_for(library.settings, text, given, audience.value if audience else None, follow)
    asked = answer_request(library, request, parent=parent)
    try:
        _show(library, asked, form, as_json=as_json, as_markdown=as_markdown, explain=explain)
        sys.stdout.flush()  # shown first: nothing that hinders storing it may keep an answer back
    finally:
        if library.settings.keep and not no_keep:
            keep_answer(library, asked, request, follow)


def _show(library: Library, asked: Asked, form: Format | None, *, as_json: bool, as_markdown: bool, explain: bool) -> None:
    from osler.article.assemble import to_json
    from osler.article.render import to_markdown, to_text
    from osler.related import related_questions, with_related

    if as_json:
        write(to_json(with_related(library, asked)))
        return
    if form is not None:
        emit(asked.article, (), form)
        return
    if as_markdown:
        write(to_markdown(asked.article))
    elif sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(to_markdown(asked.article)))
    else:
        write(to_text(asked.article))
    sys.stdout.flush()  # looking for related questions asks each of them: the answer is read meanwhile
    related = related_questions(library, asked)
    if related:
        write("\n" + ("## Related questions" if as_markdown else "RELATED QUESTIONS: this library answers them") + "\n")
        write("".join(f"- {r.question} ({r.why})\n" for r in related))
    if explain:
        write(_explanation(asked))


@app.command()
def document(
    document_id: Annotated[str, typer.Argument(help="A document id as references and `library list` show it.")],
    as_json: Annotated[bool, typer.Option("--json", help="The stored document with its text.")] = False,
    history: Annotated[bool, typer.Option("--history", help="Its versions and the notices about it.")] = False,
    version: Annotated[int | None, typer.Option("--version", min=1, help="An earlier version, as a reference names it.")] = None,
) -> None:
    """Show a stored document; its `text` is what spans slice."""
    from osler.domain.codec import encode

    catalog = open_named_library().catalog
    if history:
        write(_history(*catalog.history(document_id), as_json=as_json))
        return
    found = catalog.document(document_id, version)
    if as_json:
        write(json.dumps(encode(found), ensure_ascii=False, indent=2) + "\n")
        return
    b = found.bibliography
    lines = [
        b.title,
        ". ".join(filter(None, (b.authors, b.container, str(b.year or "year not shown")))),
        b.url or b.doi or b.pmid or "",
    ]
    lines.append(f"{found.id} · {found.kind.value} · {found.status.value} · {found.via.value}")
    if not found.statements:
        lines.append("\n" + found.text)
    for s in found.statements:
        check = f" [to check: {s.to_check}]" if s.to_check else ""
        lines.append(f"\n[{s.start}, {s.end}) {s.id} {s.direction.value}; {s.population}{check}\n  {found.text[s.start : s.end]}")
    write("\n".join(lines) + "\n")


def _history(versions: tuple[Version, ...], notices: tuple[StatusNotice, ...], *, as_json: bool) -> str:
    from osler.domain.codec import encode

    if as_json:
        value = {"versions": [asdict(v) for v in versions], "notices": [encode(n) for n in notices]}
        return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    lines = [
        f"version {v.number}{' (current)' if v.current else ''}: {v.status}; revision {v.revision or 'not numbered'}; "
        f"added {v.added_at} from {v.origin}; sha256 {v.hash[:16]}"
        for v in versions
    ]
    lines += [
        f"{n.nature.value}, {n.date or 'date not given'}, according to {n.source}"
        + (f" ({n.reference})" if n.reference else "")
        + (f": {n.reason}" if n.reason else "")
        for n in notices
    ]
    return "\n".join(lines) + "\n"


def _read_standard_input() -> str:
    from osler.errors import QuestionError
    from osler.settings import MAX_QUESTION_CHARACTERS

    data = sys.stdin.buffer.read(MAX_QUESTION_CHARACTERS * 4 + 1)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise QuestionError("the question on standard input is not UTF-8 text") from error


def _explanation(asked: Asked) -> str:
    """How the question was read, what was searched, and the appraisal of the first 40 passages."""
    frame = asked.question.frame
    view = asked.article.question.frame
    lines = [
        "How the question was read",
        f"  intent        {view.intent.value}",
        f"  problem       {', '.join(view.problem) or '-'}",
        f"  population    {', '.join(view.population) or '-'}",
        f"  intervention  {', '.join(view.intervention) or '-'}",
        f"  to avoid      {', '.join(view.avoid) or '-'}",
        f"  medicines     {', '.join(view.patient.medicines) or '-'}",
        f"  signs         {', '.join(t.name for t in frame.symptoms) or '-'}; denied: {', '.join(t.name for t in frame.denied) or '-'}",
        f"  alarms        {', '.join(a.rule.key for a in asked.alarms) or '-'}",
        "",
        f"Searched {len(asked.profile.run.concepts)} concepts, {len(asked.profile.run.hits)} passages found",
        "",
        "Appraisal (statement, directness, drug, problem, population, what differs)",
    ]
    for item in asked.profile.items[:40]:
        differs = "; ".join(f"{m.axis.value}: {m.studied}" for m in item.mismatches)
        lines.append(
            f"  {item.finding.statement_id:6} {item.directness.value:9} {item.drug.value:8} {item.problem.value:10}"
            f" {item.population.value:10} {differs}"
        )
    return "\n".join(lines) + "\n"
