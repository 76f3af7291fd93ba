"""Step 3: in which commune."""

from __future__ import annotations

from marshmallow import Schema, validate

from entraide import fields
from entraide.directory import places
from entraide.directory.gazetteer import Place, fold_name
from entraide.directory.posting.asking import Asked, Sent, Step, field_of
from entraide.directory.posting.drafts import Draft
from entraide.directory.posting.when import holidays_are_known
from entraide.fields import public
from entraide.i18n import catalogue
from entraide.web import forms
from entraide.web.forms import Form

_ = catalogue("entraide")


class WhereSchema(Schema):
    """The commune in words: its name, its postal code, or both."""

    commune = public(
        fields.String(
            required=True,
            validate=validate.Length(1, 100, error=_("Please write 100 signs at most.").source),
        ),
        label=_("Which commune?"),
        hint=_("Write its name or its postal code. Never write an address."),
        kind="commune",
    )


SCHEMA = WhereSchema()


def build(asked: Asked) -> Form:
    """Return the form."""
    return forms.build(SCHEMA, asked.draft.get("where"))


def read(asked: Asked, sent: Sent) -> tuple[Form, Draft]:
    """Note the commune; ask which one when the words could mean several."""
    form = forms.read(SCHEMA, sent)
    if not form.is_valid:
        return form, asked.draft
    words = form.values["commune"]
    candidates = _candidates(words, asked.draft)
    picked = sent.get("commune_code") if sent.get("commune_asked", "").strip() == words else None
    place = choose(words, candidates, picked)
    if place is None:
        _ask_again(form, candidates)
        return form, asked.draft
    answers = {"commune": label_of(place), "code": place.code}
    draft = {**asked.draft, "where": answers}
    if not holidays_are_known(draft):
        form.add_error("commune", _("We do not know the school holidays of this place. "
                                    "Please go back and choose days."))  # fmt: skip
        return form, asked.draft
    return form, draft


def is_done(asked: Asked) -> bool:
    """Tell whether a commune was found."""
    code = asked.draft.get("where", {}).get("code")
    return code is not None and places.gazetteer().place(code) is not None


def choose(words: str, candidates: list[Place], picked: str | None) -> Place | None:
    """Return the place that is meant: the one picked, the only one, or the only exact name."""
    chosen = [place for place in candidates if place.code == picked]
    exact = [place for place in candidates if fold_name(place.name) == fold_name(words)]
    for found in (chosen, candidates, exact):
        if len(found) == 1:
            return found[0]
    return None


def label_of(place: Place) -> str:
    """Return a place as people tell it from its namesakes: `Clamecy (58500)`."""
    is_small = len(place.postal_codes) == 1
    return f"{place.name} ({place.postal_codes[0] if is_small else place.department})"


def _candidates(words: str, draft: Draft) -> list[Place]:
    known = draft.get("where", {})
    if words == known.get("commune"):
        return places.gazetteer().places([known["code"]])
    return places.find(words)


def _ask_again(form: Form, candidates: list[Place]) -> None:
    one = field_of(form, "commune")
    one.choices = [(place.code, label_of(place)) for place in candidates]
    if candidates:
        one.errors.append(_("Several places have this name. Please choose one."))
    else:
        one.errors.append(_("We do not know this place. Write a commune or a postal code."))


STEP = Step("where", build, read, is_done)
