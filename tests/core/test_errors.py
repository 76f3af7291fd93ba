"""The error tree and its one JSON shape."""

from __future__ import annotations

import orjson
import pytest

from entraide import errors
from entraide.i18n import catalogue, speaking

_ = catalogue("tests.errors", fr={"Gone": "Parti"})


def test_problem_has_the_shape_of_rfc_9457():
    error = errors.TooManyRequests("Wait a moment.", retry_after=900)
    assert error.as_problem() == {
        "type": "https://entraide.example/ns/errors#too-many-requests",
        "title": "Too many tries, please wait",
        "status": 429,
        "detail": "Wait a moment.",
        "retry_after": 900,
    }


def test_without_detail_the_title_speaks():
    error = errors.NotFound()
    assert str(error) == "There is nothing here"
    assert "detail" not in error.as_problem()


def test_detail_may_be_translated_when_shown():
    error = errors.NotFound(_("Gone"))
    with speaking("fr"):
        assert str(error) == "Parti"
        assert orjson.loads(orjson.dumps(error.as_problem()))["detail"] == "Parti"


def test_bad_input_lists_its_fields():
    error = errors.BadInput("Look again.", {"title": ["Too long."]}, page=2)
    assert error.errors == {"title": ["Too long."]}
    assert error.as_problem()["errors"] == {"title": ["Too long."]}
    assert error.as_problem()["page"] == 2
    assert "errors" not in errors.BadInput("Look again.").as_problem()


def test_bad_text_names_its_rule():
    assert errors.BadText("nul", field="title").as_problem()["reason"] == "nul"
    assert errors.BadText("nul").detail == "nul"
    assert errors.BadText("nul", "A zero byte.").detail == "A zero byte."


def test_configuration_error_shows_every_mistake():
    error = errors.ConfigurationError(["line 1: a", "line 2: b"])
    assert str(error) == "line 1: a\nline 2: b"
    assert error.mistakes == ["line 1: a", "line 2: b"]


def _tree(kind):
    return [kind, *(found for child in kind.__subclasses__() for found in _tree(child))]


@pytest.mark.parametrize("kind", _tree(errors.EntraideError), ids=lambda kind: kind.__name__)
def test_every_error_has_a_name_a_status_and_a_title(kind):
    assert kind.name
    assert 400 <= kind.status < 600
    assert kind.title
    assert kind.__doc__
