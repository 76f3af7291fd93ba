"""What in the HTML of a page stops people who listen to it or use a keyboard, as far as text tells."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

VOID = frozenset({"input", "img", "br", "hr", "meta", "link", "source", "wbr", "col", "area"})
NAMED = frozenset({"a", "button", "title", "h1", "h2", "h3", "h4", "h5", "h6", "label", "summary"})
FIELDS = frozenset({"input", "select", "textarea"})
UNLABELLED = frozenset({"hidden", "submit", "button", "reset", "image"})


class _Page(HTMLParser):
    """Collects of a page what can be said without drawing it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.barriers: list[str] = []
        self.ids: Counter[str] = Counter()
        self.levels: list[int] = []
        self.labels: set[str] = set()
        self.fields: list[tuple[str, str]] = []
        self.titles = 0
        self._open: list[tuple[str, dict[str, str], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids[values["id"]] += 1
        self._look_at(tag, values)
        if tag not in VOID:
            self._open.append((tag, values, []))

    def _look_at(self, tag: str, values: dict[str, str]) -> None:
        if tag == "html" and not values.get("lang"):
            self.barriers.append("<html> says no language (lang)")
        if tag == "img":
            if "alt" not in values:
                self.barriers.append(f"an image has no alt: {values.get('src', '')[:60]}")
            self._hear(values.get("alt", ""))
        if values.get("tabindex", "0").isdigit() and int(values.get("tabindex", "0")) > 0:
            self.barriers.append(f"<{tag}> changes the order of the keyboard (tabindex)")
        if tag == "label" and values.get("for"):
            self.labels.add(values["for"])
        if tag in FIELDS and values.get("type", "text") not in UNLABELLED:
            is_inside = any(name == "label" for name, _values, _words in self._open)
            if not (is_inside or values.get("aria-label") or values.get("aria-labelledby")):
                self.fields.append((values.get("id", ""), values.get("name", "")))
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():  # noqa: PLR2004 - h1 to h6
            self.levels.append(int(tag[1]))

    def handle_data(self, data: str) -> None:
        """Give text to every element that is open."""
        self._hear(data)

    def _hear(self, words: str) -> None:
        if words.strip():
            for _tag, _values, spoken in self._open:
                spoken.append(words)

    def handle_endtag(self, tag: str) -> None:
        """Close an element and judge what it says."""
        while any(name == tag for name, _values, _words in self._open):
            name, values, words = self._open.pop()
            self._judge(name, values, words)
            if name == tag:
                return

    def _judge(self, tag: str, values: dict[str, str], words: list[str]) -> None:
        self.titles += tag == "title" and bool(words)
        is_link = tag != "a" or "href" in values
        named = words or values.get("aria-label") or values.get("aria-labelledby")
        if tag in NAMED and is_link and not named and values.get("aria-hidden") != "true":
            self.barriers.append(
                f"<{tag}> says nothing: {values.get('href', values.get('id', ''))}"
            )


def barriers(html: str) -> list[str]:
    """Return one sentence for each barrier of a page; empty when none is seen.

    It reads the HTML alone: contrast, sizes and what scripts do need a browser.
    """
    page = _Page()
    page.feed(html)
    page.close()
    sentences = list(page.barriers)
    sentences += [
        f"the id {name!r} stands {count} times" for name, count in page.ids.items() if count > 1
    ]
    sentences += [
        f"the field {name or own!r} has no label"
        for own, name in page.fields
        if not own or own not in page.labels
    ]
    if page.titles == 0:
        sentences.append("the page has no <title>")
    if page.levels.count(1) != 1:
        sentences.append(f"the page has {page.levels.count(1)} <h1>, and needs one")
    sentences += [
        f"<h{after}> follows <h{before}>: a level is left out"
        for before, after in zip(page.levels, page.levels[1:], strict=False)
        if after > before + 1
    ]
    return sentences
