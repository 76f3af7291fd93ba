"""What a plugin says in words: translated ones are kept, and what nobody could say rests it alone."""

from __future__ import annotations

import json
from zipfile import ZipFile

import pytest

from entraide import app as apps
from entraide import database, runtime
from entraide.privacy.export import export_member
from entraide.testing import add_member, add_offer, browser

CARE = '''"""Care at home."""
from marshmallow import Schema
from entraide import Kind, Workflow, catalogue, fields, hookimpl, parties, public

_ = catalogue(__name__, fr={{"Know what to bring": "Savoir quoi apporter", "Care": "Soins"}})

class CareSchema(Schema):
    note = parties(
        fields.String(), label="Note", category="health", purpose=_("Know what to bring"){field}
    )

@hookimpl
def register_kinds():
    yield Kind("care", _("Care"), CareSchema{kind})
'''


def care(*, field="", kind=""):
    return CARE.format(field=field and f", {field}", kind=kind and f", {kind}")


def test_a_translated_purpose_is_read_in_the_export(make_site, database_url, tmp_path):
    site = make_site(url=database_url, plugins=("care",), files={"plugins/care.py": care()})
    apps.remember_classification(site)
    with runtime.activate(site), database.writing() as session:
        member = add_member(session)
        add_offer(session, actor=member, kind="care", payload={"note": "Sans sel"})
        session.flush()
        path = export_member(session, member.id, tmp_path / "export.zip")
    with ZipFile(path) as archive:
        kinds = json.loads(archive.read("manifest.json"))["kinds"]
    assert kinds["care"]["fields"]["note"]["purpose"] == "Savoir quoi apporter"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"field": "hint=3"}, "line 8: ValueError: parties(): hint=3 is no words"),
        ({"field": 'missing=["x"]'}, "is no words"),
        ({"kind": "summary=3"}, "summary=3 is not"),
        ({"kind": 'questions={"where": {"offer": 3}}'}, "questions['where']: 3 is no words"),
        (
            {"kind": 'Workflow("a", {"a": {"go": "b"}}, labels={"go": 3})'},
            "labels['go'] is no words",
        ),
        ({"kind": 'Workflow(1, {1: {"go": 2}})'}, "states and steps are named in words"),
        ({"kind": 'Workflow("a", {"a": {1: "b"}})'}, "states and steps are named in words"),
        ({"kind": "questions={'where': 3}"}, "questions['where']: 3 is no words"),
        ({"kind": "federated=1j"}, "federated"),
    ],
)
def test_what_nobody_could_say_or_store_rests_the_plugin_alone(lenient, make_site, options, words):
    site = make_site(plugins=("care", "tutoring"), files={"plugins/care.py": care(**options)})
    assert "tutoring" in site.kinds
    apps.remember_classification(site)
    assert browser(apps.create_app(site)).get("/").status_code == 200
    reason = site.registry.quarantined["care"]
    assert words in reason or "not JSON serializable" in reason
    assert "care" not in site.kinds
