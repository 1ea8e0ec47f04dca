"""JSON-LD of an article: what search engines are told of its review, and nothing of the sort before people signed it (R-14)."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from osler.domain.article import Article
from osler.web.layout import is_reviewed


def linked_data(article: Article) -> Markup | None:
    """A schema.org MedicalWebPage as the text of a script element; None unless named people stand behind the article now.

    Source: https://schema.org/MedicalWebPage (lastReviewed, reviewedBy).
    """
    review = article.review
    if not is_reviewed(review):
        return None
    page: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": article.title,
        "inLanguage": "en",
        "audience": {"@type": "MedicalAudience", "audienceType": article.question.audience.value},
        "reviewedBy": [{"@type": "Person", "name": r.name, "description": r.credentials} for r in review.reviewers],
    }
    if day := review.approved_on or review.last_updated:
        page["lastReviewed"] = day[:10]
    # "<" would end the element whatever the JSON says; U+2028 and U+2029 are escaped with the rest of non-ASCII.
    return Markup(json.dumps(page).replace("<", "\\u003c"))  # noqa: S704
