"""The tables of instance.toml as marshmallow schemas: their keys, types, limits and defaults."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from entraide.config import values
from entraide.config.mistakes import MISSING
from entraide.config.sources import PLUGIN_LISTS, TABLES

DEFAULT_ACCENT = "#0b5d57"
DEFAULT_EXIT = "https://meteofrance.com/"
_OPEN_DEVELOPMENT = (
    "is open to other machines, while [site] development is true. "
    'Write "127.0.0.1", or set development = false.'
)
PLUGIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


class Switch(fields.Boolean):
    """True or false and nothing that looks like it: 1 and "yes" are mistakes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return bool(super()._deserialize(value, attr, data, **kwargs))


def _text(example: str, *checks: Any, maximum: int = 200, **options: Any) -> fields.String:
    length = validate.Length(
        1, maximum, error=f"is not 1 to {maximum} characters long. Shorten it."
    )
    checks = (length, values.refuse_control_characters, *checks)
    return fields.String(validate=checks, metadata={"example": f'"{example}"'}, **options)


def _number(default: int, minimum: int, maximum: int) -> fields.Integer:
    limits = validate.Range(
        minimum, maximum, error=f"is out of range. Write a number from {minimum} to {maximum}."
    )
    example = {"example": str(default)}
    return fields.Integer(strict=True, load_default=default, validate=limits, metadata=example)


def _choice(*choices: str, **options: Any) -> fields.String:
    words = " or ".join(f'"{choice}"' for choice in choices)
    known = validate.OneOf(choices, error=f"is not known here. Write {words}.")
    return _text(choices[0], known, **(options or {"load_default": choices[0]}))


def _pattern(pattern: str, fix: str) -> validate.Regexp:
    return validate.Regexp(re.compile(rf"(?:{pattern})\Z", re.ASCII), error=fix)


_EMAIL = validate.Email(error="is not an e-mail address. Write contact@your-site.example.")
_COMMUNE = _pattern(
    r"\d[\dAB]\d{3}",
    'is not the INSEE code of a commune. Write five characters, such as "75118" (not the postcode).',
)
_PHONE = _pattern(
    r"\+?\d(?:[ .]?\d){1,18}", 'is not a phone number. Write digits, such as "01 23 45 67 89".'
)
_COLOUR = _pattern(
    r"#[0-9A-Fa-f]{6}", 'is not a colour. Write # and six digits, such as "#0b5d57".'
)
_PAGE = validate.URL(
    schemes={"https"}, error="is not an https address. Write https://meteofrance.com/."
)
_PLUGIN = _pattern(
    PLUGIN_NAME.pattern,
    "is not the name of a plugin. Write 1 to 31 of a-z, 0-9 and _, a letter first.",
)

_DECISION = _pattern(
    r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*|problems",
    'is not the name of an action. Write what the plugin.toml asks for, such as "directory.publish".',
)

_KIND = _pattern(
    r"[a-z][a-z0-9_]{1,39}",
    'is not the name of a kind of help. Write 2 to 40 of a-z, 0-9 and _, such as "outing".',
)


class SiteSchema(Schema):
    """The table [site]."""

    name = _text("Entraide Exemple", maximum=80, required=True)
    base_url = _text("https://your-site.example", maximum=300, required=True)
    tagline = fields.String(
        load_default="", validate=[validate.Length(max=200), values.refuse_control_characters]
    )
    territory = fields.List(
        _text("75118", _COMMUNE),
        load_default=list,
        validate=values.refuse_repetition,
        metadata={"example": '["75118", "75119"]'},
    )
    districts = fields.Dict(
        keys=_text("Lille Sud", maximum=80, required=True),
        values=_text("59350", _COMMUNE, required=True),
        load_default=dict,
        metadata={"example": '{ "Lille Sud" = "59350" }'},
    )
    only_local = Switch(load_default=False)
    email = _text("contact@your-site.example", _EMAIL, load_default=None)
    phone = _text("01 23 45 67 89", _PHONE, load_default=None)
    language = _choice("fr", "en")
    accent = _text(DEFAULT_ACCENT, _COLOUR, load_default=DEFAULT_ACCENT)
    quick_exit_url = _text(DEFAULT_EXIT, _PAGE, load_default=DEFAULT_EXIT)
    development = Switch(load_default=False)
    moderation = _text("moderation@your-site.example", _EMAIL, load_default=None)
    state = _text("state", maximum=1000, load_default="state")

    @validates_schema(skip_on_field_errors=False)
    def check_base_url(self, data: dict[str, Any], **_: Any) -> None:
        """Judge the address together with the switch that allows loopback."""
        if "base_url" in data:
            try:
                is_development = data.get("development", False)
                values.check_base_url(data["base_url"], is_development=is_development)
            except ValidationError as error:
                raise ValidationError(error.messages, "base_url") from error


