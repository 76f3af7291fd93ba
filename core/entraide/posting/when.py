"""Step 2: when it takes place, and until when it is true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from entraide import clock, fields
from entraide.fields import public
from entraide.gazetteer.territories import gazetteer
from entraide.i18n import Text, catalogue, day_in_words, hour_in
from entraide.kinds import Kind
from entraide.posting.asking import Asked, PostingStep, Sent, field_of
from entraide.posting.drafts import Draft
from entraide.schedules.from_answers import bounds_of, build_schedule, first_day
from entraide.schedules.holidays import next_holidays
from entraide.schedules.words import WEEKDAYS
from entraide.web import forms
from entraide.web.forms import Form

_ = catalogue("entraide")

USUAL, LONGEST = timedelta(days=90), timedelta(days=365)
"""How long a text stays true without being confirmed: what we propose, and the most."""

MODES: tuple[tuple[str, Text], ...] = (
    ("any", _("Any time")),
    ("wednesday", _("On Wednesdays")),
    ("evening", _("In the evening")),
    ("weekend", _("At the week-end")),
    ("holidays", _("In the school holidays")),
    ("weekly", _("Every week, on days I choose")),
    ("date", _("On one day")),
)
HOURS = [f"{hour:02}:{minute:02}" for hour in range(6, 23) for minute in (0, 30)]
WHOLE_DAY = "480"
"""The one length that needs no hour to begin."""
LENGTHS: tuple[tuple[str, Text], ...] = (
    ("30", _("30 minutes")),
    ("60", _("1 hour")),
    ("90", _("1 hour 30")),
    ("120", _("2 hours")),
    ("180", _("3 hours")),
    ("240", _("4 hours")),
    (WHOLE_DAY, _("The whole day")),
)
SHOWN_UNTIL: dict[str, Text] = {
    "offer": _("Until when do we show your offer?"),
    "request": _("Until when do we show your request?"),
}
CHOICE = _("Please choose one of the answers.")
HOUR_OVER = _("This hour has passed. Please choose a later one.")
USUAL_HOURS_OVER = _(
    "Without a time we write: from 9:00 to 18:00. That has passed today. Please choose a time, or "
    "another day."
)


class WhenSchema(Schema):
    """The answers; which of them count depends on `mode`, and the page shows only those."""

    mode = public(fields.String(), label=_("When?"), choices=MODES)
    day = public(fields.Date(), label=_("Which day?"), hint=_("For one day only."))
    days = public(
        fields.List(fields.String()),
        label=_("Which days of the week?"),
        choices=WEEKDAYS,
        hint=_("If you choose the days yourself."),
    )
    start = public(
        fields.String(),
        label=_("From what time?"),
        choices=[(hour, hour) for hour in HOURS],
        hint=_("Without a time we write: from 9:00 to 18:00."),
        unset=_("Without a time"),
    )
    minutes = public(fields.String(), label=_("For how long?"), choices=LENGTHS)
    verify_by = public(
        fields.Date(),
        label=SHOWN_UNTIL["offer"],
        hint=_("Then it disappears. One year at most."),
    )


SCHEMA = WhenSchema()
DETAILS = ("days", "day", "start", "minutes")
"""The fields that only some answers need."""

COUNTING = {
    "weekly": ("days", "start", "minutes", "verify_by"),
    "date": ("day", "start", "minutes"),
}
"""The fields that count, and that the page shows, for an answer; for others only `verify_by`."""


def build(asked: Asked) -> Form:
    """Return the form, with 3 months as the time for which it is true."""
    proposed = (clock.today() + USUAL).isoformat()
    return _fit(asked, forms.build(SCHEMA, {"verify_by": proposed, **asked.draft.get("when", {})}))


def read(asked: Asked, sent: Sent) -> tuple[Form, Draft]:
    """Note the answers that count."""
    form = _fit(asked, forms.read(SCHEMA, _shown(sent)))
    if not form.is_valid:
        return form, asked.draft
    values = form.values
    modes = _modes_of(asked.kind)
    values["mode"] = modes[0] if len(modes) == 1 else _mode_of(values)
    if asked.kind.schedule != "none":
        # The page shows the fields of the answer that is chosen, and their mistakes with them.
        field_of(form, "mode").value = values["mode"]
    _check_choices(form)
    _check_days(asked, form)
    _check_hours(form)
    _check_verify_by(asked, form)
    return form, {**asked.draft, "when": _answers_of(values)} if form.is_valid else asked.draft


def is_done(asked: Asked) -> bool:
    """Return whether the answers are there, fit the kind and lie ahead."""
    answers = asked.draft.get("when")
    if answers is None:
        return False
    if asked.kind.schedule != "none" and answers["mode"] not in _modes_of(asked.kind):
        return False
    today = clock.today().isoformat()
    lies_ahead = answers["verify_by"] >= today and answers.get("day", today) >= today
    return bool(lies_ahead and not _is_over(answers))


def holidays_are_known(draft: Draft) -> bool:
    """Return whether the school holidays, when they were chosen, are known at the draft's place."""
    code = draft.get("where", {}).get("code")
    place = gazetteer().place(code) if code else None
    if draft.get("when", {}).get("mode") != "holidays" or place is None:
        return True
    return next_holidays(place.department, clock.today()) is not None


