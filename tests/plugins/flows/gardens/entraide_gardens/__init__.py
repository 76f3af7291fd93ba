"""Gardens that associations open: fields of every sort, rows of the core, boxes, thanks."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from entraide import (
    API_VERSION,
    Health,
    JournalAction,
    Kind,
    MailCategory,
    Panel,
    Rule,
    catalogue,
    hookimpl,
)
from entraide.events import Event, HelpRequestMatched, OfferAnswerChanged
from entraide.pages import DASHBOARD
from entraide_gardens import views
from entraide_gardens.happenings import tell_agreed, tell_place
from entraide_gardens.schemas import GardenSchema

_ = catalogue(__name__)


@hookimpl
def register_kinds() -> Iterable[Kind]:
    """Declare the kind `garden`."""
    yield Kind("garden", _("Garden"), GardenSchema, federated=True, plural=_("Gardens"))


@hookimpl
def register_rules() -> Iterable[Rule]:
    """Let members thank an association."""
    yield Rule("gardens.thank")


@hookimpl
def register_labels() -> Iterable[MailCategory | JournalAction]:
    """Name the mail, and the thanks in the journal."""
    yield MailCategory("gardens.agreed", _("you have agreed on a garden with somebody"))
    yield JournalAction("gardens.thank", _("Somebody thanked for a garden."))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the page of all gardens."""
    yield views.blueprint


@hookimpl
def panels(subject: object) -> Iterable[Panel]:
    """Show those who look after offers the way to all gardens."""
    if subject == DASHBOARD:
        yield Panel(_("Gardens"), "gardens/panel.html")


@hookimpl
def on_event(event: Event, key: str) -> None:
    """Write to whoever asked for a garden or a place in one, once both sides agreed."""
    if isinstance(event, HelpRequestMatched):
        tell_agreed(event, key)
    elif isinstance(event, OfferAnswerChanged):
        tell_place(event, key)


@hookimpl
def health() -> Iterable[Health]:
    """Say for whoever reports a fault with which hook API this runs."""
    yield Health("gardens", f"runs with hook API {API_VERSION}", is_wrong=False)
