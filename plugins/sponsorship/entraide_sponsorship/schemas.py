"""What an offer or a request of sponsorship says, and who may read each part."""

from marshmallow import Schema, ValidationError, validate

from entraide import catalogue, clock, fields, parties, public, staff

_ = catalogue(__package__)

AGES = (
    ("0-2", _("0 to 2 years")),
    ("3-5", _("3 to 5 years")),
    ("6-10", _("6 to 10 years")),
    ("11-14", _("11 to 14 years")),
    ("15-17", _("15 to 17 years")),
    ("18-21", _("18 to 21 years")),
)
RHYTHMS = (
    ("weekly", _("Every week")),
    ("fortnightly", _("Every two weeks")),
    ("monthly", _("Once a month")),
    ("holidays", _("During school holidays")),
    ("occasional", _("Now and then")),
)
FARTHEST_KM = 50
"""Beyond this distance sponsorships do not last, says the practice of Grands-Parrains."""
OLDEST = 21
"""A young person may be sponsored up to this age (D.221-27 CASF)."""
MATCHING = "find a sponsor who suits the child"


def _check_birth_year(year: int) -> None:
    this_year = clock.today().year
    if not this_year - OLDEST <= year <= this_year:
        words = _(
            "Please write a year of birth from %(first)s to %(last)s, in four digits.",
            first=this_year - OLDEST,
            last=this_year,
        )
        raise ValidationError(str(words))


class SponsorshipSchema(Schema):
    """The payload: what is wished is public, the child and the home are not."""

    ages = public(
        fields.some_of(AGES, required=True),
        label=_("Ages of the children"),
        facet=True,
        missing=_("Please tick at least one age."),
    )
    rhythm = public(fields.one_of(RHYTHMS, required=True), label=_("How often"), facet=True)
    distance_km = public(
        fields.Integer(validate=validate.Range(1, FARTHEST_KM)),
        label=_("Distance at most"),
        unit="km",
        hint=_("50 at most: farther away it does not last."),
        facet="at_least",
    )
    overnight = public(fields.Boolean(), label=_("The child may stay overnight"), facet=True)
    languages = fields.members(
        fields.String(validate=validate.Length(max=100)), label=_("Languages spoken")
    )
    interests = fields.members(
        fields.String(validate=validate.Length(max=300)), label=_("Likes and interests")
    )
    home = staff(
        fields.String(validate=validate.Length(max=200)),
        label=_("At home: animals, tobacco"),
        category="family",
    )
    child_initials = parties(
        fields.String(
            validate=validate.Regexp(
                r"[^\W\d_]\.?(?:[ -]?[^\W\d_]\.?){0,3}\Z",
                error=_("Please write initials only, for example L. M.").source,
            )
        ),
        label=_("Initials of the child"),
        hint=_("Initials only, for example L. M."),
        category="child",
        purpose=MATCHING,
        sides=("request",),
    )
    child_birth_year = parties(
        fields.Integer(validate=_check_birth_year),
        label=_("Year of birth of the child"),
        category="child",
        purpose=MATCHING,
        sides=("request",),
    )
    allergies = parties(
        fields.String(validate=validate.Length(max=200)),
        label=_("Allergies"),
        category="health",
        purpose="the child's safety",
        sides=("request",),
    )
