"""What an article may say of its review: only what named people signed, and what became of it since."""

from __future__ import annotations

from osler.domain.article import Review, Reviewer, ReviewState

REVIEW_WORDS = "draft: not reviewed"
_BEFORE_APPROVAL = {
    ReviewState.DRAFT: REVIEW_WORDS,
    ReviewState.SUBMITTED: "submitted for review: not reviewed yet",
    ReviewState.UNDER_REVIEW: "under review: not approved",
    ReviewState.CHANGES_REQUESTED: "changes requested by its reviewers: not approved",
    ReviewState.REJECTED: "REJECTED by its reviewers",
}
_SINCE_APPROVAL = {
    ReviewState.APPROVED: "approved by {names}",
    ReviewState.PUBLISHED: "reviewed and approved by {names}",
    ReviewState.REAFFIRMED: "reviewed and reaffirmed by {names}",
    ReviewState.CORRECTED: "CORRECTED; reviewed by {names}",
    ReviewState.REVIEW_DUE: "review due; last reviewed by {names}",
    ReviewState.EXPIRED: "EXPIRED: its review is overdue; last reviewed by {names}",
    ReviewState.FLAGGED: "FLAGGED: something it rests on may have changed; last reviewed by {names}",
    ReviewState.RE_REVIEW: "UNDER REVIEW AGAIN; last reviewed by {names}",
}
_UNSIGNED = "not reviewed: no named person has approved it"


def review_words(review: Review) -> str:
    """The state in one line. An approval without the name of who gave it is no approval, and is not called one."""
    if review.state in _BEFORE_APPROVAL:
        return _BEFORE_APPROVAL[review.state]
    because = f" ({review.reason})" if review.reason else ""
    if review.state is ReviewState.RETRACTED:
        return f"RETRACTED{because}: do not use"
    if review.state is ReviewState.SUPERSEDED:
        return "SUPERSEDED" + (f" by {review.superseded_by}" if review.superseded_by else "") + ": do not use"
    names = ", ".join(r.name for r in review.reviewers)
    signed = _SINCE_APPROVAL[review.state].format(names=names) if names else _UNSIGNED
    on = f", {review.approved_on}" if names and review.approved_on else ""
    return signed + on + because


def reviewer_line(reviewer: Reviewer) -> str:
    """One reviewer as the public reads them: who, what they are, when they signed, what they declared."""
    who = ", ".join(filter(None, (reviewer.name, reviewer.credentials)))
    on = f" (declared {reviewer.disclosed_on})" if reviewer.disclosed_on else ""
    return f"{who}; approved on {reviewer.approved_on}; interests: {reviewer.interests or 'none declared'}{on}"
