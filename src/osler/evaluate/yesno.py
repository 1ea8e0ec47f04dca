"""Yes, no or maybe from an abstract without a model: the stance of the sentences that speak of the question's own terms (PubMedQA).

PubMedQA: Jin et al., EMNLP 2019. *reasoning required* reads the abstract without its conclusion, as the data set's main task
does; *reasoning free* reads the conclusion.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osler.errors import InputFileError
from osler.evaluate.statistics import Share, confusion, macro_f1
from osler.language.sentences import sentences
from osler.language.words import STOP_WORDS

ANSWERS = ("yes", "no", "maybe")
_STEM = 6
"""Words are compared by their first six letters: "predict" with "predictive"."""
_HEARD = 3
_LATE_IN_AN_ABSTRACT, _LATE_IN_A_CONCLUSION, _CONCLUSION_SENTENCES = 2.0, 0.25, 4
_AFFIRMED = 0.1
"""How many sentences are heard, how much more the last ones weigh, and from where it is a yes: chosen on half 0."""
_NO = re.compile(
    r"\bno (?:statistically |clinically )?(?:significant |meaningful |clear |apparent |overall )?(?:\w+ )?(?:difference|effect|benefit|improvement|reduction|advantage|association|correlation|relationship|relation|influence|evidence|impact|change|role|link|increase|trend|need)s?\b"
    r"|\b(?:did|does|do|has|have|had|could|can|should|is|are|was|were|may|need|would|will)(?:n['’]t| not|not)\b(?! only)|\bcannot\b|\bneither\b|\bfail(?:s|ed)? to\b|\bun(?:necessary|related|likely|reliable|affected|changed|influenced|able)\b"
    r"|\bnot (?:significant|associated|affect|influence|increase|improve|different|necessary|required|related|support|predict|recommended|justified|superior|better|appear|seem)\w*"
    r"|\bsimilar\b|\bcomparable\b|\bequal(?:ly|s)?\b|\bequivalent\b|\bindependent(?:ly)? of\b|\black of\b|\binsufficient\b|\bwithout (?:affecting|increas|compromis|significant)\w*|\black(?:s|ed)?\b|\bnon-?significant|\bpoor (?:predictor|correlation|agreement)\b|\brarely\b|\binferior\b|\bof (?:little|limited)\b|\binaccurate\b|\binadequate\b|\bless (?:accurate|effective|reliable)\b",
    re.I,
)
_YES = re.compile(
    r"\bsignificant(?:ly)? (?:\w+ )?(?:higher|lower|more|less|better|worse|greater|improv|reduc|increas|decreas|associat|correlat|differ|predict|longer|shorter|related)\w*|\b(?:is|are|was|were|be|been) (?:\w+ )?(?:associated|correlated|effective|safe|feasible|useful|reliable|beneficial|related|predictive|necessary|possible|superior|independent|important|accurate|valid|valuable|higher|lower|better|worse|increased|reduced|improved)\b"
    r"|\b(?:improv|reduc|increas|decreas|predict|affect|influenc|enhanc|prevent|contribut|caus|correlat|confirm|support|demonstrat|allow|provid|lead|facilitat|suggest|indicat|offer)\w*\b|\bshould be\b|\bcan be\b|\bmore (?:likely|effective|accurate)\b|\brisk factor\b|\bhelp(?:s|ful)?\b|\bindeed\b",
    re.I,
)
_UNSURE = re.compile(
    r"\b(?:unclear|unknown|inconclusive|controversial|conflicting|uncertain|remains to be|not clear|debat\w+|depend(?:s|ing) (?:on|strongly)|only in|in selected|partial(?:ly)?|mixed|to some extent|in some|may depend)\b"
    r"|\b(?:further|more|larger|additional|prospective) (?:\w+ )?(?:stud(?:y|ies)|research|trials?|investigation)s? (?:\w+ )?(?:is|are|be|needed|required|warranted|necessary)",
    re.I,
)
_TURNS = re.compile(r"\b(?:although|however|but|whereas|while|despite|except|nevertheless)\b", re.I)
_ASKS_FOR_NO = re.compile(
    r"\b(?:unnecessary|ineffective|harmless|fail(?:s|ed)?|lack(?:s|ed)?|no longer|not|un\w+ed|waste|overrated|myth)\b", re.I
)
_P_LARGE = re.compile(r"\bp\s*(?:=|>)\s*(?:0?\.(?:0[6-9]|[1-9])\d*)|\bp\s*>\s*0?\.05|\bNS\b", re.I)
_P_SMALL = re.compile(r"\bp\s*(?:=|<|≤)\s*0?\.(?:0[0-4]\d*|05)\b", re.I)


@dataclass(frozen=True, slots=True)
class Decided:
    """One question with the data set's answer and ours; `why` is the sentence it was decided from."""

    id: str
    gold: str
    answer: str
    why: str


