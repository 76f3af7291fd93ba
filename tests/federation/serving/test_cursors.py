"""Cursors: opaque, ours, of one feed, spelled in one way."""

import base64

import pytest

from entraide_federation.protocol.errors import BadCursor
from entraide_federation.serving import cursors
from entraide_federation.serving.cursors import Feed

KEY = bytes(range(32))
EPOCH = "k3J9xQ2mR0s"
CURSOR = cursors.encode(KEY, Feed.OWN, EPOCH, 4711)


@pytest.mark.parametrize("seq", [0, 1, 4711, 2**53 - 1, 2**64 - 1])
@pytest.mark.parametrize("feed", Feed)
def test_there_and_back(feed, seq):
    assert cursors.decode(KEY, cursors.encode(KEY, feed, EPOCH, seq), feed) == (EPOCH, seq)


def test_the_layout_is_the_published_one():
    raw = base64.urlsafe_b64decode(CURSOR.removeprefix("c.") + "==")
    assert len(raw) == 1 + 8 + 8 + 16
    assert raw[:1] == b"\x01"
    assert raw[9:17] == (4711).to_bytes(8, "big")


def altered(index):
    letter = "A" if CURSOR[index] != "A" else "B"
    return CURSOR[:index] + letter + CURSOR[index + 1 :]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "c.",
        "c",
        "x",
        CURSOR[2:],
        CURSOR[:-1],
        CURSOR + "A",
        CURSOR + "=",
        CURSOR + "\n",
        " " + CURSOR,
        CURSOR.upper(),
        "c." + CURSOR,
        "c.é",
        "c.\x00",
        "c.!!!!",
        "c." + "A" * 44,
        "c." + "A" * 10_000,
        *map(altered, range(len(CURSOR))),
    ],
)
def test_everything_else_is_refused(cursor):
    with pytest.raises(BadCursor):
        cursors.decode(KEY, cursor, Feed.OWN)


def test_another_key_or_another_feed_is_refused():
    with pytest.raises(BadCursor):
        cursors.decode(bytes(32), CURSOR, Feed.OWN)
    with pytest.raises(BadCursor):
        cursors.decode(KEY, CURSOR, Feed.ALL)
