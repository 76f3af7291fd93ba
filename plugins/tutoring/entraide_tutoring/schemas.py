"""What an offer or a request of tutoring says, and who may read each part."""

from marshmallow import Schema, validate

from entraide import catalogue, fields, parties, public

_ = catalogue(__package__)

LEVELS = (
    ("cp", "CP"),
    ("ce1", "CE1"),
    ("ce2", "CE2"),
    ("cm1", "CM1"),
    ("cm2", "CM2"),
    ("6e", "6e"),
    ("5e", "5e"),
    ("4e", "4e"),
    ("3e", "3e"),
    ("2de", "2de"),
    ("1re", "1re"),
    ("tle", "Tle"),
)
"""School years keep their French names in every language."""
SUBJECTS = (
    ("reading", _("Reading")),
    ("french", _("French")),
    ("mathematics", _("Mathematics")),
    ("english", _("English")),
    ("languages", _("Other languages")),
    ("sciences", _("Sciences")),
    ("history", _("History and geography")),
    ("method", _("Getting organised")),
    ("all", _("All homework")),
)
PLACES = (
    ("home", _("At the pupil's home")),
    ("library", _("In a library or a social centre")),
    ("remote", _("Remotely")),
)


class TutoringSchema(Schema):
    """The payload: no name, no birthday and no marks of a pupil."""

    levels = public(
        fields.some_of(LEVELS, required=True),
        label=_("School years"),
        facet=True,
        missing=_("Please tick at least one school year."),
    )
    subjects = public(
        fields.some_of(SUBJECTS, required=True),
        label=_("Subjects"),
        facet=True,
        missing=_("Please tick at least one subject."),
    )
    place = public(
        fields.one_of(PLACES, required=True),
        label=_("Where it takes place"),
        hint=_("Remote sessions are never recorded."),
        facet=True,
    )
    in_group = public(fields.Boolean(), label=_("In a small group"), facet=True)
    language = fields.members(
        fields.String(validate=validate.Length(max=60)),
        label=_("Language spoken besides French"),
    )
    goals = parties(
        fields.String(validate=validate.Length(max=400)),
        label=_("Goals"),
        hint=_("Three at most. No marks, no school reports."),
        category="child",
        purpose="follow the pupil's own goals",
    )
