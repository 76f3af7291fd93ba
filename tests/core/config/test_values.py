"""Single values: which addresses, hosts, services and colours are taken, and what is said else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from entraide.config import values

LABEL = "a" * 63


@pytest.mark.parametrize(
    ("url", "is_development"),
    [
        ("https://exemple.example", False),
        ("https://a.b.c.d.example", False),
        ("https://xn--xemple-9ua.example", False),
        ("https://1234.example", False),
        ("https://a-b.example", False),
        (f"https://{LABEL}.example", False),
        ("https://exemple.example", True),
        ("http://127.0.0.1:1", True),
        ("http://127.0.0.1:65535", True),
    ],
)
def test_addresses_of_sites(url, is_development):
    values.check_base_url(url, is_development=is_development)


@pytest.mark.parametrize(
    ("url", "is_development", "words"),
    [
        ("http://127.0.0.1:8000", False, "put development = true beside it"),
        ("http://127.0.0.1:0", True, "or http://127.0.0.1:PORT in development"),
        ("http://127.0.0.1:01", True, "or http://127.0.0.1:PORT in development"),
        ("http://127.0.0.1:65536", True, "or http://127.0.0.1:PORT in development"),
        ("http://127.0.0.1", True, "or http://127.0.0.1:PORT in development"),
        ("http://127.0.0.1:8000/", True, "or http://127.0.0.1:PORT in development"),
        ("http://127.0.0.1:٨٠٠٠", True, "or http://127.0.0.1:PORT in development"),
        ("http://127.0.0.2:8000", True, "or http://127.0.0.1:PORT in development"),
        ("http://localhost:8000", True, "or http://127.0.0.1:PORT in development"),
        ("", False, "https://your-site.example without a path."),
        ("//exemple.example", False, "is not an https address"),
        ("HTTPS://exemple.example", False, "Write https://exemple.example without"),
        ("https://EXEMPLE.example", False, "Write https://exemple.example without"),
        ("https://exemple.example.", False, "Write https://exemple.example without"),
        ("https://exemple.example:", False, "Write https://exemple.example without"),
        ("https://exemple.example?", False, "Write https://exemple.example without"),
        ("https://exemple.example/#", False, "Write https://exemple.example without"),
        ("https://@exemple.example", False, "Write https://exemple.example without"),
        ("https://straße.example", False, "Write https://strasse.example without"),
        ("https://exemple", False, "Write https://your-site.example without"),
        ("https://a_b.example", False, "Write https://your-site.example without"),
        (f"https://{LABEL}a.example", False, "Write https://your-site.example without"),
        ("https://192.0.2.1", False, "Write https://your-site.example without"),
        ("https://[2001:db8::1]", False, "Write https://your-site.example without"),
        ("https://", False, "Write https://your-site.example without"),
    ],
)
def test_other_addresses_are_refused_with_the_one_that_was_meant(url, is_development, words):
    with pytest.raises(ValidationError, match=re.escape(words)):
        values.check_base_url(url, is_development=is_development)


@given(st.text("abcxyz0189-._:/@?#[]é ", max_size=30))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_whatever_is_taken_is_a_scheme_and_a_host_alone(rest):
    url = f"https://{rest}"
    try:
        values.check_base_url(url, is_development=False)
    except ValidationError:
        return
    assert re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+", url)


@pytest.mark.parametrize(
    ("host", "is_name"),
    [
        ("exemple.example", True),
        ("a.b", True),
        (".".join(["a" * 61, "b" * 63, "c" * 63, "d" * 63]), True),
        (".".join(["a" * 62, "b" * 63, "c" * 63, "d" * 63]), False),
        ("exemple", False),
        ("", False),
        (".example", False),
        ("exemple.example.", False),
        ("-a.example", False),
        ("a-.example", False),
        ("a.example\n", False),
        ("A.example", False),
        ("a.12", False),
        ("12.a", True),
    ],
)
def test_names_of_hosts(host, is_name):
    assert values.is_host_name(host) is is_name


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - the point of the case
        ("::", False),
        ("192.168.1.1", False),
        ("exemple.example", False),
        ("localhost.example", False),
        ("127.1", False),
        ("", False),
    ],
)
def test_what_only_this_machine_reaches(host, is_own):
    assert values.is_loopback(host) is is_own


@pytest.mark.parametrize("check", [values.check_bind_host, values.check_mail_host])
@pytest.mark.parametrize("host", ["127.0.0.1", "::", "localhost", "smtp.exemple.example"])
def test_hosts_are_addresses_or_names(check, host):
    check(host)


@pytest.mark.parametrize("check", [values.check_bind_host, values.check_mail_host])
@pytest.mark.parametrize("host", ["", "smtp", "256.1.1.1", "[::1]", "a b.example", "1.2.3.4:25"])
def test_what_is_neither_is_refused(check, host):
    with pytest.raises(ValidationError, match="is neither an IP address nor a"):
        check(host)


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("sqlite:///data.sqlite", "sqlite:///data.sqlite"),
        ("sqlite:////var/lib/site.sqlite", "sqlite:////var/lib/site.sqlite"),
        ("sqlite+pysqlite:///data.sqlite", "sqlite+pysqlite:///data.sqlite"),
        ("postgresql://db/site", "postgresql+psycopg://db/site"),
        ("postgresql+psycopg://db/site", "postgresql+psycopg://db/site"),
        (
            "postgresql://me:p%40ss@[::1]:5433/site",
            "postgresql+psycopg://me:p%40ss@[::1]:5433/site",
        ),
        ("postgresql:///site?host=/run/pg", "postgresql+psycopg:///site?host=%2Frun%2Fpg"),
    ],
)
def test_addresses_of_databases(url, read):
    address = values.read_database_url(url)
    assert address.render_as_string(hide_password=False) == read


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "is no database address"),
        ("data.sqlite", "is no database address"),
        ("postgresql://db:port/site", "is no database address"),
        ("postgres://db/site", "is neither SQLite nor PostgreSQL"),
        ("postgresql+psycopg2://db/site", "is neither SQLite nor PostgreSQL"),
        ("mariadb://db/site", "is neither SQLite nor PostgreSQL"),
        ("sqlite+aiosqlite:///x", "is neither SQLite nor PostgreSQL"),
        ("postgresql://db", "is without a database of its own"),
        ("postgresql://db/", "is without a database of its own"),
        ("sqlite://", "is without a database of its own"),
        ("sqlite:///:memory:", "is without a database of its own"),
        ("sqlite:///data.sqlite?mode=ro", "is without a database of its own"),
    ],
)
def test_other_databases_are_refused(url, words):
    with pytest.raises(ValidationError, match=re.escape(words)):
        values.check_database_url(url)


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("redis://127.0.0.1", True),
        ("redis://:secret@redis.example:6380/3", True),
        ("rediss://redis.example", True),
        ("unix:///run/redis.sock", True),
        ("redis://", False),
        ("redis:///0", False),
        ("unix://", False),
        ("unix://run", False),
        ("tcp://127.0.0.1", False),
        ("127.0.0.1:6379", False),
        ("redis://127.0.0.1:99999", False),
        ("", False),
    ],
)
def test_addresses_of_redis(url, is_taken):
    if is_taken:
        values.check_redis_url(url)
        return
    with pytest.raises(ValidationError, match="is not the address of a Redis server"):
        values.check_redis_url(url)


@pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\0", "\x7f", "\x85", "\u2028", "\u2029"])
def test_a_setting_is_one_line_without_invisible_signs(sign):
    values.refuse_control_characters("Entraide d’Exemple – ça va ? 🌱")
    with pytest.raises(ValidationError, match="is not one line of text"):
        values.refuse_control_characters(f"Entraide{sign}Exemple")


@pytest.mark.parametrize(
    ("colour", "luminance"),
    [
        # Figures of WCAG 2.2 and of its own calculators.
        ("#000000", 0.0),
        ("#ffffff", 1.0),
        ("#ff0000", 0.2126),
        ("#00ff00", 0.7152),
        ("#0000ff", 0.0722),
        ("#808080", 0.2159),
        ("#0a0a0a", 0.0030),
    ],
)
def test_luminance_is_the_one_of_wcag(colour, luminance):
    assert values.relative_luminance(colour) == pytest.approx(luminance, abs=5e-5)


@given(st.integers(0, 0xFFFFFF))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_text_is_readable_on_any_colour(number):
    colour = f"#{number:06x}"
    text = values.text_colour_on(colour)
    darker, lighter = sorted(values.relative_luminance(one) + 0.05 for one in (colour, text))
    assert lighter / darker >= 4.58


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["a", "b"], ""),
        (["a", "A"], ""),
        (["a", "b", "a"], "with a twice"),
        (["b", "a", "b", "a", "a"], "with a, b twice"),
    ],
)
def test_a_list_names_each_once(names, words):
    if not words:
        values.refuse_repetition(names)
        return
    with pytest.raises(ValidationError, match=re.escape(words)):
        values.refuse_repetition(names)


@pytest.mark.parametrize("url", ["https://a.example:99999", "https://[::1", "//[", "https://a]:1/"])
def test_what_cannot_be_split_is_no_address(url):
    assert values.split_url(url) is None
