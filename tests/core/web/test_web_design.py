"""The design system keeps its budget, its contrasts and the content security policy."""

import gzip
import re
from pathlib import Path

import pytest

import entraide

ROOT = Path(entraide.__file__).parent
STYLE = (ROOT / "static" / "entraide.css").read_text(encoding="utf-8")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SURFACES = ["paper", "card", "glow", "warm"]


def variables(block: str) -> dict[str, str]:
    """Hexadecimal colours of one `:root` block, six digits each."""
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block))
    return {
        name: colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:])
        for name, colour in found.items()
    }


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


LIGHT, DARK = (
    variables(block) for block in re.findall(r":root \{(.*?)\n\s*\}", STYLE, re.DOTALL)[:2]
)


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        *[("ink", surface) for surface in SURFACES],
        *[("muted", surface) for surface in SURFACES],
        ("good", "good-soft"),
        ("bad", "bad-soft"),
        ("bad", "paper"),
    ],
)
@pytest.mark.parametrize("colours", [LIGHT, LIGHT | DARK], ids=["light", "dark"])
def test_text_has_a_contrast_of_seven(colours, text, surface):
    assert contrast(colours[text], colours[surface]) >= 7


@pytest.mark.parametrize("colours", [LIGHT, LIGHT | DARK], ids=["light", "dark"])
@pytest.mark.parametrize("line", ["edge", "focus"])
def test_lines_that_carry_meaning_have_a_contrast_of_three(colours, line):
    assert min(contrast(colours[line], colours[surface]) for surface in SURFACES) >= 3


def test_the_default_accent_is_readable_on_every_surface():
    assert contrast(LIGHT["accent"], LIGHT["on-accent"]) >= 7
    assert min(contrast(LIGHT["accent"], LIGHT[surface]) for surface in SURFACES) >= 4.5
    assert min(contrast(LIGHT["accent"], LIGHT[surface]) for surface in SURFACES[:3]) >= 7


def test_the_style_sheet_stays_within_its_budget():
    assert len(gzip.compress(STYLE.encode(), 9)) <= 6_000


def test_the_style_sheet_has_logical_properties_only():
    physical = (
        r"[;{\s](?:(?:margin|padding|border|inset)-)?(?:left|right|top|bottom|width|height)\s*:"
    )
    assert re.findall(physical, STYLE) == []


SCRIPT = """<script src="{{ url_for('static', filename='leave.js') }}" defer></script>"""
"""The one script of the site: pages work without it."""


def test_the_one_script_is_small():
    assert [file.name for file in (ROOT / "static").rglob("*.js")] == ["leave.js"]
    assert (ROOT / "static" / "leave.js").stat().st_size < 1000


def test_the_fonts_come_with_their_licence():
    fonts = ROOT / "static" / "fonts"
    assert sum(file.stat().st_size for file in fonts.glob("*.woff2")) <= 40_000
    assert "SIL Open Font License" in (fonts / "LICENSE-OFL.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_templates_obey_the_content_security_policy_and_escape(template):
    source = template.read_text(encoding="utf-8").replace(SCRIPT, "")
    assert re.findall(r"\sstyle=|<style|<script|\son[a-z]+=|\|\s*safe|autoescape", source) == []


def test_only_what_shows_its_focus_elsewhere_drops_the_ring():
    silent = re.findall(r"([^{}]+)\{[^{}]*outline: 0", STYLE)
    assert [selector.strip() for selector in silent] == ["main:focus", ".option :focus-visible"]
