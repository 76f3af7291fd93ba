"""The Flask blueprint of posting, shared by its pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("posting", "entraide")
