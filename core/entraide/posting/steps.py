"""The five steps in their order: which one is next, and what a complete draft says."""

from __future__ import annotations

from datetime import date

from entraide import clock
from entraide.directory.offers.schemas import OfferInput
from entraide.gazetteer import territories
from entraide.i18n import Text, catalogue
from entraide.posting import what, when, where, who
from entraide.posting.asking import Asked, PostingStep
from entraide.posting.drafts import typed_in
from entraide.schedules import from_answers
from entraide.schedules.deadlines import earliest
from entraide.schedules.from_answers import Schedule
from entraide.web.forms import Form

_ = catalogue("entraide")

REVIEW = "review"
STEPS: dict[str, PostingStep] = {
    step.name: step for step in (what.STEP, when.STEP, where.STEP, who.STEP)
}
ORDER = (*STEPS, REVIEW)
LABELS: tuple[Text, ...] = (_("What"), _("When"), _("Where"), _("Details"), _("Send"))
HOLDS = {"kind": "what", "schedule": "when", "verify_by": "when", "territory": "where"}
"""Which step holds what a service may refuse; everything else is in the step of words."""

FIELDS = {"schedule": "mode", "territory": "commune"}
"""What a field of the form is called where a service calls it otherwise."""


def field_address(name: str) -> str:
    """Return the step and the field in which one mends what a service refused."""
    own = (*who.OFFER_WORDS[True].fields, "organisation", *HOLDS)
    field = FIELDS.get(name, name) if name in own else f"{who.PREFIX}{name}"
    return f"{HOLDS.get(name, 'who')}#field-{field}" if name else "who"


def first_incomplete(asked: Asked) -> str:
    """Return the first step that lacks an answer or was left unfinished; else the review."""
    unfinished = asked.draft.get("typed", {})
    return next(
        (name for name, step in STEPS.items() if name in unfinished or not step.is_done(asked)),
        REVIEW,
    )


def form_of(asked: Asked, name: str) -> Form:
    """Return the form of a step, with what was left unfinished in it and no complaint about it."""
    typed = typed_in(asked.draft, name)
    if typed is None:
        return STEPS[name].build(asked)
    form, _draft = STEPS[name].read(asked, typed)
    for field in form.fields:
        field.errors = []
    return form


def next_step(name: str) -> str:
    """Return the step after `name`."""
    return ORDER[ORDER.index(name) + 1]


def step_before(name: str) -> str:
    """Return the step before `name`, empty for the first."""
    return ORDER[ORDER.index(name) - 1] if name != ORDER[0] else ""


def schedule_of(asked: Asked) -> Schedule | None:
    """Return the schedule of a complete draft, None for any time."""
    place = territories.gazetteer().place(asked.draft["where"]["code"])
    return from_answers.build_schedule(
        asked.draft["when"] if asked.kind.schedule != "none" else {},
        today=clock.today(),
        department=place.department if place else "",
    )


def last_day_of(asked: Asked) -> date:
    """Return the last day of a complete draft: the one given, or that of what it proposes."""
    given = date.fromisoformat(asked.draft["when"]["verify_by"])
    return earliest(given, schedule_of(asked))


def submission_of(asked: Asked) -> OfferInput:
    """Return a complete draft as its side takes it."""
    return OfferInput(
        kind=asked.kind.name,
        territory=[asked.draft["where"]["code"]],
        schedule=schedule_of(asked),
        verify_by=last_day_of(asked),
        payload=who.load_details(asked) or {},
        organisation_id=who.organisation_of(asked),
        **(who.load_words(asked) or {}),
    )
