"""Words of a kind that nobody could say: a plugin that has such rests, and no page fails later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from entraide.field_options import WORDS
from entraide.fields import choices_of
from entraide.i18n import LazyText, Text, in_every_language
from entraide.kinds import Kind

KIND_WORDS = ("label", "plural", "summary", "synonyms")


def unsaid_words(kinds: Iterable[Kind], plugin: str = "") -> list[str]:
    """Return one sentence per text of a kind that is no words, or that cannot be filled in."""
    return [
        f"Plugin {plugin}: kind {kind.name}: {place}: {mistake}"
        for kind in kinds
        for place, words in _words_of(kind)
        if (mistake := _mistake_in(words))
    ]


def _words_of(kind: Kind) -> Iterator[tuple[str, Any]]:
    for name in KIND_WORDS:
        yield name, getattr(kind, name)
    for name, question in kind.questions.items():
        for words in question.values() if isinstance(question, Mapping) else [question]:
            yield f"questions[{name!r}]", words
    for step, words in kind.workflow.labels.items() if kind.workflow else ():
        yield f"the label of the step {step}", words
    for name, field in kind.schema().fields.items():
        for option in WORDS:
            if option in field.metadata:
                yield f"{option}= of the field {name}", field.metadata[option]
        yield f"purpose= of the field {name}", field.metadata["mark"].purpose
        for value, words in choices_of(field):
            yield f"the choice {value} of the field {name}", words


def _mistake_in(words: Text) -> str:
    if not isinstance(words, str | LazyText):
        return f'{words!r} is no words. Write _("…")'
    try:
        in_every_language(words)
    except (KeyError, TypeError, ValueError) as error:
        return f"{words!r} cannot be filled in ({type(error).__name__}: {error})"
    return ""
