"""The box on the account page."""

from __future__ import annotations

from collections.abc import Iterator

from entraide import Member, Panel, catalogue, database
from entraide_frozen import service

_ = catalogue(__package__)


def of_member(member: Member) -> Iterator[Panel]:
    """Yield one box with the loans that are not over; none when there are none."""
    loans = service.loans_of(database.session(), member.id)
    if running := [loan for loan in loans if loan.returned_on is None]:
        yield Panel(_("What you have borrowed"), "frozen/panel.html", context={"loans": running})
