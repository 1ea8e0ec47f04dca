"""The words that pages use for kinds, states and roles; every member of an enum has its own, and tests hold that."""

from __future__ import annotations

from osler.domain.answer import Disposition, NoticeKind
from osler.domain.document import Authority, StudyDesign
from osler.domain.evidence import Axis
from osler.domain.grade import Certainty
from osler.domain.question import Audience, Intent
from osler.domain.status import PublicationStatus
from osler.domain.verification import Verdict

DISPOSITION = {
    Disposition.ANSWER: "Answered from direct evidence",
    Disposition.ANSWER_WITH_CAVEATS: "Answered with caveats: read what is indirect and what is not known",
    Disposition.ANSWER_AND_ESCALATE: "Answered, and somebody must act now",
    Disposition.CLARIFY: "A question back: a missing fact changes the answer",
    Disposition.ABSTAIN: "Not answered: the library does not carry an answer",
    Disposition.EMERGENCY: "Get help now",
}
NOTICE = {
    NoticeKind.EMERGENCY: "Emergency",
    NoticeKind.SELF_HARM: "You are not alone",
    NoticeKind.FALSE_PREMISE: "Check the order",
    NoticeKind.UNKNOWN_TERM: "A name",
    NoticeKind.MISSING_INFORMATION: "Missing",
    NoticeKind.UNIT_ERROR: "Stop: unit",
    NoticeKind.OUT_OF_SCOPE: "Out of scope",
    NoticeKind.INSTRUCTION_IN_QUESTION: "Instructions in the text",
    NoticeKind.INTERACTION: "Interaction",
    NoticeKind.ALLERGY: "Allergy",
    NoticeKind.RED_FLAG: "Danger signs",
}
GRAVE = frozenset(
    {
        NoticeKind.EMERGENCY,
        NoticeKind.SELF_HARM,
        NoticeKind.FALSE_PREMISE,
        NoticeKind.UNIT_ERROR,
        NoticeKind.INTERACTION,
        NoticeKind.ALLERGY,
        NoticeKind.RED_FLAG,
    }
)
"""Notices of danger; the others say how the question was read."""
DESIGN = {
    StudyDesign.GUIDELINE: "Guideline",
    StudyDesign.CONSENSUS: "Consensus statement",
    StudyDesign.SYSTEMATIC_REVIEW: "Systematic review",
    StudyDesign.RCT: "Randomised trial",
    StudyDesign.TRIAL: "Trial",
    StudyDesign.COHORT: "Cohort",
    StudyDesign.CASE_CONTROL: "Case-control study",
    StudyDesign.CROSS_SECTIONAL: "Cross-sectional study",
    StudyDesign.PHARMACOKINETIC: "Pharmacokinetic study",
    StudyDesign.CASE_SERIES: "Case series",
    StudyDesign.CASE_REPORT: "Case report",
    StudyDesign.LABEL: "Label",
    StudyDesign.FORMULARY: "Formulary",
    StudyDesign.REVIEW: "Review",
    StudyDesign.REGISTRATION: "Trial registration",
    StudyDesign.ARTICLE: "Article",
    StudyDesign.COMMENT: "Comment",
    StudyDesign.PRECLINICAL: "Animals or cells",
    StudyDesign.NOTICE: "Notice",
}
"""Also the order of the lanes in the picture of the evidence: it groups, it does not grade."""
STATUS = {
    PublicationStatus.CURRENT: "current",
    PublicationStatus.CORRECTED: "corrected: see its notice",
    PublicationStatus.CONCERN: "under an expression of concern",
    PublicationStatus.RETRACTED: "retracted",
    PublicationStatus.SUPERSEDED: "superseded",
    PublicationStatus.DRAFT: "a draft",
}
CERTAINTY = {
    Certainty.HIGH: "high certainty",
    Certainty.MODERATE: "moderate certainty",
    Certainty.LOW: "low certainty",
    Certainty.VERY_LOW: "very low certainty",
    Certainty.NOT_GRADED: "",
}
VERDICT = {
    Verdict.SUPPORTED: "Supported",
    Verdict.INDIRECT: "Supported, but indirect",
    Verdict.CONTRADICTED: "Contradicted",
    Verdict.NOT_ENOUGH_INFO: "Not enough information",
    Verdict.UNCHECKED: "Could not be checked",
}
AXIS = {
    Axis.POPULATION: "People",
    Axis.PROBLEM: "Problem",
    Axis.INTERVENTION: "Drug or measure",
    Axis.ROUTE: "Route",
    Axis.OUTCOME: "Outcome",
}
AUTHORITY = {
    Authority.LOCAL: "local",
    Authority.NATIONAL: "national",
    Authority.INTERNATIONAL: "international",
}
AUDIENCE = {
    Audience.CLINICIAN: "Clinician",
    Audience.PHARMACIST: "Pharmacist",
    Audience.NURSE: "Nurse",
    Audience.PATIENT: "Patient or carer",
}
INTENT = {
    Intent.ALTERNATIVE: "an alternative",
    Intent.ORDER_CHECK: "check an order",
    Intent.DOSE: "a dose",
    Intent.INTERACTION: "an interaction",
    Intent.SAFETY: "whether it is safe",
    Intent.TOXICITY: "a possible toxicity",
    Intent.DIAGNOSIS: "what it may be",
    Intent.MONITORING: "what to monitor",
    Intent.TREATMENT: "how to treat",
}
