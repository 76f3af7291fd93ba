"""What a site says once after something was done: sealed words that travel in its one cookie."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

MAC_BYTES = 16
"""Half of a SHA-256: nobody guesses 128 bits, and a cookie stays short."""


def seal(words: str, *, key: bytes, token: str) -> str:
    """Return `words` as letters that a cookie may hold, bound to the browser that has `token`."""
    content = words.encode()
    sealed = _mac(content, key, token) + content
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(sealed: str, *, key: bytes, token: str) -> str:
    """Return what `seal` was given; empty for anything that we did not seal for this browser."""
    try:
        given = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    except binascii.Error:
        return ""
    mac, content = given[:MAC_BYTES], given[MAC_BYTES:]
    return content.decode() if hmac.compare_digest(mac, _mac(content, key, token)) else ""


def _mac(content: bytes, key: bytes, token: str) -> bytes:
    return hmac.digest(key, b"notice " + token.encode() + b" " + content, hashlib.sha256)[
        :MAC_BYTES
    ]
