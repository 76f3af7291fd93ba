"""What single settings may be: addresses, colours, hosts, the URLs of services."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from marshmallow import ValidationError
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

MAX_PORT = 65535

MAX_HOST = 253
"""Characters of a host name (RFC 1035, section 2.3.4, without the final dot)."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")
_DEVELOPMENT_URL = re.compile(r"http://127\.0\.0\.1:([1-9]\d{0,4})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")


def refuse_control_characters(text: str) -> None:
    """Refuse text of several lines or with invisible characters; ValidationError says so."""
    if _CONTROL.search(text):
        raise ValidationError("is not one line of text. Remove line breaks and control characters.")


def split_url(url: str) -> SplitResult | None:
    """Return the parts of a URL; None when it is none (a port out of range, a broken bracket)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def check_base_url(url: str, *, is_development: bool) -> None:
    """Refuse anything but `https://host`; in development `http://127.0.0.1:PORT` is allowed too.

    The host is a lowercase name of at least two labels, internationalised ones as A-labels
    (RFC 5890). Raises ValidationError with the address to write where one can be guessed.
    """
    development = _DEVELOPMENT_URL.fullmatch(url)
    if is_development and development and int(development[1]) <= MAX_PORT:
        return
    parts = split_url(url)
    host = (parts.hostname if parts else None) or ""
    if parts is None or parts.scheme != "https":
        also = ""
        if is_development:
            also = ", or http://127.0.0.1:PORT in development"
        elif development:
            also = "; for a trial on this machine alone put development = true beside it"
        raise ValidationError(
            f"is not an https address. Write https://your-site.example without a path{also}."
        )
    if url != f"https://{host}" or not is_host_name(host):
        raise ValidationError(
            "is not https:// and a lowercase host name alone. "
            f"Write https://{_guess_host(host)} without port, path or user name."
        )


def is_host_name(host: str) -> bool:
    """Return whether `host` is a lowercase DNS name of at least two labels."""
    return len(host) <= MAX_HOST and _HOST.fullmatch(host) is not None


def _guess_host(host: str) -> str:
    try:
        guess = host.rstrip(".").encode("idna").decode()
    except UnicodeError:
        guess = ""
    return guess if is_host_name(guess) else "your-site.example"


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_bind_host(host: str) -> None:
    """Refuse what no server can bind to: neither an IP address nor a host name."""
    if not _is_address(host):
        raise ValidationError(
            'is neither an IP address nor a host name. Write "127.0.0.1" behind a proxy on '
            'this machine, or "0.0.0.0" for every address.'
        )


def check_mail_host(host: str) -> None:
    """Refuse what is the address of no mail server: neither an IP address nor a host name."""
    if not _is_address(host):
        raise ValidationError(
            "is neither an IP address nor a whole host name. Write it as your mail provider does, "
            'such as "smtp.your-site.example", or "localhost" for one on this machine.'
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or is_host_name(host)
    return True


def read_database_url(url: str) -> URL:
    """Return SQLAlchemy's URL of a SQLite file or a PostgreSQL database, psycopg as its driver."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise ValidationError(_DATABASE_FIX.format("no database address")) from None
    if address.drivername not in _DRIVERS:
        raise ValidationError(_DATABASE_FIX.format("neither SQLite nor PostgreSQL"))
    is_sqlite = address.get_backend_name() == "sqlite"
    if not address.database or (is_sqlite and (address.query or address.database.startswith(":"))):
        raise ValidationError(_DATABASE_FIX.format("without a database of its own"))
    return address if is_sqlite else address.set(drivername="postgresql+psycopg")


_DATABASE_FIX = (
    "is {}. Write sqlite:///file.sqlite or postgresql://user:password@host/name, or leave the "
    "key out for a file in the state folder."
)


def check_database_url(url: str) -> None:
    """Refuse what `read_database_url` cannot read."""
    read_database_url(url)


def check_redis_url(url: str) -> None:
    """Refuse anything but `redis://host`, `rediss://host` or `unix:///path`."""
    parts = split_url(url)
    is_network = parts is not None and parts.scheme in ("redis", "rediss") and parts.hostname
    is_socket = parts is not None and parts.scheme == "unix" and parts.path
    if not is_network and not is_socket:
        raise ValidationError(
            "is not the address of a Redis server. Write redis://127.0.0.1:6379/0, or leave the "
            "key out: the queue then lives in the state folder."
        )


def text_colour_on(background: str) -> str:
    """Return black or white, whichever reads better on `background` (`#rrggbb`).

    Contrast as in WCAG 2.2. The better of the two always reaches 4.58, above the 4.5 of level
    AA: (L + 0.05) / 0.05 and 1.05 / (L + 0.05) meet at the square root of 21.
    """
    luminance = relative_luminance(background)
    on_black, on_white = (luminance + 0.05) / 0.05, 1.05 / (luminance + 0.05)
    return "#000000" if on_black > on_white else "#ffffff"


def relative_luminance(colour: str) -> float:
    """Return the relative luminance (0 to 1) of `#rrggbb`, as WCAG 2.2 defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB
        for value in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def refuse_repetition(values: list[Any]) -> None:
    """Refuse a list that names something twice."""
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise ValidationError(f"is a list with {', '.join(twice)} twice. Write each once.")
