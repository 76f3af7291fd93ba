"""What an outing says, and who may read each part: the exact meeting point never leaves."""

from marshmallow import Schema, validate

from entraide import catalogue, fields, parties, public

_ = catalogue(__package__)

AGES = (
    ("0-2", _("0 to 2 years")),
    ("3-5", _("3 to 5 years")),
    ("6-10", _("6 to 10 years")),
    ("11-14", _("11 to 14 years")),
    ("15-17", _("15 to 17 years")),
    ("adults", _("Adults only, without the children")),
)
ACCESS = (
    ("public_transport", _("Public transport")),
    ("pushchair", _("Pushchair")),
    ("wheelchair", _("Wheelchair")),
)
PAYERS = (
    ("families", _("Each family")),
    ("organisation", _("The association")),
    ("shared", _("Half the family, half the association")),
)
ORGANISER = ("offer",)
"""Whoever asks for an outing knows for whom and how to get there; the rest the organiser says."""

DEAREST = 200
"""Euros per family: dearer outings are trips, which have rules of their own."""


class OutingSchema(Schema):
    """The payload: where exactly and with whom is not shown to everyone."""

    ages = public(
        fields.some_of(AGES, required=True),
        label=_("For whom"),
        facet=True,
        missing=_("Please tick at least one age."),
    )
    cost_euros = public(
        fields.Integer(required=True, validate=validate.Range(0, DEAREST)),
        label=_("Price per family"),
        unit="€",
        hint=_("0 when it is free."),
        zero=_("Free"),
        facet=True,
        sides=ORGANISER,
    )
    paid_by = public(
        fields.one_of(PAYERS), label=_("Who pays"), unset=_("I do not know"), sides=ORGANISER
    )
    accessible_by = public(fields.some_of(ACCESS), label=_("Easy to reach with"), facet=True)
    families_at_least = public(
        fields.Integer(validate=validate.Range(2, 100)),
        label=_("Families needed, at least"),
        sides=ORGANISER,
    )
    bring = public(
        fields.String(validate=validate.Length(max=300)),
        label=_("What to bring"),
        sides=ORGANISER,
    )
    weather = public(
        fields.String(validate=validate.Length(max=200)), label=_("If it rains"), sides=ORGANISER
    )
    meeting_point = parties(
        fields.String(validate=validate.Length(max=200)),
        label=_("Exact meeting point"),
        category="location",
        purpose="find each other on the day",
        sides=ORGANISER,
    )
    organiser_phone = parties(
        fields.String(
            validate=validate.Regexp(
                r"\+?[0-9](?:[ .]?[0-9]){5,14}\Z",
                error=_("Please write a phone number, for example 01 99 00 00 00.").source,
            )
        ),
        label=_("Organiser's phone"),
        category="contact",
        purpose="find each other on the day",
        sides=ORGANISER,
    )
