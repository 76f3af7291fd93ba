"""The tables of instance.toml: what each key takes at its limits, and what an empty table means."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from entraide.config import schema

SITE = {"name": "Exemple", "base_url": "https://exemple.example"}


def test_each_empty_table_has_its_defaults():
    assert schema.SiteSchema().load(SITE) == SITE | {
        "tagline": "",
        "territory": [],
        "districts": {},
        "only_local": False,
        "email": None,
        "phone": None,
        "language": "fr",
        "accent": "#0b5d57",
        "quick_exit_url": "https://meteofrance.com/",
        "development": False,
        "moderation": None,
        "state": "state",
    }
    assert schema.ServerSchema().load({}) == {
        "host": "127.0.0.1",
        "port": 8000,
        "threads": 8,
        "proxy_hops": 0,
        "worker": "embedded",
    }
    assert schema.MailSchema().load({}) == {
        "smtp_host": None,
        "smtp_port": None,
        "security": "starttls",
        "username": None,
        "password_file": None,
        "sender": None,
        "mailbox": "mailbox",
    }
    assert schema.OffersSchema().load({}) == {"read_first": [], "read_always": []}
    assert schema.PluginsSchema().load({}) == {
        "enabled": [],
        "disabled": [],
        "agreed": {},
    }
    assert schema.DatabaseSchema().load({}) == {"url": None}
    assert schema.QueueSchema().load({}) == {"redis": None}


TABLES = {
    "site": (schema.SiteSchema, SITE),
    "server": (schema.ServerSchema, {}),
    "mail": (schema.MailSchema, {}),
    "offers": (schema.OffersSchema, {}),
    "plugins": (schema.PluginsSchema, {}),
}


def load(table, **values):
    made, valid = TABLES[table]
    return made().load(valid | values)


TAKEN = [
    ("site", "name", "x"),
    ("site", "name", "é" * 80),
    ("site", "name", "  "),
    ("site", "tagline", ""),
    ("site", "tagline", "x" * 200),
    ("site", "territory", ["01001", "2A004", "2B033", "97411"]),
    ("site", "districts", {"Lille Sud": "59350", "Moulins": "59350"}),
    ("site", "email", "a+b@exemple.example"),
    ("site", "phone", "01 23 45 67 89"),
    ("site", "phone", "+33.1.23.45.67.89"),
    ("site", "phone", "3919"),
    ("site", "phone", "15"),
    ("site", "language", "en"),
    ("site", "accent", "#ABCdef"),
    ("site", "quick_exit_url", "https://www.exemple.example/page?x=1#y"),
    ("site", "state", "/srv/exemple"),
    ("server", "port", 1),
    ("server", "port", 65535),
    ("server", "threads", 1),
    ("server", "threads", 256),
    ("server", "proxy_hops", 10),
    ("server", "worker", "separate"),
    ("server", "host", "::1"),
    ("mail", "smtp_port", 65535),
    ("mail", "security", "none"),
    ("mail", "smtp_host", "localhost"),
    ("offers", "read_first", ["outing", "a2"]),
    ("offers", "read_always", ["a" * 40]),
    ("plugins", "enabled", ["ab", "a" * 31, "a_1"]),
    ("plugins", "disabled", ["help_requests"]),
    ("plugins", "disabled", ["help_requests", "posting"]),
]


@pytest.mark.parametrize(("table", "key", "value"), TAKEN)
def test_what_is_within_the_limits_is_taken_as_it_is(table, key, value):
    assert load(table, **{key: value})[key] == value


REFUSED = [
    ("site", "name", "", "1 to 80 characters"),
    ("site", "name", "x" * 81, "1 to 80 characters"),
    ("site", "name", None, "may not be null"),
    ("site", "tagline", "x" * 201, "Longer than maximum length 200"),
    ("site", "tagline", "a\nb", "not one line"),
    ("site", "territory", ["1001"], "INSEE code"),
    ("site", "territory", ["58079 "], "INSEE code"),
    ("site", "territory", ["2a004"], "INSEE code"),
    ("site", "territory", ["75118", "75119", "75118"], "75118 twice"),
    ("site", "districts", {"": "59350"}, "1 to 80 characters"),
    ("site", "districts", {"Lille Sud": "59000 Lille"}, "INSEE code"),
    ("site", "districts", ["59350"], "Not a valid mapping"),
    ("site", "only_local", 1, "Not a valid boolean"),
    ("site", "only_local", "true", "Not a valid boolean"),
    ("site", "email", "a@b@c.example", "not an e-mail address"),
    ("site", "email", "Exemple <a@exemple.example>", "not an e-mail address"),
    ("site", "phone", "1", "not a phone number"),
    ("site", "phone", "01  23", "not a phone number"),
    ("site", "phone", "01-23-45", "not a phone number"),
    ("site", "phone", "1" * 20, "not a phone number"),
    ("site", "phone", "٠١٢٣", "not a phone number"),
    ("site", "accent", "#abcdeg", "not a colour"),
    ("site", "accent", "#0b5d57ff", "not a colour"),
    ("site", "accent", "#0b5d57\n", "not a colour"),
    ("site", "quick_exit_url", "javascript:alert(1)", "not an https address"),
    ("site", "quick_exit_url", "http://exemple.example/", "not an https address"),
    ("site", "quick_exit_url", "//exemple.example", "not an https address"),
    ("site", "state", "", "1 to 1000 characters"),
    ("site", "state", "a\0b", "not one line"),
    ("site", "emial", "x", "Unknown field"),
    ("server", "port", 0, "from 1 to 65535"),
    ("server", "port", 65536, "from 1 to 65535"),
    ("server", "port", "80", "Not a valid integer"),
    ("server", "threads", 257, "from 1 to 256"),
    ("server", "threads", True, "Not a valid integer"),
    ("server", "proxy_hops", 11, "from 0 to 10"),
    ("server", "worker", "Embedded", '"embedded" or "separate"'),
    ("mail", "smtp_port", 70000, "from 1 to 65535"),
    ("mail", "security", "STARTTLS", '"starttls" or "tls" or "none"'),
    ("mail", "smtp_host", "smtp", "whole host name"),
    ("mail", "password", "hidden", "Unknown field"),
    ("offers", "read_first", ["Outing"], "not the name of a kind"),
    ("offers", "read_first", ["a" * 41], "not the name of a kind"),
    ("offers", "read_always", ["tutoring", "tutoring"], "tutoring twice"),
    ("plugins", "enabled", ["A"], "not the name of a plugin"),
    ("plugins", "enabled", ["1ab"], "not the name of a plugin"),
    ("plugins", "enabled", ["a" * 32], "not the name of a plugin"),
    ("plugins", "enabled", ["a-b"], "not the name of a plugin"),
    ("plugins", "enabled", ["mail"], "is a name of the core"),
    ("plugins", "enabled", ["disabled"], "is a name of the core"),
    ("plugins", "disabled", ["posting"], "posting without help_requests"),
    ("plugins", "disabled", ["directory"], '"help_requests" or "posting"'),
]


@pytest.mark.parametrize(("table", "key", "value", "words"), REFUSED)
def test_what_is_beyond_them_is_refused_alone(table, key, value, words):
    load(table)
    with pytest.raises(ValidationError) as caught:
        load(table, **{key: value})
    assert set(caught.value.messages_dict) == {key}
    assert words in str(caught.value.messages_dict[key])


def whole(**tables):
    empty = {
        name: {} for name in ("server", "database", "queue", "mail", "offers", "plugins", "site")
    }
    given = empty | {"site": SITE} | tables
    return schema.InstanceSchema().load(given)


DEVELOPMENT = SITE | {"development": True}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_a_trial_site_listens_at_home(host):
    assert whole(site=DEVELOPMENT, server={"host": host})["server"]["host"] == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "exemple.example"])  # noqa: S104
def test_a_trial_site_is_open_to_nobody_else(host):
    assert whole(server={"host": host})["server"]["host"] == host
    with pytest.raises(ValidationError) as caught:
        whole(site=DEVELOPMENT, server={"host": host})
    ((sentence,),) = caught.value.messages_dict["server"].values()
    assert "is open to other machines" in sentence


@pytest.mark.parametrize(
    ("mail", "site", "is_taken"),
    [
        ({}, {}, True),
        ({"smtp_host": "localhost"}, {}, False),
        ({"smtp_host": "localhost", "sender": "a@exemple.example"}, {}, True),
        ({"smtp_host": "localhost"}, {"email": "a@exemple.example"}, True),
    ],
)
def test_mail_that_leaves_has_a_sender(mail, site, is_taken):
    if is_taken:
        assert whole(mail=mail, site=SITE | site)
        return
    with pytest.raises(ValidationError) as caught:
        whole(mail=mail, site=SITE | site)
    assert set(caught.value.messages_dict["mail"]) == {"sender"}


def test_a_wrong_sender_is_not_missing_too():
    with pytest.raises(ValidationError) as caught:
        whole(mail={"smtp_host": "localhost", "sender": "nobody"})
    (messages,) = caught.value.messages_dict["mail"].values()
    assert messages == ["is not an e-mail address. Write contact@your-site.example."]


@pytest.mark.parametrize(
    ("host", "security", "is_safe"),
    [
        ("smtp.exemple.example", "none", False),
        ("smtp.exemple.example", "tls", True),
        ("smtp.exemple.example", "starttls", True),
        ("localhost", "none", True),
        ("::1", "none", True),
        ("192.0.2.1", "none", False),
        (None, "none", True),
    ],
)
def test_a_password_leaves_the_machine_only_encrypted(host, security, is_safe):
    values = {"security": security, "username": "me"} | ({"smtp_host": host} if host else {})
    assert load("mail", **(values | {"username": "me", "security": "tls"}))
    if is_safe:
        assert load("mail", **values)["security"] == security
        return
    with pytest.raises(ValidationError, match="would travel unencrypted"):
        load("mail", **values)
