"""Spellings: one way to write an origin, an id, a key id, a time and a day."""

from datetime import UTC, date, datetime

import pytest

from entraide_federation.protocol import spelling

UUID = "01930001-8f4a-7c1e-9f00-0123456789ab"


@pytest.mark.parametrize(
    "origin", ["https://clamecy.example", "https://a.b-c.example", "https://xn--caf-dma.example"]
)
def test_origins(origin):
    assert spelling.is_origin(origin)
    assert spelling.origin_of(f"{origin}/federation/o/{UUID}") == origin


@pytest.mark.parametrize(
    "origin",
    [
        None,
        5,
        "",
        "https://",
        "https://localhost",
        "https://clamecy.example/",
        "https://clamecy.example.",
        "https://Clamecy.example",
        "https://clamecy.example:443",
        "https://user@clamecy.example",
        "https://clamecy..example",
        "https://-clamecy.example",
        "https://clamecy-.example",
        "https://127.0.0.1",
        "https://0x7f.1",
        "https://[::1]",
        "https://café.example",
        "https://clamecy.example\n",
        f"https://{'a' * 64}.example",
        f"https://{'a.' * 130}example",
        "http://clamecy.example",
        "http://127.0.0.1:80/",
        "http://localhost:5001",
        "http://127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:05001",
        "http://127.0.0.1:65536",
        "http://127.1:5001",
    ],
)
def test_what_is_no_origin_even_in_development(origin):
    assert not spelling.is_origin(origin, development=True)
    assert spelling.origin_of(f"{origin}/federation/o/{UUID}", development=True) is None


@pytest.mark.parametrize("port", [1, 80, 5001, 59999, 64999, 65499, 65529, 65535])
def test_loopback_origins_only_in_development(port):
    origin = f"http://127.0.0.1:{port}"
    assert spelling.is_origin(origin, development=True)
    assert not spelling.is_origin(origin)
    assert spelling.origin_of(f"{origin}/federation/o/{UUID}") is None


@pytest.mark.parametrize("value", [None, 5, "", UUID, f"https://clamecy.example/{UUID}"])
def test_what_is_no_id(value):
    assert spelling.origin_of(value) is None
    assert not spelling.is_id_of(value, "https://clamecy.example")


def test_key_ids():
    method = spelling.method_of("https://clamecy.example", "k1")
    assert spelling.is_method_of(method, "https://clamecy.example")
    for value in (None, method + "\n", method + "#", method[:-2], f"{method}{'x' * 40}"):
        assert not spelling.is_method_of(value, "https://clamecy.example")
    assert not spelling.is_method_of(method, "https://lille-sud.example")


def test_times_and_days():
    assert spelling.parse_time("2026-01-05T10:00:00Z") == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert spelling.parse_time("2026-01-05T10:00:00Z").tzinfo == UTC
    assert spelling.parse_date("2024-02-29") == date(2024, 2, 29)


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "2026-01-05T10:00:00",
        "2026-01-05T10:00:00.0Z",
        "2026-01-05 10:00:00Z",
        "2026-01-05T10:00:60Z",
        "2026-01-05T24:00:00Z",
        "0000-01-05T10:00:00Z",
        "2026-02-29T10:00:00Z",
        "٢٠٢٦-01-05T10:00:00Z",
        "2026-01-05T10:00:00Z\n",
    ],
)
def test_what_is_no_time(value):
    assert spelling.parse_time(value) is None


@pytest.mark.parametrize("value", [None, 5, "2026-02-29", "20260105", "2026-01-05\n", "2026-W01-1"])
def test_what_is_no_day(value):
    assert spelling.parse_date(value) is None
