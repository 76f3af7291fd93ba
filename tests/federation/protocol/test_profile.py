"""The JSON profile: canonical form, element hash, and one verdict for both decoders."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from entraide.text import MAX_INTEGER
from entraide_federation.protocol import profile
from entraide_federation.protocol.errors import BadProfile, Refusal, SchemaRefused, TooLarge

DATA = Path(__file__).parents[2] / "data"
JCS = sorted(path.name for path in (DATA / "jcs/input").iterdir())
# These inputs hold floats or keys beyond ASCII, which the profile refuses before sorting.
OUTSIDE = {"values.json", "weird.json", "french.json"}

KEYS = st.from_regex(r"[A-Za-z$][A-Za-z0-9_$-]{0,39}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]) | st.just("\n"), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=6).map(
    lambda members: {"@context": profile.CONTEXT, **members}
)
ANY_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
WILD_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | ANY_TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS | ANY_TEXTS | st.just("@context"), inner, max_size=3)
    ),
    max_leaves=12,
)
CONTEXTS = st.sampled_from([profile.CONTEXT] * 8 + [None, "x", [profile.CONTEXT]])
WILD = st.builds(
    lambda context, members: {**members, "@context": context},
    CONTEXTS,
    st.dictionaries(KEYS | st.just("proof"), WILD_VALUES, max_size=4),
)


def depth_of(value):
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth_of, inner), default=0)


def verdict(decode, raw):
    try:
        return decode(raw, None)
    except Refusal as refusal:
        return refusal.reason


def is_canonical(raw):
    try:
        return profile.canonical(json.loads(raw)) == raw
    except TypeError:
        return False


@pytest.mark.parametrize("name", JCS)
def test_canonical_form_of_the_rfc_vectors(name):
    value = json.loads((DATA / "jcs/input" / name).read_bytes())
    expected = (DATA / "jcs/output" / name).read_bytes()
    assert rfc8785.dumps(value) == expected
    if name not in OUTSIDE:
        assert profile.canonical(json.loads(json.dumps(value).replace("56.0", "56"))) == expected


@given(DOCUMENTS)
def test_canonical_form_is_that_of_the_library(document):
    assert profile.canonical(document) == rfc8785.dumps(document)


@given(DOCUMENTS)
def test_both_decoders_read_what_was_written(document):
    raw = profile.canonical(document)
    expected = document if depth_of(document) <= 8 else "depth"
    assert verdict(profile.decode, raw) == expected
    assert verdict(profile.decode_canonical, raw) == expected


@given(WILD)
def test_both_decoders_agree_on_anything(document):
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    slow = verdict(profile.decode, raw)
    if isinstance(slow, dict) and not is_canonical(raw):
        slow = "not-canonical"
    assert verdict(profile.decode_canonical, raw) == slow


@pytest.mark.parametrize("index", range(4))
def test_canonical_bytes_and_elements_of_the_vectors(vectors, index):
    vector = vectors["objects"][index]
    if "canonical_utf8_base64" in vector:
        expected = base64.b64decode(vector["canonical_utf8_base64"])
        assert profile.canonical(vector["unsigned"]) == expected
    assert profile.element_of(vector["signed"]).hex() == vector["element"]


def test_the_element_is_the_hash_that_the_protocol_describes(signed):
    content = hashlib.sha256(rfc8785.dumps(signed)).digest()
    parts = ["efp1-elt", signed["id"], str(signed["version"])]
    expected = hashlib.sha256("\0".join(parts).encode() + b"\0" + content).digest()
    assert profile.element_of(signed) == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"@graph": []}, "context"),
        ({"@id": "https://clamecy.example/"}, "context"),
        ({"ext": {"t": {"@context": profile.CONTEXT}}}, "context"),
        ({"ext": [{"@type": "Offer"}]}, "context"),
        ({"proof": {"@context": profile.CONTEXT, "@id": "x"}}, "context"),
        ({"proof": [{"@context": profile.CONTEXT}, {"ext": {"@context": 1}}]}, "context"),
        ({"@context": None}, "context"),
        ({"title": "a\u202eb"}, "control"),
        ({"title": "a\u200fb"}, "control"),
        ({"title": "a\u061cb"}, "control"),
        ({"title": "a\u2066b"}, "control"),
        ({"title": "a\x7fb"}, "control"),
        ({"title": "a\x85b"}, "control"),
        ({"title": "a\\\tb"}, "control"),
        ({"ext": {"n": 2**53}}, "integer-range"),
        ({"ext": {"n": 2**64}}, "integer-range"),
        ({"ext": {"n": 0.5}}, "float"),
        ({"a.b": 1}, "key-name"),
        ({"ext": [[[[[[[[]]]]]]]]}, "depth"),
    ],
)
def test_what_the_profile_refuses(signed, change, reason):
    document = {**signed, **change}
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    for judge in (lambda: profile.check(document), lambda: profile.decode_canonical(raw)):
        with pytest.raises(BadProfile) as caught:
            judge()
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    "change",
    [
        {"title": '\\tab "n" \\\\ \n'},
        {"title": "a\u2028b\u00a0c\u200dd"},
        {"title": '"@context":"@id"'},
        {"proof": [{"@context": profile.CONTEXT}]},
        {"ext": {"n": None, "b": [True, False], "s": "@"}},
    ],
)
def test_what_the_profile_lets_pass(signed, change):
    document = {**signed, **change}
    profile.check(document)
    assert profile.decode_canonical(profile.canonical(document)) == document


def test_a_lone_surrogate_in_parsed_values_is_refused(signed):
    with pytest.raises(BadProfile) as caught:
        profile.check({**signed, "title": "\ud800"})
    assert caught.value.reason == "surrogate"


def test_other_spellings_of_the_same_document_are_not_canonical(signed):
    line = profile.canonical(signed)
    spaced = line.replace(b',"', b', "', 1)
    for raw in (spaced, line + b" ", line.replace(b"Aide", b"\\u0041ide", 1)):
        assert profile.decode(raw) == signed
        with pytest.raises(BadProfile) as caught:
            profile.decode_canonical(raw)
        assert caught.value.reason == "not-canonical"


def test_the_limit_counts_bytes(signed):
    line = profile.canonical(signed)
    assert profile.decode_canonical(line, len(line)) == profile.decode(line, len(line)) == signed
    for decode in (profile.decode, profile.decode_canonical):
        with pytest.raises(TooLarge):
            decode(line, len(line) - 1)


def test_a_document_is_an_object():
    for decode in (profile.decode, profile.decode_canonical):
        with pytest.raises(SchemaRefused):
            decode(b"[]")


def test_many_names_do_not_fill_the_memory(signed, monkeypatch):
    monkeypatch.setattr(profile, "_KNOWN_KEYS_MAX", 0)
    profile.check({**signed, "neverSeenBefore": 1})
    assert "neverSeenBefore" not in profile._known_keys
