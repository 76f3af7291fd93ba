"""The Flask blueprint of the directory, shared by its pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("directory", "entraide")
