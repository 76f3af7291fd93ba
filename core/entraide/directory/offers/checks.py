"""Rules for the single values of an offer: last days, territories, kinds, texts."""

from __future__ import annotations

from datetime import date, timedelta

from marshmallow import ValidationError

from entraide import clock, runtime, text
from entraide.errors import BadInput, BadText
from entraide.gazetteer import territories

MAX_TERRITORY = 20
LONGEST = timedelta(days=731)
"""An offer is confirmed again at the latest after two years."""


def clean_text(value: str, *, single_line: bool) -> str:
    """Apply the text policy; ValidationError says what to take out."""
    try:
        return text.clean(value, single_line=single_line)
    except BadText as error:
        raise ValidationError(str(error.detail)) from error


def check_kind(name: str) -> None:
    """Refuse a kind that no plugin of this site declares."""
    known = runtime.current().kinds
    if name not in known:
        raise ValidationError(f"One of: {', '.join(sorted(known))}.")


def check_territory(codes: list[str]) -> None:
    """Refuse unknown codes, codes given twice, none and more than twenty."""
    if not 1 <= len(codes) <= MAX_TERRITORY:
        raise ValidationError(f"Give 1 to {MAX_TERRITORY} INSEE codes of communes.")
    if len(set(codes)) != len(codes):
        raise ValidationError("A code is given twice.")
    try:
        territories.check_codes(codes)
    except BadInput as error:
        raise ValidationError(str(error)) from error


def check_last_day(day: date) -> None:
    """Refuse a day that has passed and one more than two years ahead."""
    today = clock.today()
    if not today <= day <= today + LONGEST:
        raise ValidationError(f"Choose a day from {today} to {today + LONGEST}.")
