"""What our own forms accept can be published: no reader refuses it."""

import orjson
import pytest
from text_vectors import DROPPED, KEPT, LONG_TEXTS

from entraide import text
from entraide_federation.protocol import profile


@pytest.mark.parametrize("value", [*KEPT, *(given for given, _ in DROPPED + LONG_TEXTS)])
def test_a_text_that_a_form_accepts_is_within_the_profile(value):
    cleaned = text.clean(value, single_line=False)
    document = {"@context": profile.CONTEXT, "summary": cleaned}
    raw = orjson.dumps(document)
    assert profile.decode(raw) == document
    assert profile.decode_canonical(profile.canonical(document)) == document