class ServerSchema(Schema):
    """The table [server]."""

    host = _text("127.0.0.1", values.check_bind_host, load_default="127.0.0.1")
    port = _number(8000, 1, values.MAX_PORT)
    threads = _number(8, 1, 256)
    proxy_hops = _number(0, 0, 10)
    worker = _choice("embedded", "separate")


class DatabaseSchema(Schema):
    """The table [database]."""

    url = _text("sqlite:///file.sqlite", values.check_database_url, maximum=1000, load_default=None)


class QueueSchema(Schema):
    """The table [queue]."""

    redis = _text(
        "redis://127.0.0.1:6379/0", values.check_redis_url, maximum=1000, load_default=None
    )


class MailSchema(Schema):
    """The table [mail]; the password itself is never in a settings file."""

    smtp_host = _text("smtp.your-site.example", values.check_mail_host, load_default=None)
    smtp_port = fields.Integer(
        strict=True,
        load_default=None,
        validate=validate.Range(
            1, values.MAX_PORT, error="is no port. Write a number from 1 to 65535."
        ),
        metadata={"example": "587"},
    )
    security = _choice("starttls", "tls", "none")
    username = _text("contact@your-site.example", load_default=None)
    password_file = _text("smtp-password", maximum=1000, load_default=None)
    sender = _text("contact@your-site.example", _EMAIL, load_default=None)
    mailbox = _text("mailbox", maximum=1000, load_default="mailbox")

    @validates_schema(skip_on_field_errors=True)
    def check_password_is_safe(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse to send the password unencrypted to another machine."""
        host = data["smtp_host"]
        is_open = data["security"] == "none" and data["username"]
        if is_open and host and not values.is_loopback(host):
            raise ValidationError(
                'is unsafe: the password would travel unencrypted. Write "starttls" or "tls".',
                "security",
            )


class OffersSchema(Schema):
    """The table [offers]: what the team reads first, beyond what each kind demands by itself."""

    read_first = fields.List(
        _text("outing", _KIND),
        load_default=list,
        validate=values.refuse_repetition,
        metadata={"example": '["outing"]'},
    )
    read_always = fields.List(
        _text("tutoring", _KIND),
        load_default=list,
        validate=values.refuse_repetition,
        metadata={"example": '["tutoring"]'},
    )


def _refuse_requests_without_posting(features: list[str]) -> None:
    if "posting" in features and "help_requests" not in features:
        raise ValidationError(
            "names posting without help_requests, whose requests are posted. "
            'Write ["help_requests", "posting"].'
        )


class PluginsSchema(Schema):
    """The lists of [plugins]; the tables beside them are judged by each plugin.

    `disabled` names features of the core that this site does without; `agreed` what a plugin may
    decide beyond its own things, by its name, when its `plugin.toml` asks for that (`decides`).
    """

    enabled = fields.List(
        _text(
            "tutoring",
            _PLUGIN,
            validate.NoneOf(
                (*TABLES, *PLUGIN_LISTS), error="is a name of the core. Rename the plugin."
            ),
        ),
        load_default=list,
        validate=values.refuse_repetition,
        metadata={"example": '["federation", "tutoring"]'},
    )
    disabled = fields.List(
        _choice("help_requests", "posting", required=True),
        load_default=list,
        validate=[values.refuse_repetition, _refuse_requests_without_posting],
        metadata={"example": '["help_requests", "posting"]'},
    )
    agreed = fields.Dict(
        keys=_text("charter", _PLUGIN, required=True),
        values=fields.List(_text("directory.publish", _DECISION), required=True),
        load_default=dict,
        metadata={"example": '{ charter = ["directory.publish"] }'},
    )


class InstanceSchema(Schema):
    """The whole of instance.toml."""

    site = fields.Nested(SiteSchema, required=True)
    server = fields.Nested(ServerSchema, required=True)
    database = fields.Nested(DatabaseSchema, required=True)
    queue = fields.Nested(QueueSchema, required=True)
    mail = fields.Nested(MailSchema, required=True)
    offers = fields.Nested(OffersSchema, required=True)
    plugins = fields.Nested(PluginsSchema, required=True)

    @validates_schema(skip_on_field_errors=False)
    def keep_development_at_home(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse to open a site in development to any other machine."""
        host = data.get("server", {}).get("host", "127.0.0.1")
        if data.get("site", {}).get("development") and not values.is_loopback(host):
            raise ValidationError({"server": {"host": [_OPEN_DEVELOPMENT]}})

    @validates_schema(skip_on_field_errors=False)
    def name_a_sender(self, data: dict[str, Any], **_: Any) -> None:
        """Require somebody whom mail comes from."""
        mail, site = data.get("mail", {}), data.get("site", {})
        # An address that is written but wrong has its own mistake: only absent ones count here.
        has_none = mail.get("sender", "") is None and site.get("email", "") is None
        if mail.get("smtp_host") and has_none:
            raise ValidationError({"mail": {"sender": [MISSING]}})
