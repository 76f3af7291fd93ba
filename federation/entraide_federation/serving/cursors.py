"""Cursors of the change feeds: opaque to readers, proved ours by a MAC."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from enum import Enum

from entraide_federation.protocol.errors import BadCursor
from entraide_federation.protocol.spelling import write_base64

PREFIX = "c."
SEQ_BYTES = 8
EPOCH_BYTES = 8
MAC_BYTES = 16
_SIZE = 1 + EPOCH_BYTES + SEQ_BYTES + MAC_BYTES


class Feed(Enum):
    """Which feed a cursor belongs to: its first byte."""

    OWN = b"\x01"
    ALL = b"\x02"


def encode(key: bytes, feed: Feed, epoch: str, seq: int) -> str:
    """Return the cursor after number `seq`; `epoch` is 11 characters of base64url."""
    place = feed.value + _bytes_of(epoch) + seq.to_bytes(SEQ_BYTES, "big")
    return PREFIX + write_base64(place + _mac(key, place))


def decode(key: bytes, cursor: str, feed: Feed) -> tuple[str, int]:
    """Return the epoch and the number in a cursor of `feed`; raise BadCursor when it is not ours.

    Whether the epoch is still the current one and the number not too old is the feed's to say.
    """
    try:
        raw = _bytes_of(cursor.removeprefix(PREFIX))
    except (binascii.Error, ValueError):
        raw = b""
    place, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    is_ours = len(raw) == _SIZE and hmac.compare_digest(mac, _mac(key, place))
    # Spelled any other way it is not what we gave: base64 ignores stray bits and characters.
    if not is_ours or cursor != PREFIX + write_base64(raw) or place[:1] != feed.value:
        raise BadCursor("Start again without a cursor, or from the snapshot.")
    return write_base64(place[1 : 1 + EPOCH_BYTES]), int.from_bytes(place[1 + EPOCH_BYTES :], "big")


def _mac(key: bytes, place: bytes) -> bytes:
    return hmac.new(key, place, hashlib.sha256).digest()[:MAC_BYTES]


def _bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