def begins_too_late(draft: Draft) -> date | None:
    """Return when something begins that nobody is shown any more by then; None when all is well.

    School holidays are known once the place is, a step after the day was given.
    """
    answers = draft.get("when", {})
    first = _first_day(draft, answers) if answers.get("mode") == "holidays" else None
    return first if first and first.isoformat() > answers["verify_by"] else None


def _fit(asked: Asked, form: Form) -> Form:
    schedule = asked.kind.schedule
    mode = field_of(form, "mode")
    modes = _modes_of(asked.kind)
    mode.choices = [choice for choice in mode.choices if choice[0] in modes]
    mode.is_required = "any" not in modes
    if len(modes) == 1:
        mode.value = mode.choices[0][0]
    hidden = ("mode", *DETAILS) if schedule == "none" else ()
    form.fields = [field for field in form.fields if field.name not in hidden]
    for field in form.fields:
        if field.name == "verify_by":
            own = asked.kind.question("show_until", asked.side)
            field.label = own or SHOWN_UNTIL[asked.side]
        elif field.name == "start":
            field.choices = [(hour, hour_in(time.fromisoformat(hour))) for hour in HOURS]
        # Each is shown beside the one answer that needs it.
        field.is_required = field.is_required or field.name in ("days", "day")
    return form


def _modes_of(kind: Kind) -> tuple[str, ...]:
    """Return the answers that a kind takes: all that it does not rule out."""
    if kind.schedule == "none":
        return ("any",)
    known: tuple[str, ...] = kind.schedule_modes or tuple(name for name, _label in MODES)
    return tuple(name for name in known if name != "any" or kind.schedule != "required")


def _shown(sent: Sent) -> Sent:
    """Return what was sent without the fields that the page does not show for the answer."""
    mode = sent.get("mode")
    if not mode:
        return sent
    shown = ("mode", *COUNTING.get(mode, ("verify_by",)))
    return MultiDict([pair for pair in sent.items(multi=True) if pair[0] in shown])


def _mode_of(values: Mapping[str, Any]) -> str:
    # Whoever fills in a day without choosing "on one day" means that day.
    guessed = "date" if values.get("day") else "weekly" if values.get("days") else "any"
    return str(values.get("mode") or guessed)


def _check_choices(form: Form) -> None:
    for field in form.fields:
        given = form.values.get(field.name) or []
        known = {value for value, _label in field.choices}
        if field.choices and not set([given] if isinstance(given, str) else given) <= known:
            field.errors.append(CHOICE)


def _check_days(asked: Asked, form: Form) -> None:
    values, today = form.values, clock.today()
    if values["mode"] == "weekly" and not values.get("days"):
        form.add_error("days", _("Please choose one day or more."))
    if values["mode"] == "date":
        day: date | None = values.get("day")
        if day is None:
            form.add_error("day", _("Please give the day."))
        elif not today <= day <= today + LONGEST:
            form.add_error("day", _("Please give a day to come, in one year at most."))
        elif form.is_valid and _is_over(_answers_of(values)):
            form.add_error("start", HOUR_OVER if values.get("start") else USUAL_HOURS_OVER)
    if not holidays_are_known({**asked.draft, "when": values}):
        form.add_error(
            "mode", _("We do not know the school holidays of your place. Please choose days.")
        )


def _check_hours(form: Form) -> None:
    """Ask for the hour that a length begins at: we would leave the length out without a word."""
    values = form.values
    is_short = values.get("minutes") in dict(LENGTHS) and values["minutes"] != WHOLE_DAY
    if is_short and "minutes" in COUNTING.get(values["mode"], ()) and not values.get("start"):
        form.add_error("start", _("Please choose a time, or “The whole day”."))


def _check_verify_by(asked: Asked, form: Form) -> None:
    today = clock.today()
    values = form.values
    values.setdefault("verify_by", today + USUAL)
    if values["mode"] == "date" and values.get("day"):
        # What takes place on one day is true until that day.
        values["verify_by"] = values["day"]
    elif not today <= values["verify_by"] <= today + LONGEST:
        form.add_error("verify_by", _("Please give a day to come, in one year at most."))
    elif (
        form.is_valid and (first := _first_day(asked.draft, values)) and first > values["verify_by"]
    ):
        day = day_in_words(first)
        form.add_error(
            "verify_by", _("The first time is %(day)s. Choose this day or a later one.", day=day)
        )


def _is_over(answers: Mapping[str, Any]) -> bool:
    """Return whether the hour of what takes place on one day has passed."""
    if answers["mode"] != "date" or not answers.get("day"):
        return False
    # Without an hour it is the whole day, which is over when it ends.
    starts, ends = bounds_of(answers)
    return (starts if answers.get("start") else ends) <= clock.now()


def _first_day(draft: Draft, values: Mapping[str, Any]) -> date | None:
    """Return when something takes place for the first time, None for any time."""
    code = draft.get("where", {}).get("code")
    place = gazetteer().place(code) if code else None
    schedule = build_schedule(
        _answers_of(values), today=clock.today(), department=place.department if place else ""
    )
    return first_day(schedule, clock.now()) if schedule else None


def _answers_of(values: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("mode", "verify_by", *COUNTING.get(values["mode"], ()))
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if name in kept and value
    }


STEP = PostingStep("when", build, read, is_done)
