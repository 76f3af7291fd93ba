"""The words of plugins that tests install or write as one file."""

from __future__ import annotations

HEAD = '"""A probe."""\nfrom entraide import *\nfrom entraide.fields import String\n'
KIND = """
from marshmallow import Schema
class Tea(Schema):
    leaf = public(String(), label="Leaf")
@hookimpl
def register_kinds():
    yield Kind("tea", "Tea", Tea)
"""
