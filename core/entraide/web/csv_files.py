"""Tables for spreadsheets: CSV whose cells no program takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response

DELIMITER = ";"
"""What a spreadsheet in French splits at: there the comma belongs to numbers."""

SPLITTING = tuple(";,\t\r\n|")
"""Signs at which one spreadsheet or another begins a new cell."""
FORMULA = re.compile(r"(^|[;,\t\r\n|])([ \"']*)(?=[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet would begin to calculate or to call a program (OWASP, CSV injection).

At the start of a cell, and after whatever another spreadsheet may split cells at. The last four
signs are the full-width forms of the first four.
"""


def csv_response(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a table as a file to download; UTF-8 with the mark that spreadsheets need."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    body = "\ufeff" + write_csv(headings, rows)
    return Response(body, headers=headers, content_type="text/csv; charset=utf-8")


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table as CSV (RFC 4180 but for the semicolon), every cell quoted and neutralised."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, delimiter=DELIMITER, lineterminator="\r\n")
    for row in (headings, *rows):
        writer.writerow([neutralise("" if cell is None else str(cell)) for cell in row])
    return written.getvalue()


def neutralise(cell: str) -> str:
    """Return a cell that is read as text however it is split: an apostrophe stops a formula.

    One stands also behind a last sign that splits: elsewhere a cell would begin there with the
    closing quote, and hold the end of the line.
    """
    stopped = FORMULA.sub(r"\1'\2", cell.replace("\r\n", "\n"))
    return f"{stopped}'" if stopped.endswith(SPLITTING) else stopped
