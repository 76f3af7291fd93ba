"""The one strict JSON decoder and the one text policy: what may come in as text, and how."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from typing import Any, NoReturn

from entraide.errors import BadText
from entraide.invisible import drop_invisible

MAX_INTEGER = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly (RFC 8259, section 6)."""
MAX_DEPTH = 32
"""Nesting of objects and arrays; the root counts as 1, scalars do not count."""
MAX_MARKS = 30
"""Accents on one letter (Unicode UAX #15, stream-safe text): sorting more takes quadratic time."""
MAX_URL = 2000
"""Characters of a URL: what browsers and directories still carry."""

_INTEGER_DIGITS = len(str(-MAX_INTEGER))
_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_NOT_A_CHARACTER = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINE_END = re.compile("\r\n?|[\u2028\u2029]")
_ANY_LINE_END = re.compile("[\n\x0b\x0c\r\u2028\u2029]")
# What keyboards and word processors put for a space or a line end, beside the usual ones.
_SPACES = re.compile("[\t\u2800]")
_SOFT_LINE_END = re.compile("[\x0b\x0c]")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l"})
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"(?=[^/:?#]{{4,253}}(?:[/:?#]|\Z))(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}"
_PATH = r"[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*"
_REST = rf"(?::[1-9][0-9]{{0,4}})?(?:{_PATH})?"
_URL_PATH = re.compile(_PATH)
_HTTPS_URL = re.compile(rf"https://{_HOST}{_REST}")
_HTTP_URL = re.compile(rf"http://(?:127\.0\.0\.1|localhost|{_HOST}){_REST}")
_ESCAPED_CONTROL = re.compile(r"%(?:[01][0-9a-f]|7f)", re.IGNORECASE)


