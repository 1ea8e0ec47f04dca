"""Bodies: what may be sent to the API, every field bounded; anything else is refused by name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StrictBool, field_serializer, model_validator

from osler.domain.document import StudyDesign
from osler.domain.question import Audience
from osler.domain.request import MAX_TURNS, Given
from osler.domain.status import PublicationStatus
from osler.respond.enquiry import Purpose, Urgency
from osler.respond.request import MAX_ITEMS, MAX_LINE, MAX_TEXT
from osler.settings import MAX_QUESTION_CHARACTERS

MAX_CLAIMS = 100
MAX_PAIRS = 20
MAX_PASSAGE_CHARACTERS = 4_000
"""Of one passage: a long paragraph takes half a second to appraise, and the time grows with its square."""
MAX_FOUND = 200
ANSWER_ID = r"^[0-9a-f]{16}$"

Text = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)]
Question = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS, pattern=r"\p{L}")]
"""A question has a word."""
Turns = Annotated[list[Question], Field(min_length=1, max_length=MAX_TURNS)]
Line = Annotated[str, Field(min_length=1, max_length=MAX_LINE)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[list[Name], Field(max_length=MAX_ITEMS)]
Terms = Annotated[list[Name], Field(max_length=10)]


def _whole(value: object) -> object:
    """2015.0 is an integer in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Year = Annotated[int, Field(strict=True, ge=1, le=9999), BeforeValidator(_whole)]
Most = Annotated[int, Field(strict=True, ge=1, le=MAX_FOUND), BeforeValidator(_whole)]


def _number(low: float, high: float, what: str) -> object:
    return Field(strict=True, ge=low, le=high, allow_inf_nan=False, description=what)


Age = Annotated[float, _number(0, 120, "Years.")]
Weight = Annotated[float, _number(0.3, 400, "kg.")]
Egfr = Annotated[float, _number(0, 200, "mL/min/1.73 m².")]
Weeks = Annotated[float, _number(1, 45, "Weeks of gestation.")]
Dialysis = Literal["hemodialysis", "peritoneal dialysis", "none"]


_NULL: dict[str, JsonValue] = {"type": "null"}


class Body(BaseModel):
    """A name that is not known is refused: a misspelt `alergies` must not hide an allergy."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Facts(Body):
    """Facts about the patient; where they differ from the words of the question, they are used."""

    age_years: Age | None = None
    weight_kg: Weight | None = None
    egfr: Egfr | None = None
    dialysis: Dialysis | None = None
    pregnant: StrictBool | None = None
    gestation_weeks: Weeks | None = None
    allergies: Names = Field(default=[], description="Medicines the patient is allergic to.")
    medicines: Names = Field(default=[], description="Medicines the patient takes.")

    def given(self) -> Given:
        """Raises QuestionError for facts that contradict each other."""
        return Given(
            self.age_years, self.weight_kg, self.egfr, self.dialysis, self.pregnant, self.gestation_weeks,
            tuple(self.allergies), tuple(self.medicines),
        )  # fmt: skip


class Ask(Body):
    """A question, a whole thread of questions (`turns`), or the next question after a stored answer (`question` with `follow`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["question"], "properties": {"question": {"type": "string"}, "turns": _NULL}},
                {"required": ["turns"], "properties": {"turns": {"type": "array"}, "question": _NULL, "follow": _NULL}},
            ],
            "examples": [
                {"question": "Is methocarbamol safe on hemodialysis?", "given": {"age_years": 71, "dialysis": "hemodialysis"}},
                {"question": "Only the doses, please", "follow": "6c1768626ac6e2a1"},
            ],
        }
    )
    question: Question | None = Field(default=None, description="In a sentence. It is never written to a log.")
    turns: Turns | None = Field(default=None, description="The first question and its follow-ups, oldest first.")
    follow: str | None = Field(default=None, pattern=ANSWER_ID, description="Id of your stored answer that this follows: its questions and facts hold.")  # fmt: skip
    audience: Audience | None = Field(
        default=None, description="Who reads it: clinician, or who reads the answer that is followed."
    )
    given: Facts = Facts()
    related: StrictBool = Field(
        default=False,
        description="Look for related questions too, as `osler ask --json` does: each is asked first, which may take ten times as long.",
    )
    keep: StrictBool = Field(
        default=True, description="Store the answer under the caller, so that it can be read, followed and replayed."
    )

    @model_validator(mode="after")
    def one_of_them(self) -> Ask:
        if (self.question is None) is (self.turns is None):
            raise ValueError("give question or turns, one of the two")
        if self.follow is not None and self.question is None:
            raise ValueError("follow goes with question, not with turns")
        return self


