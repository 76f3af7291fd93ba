"""The strict JSON decoder and the text policy, by tables and by properties."""

import json
import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entraide import text
from entraide.errors import BadText

SAFE = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-text.MAX_INTEGER, text.MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | SAFE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SAFE, inner, max_size=4),
    max_leaves=12,
)


def reason_of(raw, **options):
    with pytest.raises(BadText) as caught:
        text.decode(raw, **options)
    return caught.value.reason


@given(VALUES)
def test_what_json_writes_is_read_back(value):
    assert text.decode(json.dumps(value).encode()) == value
    assert text.decode(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"{}{}", "not-json"),
        (b"'a'", "not-json"),
        (b"[1,]", "not-json"),
        (b'"a\nb"', "not-json"),
        (b'"\x00"', "not-json"),
        (b'"\\x41"', "not-json"),
        (b"NaN", "not-json"),
        (b"-Infinity", "not-json"),
        (b"01", "not-json"),
        (b"\xef\xbb\xbf{}", "bom"),
        (b"\xff\xfe{\x00}\x00", "utf-8"),
        (b'"\xc0\xaf"', "utf-8"),
        (b'"\xed\xa0\x80"', "utf-8"),
        (b'{"a":1,"a":1}', "duplicate-key"),
        (b'{"a":1,"\\u0061":2}', "duplicate-key"),
        (b'[{"b":{"a":1,"c":2,"a":3}}]', "duplicate-key"),
        # Takes minutes when each key is looked up in the list of all of them.
        (
            b"{" + b"".join(b'"%05x":0,' % one for one in range(100_000)) + b'"1869f":0}',
            "duplicate-key",
        ),
        (b"9007199254740992", "integer-range"),
        (b"-9007199254740992", "integer-range"),
        (b"-0", "integer-range"),
        (b"9" * 5000, "integer-range"),
        (b"-" + b"9" * 5000, "integer-range"),
        (b"1e999", "float"),
        (b"-1e999", "float"),
        (b"9" * 400 + b".0", "float"),
        (b"[" * 100_000, "depth"),
        (b'{"a":' * 100_000, "depth"),
        (b"[" * 33 + b"]" * 33, "depth"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udfff":1}', "surrogate"),
        (b'"\\ude00\\ud83d"', "surrogate"),
        (b'"\\u0000"', "control"),
        (b'"\\t"', "control"),
        (b'"\\r\\n"', "control"),
        (b'"\\u001f"', "control"),
        (b'"\x7f"', "control"),
        (b'"\\u0085"', "control"),
        (b'{"a\\u0001":1}', "control"),
    ],
)
def test_what_is_refused(raw, reason):
    assert reason_of(raw) == reason


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b" [ ] ", []),
        (b"9007199254740991", 2**53 - 1),
        (b"-9007199254740991", -(2**53) + 1),
        (b"1.5", 1.5),
        (b"1e2", 100.0),
        (b"1e-999", 0.0),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"a\\nb"', "a\nb"),
        ('"é\u202e\u200d"'.encode(), "é\u202e\u200d"),
    ],
)
def test_what_is_accepted(raw, value):
    assert text.decode(raw) == value


def test_minus_zero_is_a_float_only():
    assert math.copysign(1, text.decode(b"-0.0")) == -1


def test_depth_counts_the_root_and_no_scalars():
    nested = b'{"a":' * 7 + b"[1]" + b"}" * 7
    assert text.decode(nested, max_depth=8)
    assert reason_of(nested, max_depth=7) == "depth"
    assert text.decode(b"1", max_depth=0) == 1
    assert text.decode(b"[" * 32 + b"]" * 32)


def test_floats_may_be_refused():
    for raw in (b"1.0", b"[1e2]", b'{"a":1.5}'):
        assert reason_of(raw, allow_floats=False) == "float"
    assert text.decode(b"[1]", allow_floats=False) == [1]


def test_size_is_in_bytes():
    raw = '"é"'.encode()
    assert text.decode(raw, max_bytes=4) == "é"
    assert reason_of(raw, max_bytes=3) == "too-large"


@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(lambda value: value.encode("utf-8", "replace"))
)
def test_any_bytes_have_a_value_or_a_reason(raw):
    try:
        text.decode(raw)
    except BadText as error:
        problem = error.as_problem()
    else:
        problem = {"status": 400, "reason": "none"}
    assert problem["status"] == 400
    assert problem["reason"]


def clean_reason(value, *, single_line):
    with pytest.raises(BadText) as caught:
        text.clean(value, single_line=single_line)
    return caught.value.reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a\nb", "line"),
        ("a\u2028b", "line"),
        ("a\r\nb", "line"),
        ("a\x00b", "control"),
        ("a\x9fb", "control"),
        ("a\ufffeb", "control"),
        ("\ud83d", "surrogate"),
        ("a\u202eb", "bidi"),
        ("a\u200eb", "bidi"),
        ("a\u2069b", "bidi"),
        ("a\u061cb", "bidi"),
    ],
)
def test_names_and_titles_refuse(value, reason):
    assert clean_reason(value, single_line=True) == reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a\x00b", "control"),
        ("a\x85b", "control"),
        ("a\ufdd0b", "control"),
        ("\udc00", "surrogate"),
        ("a" + "\u0301\u0323" * 30_000, "marks"),
    ],
)
def test_longer_texts_refuse(value, reason):
    assert clean_reason(value, single_line=False) == reason


