"""Writes the reference pages from the code: `make docs`; a test says when one is out of date."""

from __future__ import annotations

import sys
from pathlib import Path

import golden
from reference_pages import (
    attributes,
    commands,
    errors,
    events,
    hooks,
    kinds_and_marks,
    plugin_check,
    public_names,
    settings,
)

REFERENCE = Path(__file__).parent / "reference"
PAGES = (
    attributes,
    hooks,
    events,
    settings,
    commands,
    errors,
    public_names,
    plugin_check,
    kinds_and_marks,
)
NOTE = "\n<!-- Written by `make docs` from the code; change it there. -->\n"


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    return {page.PATH: page.write() + NOTE for page in PAGES}


def main() -> None:
    """Write the pages that changed and name them."""
    for name, text in pages().items():
        path = REFERENCE / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{path}\n")
    golden.PATH.write_text("\n".join(golden.lines()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
