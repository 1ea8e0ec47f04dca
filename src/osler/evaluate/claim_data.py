"""Readers for the data sets of the claim evaluation: SciFact, BioASQ, PubMedQA, HealthVer, NLI4CT and extraction files.

Nothing of them is kept in Osler; a path names each.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osler.errors import InputFileError

SUPPORTS, REFUTES, NEITHER = "supports", "refutes", "neither"
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'(?=\s|\]|$)|\"((?:[^\"\\]|\\.)*)\"(?=\s|\]|$)")
csv.field_size_limit(10_000_000)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a data set in sentences; `id` names the document and decides the half it is scored in."""

    source: str
    id: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim somebody wrote, with the text it was judged against; `rationale`: numbers of the sentences that decided it."""

    source: str
    id: str
    claim: str
    sentences: tuple[str, ...]
    label: str
    rationale: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        return "\n".join(self.sentences)


@dataclass(frozen=True, slots=True)
class ClaimData:
    """What the paths hold. human: claims that people wrote from the very sentences given (label: supports)."""

    passages: tuple[Passage, ...] = ()
    labelled: tuple[Labelled, ...] = ()
    human: tuple[Labelled, ...] = ()


def half(document_id: str) -> int:
    """0 (rules may be tuned on it) or 1 (only scored), by a hash of the document's id."""
    return hashlib.sha256(document_id.encode()).digest()[0] % 2


def read_claim_data(paths: tuple[Path, ...]) -> ClaimData:
    """Everything in `paths`, each a data set's directory or file. Raises InputFileError for one that is none of them."""
    passages: list[Passage] = []
    labelled: list[Labelled] = []
    human: list[Labelled] = []
    for path in paths:
        try:
            data = _read(path)
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError) as error:
            raise InputFileError(f"{path}: not a data set of claims that can be read ({error})") from error
        passages.extend(data.passages)
        labelled.extend(data.labelled)
        human.extend(data.human)
    return ClaimData(tuple(passages), tuple(labelled), tuple(human))


def _read(path: Path) -> ClaimData:
    if path.is_dir():
        names = {p.name for p in path.iterdir()}
        if {"claims_train.csv", "corpus.csv"} <= names:
            return _scifact(path)
        if "trials.jsonl.gz" in names:
            return ClaimData(labelled=tuple(_nli4ct(path)))
        single = [p for p in sorted(path.iterdir()) if p.suffix in (".json", ".jsonl", ".csv")]
        if not single:
            raise ValueError("no file of a known name")
        parts = [_read(p) for p in single]
        return ClaimData(*(tuple(x for p in parts for x in getattr(p, field)) for field in ("passages", "labelled", "human")))
    if path.suffix == ".jsonl":
        return ClaimData(passages=tuple(_extractions(path)))
    if path.suffix == ".csv":
        return ClaimData(labelled=tuple(_healthver(path)))
    record = json.loads(path.read_text(encoding="utf-8"))
    return _bioasq(record) if "questions" in record else ClaimData(passages=tuple(_pubmedqa(record)))


def _sentences(text: str) -> tuple[str, ...]:
    return tuple(s.strip() for line in text.splitlines() for s in _SENTENCE_END.split(line) if s.strip())


def _extractions(path: Path) -> Iterator[Passage]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            record = json.loads(line)
            yield Passage("starter", f"extraction:{record['id']}", (record["statement"],))


def _pubmedqa(record: Mapping[str, Any]) -> Iterator[Passage]:
    for pmid, entry in record.items():
        yield Passage("pubmedqa", f"pmid:{pmid}", _sentences(entry["LONG_ANSWER"]))


def _bioasq(record: Mapping[str, Any]) -> ClaimData:
    passages, human = [], []
    for question in record["questions"]:
        snippets = tuple(s["text"].strip() for s in question["snippets"])
        for snippet in question["snippets"]:
            passages.append(Passage("bioasq", f"pmid:{snippet['document'].rpartition('/')[2]}", _sentences(snippet["text"])))
        for answer in question.get("ideal_answer", [])[:1]:
            human.append(Labelled("bioasq", f"bioasq:{question['id']}", answer.strip(), snippets, SUPPORTS))
            passages.append(Passage("bioasq answers", f"bioasq:{question['id']}", _sentences(answer)))
    return ClaimData(tuple(passages), (), tuple(human))


def _scifact(folder: Path) -> ClaimData:
    """SciFact: abstracts as sentence lists (printed NumPy arrays in the CSV), claims with a label for each cited abstract."""
    abstracts: dict[str, tuple[str, ...]] = {}
    with (folder / "corpus.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found = ((a or b).replace("\\n", "\n").replace("\\'", "'") for a, b in _QUOTED.findall(row["abstract"]))
            abstracts[row["doc_id"]] = tuple(s.strip() for s in found)
    evidence: dict[tuple[str, str], tuple[str, set[int]]] = {}
    claims: dict[str, tuple[str, list[str]]] = {}
    with (folder / "claims_train.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            claims[row["id"]] = (row["claim"], re.findall(r"\d+", row["cited_doc_ids"]))
            if row["evidence_label"]:
                label, numbers = evidence.setdefault((row["id"], row["evidence_doc_id"]), (row["evidence_label"], set()))
                numbers.update(int(n) for n in re.findall(r"\d+", row["evidence_sentences"]))
    labels = {"SUPPORT": SUPPORTS, "CONTRADICT": REFUTES}
    labelled, human = [], []
    for claim_id, (claim, cited) in claims.items():
        for doc in cited:
            sentences = abstracts.get(doc, ())
            if not sentences:
                continue
            label, rationale = evidence.get((claim_id, doc), ("", set()))
            kept = frozenset(n for n in rationale if n < len(sentences))
            labelled.append(Labelled("scifact", f"scifact:{doc}", claim, sentences, labels.get(label, NEITHER), kept))
            if label == "SUPPORT" and kept:
                human.append(Labelled("scifact", f"scifact:{doc}", claim, tuple(sentences[n] for n in sorted(kept)), SUPPORTS))
    passages = tuple(
        Passage("scifact", f"scifact:{doc}", tuple(p for s in ss for p in s.splitlines() if p.strip()))
        for doc, ss in abstracts.items()
    )
    return ClaimData(passages, tuple(labelled), tuple(human))


def _healthver(path: Path) -> Iterator[Labelled]:
    labels = {"Supports": SUPPORTS, "Refutes": REFUTES, "Neutral": NEITHER}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            document = "healthver:" + hashlib.sha256(row["evidence"].encode()).hexdigest()[:12]
            yield Labelled("healthver", document, row["claim"], _sentences(row["evidence"]), labels[row["label"]])


def _nli4ct(folder: Path) -> Iterator[Labelled]:
    """NLI4CT: statements on one section of one or two trial reports; the whole section is the text."""
    with gzip.open(folder / "trials.jsonl.gz", "rt", encoding="utf-8") as lines:
        trials = {t["Clinical Trial ID"]: t for t in map(json.loads, lines)}
    labels = {"Entailment": SUPPORTS, "Contradiction": REFUTES}
    for name in ("train.json", "dev.json"):
        if not (folder / name).exists():
            continue
        for record in json.loads((folder / name).read_text(encoding="utf-8")).values():
            ids = [i for i in (record["Primary_id"], record.get("Secondary_id")) if i]
            sentences = tuple(s.strip() for i in ids for s in trials[i][record["Section_id"]] if s.strip())
            yield Labelled(
                f"nli4ct {name.partition('.')[0]}", f"nct:{ids[0]}", record["Statement"], sentences, labels[record["Label"]]
            )