class Claim(Body):
    """document: texts around the passage (title, section) that may name what it only calls "the drug". question: when given, a
    supported claim is `indirect` where its passage is about something else."""

    id: Name
    claim: Text
    passage: str = Field(max_length=MAX_PASSAGE_CHARACTERS)
    question: Question | None = None
    document: str | None = Field(default=None, max_length=MAX_PASSAGE_CHARACTERS)


class Claims(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"claims": [{"id": "1", "claim": "Baclofen 5 mg is given daily.", "passage": "Baclofen 10 mg is given daily."}]}
            ]
        }
    )
    claims: list[Claim] = Field(min_length=1, max_length=MAX_CLAIMS)


class Pair(Body):
    id: Name
    question: Question
    passage: str = Field(min_length=1, max_length=MAX_PASSAGE_CHARACTERS)


class Pairs(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "pairs": [
                        {
                            "id": "1",
                            "question": "Gabapentin for back pain on dialysis?",
                            "passage": "Gabapentin relieves uremic itch.",
                        }
                    ]
                }
            ]
        }
    )
    pairs: list[Pair] = Field(min_length=1, max_length=MAX_PAIRS)


class Search(Body):
    """`words`, or a drug or problem. Every bound narrows; drugs, problems and populations must each be there."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"words": "falls", "drugs": ["baclofen"], "since": 2015, "limit": 5}]}
    )
    words: str = Field(default="", max_length=MAX_QUESTION_CHARACTERS)
    kinds: list[StudyDesign] = Field(default=[], max_length=30)
    since: Year | None = None
    until: Year | None = None
    statuses: list[PublicationStatus] = Field(default=[], max_length=10)
    jurisdictions: Terms = []
    drugs: Terms = []
    problems: Terms = []
    populations: Terms = []
    limit: Most = 10


class RequestorBody(Body):
    name: Line | None = None
    role: Line | None = None
    organisation: Line | None = None
    contact: Line | None = None


class PatientBody(Body):
    """Numbers are read to three decimals. An empty list is an answer ("no known allergies"); a field that is left out becomes a question to the requestor."""

    age_years: Age | None = None
    weight_kg: Weight | None = None
    egfr: Egfr | None = None
    dialysis: Dialysis | None = None
    pregnant: StrictBool | None = None
    gestation_weeks: Weeks | None = None
    allergies: Names | None = None
    medicines: Names | None = None
    conditions: Names | None = None

    @field_serializer("age_years", "weight_kg", "egfr", "gestation_weeks")
    def to_three_decimals(self, value: float | None) -> float | None:
        return None if value is None else round(value, 3)


class FollowUpBody(Body):
    who: Line | None = None
    when: Line | None = None
    how: Line | None = None


class Enquiry(Body):
    """A drug-information request, with the fields of `osler respond`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "question": "What can be given for back spasm instead of baclofen?",
                    "requestor": {"role": "renal pharmacist"},
                    "patient": {"dialysis": "hemodialysis", "allergies": []},
                    "urgency": "today",
                }
            ]
        }
    )
    question: Question
    requestor: RequestorBody | None = None
    audience: Audience | None = None
    purpose: Purpose | None = None
    urgency: Urgency | None = None
    received: Line | None = None
    needed_by: Line | None = None
    background: str | None = Field(default=None, max_length=MAX_TEXT)
    patient: PatientBody | None = None
    searched: Names | None = None
    follow_up: FollowUpBody | None = None
    reference: Line | None = None
