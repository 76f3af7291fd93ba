"""Whose request is answered next, when more wait than there are threads."""

from types import SimpleNamespace

import pytest

from entraide.server.queueing import FairQueue


def fill(queue, client, count):
    for number in range(count):
        queue.append(SimpleNamespace(client=client, name=f"{client}{number}"))


def names(queue, count):
    return [queue.popleft().name for _number in range(count)]


def test_lines_take_turns():
    queue = FairQueue(most=100)
    fill(queue, "a", 50)
    fill(queue, "b", 2)
    fill(queue, "c", 1)
    assert names(queue, 6) == ["a0", "b0", "c0", "a1", "b1", "a2"]
    assert len(queue) == 47


def test_one_line_is_answered_in_order_until_it_floods():
    queue = FairQueue(most=3)
    fill(queue, "a", 3)
    assert names(queue, 3) == ["a0", "a1", "a2"]
    assert not queue
    with pytest.raises(IndexError):
        queue.popleft()
    fill(queue, "a", 8)
    assert names(queue, 8) == ["a7", "a0", "a6", "a1", "a5", "a2", "a3", "a4"]
