"""Sponsorship: a volunteer gives a child of a lone-parent family regular time, for years."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entraide import Actor, Kind, Problem, catalogue, hookimpl
from entraide_sponsorship.checks import may_act, problems_of
from entraide_sponsorship.schemas import SponsorshipSchema

_ = catalogue(__name__)


@hookimpl
def register_kinds() -> Iterable[Kind]:
    """Declare the kind `sponsorship`; only people whom the staff has vetted see its requests."""
    yield Kind(
        "sponsorship",
        _("Sponsorship"),
        SponsorshipSchema,
        federated=True,
        answers=None,
        icon="sponsorship",
        plural=_("Sponsorships"),
        summary=_("A volunteer gives a child regular time. An association stays beside you."),
        synonyms=_(
            "godparent, grandparent, childcare, babysitter, nanny, relief, weekend, holidays"
        ),
        questions={
            "where": {"request": _("Where does the child live?")},
            "places": _("How many children can you sponsor?"),
        },
    )


@hookimpl
def problems(subject: Any) -> Iterable[Problem]:
    """Refuse a sponsorship offer without an association."""
    return problems_of(subject)


@hookimpl
def may(member: Actor | None, action: str, subject: Any) -> bool | None:
    """Let only coordinators answer a request for a sponsor."""
    return may_act(member, action, subject)
