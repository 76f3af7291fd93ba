"""Fields of what comes in, stricter than marshmallow's own."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate

from entraide import runtime
from entraide.directory.offers import checks

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class CleanText(fields.String):
    """A text under the text policy; `single_line` for names and titles."""

    def __init__(self, *, least: int, most: int, single_line: bool, **options: Any) -> None:
        super().__init__(validate=validate.Length(least, most), **options)
        self.single_line = single_line

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        given = super()._deserialize(value, attr, data, **kwargs)
        return checks.clean_text(given or "", single_line=self.single_line)


class Day(fields.Date):
    """A day, written like 2027-05-31 and in no other way."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type="date")
        return super()._deserialize(value, attr, data, **kwargs)


class ExactList(fields.List[Any]):
    """A list of JSON: marshmallow's own takes the keys of an object for one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class KindName(fields.String):
    """A kind of help of this site; loads the name that it has today."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return runtime.kind_name(super()._deserialize(value, attr, data, **kwargs) or "")


class OwnReference(fields.String):
    """An object of this site, by its UUID or by its address in the federation; loads a UUID."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        given = super()._deserialize(value, attr, data, **kwargs) or ""
        base = runtime.current().settings.site.base_url
        identifier = given.removeprefix(f"{base}/federation/o/")
        if not IDENTIFIER.fullmatch(identifier):
            raise ValidationError("Give the id of an organisation of this site.")
        return UUID(identifier)