def decode(
    raw: bytes,
    *,
    max_depth: int = MAX_DEPTH,
    max_bytes: int | None = None,
    allow_floats: bool = True,
) -> Any:
    """Parse one JSON document so that no two readers can understand it differently.

    UTF-8 without a byte order mark; no key twice; integers within ±(2^53-1) and no `-0`; no NaN
    or infinity; no lone surrogate; no control character but the line feed. Raises `BadText` with
    the reason `too-large`, `bom`, `utf-8`, `not-json`, `duplicate-key`, `float`, `integer-range`,
    `depth`, `surrogate` or `control`.
    """
    if max_bytes is not None and len(raw) > max_bytes:
        raise BadText("too-large", f"The document has {len(raw)} bytes; at most {max_bytes} pass.")
    if raw.startswith(_BOM):
        raise BadText("bom", "Send UTF-8 without a byte order mark.")
    try:
        source = raw.decode("utf-8")
        value = (_WITH_FLOATS if allow_floats else _WITHOUT_FLOATS).decode(source)
    except UnicodeDecodeError as error:
        raise BadText("utf-8", f"Byte {error.start} is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise BadText("not-json", f"{error.msg} at character {error.pos}.") from error
    except RecursionError:
        # The parser's own limit is far above ours, and its traceback is as long as the nesting.
        raise BadText("depth", f"At most {max_depth} levels pass.") from None
    _check_values(value, max_depth)
    return value


def clean(value: str, *, single_line: bool) -> str:
    """Return `value` as it is stored: NFC, line feeds as line ends, no blanks around.

    Invisible signs that no script and no emoji needs are dropped; a tab becomes a space. Names
    and titles (`single_line`) refuse line ends and bidirectional controls, which make one name
    pass for another; longer texts lose bidirectional controls, which editors add unseen and
    which federation refuses. Raises `BadText` with the reason `surrogate`, `control`, `marks`,
    `line` or `bidi`; its members name the `sign` (`U+202E`) and its `position`, from 1.
    """
    text = _SPACES.sub(" ", value)
    if not single_line:
        text = _LINE_END.sub("\n", _SOFT_LINE_END.sub("\n", text))
    _refuse(_SURROGATE, text, "surrogate", "Remove half a character (a lone surrogate), {sign}.")
    if single_line:
        _refuse(_ANY_LINE_END, text, "line", "Write this on one line: remove {sign}.")
        _refuse(_BIDI, text, "bidi", "Remove the writing direction control {sign}.")
    _refuse(_CONTROL, text, "control", "Remove the control character {sign}.")
    _refuse(_NOT_A_CHARACTER, text, "control", "Remove the code of no character {sign}.")
    if not single_line:
        text = _BIDI.sub("", text)
    text = drop_invisible(text)
    check_marks(text)
    return unicodedata.normalize("NFC", text).strip()


def fold(value: str) -> str:
    """Return `value` for comparing and searching: lower case, without accents or ligatures."""
    decomposed = unicodedata.normalize("NFKD", value.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return letters.casefold().translate(_LIGATURES)


def is_clean_url(value: str, *, https_only: bool = True) -> bool:
    """Say whether `value` is a web address that is safe to show and to link.

    ASCII only, https (http too, for development, without `https_only`), a host of at least two
    A-labels and no IP address (but 127.0.0.1 and localhost over http), no user, no backslash, no
    control character even when percent-encoded (checks S05 and S22).
    """
    if len(value) > MAX_URL or ("%" in value and _ESCAPED_CONTROL.search(value)):
        return False
    if _HTTPS_URL.fullmatch(value):
        return True
    return not https_only and _HTTP_URL.fullmatch(value) is not None


def is_clean_url_path(url: str, *, start: int) -> bool:
    """Say whether `url` is as `is_clean_url` wants it from its `start` on, where a path begins.

    For addresses of a site whose own address, the part before, has been checked.
    """
    if len(url) > MAX_URL or ("%" in url and _ESCAPED_CONTROL.search(url)):
        return False
    return _URL_PATH.fullmatch(url, start) is not None


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        # Counted in one pass: a peer may send a hundred thousand keys and one of them twice.
        (twice, _count), *_rest = Counter(key for key, _ in pairs).most_common(1)
        raise BadText("duplicate-key", f"The key {twice[:40]!a} appears twice.")
    return value


def _read_integer(digits: str) -> int:
    # Length first: turning thousands of digits into a number takes quadratic time.
    if len(digits) > _INTEGER_DIGITS or digits == "-0" or abs(int(digits)) > MAX_INTEGER:
        raise BadText("integer-range", "Integers lie within ±(2^53-1); -0 is not one.")
    return int(digits)


def _read_float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise BadText("float", "The number is too large for a double.")
    return value


def _refuse_float(digits: str) -> NoReturn:
    raise BadText("float", f"Write {digits[:20]} as an integer or as a string.")


def _refuse_constant(name: str) -> NoReturn:
    raise BadText("not-json", f"{name} is not JSON.")


def _build_decoder(read_float: Any) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_refuse_twice,
        parse_int=_read_integer,
        parse_float=read_float,
        parse_constant=_refuse_constant,
    )


_WITH_FLOATS = _build_decoder(_read_float)
_WITHOUT_FLOATS = _build_decoder(_refuse_float)


def _check_values(value: Any, max_depth: int) -> None:
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            _check_string(item)
        elif isinstance(item, dict | list):
            if depth > max_depth:
                raise BadText("depth", f"At most {max_depth} levels pass.")
            waiting.extend((inner, depth + 1) for inner in item)
            if isinstance(item, dict):
                waiting.extend((inner, depth + 1) for inner in item.values())


def _check_string(value: str) -> None:
    if value.isascii() and value.isprintable():
        return
    if _SURROGATE.search(value):
        raise BadText("surrogate", "The text holds half a character (a lone surrogate).")
    if match := _CONTROL.search(value):
        raise BadText("control", f"The control character U+{ord(match[0]):04X} may not pass.")


def check_marks(text: str) -> None:
    """Raise BadText (`marks`) for a letter under more marks than UAX #15 foresees (30).

    Normalising takes a time that grows with the square of such a run.
    """
    if text.isascii():
        return
    in_a_row = 0
    for place, letter in enumerate(text, start=1):
        in_a_row = in_a_row + 1 if unicodedata.combining(letter) else 0
        if in_a_row > MAX_MARKS:
            sign = name_of(letter)
            words = f"More than {MAX_MARKS} accents stand on one letter: remove {sign}"
            raise BadText("marks", f"{words} (character {place}).", sign=sign, position=place)


def name_of(sign: str) -> str:
    """Return how a sign is named where it cannot be shown: `U+202E`."""
    return f"U+{ord(sign):04X}"


def _refuse(pattern: re.Pattern[str], text: str, reason: str, words: str) -> None:
    """Raise BadText with `words`, and where it stands, when `text` holds a sign of `pattern`."""
    if not (match := pattern.search(text)):
        return
    sign, place = name_of(match[0]), match.start() + 1
    detail = f"{words.format(sign=sign).removesuffix('.')} (character {place})."
    raise BadText(reason, detail, sign=sign, position=place)
