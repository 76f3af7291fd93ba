"""Each machine has an index of its own: it follows for itself, and starts again when it must."""

import shutil

import pytest

from entraide.directory.search import Follower, SearchIndex
from entraide.directory.search import folder as files

from .test_search import ListSource, Steps, ask, followed, offer

__all__ = ["followed"]


def test_each_machine_follows_for_itself(followed, tmp_path):
    source, follower, search = followed
    elsewhere = Follower(tmp_path / "elsewhere", source, Steps())
    elsewhere.step()
    source.remove("first")
    source.put(offer("second"))
    assert (follower.step(), elsewhere.step()) == (2, 2)
    for index in (search, SearchIndex(tmp_path / "elsewhere")):
        assert index.search(ask()).uids == ["second"]
    elsewhere.close()


def test_an_index_goes_on_where_it_stood(followed, tmp_path):
    source, follower, search = followed
    follower.close()
    build = files.current_build(tmp_path)
    source.put(offer("second"))
    again = Follower(tmp_path, source, Steps())
    assert again.step() == 1
    assert files.current_build(tmp_path) == build
    assert files.read_position(tmp_path) == source.position()
    assert search.search(ask()).total == 2
    again.close()


@pytest.mark.parametrize("epoch", ["here", "another database"])
def test_an_index_of_another_or_of_a_newer_database_is_rebuilt(followed, tmp_path, epoch):
    source, follower, search = followed
    source.put(offer("second"))
    follower.step()
    follower.close()
    again = Follower(tmp_path, ListSource(offer("restored"), epoch=epoch), Steps())
    assert again.step() == 1
    assert search.search(ask()).uids == ["restored"]
    again.close()


def test_a_folder_that_is_deleted_gives_its_lock_back(followed, tmp_path):
    _source, follower, search = followed
    shutil.rmtree(tmp_path)
    other = Follower(tmp_path, ListSource(offer("other")), Steps())
    assert (other.step(), follower.step(), follower.is_writer) == (1, 0, False)
    assert search.search(ask()).uids == ["other"]
    other.close()
