"""Mistakes in a plugin of one file: what stands in it, and what has to be said of it.

`# here` marks the line that the reason names; without one there is none to name. Each is a name,
the source below `HEAD`, words of the cause and words of the remedy.
"""

from __future__ import annotations

HERE = "# here"
HEAD = '"""A probe."""\nfrom entraide import *\nfrom entraide.fields import String\n'
KIND = """
from marshmallow import Schema
class Tea(Schema):
    leaf = public(String(), label="Leaf")
@hookimpl{here}
def register_kinds():
    yield Kind({name}, "Tea", Tea{more})
"""


def kind(more="", name='"tea"', *, at_hook=False):
    """A kind, with more arguments; the mistake is told at the hook, or at the line of the kind."""
    text = KIND.format(name=name, more=more, here=f"  {HERE}" if at_hook else "")
    return text if at_hook else text.replace(f"Tea{more})", f"Tea{more})  {HERE}")


def field(declared, more=""):
    """A kind whose only field is `declared`; the mistake is told at its line."""
    leaf = '    leaf = public(String(), label="Leaf")'
    return (
        "from entraide import fields\nfrom marshmallow import fields as upstream, validate\n"
        + KIND.format(name='"tea"', more=more, here="")
    ).replace(leaf, f"    {declared}  {HERE}")


def hook(body, signature="register_kinds()"):
    """One hook; the mistake is told at its body."""
    return f"@hookimpl\ndef {signature}:\n    {body}  {HERE}\n"


def returned(body, signature="register_kinds()"):
    """One hook that hands over something wrong: told at the hook."""
    return f"@hookimpl  {HERE}\ndef {signature}:\n    {body}\n"


PAGES = """
from flask import Blueprint
pages = Blueprint({name!r}, __name__)
{body}
@hookimpl{here}
def register_blueprints():
    yield pages
"""


def pages(body, name="probe", *, at_hook=False):
    """A blueprint of pages."""
    return PAGES.format(body=body, name=name, here=f"  {HERE}" if at_hook else "")


VIEW = '@pages.get("/x")\n@permission({0})\n{1}def look():\n    return "x"'
DOUBLE = (
    f"{VIEW.format('None', '')}\n@pages.get('/y', endpoint='look')\n@permission(None)\n"
    "def see():\n    return 'y'"
)
JOB = "yield Job({0}, lambda _run: None, {1})"

MISUSES = [
    (
        "a misspelt hook",
        f"@hookimpl  {HERE}\ndef navigaton_links(member):\n    pass\n",
        "no hook",
        "did you mean navigation_links?",
    ),
    (
        "a name of no hook",
        f"@hookimpl  {HERE}\ndef zzz():\n    pass\n",
        "no hook 'zzz'",
        "The hooks are: register_kinds",
    ),
    (
        "a lambda",
        f"may = hookimpl(lambda member: True)  {HERE}\n",
        "no hook '<lambda>'",
        "The hooks are",
    ),
    (
        "a hook without its mark",
        f"def register_kinds():  {HERE}\n    pass\n",
        "is the name of a hook",
        "Write @hookimpl above it",
    ),
    (
        "a wrapper",
        f"@hookimpl(wrapper=True)  {HERE}\ndef may():\n    yield\n",
        "(wrapper=...) is not possible",
        "Take the option out",
    ),
    (
        "an old wrapper",
        f"@hookimpl(hookwrapper=True)  {HERE}\ndef may():\n    yield\n",
        "(hookwrapper=...) is not",
        "Take the option out",
    ),
    (
        "tryfirst",
        f"@hookimpl(tryfirst=True)  {HERE}\ndef may():\n    pass\n",
        "(tryfirst=...) is not",
        "the order of plugins in instance.toml decides",
    ),
    (
        "trylast",
        f"@hookimpl(trylast=True)  {HERE}\ndef may():\n    pass\n",
        "(trylast=...) is not",
        "the order of plugins",
    ),
    (
        "a hook under another name",
        f"@hookimpl(specname='may')  {HERE}\ndef panels():\n    pass\n",
        "(specname=...) is not",
        "the function's name",
    ),
    (
        "an async hook",
        f"@hookimpl  {HERE}\nasync def may():\n    pass\n",
        "not async def",
        "a plain def",
    ),
    (
        "an argument that the hook has not",
        f"@hookimpl  {HERE}\ndef may(membre):\n    pass\n",
        "may cannot take 'membre'",
        "The hook has member, action, subject",
    ),
    (
        "an argument by keyword only",
        f"@hookimpl  {HERE}\ndef may(*, member):\n    pass\n",
        "cannot take",
        "write those that you need",
    ),
    (
        "all arguments at once",
        f"@hookimpl  {HERE}\ndef may(**all_of_it):\n    pass\n",
        "cannot take '**all_of_it'",
        "The hook has",
    ),
    (
        "an argument of a hook without any",
        f"@hookimpl  {HERE}\ndef register_kinds(site):\n    pass\n",
        "cannot take 'site'",
        "The hook has no argument",
    ),
    ("no Python", f"def broken(:  {HERE}\n", "SyntaxError: invalid syntax", "Correct the file"),
    ("null bytes", "\0", "null bytes", "Correct the file"),
    (
        "an import of what is not there",
        f"import entraide_no_such_module  {HERE}\n",
        "ModuleNotFoundError",
        "Install what is imported there",
    ),
    (
        "the end of the process",
        f"raise SystemExit(2)  {HERE}\n",
        "SystemExit: 2",
        "Correct the file",
    ),
    ("an error while it is read", f"1 / 0  {HERE}\n", "ZeroDivisionError", "Correct the file"),
    (
        "recursion without an end",
        f"def again():\n    again()  {HERE}\nagain()\n",
        "RecursionError",
        "Correct the file",
    ),
    (
        "a cancelled task",
        f"import asyncio\nraise asyncio.CancelledError  {HERE}\n",
        "CancelledError",
        "Correct the file",
    ),
    (
        "a mark that is a room",
        f"from entraide import members\nx = members(String())  {HERE}\n",
        "module' object is not callable",
        "from entraide.fields import members",
    ),
    ("a label left out", f"x = public(String())  {HERE}\n", "label", "Correct the file"),
    (
        "a category that is none",
        f"x = public(String(), label='A', category='a')  {HERE}\n",
        "'a'",
        "health",
    ),
    (
        "health without a purpose",
        f"x = staff(String(), label='A', category='health')  {HERE}\n",
        "purpose",
        "Correct the file",
    ),
    (
        "public health",
        f"x = public(String(), label='A', category='health', purpose='x')  {HERE}\n",
        "health",
        "Correct the file",
    ),
    (
        "a hook that fails",
        hook("raise RuntimeError('cold')"),
        "RuntimeError: cold",
        "Correct the file",
    ),
]
