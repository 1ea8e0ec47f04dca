"""`osler respond` from file to file; golden responses that a person reads in the diff.

`OSLER_GOLDEN=write pytest tests/test_respond_files.py` renews them.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from osler.article.markdown import page_markdown
from osler.cli import app
from osler.domain.question import Audience, Question
from osler.errors import InputFileError, UserError
from osler.pipeline import Library, answer_request
from osler.question.frame import frame_question
from osler.respond.page import response_page
from osler.respond.prepare import prepare
from osler.respond.record import make_record
from osler.respond.request import read_request

EXAMPLES = Path(__file__).parents[1] / "docs" / "responding"
REQUESTS = ["back-spasm-on-dialysis.yaml", "clarithromycin-with-simvastatin.md"]
FOLDER = Path(__file__).parent / "golden_responses"
ANSWERED_AT = "2026-03-04T12:00:00+00:00"


def run(library: Library, *arguments: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner(env={"OSLER_HOME": str(library.settings.home)}).invoke(app, ["respond", *map(str, arguments)], input=stdin)


@pytest.mark.parametrize("name", REQUESTS)
def test_golden(library: Library, name: str) -> None:
    enquiry = read_request((EXAMPLES / name).read_bytes(), name)

    def read(text: str, audience: Audience) -> Question:
        return frame_question(text, audience, library.lexicon, library.words, (), library.index.holds)

    ready = prepare(enquiry, read, library.lexicon)
    asked = answer_request(library, ready.request)
    made = replace(asked.article.provenance, answered_at=ANSWERED_AT, library_snapshot="SNAPSHOT", engine="ENGINE")
    article = replace(asked.article, answer_id="ANSWER", provenance=made)
    page = page_markdown(response_page(make_record(library, enquiry, ready, replace(asked, article=article))))
    file = FOLDER / f"{Path(name).stem}.md"
    if os.environ.get("OSLER_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(page, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == page


def without_times(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "Composed" not in line)


def test_markdown_goes_to_standard_output_and_is_the_same_twice(library: Library) -> None:
    first, second = (run(library, EXAMPLES / REQUESTS[0]) for _ in range(2))
    assert first.exit_code == 0
    assert first.output.startswith("# Drug-information response: ")
    assert without_times(first.output) == without_times(second.output)


def test_standard_input_is_read_by_its_content(library: Library) -> None:
    for name in REQUESTS:
        piped = run(library, "-", stdin=(EXAMPLES / name).read_bytes())
        assert without_times(piped.output) == without_times(run(library, EXAMPLES / name).output)


def test_the_json_form(library: Library) -> None:
    value = json.loads(run(library, EXAMPLES / REQUESTS[1], "--format", "json").output)
    assert (value["schema"], value["enquiry"]["reference"]) == ("osler.response/1", "DI-0002")


def test_an_ending_of_no_form_is_refused(library: Library, tmp_path: Path) -> None:
    refused = run(library, EXAMPLES / REQUESTS[1], "--output", tmp_path / "response.odt")
    assert isinstance(refused.exception, UserError)
    assert "no form ends in .odt" in str(refused.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["md", "json", "docx"])
def test_the_ending_says_the_format_and_nothing_is_written_over(library: Library, tmp_path: Path, ending: str) -> None:
    if ending == "docx":
        pytest.importorskip("docx")
    out = tmp_path / f"response.{ending}"
    assert run(library, EXAMPLES / REQUESTS[1], "--output", out).exit_code == 0
    written = out.read_bytes()
    assert written[:2] == {"md": b"# ", "json": b"{\n", "docx": b"PK"}[ending]
    again = run(library, EXAMPLES / REQUESTS[1], "--output", out)
    assert isinstance(again.exception, UserError)
    assert "--force writes over it" in str(again.exception)
    assert out.read_bytes() == written
    out.write_bytes(b"old")
    assert run(library, EXAMPLES / REQUESTS[1], "--output", out, "--force").exit_code == 0
    assert out.read_bytes()[:2] == written[:2]
    assert [p.name for p in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("to", ["docx", "pdf"])
def test_a_binary_form_needs_a_file(library: Library, to: str) -> None:
    refused = run(library, EXAMPLES / REQUESTS[1], "--format", to)
    assert isinstance(refused.exception, UserError)
    assert refused.output == ""


def test_the_docx_holds_the_steps_and_the_place_to_sign(library: Library, tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    out = tmp_path / "response.docx"
    run(library, EXAMPLES / REQUESTS[0], "--output", out)
    document = docx.Document(io.BytesIO(out.read_bytes()))
    text = "\n".join(p.text for p in document.paragraphs)
    cells = [c.text for t in document.tables for r in t.rows for c in r.cells]
    assert "7. Documentation" in text
    assert "Signature" in cells
    assert "bleep 0042" in cells


def test_the_pdf_is_one(library: Library, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    out = tmp_path / "response.pdf"
    assert run(library, EXAMPLES / REQUESTS[1], "--output", out).exit_code == 0
    assert out.read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [("w.yaml", b"question: Q?\nalergies: x", "w.yaml, line 2, alergies: no such field"), ("none.yaml", None, "No such file")],
)
def test_a_request_that_cannot_be_used_writes_nothing(
    library: Library, tmp_path: Path, name: str, data: bytes | None, said: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    out = tmp_path / "out.md"
    refused = run(library, tmp_path / name, "--output", out)
    assert isinstance(refused.exception, InputFileError)
    assert said in str(refused.exception)
    assert not out.exists()


def test_a_folder_that_is_not_there_is_an_error_of_the_user(library: Library, tmp_path: Path) -> None:
    refused = run(library, EXAMPLES / REQUESTS[1], "--output", tmp_path / "none" / "out.md")
    assert isinstance(refused.exception, InputFileError)
