"""Step 4: the words, the limits and what the kind itself asks."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from marshmallow import Schema, ValidationError
from marshmallow.fields import Field
from werkzeug.datastructures import MultiDict

from entraide.directory.offers.schemas import TEXTS, OfferWords
from entraide.directory.payloads.public_texts import is_checked, mistakes_in
from entraide.directory.payloads.values import dump_payload, schema_for, value_in_words
from entraide.i18n import Text, catalogue
from entraide.kind_rules import Question
from entraide.posting.asking import Asked, PostingStep, Sent
from entraide.posting.drafts import Draft
from entraide.posting.sections import section_of
from entraide.web import forms
from entraide.web.forms import Form, FormField

_ = catalogue("entraide")

PREFIX = "details-"
"""Before the names of the kind's own fields, which may be called like ours."""

HAPPENING: dict[str, Text] = {"places": _("How many places are there?")}
"""What is asked instead about an offer that has a date of its own, like an outing."""

OFFER_WORDS = {True: OfferWords(), False: OfferWords(exclude=("places",))}
"""What is asked about every offer, by whether its kind has seats."""

REQUEST_WORDS = OfferWords(only=("title", "summary"))
"""What of it is asked about a request too."""


def build(asked: Asked) -> Form:
    """Return the form: the title, what the kind asks, then limits."""
    answers = asked.draft.get("who", {})
    common = forms.build(_words_of(asked), answers)
    details = forms.build(_schema_of(asked), answers.get("details"))
    return _fit(asked, common, details, answers.get("organisation", _proposed(asked)))


def read(asked: Asked, sent: Sent) -> tuple[Form, Draft]:
    """Note the answers; the kind's own go through its schema."""
    words = _words_of(asked)
    common, details = forms.read(words, sent), forms.read(_schema_of(asked), _own_answers(sent))
    form = _fit(asked, common, details, sent.get("organisation"))
    _check_organisation(asked, form, sent.get("organisation"))
    _check_contact_details(asked, form)
    if not form.is_valid:
        return form, asked.draft
    answers = {
        **dump_payload(words, common.values),
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
    """Return whether the words are there and the schemas take all answers."""
    return load_words(asked) is not None and load_details(asked) is not None


def load_words(asked: Asked) -> dict[str, Any] | None:
    """Return what every kind asks as `OfferInput` takes it, None when the schema refuses it."""
    answers = asked.draft.get("who", {})
    schema = _words_of(asked)
    try:
        return dict(schema.load({name: answers[name] for name in schema.fields.keys() & answers}))
    except ValidationError:
        return None


def load_details(asked: Asked) -> dict[str, Any] | None:
    """Return the kind's answers as its schema loads them, None when it refuses them."""
    try:
        return dict(_schema_of(asked).load(asked.draft["who"]["details"]))
    except ValidationError:
        return None


def labelled_words(asked: Asked) -> dict[str, tuple[str, str]]:
    """Return by name what every kind asks and what a complete draft answers, in words."""
    answers = asked.draft["who"]
    return {
        name: (
            str(_label_of(asked, field)),
            "" if answers.get(name) is None else value_in_words(field, answers[name]),
        )
        for name, field in _words_of(asked).fields.items()
    }


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


def _words_of(asked: Asked) -> Schema:
    return REQUEST_WORDS if asked.side == "request" else OFFER_WORDS[asked.kind.has_seats]


def _label_of(asked: Asked, field: Field[Any]) -> Text:
    label: Text = field.metadata["label"]
    name = str(field.name)
    own = asked.kind.question(cast("Question", name), asked.side)
    return own or (HAPPENING.get(name, label) if asked.is_happening else label)


def _fit(asked: Asked, common: Form, details: Form, organisation: str | None) -> Form:
    for field in details.fields:
        field.name = PREFIX + field.name
    for field in common.fields:
        field.label = _label_of(asked, _words_of(asked).fields[field.name])
    title, *words = common.fields
    shown = [title, *details.fields, *words]
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
        if field.name in TEXTS or is_checked(asked.kind, field.name.removeprefix(PREFIX)):
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
