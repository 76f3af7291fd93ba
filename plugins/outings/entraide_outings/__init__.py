"""Outings: parents and children go out together, with their organiser or an association."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from entraide import Badge, Kind, Problem, RemoteOffer, catalogue, hookimpl
from entraide_outings.answers import ANSWERS
from entraide_outings.badges import badges_of
from entraide_outings.checks import is_ahead, problems_of
from entraide_outings.schemas import OutingSchema
from entraide_outings.workflow import GOING_OUT

_ = catalogue(__name__)


@hookimpl
def register_kinds() -> Iterable[Kind]:
    """Declare the kind `outing`: it always has a date."""
    yield Kind(
        "outing",
        _("Outing"),
        OutingSchema,
        GOING_OUT,
        federated=True,
        schedule="required",
        icon="outings",
        answers=ANSWERS,
        plural=_("Outings"),
        summary=_("Go out together. Children come with their parent."),
        synonyms=_(
            "trip, walk, visit, leisure, activity, weekend, holidays, small budget, little money"
        ),
    )


@hookimpl
def problems(subject: Any) -> Iterable[Problem]:
    """Refuse an outing in the past."""
    return problems_of(subject)


@hookimpl
def badges(subjects: Sequence[Any]) -> Iterable[Badge]:
    """Say on the cards of outings that they are full, or nearly."""
    return badges_of(subjects)


@hookimpl
def accept_remote_offer(offer: RemoteOffer) -> bool | None:
    """Keep outings of other sites hidden when they have neither a date to come nor a rule."""
    if offer.kind != "outing":
        return None
    schedule = offer.schedule or {}
    has_date = bool(schedule.get("rrule")) or (bool(schedule.get("starts")) and is_ahead(schedule))
    return None if has_date else False
