"""What the form of a toy asks."""

from __future__ import annotations

from marshmallow import Schema, validate

from entraide import catalogue, fields

_ = catalogue(__package__)


class ToyFilterSchema(Schema):
    """Toys for a child of some age."""

    age = fields.Integer(validate=validate.Range(0, 17), metadata={"label": _("Age of the child")})


class ToySchema(Schema):
    """A name, and from which age on it is safe."""

    name = fields.String(
        required=True, validate=validate.Length(1, 80), metadata={"label": _("Which toy?")}
    )
    least_age = fields.Integer(
        required=True, validate=validate.Range(0, 17), metadata={"label": _("From which age on?")}
    )
