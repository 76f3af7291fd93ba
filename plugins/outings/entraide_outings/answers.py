"""What whoever comes to an outing is asked: how many they are, and what the organiser must know."""

from marshmallow import Schema, validate

from entraide import Answers, catalogue, fields, parties

_ = catalogue(__package__)

MOST_PEOPLE = 10
"""More than a large family: groups come through their association."""


class PartySchema(Schema):
    """A family that comes along; read by whoever organises the outing."""

    places = parties(
        fields.Integer(required=True, validate=validate.Range(1, MOST_PEOPLE)),
        label=_("How many are you?"),
        hint=_("You and your children."),
    )
    ages = parties(
        fields.String(validate=validate.Length(max=100)),
        label=_("Ages of your children"),
        hint=_("For example: 3 and 7 years."),
        category="child",
        purpose="plan the outing for those who come",
    )
    to_know = parties(
        fields.String(validate=validate.Length(max=300)),
        label=_("Anything to know?"),
        hint=_("For example: a pushchair, an allergy."),
        category="health",
        purpose="plan the outing for those who come",
    )


ANSWERS = Answers(
    admission="automatic",
    schema=PartySchema,
    counts="person",
    waiting_list=True,
    occurrences="each",
)
