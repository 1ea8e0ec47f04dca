"""Answers that were given: kept, listed, asked again, compared, erased."""
