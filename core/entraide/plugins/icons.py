"""The icons that plugins bring: `icons/NAME.svg` of their package, read and checked at the start."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

import structlog

from entraide import runtime
from entraide.errors import PluginError
from entraide.icons import OTHER, PATHS

log = structlog.get_logger("entraide.icons")

FOLDER = "icons"
MOST_BYTES = 4096
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
NAMESPACE = "{http://www.w3.org/2000/svg}"
SHAPES = frozenset(
    {"g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title"}
)
NUMBERS = re.compile(r"[-+0-9eE., ]+")
VALUES = re.compile(r"[-+0-9A-Za-z., ()\n]*")
GEOMETRY = ("d", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "y1", "x2", "y2", "width", "height")
LOOKS = ("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")
ATTRIBUTES = frozenset({*GEOMETRY, *LOOKS, "points", "transform", "fill-rule", "clip-rule"})
COLOURS = frozenset({"none", "currentColor"})


@dataclass(frozen=True)
class Drawing:
    """An icon: its grid as `viewBox` says it, and its shapes as markup that was checked."""

    box: str
    shapes: str


ICONS: runtime.Slot[dict[str, Drawing]] = runtime.Slot("icons of plugins", dict)
"""By `plugin/name`."""


def read_icons(plugin: str, module: ModuleType) -> dict[str, Drawing]:
    """Return the icons of a plugin's package by name; PluginError says which file is wrong."""
    if not hasattr(module, "__path__"):
        return {}
    files = sorted((Path(str(module.__file__)).parent / FOLDER).glob("*"))
    return {path.stem: _read(plugin, path) for path in files if not path.name.startswith(".")}


def check_icon(plugin: str, kind: str, icon: str, own: dict[str, Drawing]) -> str:
    """Return the full name of the icon of a kind: the plugin's own, else the core's; PluginError."""
    if known := _find(plugin, icon, own):
        return known
    names = sorted({*own, *PATHS})
    close = get_close_matches(str(icon), names, 1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    raise PluginError(
        f"Plugin {plugin}: the kind {kind!r} has icon={icon!r}, which is neither in {FOLDER}/ of "
        f"its package nor one of the core's. {hint}Add {FOLDER}/{icon}.svg, or take one of: "
        f"{', '.join(names)}."
    )


def icon_of(plugin: str, icon: str, place: str) -> str:
    """Return the full name of an icon of a link or badge; an unknown one is told in the log."""
    prefix = f"{plugin}/"
    own = {key.removeprefix(prefix) for key in ICONS.get() if key.startswith(prefix)}
    if known := _find(plugin, icon, own):
        return known
    log.warning(
        "icon-unknown",
        plugin=plugin,
        icon=str(icon),
        place=place,
        remedy=f"Add {FOLDER}/{icon}.svg to the plugin's package, or take one of the core's: "
        f"{', '.join(sorted(PATHS))}.",
    )
    return OTHER


def _find(plugin: str, icon: str, own: set[str] | dict[str, Drawing]) -> str:
    if icon in own:
        return f"{plugin}/{icon}"
    return icon if icon in PATHS else ""


def _read(plugin: str, path: Path) -> Drawing:
    try:
        return _drawing(path)
    except (ValueError, OSError, ET.ParseError) as error:
        raise PluginError(
            f"Plugin {plugin}: {path}: this icon {error}. An icon is an SVG of at most "
            f"{MOST_BYTES} bytes with a viewBox and {', '.join(sorted(SHAPES))}; it has no style, "
            "script, colour or reference. Correct the file and start again."
        ) from error


def _drawing(path: Path) -> Drawing:
    if path.suffix != ".svg" or not NAME.fullmatch(path.stem):
        raise ValueError("is not called NAME.svg, where NAME has a-z, 0-9 and _, a letter first")
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        raise ValueError(f"has {len(content)} bytes")
    # Neither entities nor processing instructions: the parser has nothing to expand or to fetch.
    if b"<!D" in content or b"<!E" in content or b"<?" in content.removeprefix(b"<?xml"):
        raise ValueError("has a document type, an entity or an instruction")
    root = ET.fromstring(content)  # noqa: S314 - see above
    box = root.get("viewBox", "")
    if root.tag != f"{NAMESPACE}svg" or not NUMBERS.fullmatch(box):
        raise ValueError("is no <svg> of http://www.w3.org/2000/svg with a viewBox")
    return Drawing(box, "".join(_shape(child) for child in root))


def _shape(element: ET.Element) -> str:
    name = element.tag.removeprefix(NAMESPACE) if isinstance(element.tag, str) else "comment"
    if name not in SHAPES:
        raise ValueError(f"has <{name}>")
    if name == "title":
        # It stands beside the words that say the same.
        return ""
    attributes = "".join(f' {key}="{_value(key, value)}"' for key, value in element.items())
    inner = "".join(_shape(child) for child in element)
    return f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"


def _value(key: str, value: str) -> str:
    if key not in ATTRIBUTES:
        raise ValueError(f"has the attribute {key}")
    if key in ("fill", "stroke") and value not in COLOURS:
        raise ValueError(f"has {key}={value!r}, and only none or currentColor follow the theme")
    if not VALUES.fullmatch(value):
        raise ValueError(f"has {key}={value!r}")
    return value
