"""What may stand behind the label of a field of a kind, and what is wrong with what stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from entraide.i18n import LazyText
from entraide.kind_rules import Side

OPTIONS: Mapping[str, str] = {
    "category": "what it says about a person: `free_text` when left out",
    "purpose": "what it is kept for, in words that the person reads in their export",
    "sides": '`("offer",)` or `("request",)`: the other side is not asked, and has no such field',
    "hint": "words below the label of the form",
    "missing": "what to do when a required answer is not there",
    "unset": 'the words for no answer to a choice ("I do not know")',
    "unit": 'what stands behind a number ("km")',
    "zero": 'the words for 0 ("Free")',
    "no": 'the words for "no", which pages leave out otherwise',
    "choices": "pairs of a value and its words, for a field that has none of its own",
    "kind": "the control of the form, where another fits better: `textarea`",
    "facet": '`True`: a filter of the list; `"at_most"`, `"at_least"`, `"exact"`: how it compares',
}
"""Every option of a mark and what it does; `facet` is for public fields alone."""

PUBLIC_ONLY = ("facet",)
WORDS = ("label", "purpose", "hint", "missing", "unset", "unit", "zero", "no")
CONTROLS = ("choice", "commune", "hidden", "textarea")


def check_options(audience: str, options: Mapping[str, Any]) -> None:
    """Raise ValueError that says what is wrong with an option of a mark, and the remedy."""
    for words in _mistakes(audience, options):
        raise ValueError(f"{audience}(): {words}")


def mistake_in_choices(choices: Any) -> str:
    """Return what is wrong with choices; empty when they are pairs of a value and its words."""
    try:
        pairs = [*choices]
    except TypeError:
        pairs = []
    if pairs and not isinstance(choices, str | Mapping) and all(map(_is_choice, pairs)):
        return ""
    return f'choices are pairs, [("good", _("Good")), …]: a value and its words, not {choices!r}'


def _is_choice(pair: Any) -> bool:
    is_pair = isinstance(pair, tuple | list) and len(pair) == 2  # noqa: PLR2004 - a value, its words
    return is_pair and isinstance(pair[0], str | int) and _are_words(pair[1])


def _are_words(value: Any) -> bool:
    return isinstance(value, str | LazyText)


def _mistakes(audience: str, options: Mapping[str, Any]) -> Iterator[str]:
    known = [name for name in OPTIONS if audience == "public" or name not in PUBLIC_ONLY]
    for name, value in options.items():
        if name in PUBLIC_ONLY and audience != "public":
            yield f"{name}= is for public() fields: nobody filters by what not everyone may read"
        elif name not in ("label", *known):
            yield _unknown(name, known)
        elif name in WORDS and not _are_words(value):
            yield f'{name}={value!r} is no words. Write {name}=_("…")'
        elif name in CHECKS and (mistake := CHECKS[name](value)):
            yield mistake


def _unknown(name: str, known: list[str]) -> str:
    if name == "retention":
        return "nothing keeps a term of a single field. Leave retention= out"
    close = get_close_matches(name, known, 1)
    hint = f"Did you mean {close[0]}=?" if close else f"The options are {', '.join(known)}"
    return f"there is no option {name}=. {hint}"


def _mistake_in_sides(sides: Any) -> str:
    is_list = isinstance(sides, tuple | list) and bool(sides)
    if is_list and set(sides) <= set(get_args(Side)):
        return ""
    return f'sides={sides!r} is not ("offer",), ("request",) or both'


def _mistake_in_control(kind: Any) -> str:
    return "" if kind in CONTROLS else f"kind={kind!r} is not one of {', '.join(CONTROLS)}"


CHECKS: Mapping[str, Callable[[Any], str]] = {
    "choices": mistake_in_choices,
    "sides": _mistake_in_sides,
    "kind": _mistake_in_control,
}
