"""Step 4: the words, the limits and what the kind itself asks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, validate
from werkzeug.datastructures import MultiDict

from entraide import fields
from entraide.directory.payloads.public_texts import is_checked, mistakes_in
from entraide.directory.payloads.values import dump_payload, schema_for
from entraide.fields import public
from entraide.i18n import Text, catalogue
from entraide.posting.asking import Asked, PostingStep, Sent
from entraide.posting.drafts import Draft
from entraide.posting.sections import section_of
from entraide.web import forms
from entraide.web.forms import Form, FormField

_ = catalogue("entraide")

PREFIX = "details-"
"""Before the names of the kind's own fields, which may be called like ours."""

MOST_PLACES = 1000


PLACES: dict[bool, Text] = {
    True: _("How many places are there?"),
    False: _("How many can you help?"),
}
"""What is asked about places, by whether something takes place."""


class WhoSchema(Schema):
    """The words and limits that every kind has."""

    title = public(
        fields.String(
            required=True,
            validate=validate.Length(1, 150),
        ),
        label=_("Title"),
        missing=_("Please write a title."),
        hint=_("One short sentence. No name, no phone, no address."),
    )
    summary = public(
        fields.String(validate=validate.Length(0, 2000)),
        label=_("More about it"),
        hint=_("No name, no phone, no address."),
    )
    places = public(
        fields.Integer(
            validate=validate.Range(
                1, MOST_PLACES, error=_("Please write a whole number from 1 to 1000.").source
            )
        ),
        label=PLACES[False],
    )


SCHEMA = WhoSchema()


def build(asked: Asked) -> Form:
    """Return the form: the title, what the kind asks, then limits."""
    answers = asked.draft.get("who", {})
    common = forms.build(SCHEMA, answers)
    details = forms.build(_schema_of(asked), answers.get("details"))
    return _fit(asked, common, details, answers.get("organisation", _proposed(asked)))


def read(asked: Asked, sent: Sent) -> tuple[Form, Draft]:
    """Note the answers; the kind's own go through its schema."""
    common, details = forms.read(SCHEMA, sent), forms.read(_schema_of(asked), _own_answers(sent))
    form = _fit(asked, common, details, sent.get("organisation"))
    _check_organisation(asked, form, sent.get("organisation"))
    _check_contact_details(asked, form)
    if not form.is_valid:
        return form, asked.draft
    answers = {
        "title": common.values["title"],
        "summary": common.values.get("summary", ""),
        "places": common.values.get("places") if _has_places(asked) else None,
        "organisation": sent.get("organisation", "") if asked.organisations else "",
        "details": dump_payload(_schema_of(asked), details.values),
    }
    return form, {**asked.draft, "who": answers}


def _own_answers(sent: Sent) -> Sent:
    """Return what was sent for the fields of the kind, under the names that its schema has."""
    return MultiDict(
        (name.removeprefix(PREFIX), value)
        for name, value in sent.items(multi=True)
        if name.startswith(PREFIX)
    )


def is_done(asked: Asked) -> bool:
    """Return whether the words are there and the kind's schema takes its answers."""
    return bool(asked.draft.get("who", {}).get("title")) and load_details(asked) is not None


def load_details(asked: Asked) -> dict[str, Any] | None:
    """Return the kind's answers as its schema loads them, None when it refuses them."""
    try:
        return dict(_schema_of(asked).load(asked.draft["who"]["details"]))
    except ValidationError:
        return None


def organisation_of(asked: Asked) -> UUID | None:
    """Return the organisation for which the draft speaks, None for the person themselves."""
    chosen = asked.draft["who"]["organisation"]
    return UUID(chosen) if chosen in dict(asked.organisations) else None


def _proposed(asked: Asked) -> str | None:
    """Return for whom they speak unless they say otherwise; None when only they can tell."""
    only = asked.organisations[0][0] if len(asked.organisations) == 1 else None
    return asked.draft.get("organisation") or only


def _schema_of(asked: Asked) -> Schema:
    return schema_for(asked.kind.schema, asked.side)


def _has_places(asked: Asked) -> bool:
    return asked.side == "offer" and asked.kind.has_places


def _fit(asked: Asked, common: Form, details: Form, organisation: str | None) -> Form:
    for field in details.fields:
        field.name = PREFIX + field.name
    title, summary, places = common.fields
    places.label = PLACES[asked.is_happening]
    shown = [title, *details.fields, summary, *([places] if _has_places(asked) else [])]
    if asked.organisations:
        shown.append(_organisation_field(asked, organisation))
    for field in shown:
        is_own = field.name.startswith(PREFIX)
        field.section = section_of(asked, field.name.removeprefix(PREFIX) if is_own else "")
    return Form(shown)


def _check_organisation(asked: Asked, form: Form, chosen: str | None) -> None:
    if asked.organisations and chosen not in ("", *dict(asked.organisations)):
        form.add_error("organisation", _("Please choose one of the answers."))


def _check_contact_details(asked: Asked, form: Form) -> None:
    """Point out, beside its field, what the service would refuse when the draft is sent."""
    for field in form.fields:
        is_own = field.name in ("title", "summary")
        if is_own or is_checked(asked.kind, field.name.removeprefix(PREFIX)):
            field.errors += mistakes_in(field.value)


def _organisation_field(asked: Asked, chosen: str | None) -> FormField:
    choices: list[tuple[str, Text]] = [*asked.organisations, ("", _("In my own name"))]
    return FormField(
        "organisation",
        _("In whose name?"),
        "choice",
        value=chosen,
        choices=choices,
        is_required=True,
    )


STEP = PostingStep("who", build, read, is_done)
