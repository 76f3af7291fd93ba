"""Tables for spreadsheets: CSV whose cells no program takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

TRIGGERS = tuple("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")
"""What makes a spreadsheet calculate or call a program (OWASP, CSV injection).

The last four are the full-width forms of the first four.
"""


def csv_response(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a table as a file to download; UTF-8 with the mark that spreadsheets need."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    body = "\ufeff" + write_csv(headings, rows)
    return Response(body, headers=headers, content_type="text/csv; charset=utf-8")


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table as CSV (RFC 4180), every cell quoted and neutralised."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in (headings, *rows):
        writer.writerow([neutralise("" if cell is None else str(cell)) for cell in row])
    return written.getvalue()


def neutralise(cell: str) -> str:
    """Return a cell that is read as text: a leading apostrophe stops formulas (check S07)."""
    return f"'{cell}" if cell.lstrip(" ").startswith(TRIGGERS) else cell
