"""Step 3: in which commune."""

from __future__ import annotations

from marshmallow import Schema, validate

from entraide import fields, runtime
from entraide.directory.finding.form import suggested_places
from entraide.fields import public
from entraide.gazetteer import meanings, territories
from entraide.gazetteer.communes import Place
from entraide.gazetteer.meanings import Meaning
from entraide.i18n import Text, catalogue, day_in_words
from entraide.posting.asking import Asked, PostingStep, Sent, field_of
from entraide.posting.drafts import Draft
from entraide.posting.outside import PlaceForm, describe_outside
from entraide.posting.when import begins_too_late, holidays_are_known
from entraide.web import forms
from entraide.web.communes import ask_which, choose, label_of, picked_for
from entraide.web.forms import Form

_ = catalogue("entraide")


class WhereSchema(Schema):
    """The commune in words: its name, its postal code, or both."""

    commune = public(
        fields.String(
            required=True,
            validate=validate.Length(1, 100),
        ),
        label=_("Which commune?"),
        hint=_("Write its name or its postal code. Never write an address."),
        kind="commune",
    )


SCHEMA = WhereSchema()


def build(asked: Asked) -> Form:
    """Return the form."""
    return _fit(forms.build(SCHEMA, asked.draft.get("where")))


def read(asked: Asked, sent: Sent) -> tuple[Form, Draft]:
    """Note the commune; ask which one is meant, and say so when it is not near this site."""
    form = _fit(forms.read(SCHEMA, sent))
    if not form.is_valid:
        return form, asked.draft
    words = form.values["commune"]
    meaning = _meaning(words, asked.draft)
    place = choose(meaning, picked_for(words, sent, "commune"))
    if place is None:
        ask_which(field_of(form, "commune"), meaning)
        return form, asked.draft
    draft = {**asked.draft, "where": {"commune": label_of(place), "code": place.code}}
    if problem := _holiday_problem(draft):
        form.add_error("commune", problem)
        return form, asked.draft
    return _look_outside(asked, sent, place, form, draft)


def _holiday_problem(draft: Draft) -> Text | None:
    """Return why the school holidays chosen before do not fit this place, None when they do."""
    if not holidays_are_known(draft):
        return _(
            "We do not know the school holidays of this place. Please go back and choose days."
        )
    if first := begins_too_late(draft):
        return _(
            "The school holidays begin on %(day)s here. Please go back and "
            "choose that day or a later one.",
            day=day_in_words(first),
        )
    return None


def is_done(asked: Asked) -> bool:
    """Return whether a commune was found."""
    code = asked.draft.get("where", {}).get("code")
    return code is not None and territories.gazetteer().place(code) is not None


def _meaning(words: str, draft: Draft) -> Meaning:
    known = draft.get("where", {})
    place = territories.gazetteer().place(known["code"]) if words == known.get("commune") else None
    meaning = meanings.mean_place(place) if place else meanings.read(words)
    if meaning.area is None:
        return meaning
    ours = territories.gazetteer().places(runtime.current().settings.site.territory)
    inside = [place for place in ours if place.department in meaning.area.departments]
    return Meaning((meaning.area, *inside, *meaning.places))


def _look_outside(
    asked: Asked, sent: Sent, place: Place, form: PlaceForm, draft: Draft
) -> tuple[Form, Draft]:
    """Say that a place is not near this site, once for each place, unless its author agreed."""
    agreed = sent.get("commune_outside") == place.code or (
        asked.draft.get("where", {}).get("agreed") == place.code
    )
    is_refused = asked.side == "request" and runtime.current().settings.site.is_only_local
    if not territories.is_outside(place) or (agreed and not is_refused):
        draft["where"]["agreed"] = place.code if agreed else ""
        return form, draft
    if not meanings.read(form.values["commune"]).is_certain:
        # Whoever picked one of several does not pick again.
        field_of(form, "commune").value = label_of(place)
    form.outside = describe_outside(place, may_go_on=not is_refused)
    return form, asked.draft


def _fit(built: Form) -> PlaceForm:
    form = PlaceForm(built.fields, built.values)
    field = field_of(form, "commune")
    field.suggestions = suggested_places()
    return form


STEP = PostingStep("where", build, read, is_done)