@pytest.mark.parametrize(
    ("value", "single_line", "cleaned"),
    [
        ("  Aide aux devoirs ", True, "Aide aux devoirs"),
        ("e\u0301te\u0301", True, "été"),
        ("L’été à 5\u202f€", True, "L’été à 5\u202f€"),
        ("Fête 🎉", True, "Fête 🎉"),
        ("a\r\nb\rc\u2028d", False, "a\nb\nc\nd"),
        ("👩\u200d👧\u200d👦", False, "👩\u200d👧\u200d👦"),
        ("a\u202eb\u200fc", False, "abc"),
        ("", True, ""),
    ],
)
def test_what_is_stored(value, single_line, cleaned):
    assert text.clean(value, single_line=single_line) == cleaned


TRICKY = st.text(
    st.sampled_from(
        "aé1#e\u0301\u0323\u00ad\u034f\u200b\u200c\u200d\ufe0e\ufe0f\u20e3\u180b\U000e0101\u115f"
        "م\u064b\u0915\u094d\u093c\u1820\u1100\u1161\u845b\ufa10\u2139\u2194\u226e\u0338<👩🏽🏳🏴"
        "\U000e0067\U000e0062\U000e007f\u2060 "
    ),
    max_size=12,
)


@given(st.text(max_size=40) | TRICKY, st.booleans())
def test_cleaning_twice_changes_nothing(value, single_line):
    try:
        cleaned = text.clean(value, single_line=single_line)
    except BadText:
        return
    assert text.clean(cleaned, single_line=single_line) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert text.decode(json.dumps(cleaned).encode()) == cleaned


@pytest.mark.parametrize(
    ("value", "folded"),
    [
        ("Œuvre d’ÉTÉ", "oeuvre d’ete"),
        ("Cœur, Ægir, façade", "coeur, aegir, facade"),
        ("STRASSE Straße", "strasse strasse"),
        ("Łódź Đà Nẵng Øre", "lodz da nang ore"),
        ("ﬁn", "fin"),
        ("", ""),
    ],
)
def test_folding(value, folded):
    assert text.fold(value) == folded


@given(st.text(max_size=30))
def test_folding_ignores_case_and_form(value):
    assert text.fold(text.fold(value)) == text.fold(value)
    assert text.fold(unicodedata.normalize("NFD", value)) == text.fold(value)


@pytest.mark.parametrize(
    "url",
    [
        "https://clamecy.example",
        "https://clamecy.example/",
        "https://clamecy.example:8443/a/b?c=d&e=%C3%A9#f",
        "https://xn--caf-dma.example/~x/(y)",
        "https://a.b.c.example?x",
    ],
)
def test_clean_urls(url):
    assert text.is_clean_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "clamecy.example",
        "//clamecy.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://clamecy.example/",
        "HTTPS://clamecy.example/",
        "https:/clamecy.example/",
        "https:clamecy.example/",
        "https:///clamecy.example",
        "https://user@clamecy.example/",
        "https://user:secret@clamecy.example/",
        "https://clamecy.example\\@evil.example/",
        "https://clamecy.example\\",
        "https://Clamecy.example/",
        "https://clamecy.example./",
        "https://clаmecy.example/",  # noqa: RUF001 - a Cyrillic letter is the point
        "https://café.example/",
        "https://clamecy。example/",
        "https://１２７.0.0.1/",  # noqa: RUF001 - wide digits are the point
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://localhost/",
        "https://-a.example/",
        "https://clamecy.example:0/",
        "https://clamecy.example:x/",
        "https://clamecy.example/a b",
        "https://clamecy.example/\n",
        "https://clamecy.example/\u202e",
        "https://clamecy.example/é",
        'https://clamecy.example/"onclick="',
        "https://clamecy.example/<script>",
        "https://clamecy.example/%0a",
        "https://clamecy.example/%0D%0Ax",
        "https://clamecy.example/%7f",
        "https://clamecy.example/" + "x" * 2000,
    ],
)
def test_other_urls(url):
    assert not text.is_clean_url(url)
    assert not text.is_clean_url(url, https_only=False)


ORIGIN = "https://clamecy.example"


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/",
        "/offres/1?a=b#c",
        "?a",
        "/%C3%A9",
        "/a%00b",
        "/a%1fb",
        "/a%7Fb",
        "/a b",
        "/a\\b",
        "/a\n",
        "/caf\u00e9",
        ":8443/",
        ".evil.example/",
        "@evil.example/",
        "evil",
        "/" + "a" * 2000,
    ],
)
def test_a_path_is_held_to_what_its_whole_address_is(rest):
    as_path = text.is_clean_url_path(ORIGIN + rest, start=len(ORIGIN))
    is_path = rest[:1] in ("/", "?", "#") and rest != ""
    assert as_path == (is_path and text.is_clean_url(ORIGIN + rest))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:5001/x", "http://localhost:5001", "http://clamecy.example/"]
)
def test_http_only_in_development(url):
    assert text.is_clean_url(url, https_only=False)
    assert not text.is_clean_url(url)
