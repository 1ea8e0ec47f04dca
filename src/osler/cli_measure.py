"""Verbs that check and measure: `verify`, `appraise` and everything under `evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from osler.cli_common import input_lines, open_named_library, write, write_json

evaluate_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure Osler.")
_JSON = typer.Option("--json", help="The report as one JSON object.")
Lines = Annotated[bool, typer.Option("--json", help="One JSON object a line, and nothing else.")]


def verify(
    file: Annotated[
        Path | None,
        typer.Argument(
            help='JSON Lines of {"id","claim","passage"}, with "question" and "document" where known; `-` reads standard input.'
        ),
    ] = None,
    claim: Annotated[str | None, typer.Option(help="One claim, to be checked against --passage.")] = None,
    passage: Annotated[str | None, typer.Option(help="What the claim is to be checked against.")] = None,
    as_json: Lines = False,
) -> None:
    """Check claims against passages by rules alone: supported, contradicted, not_enough_info or unchecked, with reasons."""
    from osler.checking import verify_line
    from osler.errors import UserError

    if (file is None) == (claim is None) or (claim is None) != (passage is None):
        raise UserError("give a file of claims, or one --claim with its --passage")
    lines = [json.dumps({"id": "1", "claim": claim, "passage": passage})] if file is None else input_lines(file)
    for line in lines:
        verdict = _about_the_question(line, verify_line(line))
        if as_json:
            write_json(verdict, indent=None)
            continue
        reasons = verdict["reasons"]
        told = "".join(f"\n    {r}" for r in reasons) if isinstance(reasons, list) else ""
        write(f"{verdict['id']}: {verdict['verdict']}{told}\n")


def _about_the_question(line: str, verdict: dict[str, object]) -> dict[str, object]:
    """A supported claim is `indirect` when the line carries a question and its passage is about something else."""
    question = json.loads(line).get("question")
    if verdict["verdict"] != "supported" or not isinstance(question, str) or not question.strip():
        return verdict
    from osler.evaluate.directness import about_the_question

    library = open_named_library()
    return about_the_question(verdict, question, json.loads(line)["passage"], library.lexicon, library.words)


def appraise(
    file: Annotated[Path, typer.Argument(help='JSON Lines of {"id","question","passage"}.')],
    as_json: Lines = False,
) -> None:
    """Say for each question and passage whether the passage speaks directly to the question, and on which axis it differs."""
    from osler.evaluate.directness import appraise_lines, read_lines

    library = open_named_library()
    for verdict in appraise_lines(read_lines(file), library.lexicon, library.words):
        if as_json:
            write_json(verdict, indent=None)
        else:
            axes = ", ".join(verdict["axes"])
            write(f"{verdict['id']}: {verdict['directness']}{f' ({axes})' if axes else ''}\n")
            write("".join(f"    {r}\n" for r in verdict["reasons"]))


@evaluate_app.command("clinical")
def evaluate_clinical_command(
    file: Annotated[
        Path | None, typer.Argument(help="A JSON Lines question file; without it, the questions that ship with Osler.")
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Ask every question of a file and score disposition, must-haves, indirect evidence, length and machine rules."""
    from osler.evaluate.clinical import as_json as report
    from osler.evaluate.clinical import evaluate_clinical, read_questions, shipped_questions, to_table

    questions = shipped_questions() if file is None else read_questions(file)
    scored = evaluate_clinical(open_named_library(), questions)
    write(json.dumps(report(scored), ensure_ascii=False, indent=2) + "\n" if as_json else to_table(scored))