@dataclass(frozen=True, slots=True)
class YesNoReport:
    """`setting` is "reasoning required" or "reasoning free"."""

    setting: str
    decided: tuple[Decided, ...]

    def half(self, number: int) -> tuple[Decided, ...]:
        """The questions of one half, by a hash of the id; rules were made on half 0."""
        return tuple(d for d in self.decided if half_of(d.id) == number)


def half_of(identity: str) -> int:
    return int(hashlib.sha256(identity.encode()).hexdigest(), 16) % 2


def decide(question: str, text: str) -> tuple[str, str]:
    """("yes" | "no" | "maybe", the sentence that decided): the sentences that share most of the question's words speak, the last loudest."""
    spoken = [text[a:b] for a, b in sentences(text)]
    if not spoken:
        return "maybe", ""
    asked, late = stems(question), _LATE_IN_AN_ABSTRACT if len(spoken) > _CONCLUSION_SENTENCES else _LATE_IN_A_CONCLUSION
    weights = [len(asked & stems(s)) / max(len(asked), 1) + late * (i + 1) / len(spoken) for i, s in enumerate(spoken)]
    ranked = sorted(range(len(spoken)), key=lambda i: (-weights[i], i))[:_HEARD]
    best = spoken[ranked[0]]
    score = sum(weights[i] * _stance(spoken[i]) for i in ranked) / sum(weights[i] for i in ranked)
    if _ASKS_FOR_NO.search(question):
        score = -score
    first = _stance(best)
    if (_UNSURE.search(best) and abs(first) < 1) or (first == 0 and _UNSURE.search(" ".join(spoken[i] for i in ranked))):
        return "maybe", best
    return ("yes" if score > _AFFIRMED else "no"), best


def stems(text: str) -> frozenset[str]:
    """The first letters of the words that carry meaning."""
    words = re.findall(r"[a-z][a-z-]{2,}|\d[\d.]*", text.lower())
    return frozenset(w[:_STEM] for w in words if w not in STOP_WORDS)


def _stance(sentence: str) -> float:
    """From -1 (denies) to 1 (affirms). After "but" or "however" the second half decides, and is heard half as loud."""
    parts = _TURNS.split(sentence)
    if len(parts) > 1 and any(len(p.split()) > 5 for p in parts[1:]):
        halves = [_plain_stance(p) for p in parts if p.strip()]
        return sum(halves) / len(halves)
    return _plain_stance(sentence)


def _plain_stance(sentence: str) -> float:
    denies = len(_NO.findall(sentence)) + len(_P_LARGE.findall(sentence))
    if denies:
        return -1.0 if denies >= len(_P_SMALL.findall(sentence)) else 0.0
    return 1.0 if _YES.search(sentence) or _P_SMALL.search(sentence) else 0.3


def read_pubmedqa(path: Path) -> dict[str, dict[str, Any]]:
    """Questions by PMID. Raises InputFileError."""
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
        for key, record in records.items():
            if not isinstance(record["QUESTION"], str) or record["final_decision"] not in ANSWERS or not record["CONTEXTS"]:
                raise ValueError(f"record {key}: QUESTION, CONTEXTS or final_decision is missing or unknown")
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputFileError(f"{path}: not a PubMedQA file ({str(error)[:200]})") from error
    return dict(records)


def evaluate_yesno(records: Mapping[str, Mapping[str, Any]]) -> tuple[YesNoReport, YesNoReport]:
    """Both settings, over every record in the file's order."""
    required: list[Decided] = []
    free: list[Decided] = []
    for key, record in records.items():
        for kept, text in ((required, " ".join(record["CONTEXTS"])), (free, str(record.get("LONG_ANSWER", "")))):
            answer, why = decide(record["QUESTION"], text)
            kept.append(Decided(key, record["final_decision"], answer, why))
    return YesNoReport("reasoning required", tuple(required)), YesNoReport("reasoning free", tuple(free))


def figures(decided: Sequence[Decided]) -> dict[str, Any]:
    """Accuracy and macro-F1 beside those of always giving the commonest answer."""
    pairs = [(d.gold, d.answer) for d in decided]
    commonest = max(ANSWERS, key=lambda a: Counter(g for g, _ in pairs)[a])
    always = [(g, commonest) for g, _ in pairs]
    return {
        "questions": len(pairs),
        "accuracy": Share(sum(g == a for g, a in pairs), len(pairs)).as_json(),
        "macro_f1": round(macro_f1(pairs, ANSWERS), 4),
        "baseline": f"always {commonest}",
        "baseline_accuracy": Share(sum(g == a for g, a in always), len(always)).as_json(),
        "baseline_macro_f1": round(macro_f1(always, ANSWERS), 4),
        "confusion": confusion(pairs),
    }
