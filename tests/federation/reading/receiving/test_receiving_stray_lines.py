"""Lines of a snapshot, and items of a page, that count nowhere leave only themselves out (20)."""

import copy

import pytest

from entraide_federation.protocol import profile
from entraide_federation.protocol.limits import DEFAULT

CHANGES, SNAPSHOT = "/federation/v1/changes", "/federation/v1/snapshot"


def put_first(body, line):
    """Put a line before the first object, where nobody knows yet whose objects begin."""
    header, rest = body.split(b"\n", 1)
    return header + b"\n" + line + rest


def put_second(body, line):
    header, first, rest = body.split(b"\n", 2)
    return header + b"\n" + first + b"\n" + line + rest


def put_last(body, line):
    """Put a line before the Head."""
    start = body.rstrip(b"\n").rindex(b"\n") + 1
    return body[:start] + line + body[start:]


@pytest.mark.parametrize("put", [put_first, put_second, put_last])
@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"Offer"}',
        b'{"origin":null,"type":"Offer"}',
        b'{"origin":["x"]}',
        b'{"origin":5}',
        b"5",
        b"null",
        b'"x"',
        b"[]",
        b"{}",
        b"",
        b"{",
        b'{"a":NaN}',
        b"\xff",
        b"[" * 5000,
    ],
)
def test_a_line_without_an_origin(desk, peer, put, line):
    peer.edit_bytes = lambda path, body: put(body, line + b"\n") if path == SNAPSHOT else body
    desk.subscribe(peer)
    assert desk.pull(peer).error == ""
    assert peer.first in desk.listed()
    assert desk.origin(peer).state == "live"


def test_a_head_without_an_origin_ends_nothing(desk, peer):
    def edit(path, body):
        return put_first(body, b'{"type":"Head"}\n') if path == SNAPSHOT else body

    peer.edit_bytes = edit
    desk.subscribe(peer)
    assert desk.pull(peer).error_name == "head-missing"
    assert desk.objects() == {}


def large(document, size, end):
    """Return another object of so many bytes, whose id is the last or the first one."""
    big = copy.deepcopy(document)
    prefix, _, _ = big["id"].rpartition("/")
    uuid = f"{end * 8}-{end * 4}-7{end * 3}-8{end * 3}-{end * 12}"
    big |= {"id": f"{prefix}/{uuid}", "ext": {"tutoring": {"a": ""}}}
    big["ext"]["tutoring"]["a"] = "x" * (size - len(profile.canonical(big)))
    assert len(profile.canonical(big)) == size
    return big


@pytest.mark.parametrize("end", ["0", "f"])
@pytest.mark.parametrize("size", [DEFAULT.object_bytes + 1, 70_000, 1_000_000])
@pytest.mark.parametrize("is_snapshot", [True, False])
def test_an_object_that_is_too_large(desk, peer, size, is_snapshot, end):
    desk.subscribe(peer)
    if not is_snapshot:
        desk.pull(peer)
    late = peer.publish(title="Nouvelle")
    big = large(peer.publication.objects[peer.first], size, end)
    peer.edit = lambda items: sorted([*items, big], key=lambda one: one["id"])
    assert desk.pull(peer).error == ""
    assert {peer.first, late} <= desk.listed().keys()
    assert big["id"] not in desk.objects()
    assert "too-large" in desk.events()


def test_a_line_longer_than_any_page_is_no_line(desk, peer):
    big = large(peer.publication.objects[peer.first], DEFAULT.page_bytes + 1, "f")
    peer.edit = lambda items: [*items, big]
    desk.subscribe(peer)
    assert desk.pull(peer).error_name == "line-too-long"
    peer.edit = list
    assert desk.pull(peer).error_name == ""
