"""Fields that no door could take as they are: the plugin rests, with file, line, cause, remedy."""

import pytest
from marshmallow import Schema
from marshmallow import fields as upstream

from entraide import Kind, fields, parties, public, runtime
from entraide.app import create_app
from entraide.fields import most_of
from entraide.plugins.field_checks import unfit_fields
from entraide.testing import browser

PLUGIN = '''"""A kind with one field."""
from marshmallow import Schema, validate
from marshmallow import fields as upstream
from entraide import Kind, fields, hookimpl, parties, public

class OddSchema(Schema):
    fine = public(fields.String(), label="Bien")
    {field}

@hookimpl
def register_kinds():
    yield Kind("odd", "Étrange", OddSchema, federated={federated})
'''


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ('âge = public(fields.Integer(), label="Âge")', "its name cannot travel"),
        ('x = public(upstream.Float(), label="X")', "is a Float, which no form"),
        ('x = public(upstream.Float(), label="X")', "Write fields.Decimal"),
        ('x = parties(upstream.DateTime(), label="X")', "Write a fields.Date and a fields.Time"),
        ('x = public(upstream.AwareDateTime(), label="X")', "is a AwareDateTime"),
        ('x = public(upstream.Dict(), label="X")', "Declare one field for each part"),
        ('x = public(upstream.Nested(Schema), label="X")', "Declare one field for each part"),
        ('x = public(upstream.UUID(), label="X")', "Write fields.String"),
        ('x = public(upstream.Raw(), label="X")', "Write one of entraide.fields"),
        ('x = public(fields.List(upstream.Dict()), label="X")', "is a Dict"),
        ('x = public(fields.List(fields.List(fields.String())), label="X")', "a List of lists"),
        ('x = public(fields.List(fields.Commune()), label="X")', "Declare one Commune for each"),
        ('x = public(fields.String(data_key="y"), label="X")', "has data_key='y'"),
        (
            'x = public(fields.String(validate=validate.Length(max=18_000)), label="X")',
            "its public fields 18200 signs long together",
        ),
    ],
)
def test_a_field_that_does_not_fit_is_refused(lenient, make_site, field, words):
    files = {"plugins/odd.py": PLUGIN.format(field=field, federated=True)}
    site = make_site(plugins=("odd",), files=files)
    reason = site.registry.quarantined["odd"]
    assert words in reason
    assert f"{site.settings.folder / 'plugins/odd.py'}, line 8: the field" in reason
    with runtime.activate(site):
        assert browser(create_app(site)).get("/").status_code == 200


@pytest.mark.parametrize(
    "field",
    [
        'âge = public(fields.Integer(), label="Âge")',
        'x = public(fields.String(validate=validate.Length(max=18_000)), label="X")',
    ],
)
def test_what_never_leaves_may_be_longer_and_have_any_name(lenient, make_site, field):
    files = {"plugins/odd.py": PLUGIN.format(field=field, federated=False)}
    assert "odd" in make_site(plugins=("odd",), files=files).kinds


def test_a_schema_without_a_source_is_told_without_a_place():
    schema = Schema.from_dict({"$version": public(fields.String(), label="V")})
    (words,) = unfit_fields([Kind("odd", "Odd", schema)], "odd")
    assert words.startswith("Plugin odd: the field $version of GeneratedSchema (kind odd) begins")


@pytest.mark.parametrize(
    ("field", "most"),
    [
        (fields.String(), 200),
        (fields.Url(), 2000),
        (fields.Email(), 254),
        (fields.List(fields.String()), 20),
        (fields.Commune(), 5),
        (fields.one_of([("a", "A"), ("abc", "B")]), 3),
        (fields.Integer(), None),
        (fields.String(validate=upstream.validate.Length(equal=3)), 3),
    ],
)
def test_a_public_text_has_a_bound(field, most):
    assert most_of(public(field, label="X")) == most
    assert most_of(parties(fields.String(), label="X")) is None


@pytest.mark.parametrize(
    ("field", "facet"),
    [(fields.String(), "at_most"), (fields.Boolean(), "at_least"), (fields.Commune(), "at_least")],
)
def test_only_what_has_an_order_is_compared(field, facet):
    with pytest.raises(ValueError, match=r"compares numbers, days and times.*Write facet=True"):
        public(field, label="X", facet=facet)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"schedule_modes": "weekly"}, "schedule_modes='weekly' is not like"),
        ({"schedule_modes": ("monthly",)}, "is not like"),
        ({"schedule_modes": ("weekly",), "schedule": "none"}, "leave schedule_modes out"),
        ({"schedule_modes": ("any",), "schedule": "required"}, 'take "any" out'),
        ({"questions": ["where"]}, "is not like"),
        ({"questions": {"wher": "?"}}, "'wher' is not one of when, where"),
        ({"questions": {"where": {"both": "?"}}}, 'is for "offer", "request" or both'),
        ({"schema_version": "2"}, 'is not like "1.0" or "2.3"'),
        ({"schema_version": 2.0}, "is not like"),
        ({"upcasts": [1]}, "upcasts=[1] is not like"),
        ({"upcasts": {"1.0": dict}}, "'1.0' is no version before 1.0"),
        ({"upcasts": {"1": dict}, "schema_version": "2.0"}, "'1' is no version before"),
        ({"upcasts": {"1.0": "x"}, "schema_version": "2.0"}, "is not a function of a payload"),
        ({"formerly": "old"}, "formerly='old' holds the names"),
        ({"formerly": ("odd",)}, "holds the names"),
        ({"formerly": ("Été",)}, "holds the names"),
    ],
)
def test_mistakes_in_a_kind_are_told(options, words):
    with pytest.raises(ValueError, match="kind 'odd'") as refused:
        Kind("odd", "Odd", Schema, **options)
    assert words in str(refused.value)


def test_a_former_name_of_two_kinds_is_refused(lenient, make_site):
    twice = PLUGIN.replace("federated={federated})", 'formerly=("old",))').replace("{field}", "")
    other = twice.replace('Kind("odd"', 'Kind("other"')
    files = {"plugins/odd.py": twice, "plugins/other.py": other}
    site = make_site(plugins=("odd", "other"), files=files)
    assert set(site.kinds) == {"odd"}
    assert "the kind 'old' is declared by odd already" in site.registry.quarantined["other"]
