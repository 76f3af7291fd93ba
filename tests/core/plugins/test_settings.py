"""What a plugin reads of its own settings, and what it hears when there are none."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import entraide
from entraide import hook_calls, runtime

PLUGIN = '''"""A probe."""
from marshmallow import Schema

import entraide
from entraide import fields, hookimpl


class ProbeSchema(Schema):
    leaf = fields.String(load_default="green")
    days = fields.Integer(load_default=14)


@hookimpl
def register_settings():
    {body}
    return ProbeSchema
'''
TOML = "[plugins.probe]\ndays = 7\n"


@dataclass(frozen=True)
class Probe:
    """The settings of the probe."""

    leaf: str
    days: int


@pytest.fixture
def open_probe(make_site):
    """Give a function that opens a site with a plugin that has settings, and one without."""

    def open_with(body="", toml=TOML):
        files = {"plugins/probe.py": PLUGIN.format(body=body), "plugins/plain.py": '"""Bare."""\n'}
        return make_site(plugins=("probe", "plain"), files=files, toml=toml)

    return open_with


def test_they_are_those_of_the_file_with_the_defaults_of_the_schema(open_probe):
    with runtime.activate(open_probe()):
        assert dict(entraide.settings("probe")) == {"leaf": "green", "days": 7}
        assert entraide.settings("probe", Probe) == Probe("green", 7)


def test_nobody_changes_them(open_probe):
    with runtime.activate(open_probe()):
        table = entraide.settings("probe")
        with pytest.raises(TypeError):
            table["days"] = 1


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        ("prob", "There is no plugin 'prob' on this site"),
        ("plain", "Plugin plain declares no settings. Implement register_settings"),
    ],
)
def test_what_is_missing_is_said_with_its_remedy(open_probe, plugin, words):
    with runtime.activate(open_probe()), pytest.raises(entraide.MissingSettings, match=words):
        entraide.settings(plugin)


@pytest.mark.parametrize("running", ["plain", "elsewhere"])
def test_others_are_not_read_unless_they_are_required(open_probe, running):
    site = open_probe()
    with runtime.activate(site), hook_calls.running(running):
        with pytest.raises(entraide.MissingSettings, match="the settings of probe are not its own"):
            entraide.settings("probe")
        site.registry.needs[running] = ("probe",)
        assert entraide.settings("probe")["days"] == 7


@pytest.mark.parametrize("running", ["probe", "members", "entraide"])
def test_the_plugin_and_the_core_read_them(open_probe, running):
    with runtime.activate(open_probe()), hook_calls.running(running):
        assert entraide.settings("probe")["days"] == 7


@pytest.mark.parametrize(
    ("body", "words"),
    [("entraide.settings('probe')", "are not read yet"), ("1 / 0", "is set aside.*division")],
)
def test_a_plugin_that_is_set_aside_has_none(open_probe, monkeypatch, body, words):
    monkeypatch.delenv("ENTRAIDE_STRICT", raising=False)
    site = open_probe(body, toml="")
    assert "probe" in site.registry.quarantined
    with runtime.activate(site), pytest.raises(entraide.MissingSettings, match=words):
        entraide.settings("probe")
