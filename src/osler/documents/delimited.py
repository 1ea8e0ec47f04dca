"""Rows of delimited text (CSV, TSV), each with its line number; a malformed row does not end the reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator


def rows(text: str, delimiter: str = ",") -> Iterator[tuple[int, list[str] | str]]:
    """(number of the row's last line, its fields), blank rows left out; for a malformed row a sentence in place of fields.

    Fields are text and nothing else: one that starts with "=", "+" or "@" is no formula here.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, f"not readable as delimited text ({error})"
            continue
        if any(field.strip() for field in row):
            yield reader.line_num, row
