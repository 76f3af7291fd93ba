"""Context variables that have a value while a block runs."""

from contextvars import ContextVar

import pytest

from entraide.binding import Bound

word: ContextVar[str] = ContextVar("word", default="nothing")


def test_a_variable_has_its_value_while_a_block_runs():
    with Bound(word, "outside"):
        with Bound(word, "inside"):
            assert word.get() == "inside"
        assert word.get() == "outside"
    assert word.get() == "nothing"


def test_what_fails_inside_goes_on_and_the_value_does_not():
    with pytest.raises(ZeroDivisionError), Bound(word, "inside"):
        raise ZeroDivisionError
    assert word.get() == "nothing"
