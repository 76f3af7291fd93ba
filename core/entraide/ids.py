"""Identifiers: UUID version 7 (RFC 9562, section 5.7), tokens and public addresses of objects."""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from entraide import clock

TOKEN_BYTES = 24
"""Random bytes of a token: 192 bits, above the 128 that ASVS 6.5.5 asks for."""


def new_id() -> UUID:
    """Return a UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = clock.milliseconds() & (2**48 - 1)
    randomness = secrets.randbits(74)
    high, low = randomness >> 62, randomness & (2**62 - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def new_token() -> str:
    """Return a fresh URL-safe secret of 32 characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """Return what is stored of a token: its SHA-256 in hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def public_id(base_url: str, identifier: UUID) -> str:
    """Return the address under which an object of the site at `base_url` is known everywhere."""
    return f"{base_url}/federation/o/{identifier}"
