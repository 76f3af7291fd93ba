"""The plugin's table of instance.toml, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema, validate

from entraide import fields, runtime


class SettingsSchema(Schema):
    """How long and how many; both have a default."""

    days = fields.Integer(
        load_default=21,
        validate=validate.Range(1, 365),
        metadata={"example": "21"},
    )
    at_once = fields.Integer(
        load_default=3,
        validate=validate.Range(1, 20),
        metadata={"example": "3"},
    )


@dataclass(frozen=True)
class Settings:
    """How many days a loan lasts, and how many a person has at once."""

    days: int
    at_once: int


def current() -> Settings:
    """Return the settings of the running site."""
    return Settings(**runtime.current().plugin_settings["frozen"])