@evaluate_app.command("claims")
def evaluate_claims_command(
    paths: Annotated[
        list[Path], typer.Argument(help="Sets of claims and texts: SciFact, BioASQ, PubMedQA, HealthVer, NLI4CT, extractions.")
    ],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Change one thing at a time in real sentences and count what the claim check blocks and what it strips."""
    from osler.evaluate.claims import as_json as report
    from osler.evaluate.claims import evaluate_claims, to_table
    from osler.language.lexicon import default_lexicon

    result = evaluate_claims(paths, default_lexicon())
    write_json(report(result)) if as_json else write(to_table(result))


@evaluate_app.command("directness")
def evaluate_directness_command(as_json: Annotated[bool, _JSON] = False) -> None:
    """Score the labelled pairs of question and passage that ship with Osler: precision and recall of *indirect* by axis."""
    from osler.evaluate.directness import as_json as report
    from osler.evaluate.directness import evaluate_directness, to_table

    library = open_named_library()
    result = evaluate_directness(library.lexicon, library.words)
    write_json(report(result)) if as_json else write(to_table(result))


@evaluate_app.command("consistency")
def evaluate_consistency_command(
    file: Annotated[Path | None, typer.Argument(help="A JSON Lines question file; without it, those that ship.")] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Ask each question in ten wordings: the same disposition, first option and dose?"""
    from osler.evaluate.clinical import read_questions
    from osler.evaluate.consistency import as_json as report
    from osler.evaluate.consistency import evaluate_consistency, shipped_questions, to_table

    questions = shipped_questions() if file is None else read_questions(file)
    result = evaluate_consistency(open_named_library(), questions)
    write_json(report(result)) if as_json else write(to_table(result))


@evaluate_app.command("retrieval")
def evaluate_retrieval_command(
    folder: Annotated[Path, typer.Argument(help="A test collection: corpus.jsonl, queries.jsonl, qrels/test.tsv.")],
    dense: Annotated[bool, typer.Option("--dense", help="Search by vectors too (the `dense` extra and its weights).")] = False,
    vectors: Annotated[Path | None, typer.Option(help="Folder in which the vectors of the collection are kept.")] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """nDCG@10, Recall@100 and MRR of Osler's ranking beside plain BM25 in the same run."""
    from osler.evaluate.report import as_json as report_json
    from osler.evaluate.report import to_table
    from osler.evaluate.retrieval import evaluate_retrieval
    from osler.language.lexicon import lexicon_with
    from osler.settings import load_settings
    from osler.vectors import load_encoder

    settings = load_settings()
    encoder = load_encoder(settings.encoder) if dense else None
    result = evaluate_retrieval(folder, lexicon_with(settings.mesh), encoder, vectors)
    write_json(report_json(result)) if as_json else write(to_table(result))


@evaluate_app.command("answers")
def evaluate_answers_command(
    pubmedqa: Annotated[Path | None, typer.Option(help="PubMedQA, a JSON file of questions with abstracts.")] = None,
    bioasq: Annotated[list[Path] | None, typer.Option(help="BioASQ golden files; may be repeated.")] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Yes, no or maybe from an abstract (PubMedQA); gold snippets quoted and facts held (BioASQ), beside baselines."""
    from dataclasses import asdict

    from osler.errors import UserError
    from osler.evaluate.chapters import answers_chapter, yesno_chapter
    from osler.evaluate.everything import chapters_table

    chapters = [*([yesno_chapter(pubmedqa)] if pubmedqa else []), *([answers_chapter(tuple(bioasq))] if bioasq else [])]
    if not chapters:
        raise UserError("name a set: --pubmedqa FILE or --bioasq FILE")
    write_json([asdict(c) for c in chapters]) if as_json else write(chapters_table(chapters))


@evaluate_app.command("all")
def evaluate_all_command(
    out: Annotated[Path, typer.Option(help="Folder for report.json and index.html.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder with public evaluation sets; without it, only what ships is measured.")
    ] = None,
) -> None:
    """Everything in one report: JSON, and a page to read."""
    import sys

    from osler.evaluate.everything import Sources, evaluate_all, find_sources, to_table, write_report

    def tell(what: str) -> None:
        sys.stderr.write(f"{what}\n")

    report = evaluate_all(open_named_library(), find_sources(data) if data else Sources(), tell=tell)
    write_report(report, out)
    write(to_table(report))
