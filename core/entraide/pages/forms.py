"""Forms from schemas, as a plugin's pages use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import Schema

from entraide.web import forms
from entraide.web.forms import Form

__all__ = ["Form", "empty_form", "sent_form"]


def empty_form(schema: Schema, values: Mapping[str, Any] | None = None) -> Form:
    """Return the form of a schema to be filled in; `values` stand in it already."""
    return forms.build(schema, values)


def sent_form(schema: Schema) -> Form:
    """Return the form as this request sent it: `values` as loaded, or what is wrong (`is_valid`).

    Show one that is not valid again, with status 422.
    """
    return forms.read(schema, request.form)
