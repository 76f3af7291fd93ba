"""What is particular to sponsorship: an association always stands between the two sides."""

from __future__ import annotations

from typing import Any

from entraide import Actor, HelpRequest, Offer, Problem, catalogue, coordinates_any

_ = catalogue(__package__)


def problems_of(subject: Any) -> list[Problem]:
    """Return why a sponsorship offer cannot be saved: nobody offers one alone."""
    is_alone = (
        isinstance(subject, Offer)
        and subject.kind == "sponsorship"
        and (subject.organisation is None)
    )
    if not is_alone:
        return []
    return [Problem(_("A sponsorship goes through an association. Choose yours."), "organisation")]


def may_act(member: Actor | None, action: str, subject: Any) -> bool | None:
    """Refuse answers to a sponsorship request from anyone but coordinators.

    The association studies and proposes the match (charte nationale du parrainage, arrêté of
    13 January 2025); a volunteer never writes to a family by themselves.
    """
    is_answer = action == "help_requests.answer" and isinstance(subject, HelpRequest)
    if not is_answer or subject.kind != "sponsorship" or member is None:
        return None
    return None if coordinates_any(member) else False
