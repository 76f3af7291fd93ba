"""What the forms ask."""

from __future__ import annotations

from marshmallow import Schema, validate

from entraide import catalogue, fields

_ = catalogue(__package__)


class ItemSchema(Schema):
    """A new item."""

    name = fields.String(
        required=True,
        validate=validate.Length(1, 80),
        metadata={"label": _("Which item?")},
    )
