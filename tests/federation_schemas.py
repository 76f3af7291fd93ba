"""The core schema (rule 12) declared in marshmallow; tests prove that `members` agrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from re import Pattern
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate, validates_schema

from entraide import text
from entraide_federation.protocol import members, spelling


class ExactInteger(fields.Integer):
    """An integer of JSON: no true, no "5", no 5.0."""

    def _validated(self, value: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        return value


class ExactBoolean(fields.Boolean):
    """True or false: no "yes", no 1."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class ExactList(fields.List[Any]):
    """A list of JSON: marshmallow's own takes the keys of an object for one."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Whole:
    """Validator: `pattern` matches the whole string, a trailing line feed included."""

    def __init__(self, pattern: Pattern[str]) -> None:
        self._pattern = pattern

    def __call__(self, value: str) -> None:
        """Raise `ValidationError` otherwise."""
        if not self._pattern.fullmatch(value):
            raise ValidationError("Not spelled as the protocol asks.")


class Says:
    """Validator: `judge` says yes."""

    def __init__(self, judge: Callable[[Any], bool]) -> None:
        self._judge = judge

    def __call__(self, value: Any) -> None:
        """Raise `ValidationError` otherwise."""
        if not self._judge(value):
            raise ValidationError("Not spelled as the protocol asks.")


def _word(pattern: Pattern[str], *, required: bool = False) -> fields.String:
    return fields.String(required=required, validate=Whole(pattern))


def _words(
    pattern: Pattern[str], least: int, most: int, *, required: bool = False
) -> fields.List[Any]:
    length = validate.Length(min=least, max=most)
    return ExactList(_word(pattern), required=required, validate=length)


def _time(*, required: bool = True) -> fields.String:
    return fields.String(required=required, validate=Says(members.is_time))


def _text(least: int, most: int, *, required: bool = False) -> fields.String:
    return fields.String(required=required, validate=validate.Length(min=least, max=most))


class Object(Schema):
    """What every object has; unknown members are kept and relayed (R6)."""

    class Meta:
        """Unknown members pass."""

        unknown = INCLUDE

    origin = fields.String(required=True)

    def refuse_unless(self, name: str, data: Mapping[str, Any], check: members.Check) -> None:
        """Raise when the member `name` is there and `check` refuses it for the origin."""
        if name in data and not check(data[name], str(data.get("origin"))):
            raise ValidationError("Not acceptable for this origin.", name)


class Schedule(Schema):
    """When an offer takes place; times are local to `timezone` unless they end in Z."""

    class Meta:
        """Unknown members pass."""

        unknown = INCLUDE

    starts = fields.String(required=True, validate=Says(members.is_moment))
    ends = fields.String(validate=Says(members.is_moment))
    rrule = _word(members.RULE)
    timezone = _word(members.ZONE, required=True)


class Identifiers(Schema):
    """Under which numbers an organisation is known elsewhere."""

    class Meta:
        """Unknown members pass."""

        unknown = INCLUDE

    rna = _word(members.RNA)
    siret = _word(members.SIRET)
    data_inclusion = _word(members.INCLUSION)


class OfferSchema(Object):
    """What an organisation proposes."""

    created = _time()
    updated = _time()
    lang = _word(members.LANGUAGE, required=True)
    kind = _word(members.KIND, required=True)
    title = _text(1, members.MAX_TITLE, required=True)
    summary = _text(0, members.MAX_SUMMARY, required=True)
    org = fields.String(required=True)
    territory = _words(members.TERRITORY_CODE, 1, members.MAX_TERRITORY, required=True)
    contactUrl = fields.String(required=True)  # noqa: N815 - the protocol's spelling
    relay = fields.String(required=True, validate=validate.Equal("public"))
    validUntil = fields.String(required=True, validate=Says(members.is_date))  # noqa: N815 - idem
    verified = fields.String(validate=Says(members.is_date))
    schedule = fields.Nested(Schedule)
    places = ExactInteger(validate=validate.Range(min=0, max=members.MAX_PLACES))
    remote = ExactBoolean()
    languages = _words(members.LANGUAGE, 0, members.MAX_LANGUAGES)
    accessibility = _text(0, members.MAX_TEXT)
    themes = _words(members.LABEL, 0, members.MAX_LABELS)
    audience = _words(members.LABEL, 0, members.MAX_LABELS)
    gateways = _words(members.LABEL, 0, members.MAX_LABELS)
    ext = fields.Dict(keys=fields.String(), values=fields.Dict())

    @validates_schema(skip_on_field_errors=True)
    def check_own(self, data: Mapping[str, Any], **_: Any) -> None:
        """Hold the organisation and the contact address to the offer's own origin."""
        self.refuse_unless("org", data, spelling.is_id_of)
        self.refuse_unless("contactUrl", data, members.is_own_url)


class OrganisationSchema(Object):
    """Who proposes; no personal member exists."""

    created = _time()
    updated = _time()
    lang = _word(members.LANGUAGE, required=True)
    name = _text(1, members.MAX_TITLE, required=True)
    form = fields.String(required=True, validate=validate.OneOf(members.FORMS))
    summary = _text(0, members.MAX_SUMMARY)
    url = fields.String()
    territory = _words(members.TERRITORY_CODE, 1, members.MAX_ORGANISATION_TERRITORY, required=True)
    identifiers = fields.Nested(Identifiers)
    hostedBy = fields.String()  # noqa: N815 - the protocol's spelling

    @validates_schema(skip_on_field_errors=True)
    def check_links(self, data: Mapping[str, Any], **_: Any) -> None:
        """Hold the links to https, and to http only in development."""
        self.refuse_unless("url", data, members.is_url)
        self.refuse_unless("hostedBy", data, members.is_any_id)


class TombstoneSchema(Object):
    """What is left of a deleted object; exactly these members."""

    deleted = _time()
    reason = fields.String(required=True, validate=validate.OneOf(members.DEATHS))

    @validates_schema(pass_original=True)
    def check_exact(self, _: Mapping[str, Any], original: Mapping[str, Any], **__: Any) -> None:
        """Refuse any member more or less: a dead object's content must not travel."""
        if original.keys() != members.TOMBSTONE_MEMBERS:
            raise ValidationError("A Tombstone has exactly its eight members.")


class WithheldSchema(Object):
    """What a relay does not pass on, and why; `element` is in hexadecimal digits."""

    target = fields.String(required=True)
    targetVersion = ExactInteger(  # noqa: N815 - the protocol's spelling
        required=True, validate=validate.Range(min=1, max=text.MAX_INTEGER)
    )
    element = _word(members.ELEMENT, required=True)
    reason = _word(members.REASON, required=True)
    since = _time()

    @validates_schema(skip_on_field_errors=True)
    def check_target(self, data: Mapping[str, Any], **_: Any) -> None:
        """Hold the target to the spelling of an object id."""
        self.refuse_unless("target", data, members.is_any_id)


BY_TYPE: dict[str, type[Object]] = {
    "Offer": OfferSchema,
    "Organisation": OrganisationSchema,
    "Tombstone": TombstoneSchema,
    "Withheld": WithheldSchema,
}
