"""The snapshot as a file: its representations, resuming one, and who has to come back later."""

import gzip
import os
import time
from datetime import timedelta

import pytest

from entraide import database, runtime
from entraide.app import create_app
from entraide.testing import add_offer, add_organisation, browser
from entraide_federation.protocol.errors import Overloaded
from entraide_federation.serving import snapshot
from entraide_federation.store import snapshot_files
from entraide_federation.store.snapshot_files import Desk

PATH = "/federation/v1/snapshot"


@pytest.fixture
def origin_site(make_origin):
    with runtime.activate(make_origin()) as opened:
        yield opened


@pytest.fixture
def site_client(origin_site):
    return browser(create_app(origin_site))


@pytest.fixture
def publish(origin_site, publish_all):
    """A function that publishes so many offers more."""
    with database.writing() as session:
        organisation = add_organisation(session).id

    def add(count):
        with database.writing() as session:
            for _number in range(count):
                add_offer(session, kind="canary", organisation_id=organisation)
        publish_all()

    add(5)
    return add


def read(client, **headers):
    return client.get(
        PATH, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_each_coding_has_a_validator_of_its_own(site_client, publish):
    plain, packed = read(site_client), read(site_client, Accept_Encoding="gzip, br")
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["ETag"] != packed.headers["ETag"]
    for answer, coding in ((plain, "identity"), (packed, "gzip")):
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert int(answer.headers["Content-Length"]) == len(answer.data)
        again = read(site_client, Accept_Encoding=coding, If_None_Match=answer.headers["ETag"])
        assert (again.status_code, dict(again.headers)) == (304, {"ETag": answer.headers["ETag"]})
    crossed = read(site_client, If_None_Match=packed.headers["ETag"])
    assert crossed.status_code == 200
    assert read(site_client, Accept_Encoding="br").data == plain.data


def test_it_is_written_once_for_each_head(site_client, publish, origin_site):
    folder = origin_site.settings.state / "snapshots"

    def known():
        return {path.name: path.stat().st_ino for path in folder.iterdir()}

    first = read(site_client).data
    before = known()
    assert [read(site_client).data for _number in range(3)] == [first] * 3
    assert known() == before
    publish(1)
    assert read(site_client).data != first
    assert len(known()) == 2
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_reader_who_was_cut_off_resumes(site_client, publish, coding):
    """Also when the site has published since: the older file is there for a while."""
    whole = read(site_client, Accept_Encoding=coding)
    tag = whole.headers["ETag"]
    for _round in range(2):
        rest = read(site_client, Accept_Encoding=coding, Range="bytes=100-", If_Range=tag)
        assert rest.status_code == 206
        size = len(whole.data)
        assert rest.headers["Content-Range"] == f"bytes 100-{size - 1}/{size}"
        assert (rest.data, rest.headers["ETag"]) == (whole.data[100:], tag)
        assert rest.headers.get("Content-Encoding", "identity") == coding
        middle = read(site_client, Range="bytes=10-19", If_Range=tag)
        assert (middle.status_code, middle.data) == (206, whole.data[10:20])
        publish(1)


def test_a_range_without_a_known_validator_is_the_whole(site_client, publish):
    tag = read(site_client).headers["ETag"]
    whole = read(site_client).data
    for headers in (
        {"Range": "bytes=5-"},
        {"Range": "bytes=5-", "If_Range": '"unknown-validator"'},
        {"Range": "bytes=5-", "If_Range": '"../../instance.toml"'},
        {"Range": "bytes=5-9,20-29", "If_Range": tag},
        {"Range": "lines=5-", "If_Range": tag},
        {"Range": "nonsense", "If_Range": tag},
    ):
        answer = read(site_client, **headers)
        assert (answer.status_code, answer.data) == (200, whole)
    beyond = read(site_client, Range="bytes=99999999-", If_Range=tag)
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole)}"


def test_a_head_request_reads_nothing(site_client, publish):
    answer = site_client.head(PATH)
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(read(site_client).data)


def test_too_many_readers_are_asked_to_come_back(site_client, publish, monkeypatch):
    held = [site_client.get(PATH, buffered=False) for _number in range(snapshot_files.PER_CLIENT)]
    answer = read(site_client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["type"].endswith("#busy")
    other = site_client.get(PATH, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert other.status_code == 200, "another line has room"
    held[0].close()
    assert read(site_client).status_code == 200
    for one in held:
        one.close()


def test_no_more_than_a_quarter_of_the_server(tmp_path):
    desk = Desk(tmp_path / "snapshots", threads=8, connections=16)
    desk.write('"0123456789"', [b"{}\n"])
    held = [desk.open('"0123456789"', f"client {number}") for number in range(4)]
    with pytest.raises(Overloaded):
        desk.open('"0123456789"', "client 5")
    held[0].close()
    held[0].close()
    assert desk.open('"0123456789"', "client 5").read() == b"{}\n"

    def pieces(depth):
        yield b"{}"
        if depth:
            desk.write(f'"writer-{depth}-"', pieces(depth - 1))

    with pytest.raises(Overloaded):
        desk.write('"writer-2-2"', pieces(2))
    assert not list((tmp_path / "snapshots").glob("new-*")), "what failed leaves nothing"
    desk.write('"writer-3-3"', pieces(1))
    for one in held:
        one.close()


@pytest.mark.parametrize(("number", "expected"), [("ENOSPC", Overloaded), ("EIO", OSError)])
def test_a_full_disk_is_no_news_of_the_site(tmp_path, number, expected):
    def pieces():
        yield b"{"
        raise OSError(getattr(__import__("errno"), number), "full")

    desk = Desk(tmp_path / "snapshots", threads=1, connections=4)
    with pytest.raises(expected):
        desk.write('"0123456789"', pieces())
    assert desk.open('"0123456789"', "client") is None


def test_old_files_go_and_what_was_never_finished(tmp_path):
    folder = tmp_path / "snapshots"
    desk = Desk(folder, threads=8, connections=16)
    folder.mkdir()
    for name, age in (("new-old", timedelta(hours=2)), ("new-fresh", timedelta(minutes=1))):
        (folder / name).write_bytes(b"{")
        then = time.time() - age.total_seconds()
        os.utime(folder / name, (then, then))
    for number in range(snapshot_files.KEPT + 3):
        desk.write(f'"snapshot-{number:02}"', [b"{}\n"])
    names = {path.name for path in folder.iterdir()}
    assert "new-old" not in names
    assert "new-fresh" in names
    assert len(names) == snapshot_files.KEPT + 1
    assert f"s-snapshot-{snapshot_files.KEPT + 2:02}" in names


def test_a_file_that_goes_at_once_is_asked_for_again(site_client, publish, monkeypatch):
    monkeypatch.setattr(snapshot_files, "KEPT", 0)
    answer = read(site_client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_long_snapshot_is_written_in_pieces(site_client, publish, monkeypatch):
    whole = read(site_client).data
    publish(1)
    publish(0)
    monkeypatch.setattr(snapshot, "CHUNK_BYTES", 100)
    assert len(read(site_client).data) > len(whole)
