"""Objects: projection, acceptability, precedence, and one verdict of both schema declarations."""

import copy
from datetime import UTC, date, datetime, timedelta

import federation_schemas as schemas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entraide_federation.protocol import keysets, objects, profile, proofs, spelling, types
from entraide_federation.protocol.errors import Refusal, SchemaRefused, TooLarge, VersionInFuture
from entraide_federation.protocol.limits import Limits

ORIGIN = "https://clamecy.example"
OTHER = "https://lille-sud.example"
NOW = datetime(2026, 1, 6, 10, 5, tzinfo=UTC)
START = datetime(2026, 1, 5, 10, tzinfo=UTC)


def make_id(number, origin=ORIGIN):
    return f"{origin}/federation/o/01930001-8f4a-7c1e-9f00-{number:012x}"


OFFER = types.OFFER.make(
    id=make_id(1),
    origin=ORIGIN,
    version=1767607200123,
    created=START,
    updated=START,
    lang="fr",
    kind="tutoring",
    title="Aide aux devoirs le mercredi",
    summary="Deux heures.\nApportez vos cahiers.",
    org=make_id(2),
    territory=["58079"],
    contactUrl=f"{ORIGIN}/offres/aide?x=1#y",
    relay="public",
    validUntil=date(2026, 7, 1),
    verified=date(2026, 1, 5),
    schedule={
        "starts": "2026-01-07T14:00:00",
        "ends": "2026-01-07T16:00",
        "rrule": "FREQ=WEEKLY;BYDAY=WE",
        "timezone": "Europe/Paris",
    },
    places=3,
    remote=False,
    languages=["fr", "pt-BR"],
    accessibility="De plain-pied",
    themes=["famille--soutien"],
    audience=["familles"],
    gateways=["hsds"],
    ext={"tutoring": {"levels": ["6e"], "places": 3}},
)
ORGANISATION = types.ORGANISATION.make(
    id=make_id(2),
    origin=ORIGIN,
    version=1767607200124,
    created=START,
    updated=START,
    lang="fr",
    name="Centre social de Clamecy",
    form="association",
    territory=["58079"],
    summary="",
    url="https://centre.example/",
    identifiers={"rna": "W583000001", "siret": "12345678901234", "data_inclusion": "x--1"},
    hostedBy=make_id(3, OTHER),
)
TOMBSTONE = types.TOMBSTONE.make(
    id=make_id(1), origin=ORIGIN, version=1767607200125, deleted=NOW, reason="erasure"
) | {"proof": {}}
WITHHELD = types.WITHHELD.make(
    id=make_id(4),
    origin=ORIGIN,
    version=1767607200126,
    target=make_id(1, OTHER),
    targetVersion=1,
    element=bytes(32),
    reason="moderation",
    since=NOW,
)
DOCUMENTS = {"Offer": OFFER, "Organisation": ORGANISATION, "Tombstone": TOMBSTONE}
DOCUMENTS["Withheld"] = WITHHELD


def both_verdicts(document):
    """Return whether the fast checks and the JSON Schema of the same declaration accept."""
    declared = types.BY_NAME[document["type"]]
    schema = schemas.schema_of_type(declared)
    is_kept = schemas.accepts(schema, document, document["origin"])
    return declared.find_mistake(document) is None, is_kept


def reason_of(document, **options):
    try:
        objects.acceptable(document, now=NOW, **options)
    except Refusal as refusal:
        return refusal.reason
    return None


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_projected_is_acceptable(name):
    document = DOCUMENTS[name]
    profile.check(document)
    assert both_verdicts(document) == (True, True)
    assert reason_of(document) is None


def test_the_least_that_is_projected_has_no_optional_member():
    offer = types.OFFER.make(
        id=OFFER["id"],
        origin=ORIGIN,
        version=1,
        created=START,
        updated=START,
        lang="fr",
        kind="tutoring",
        title="Aide",
        summary="",
        org=OFFER["org"],
        territory=["58079"],
        contactUrl=OFFER["contactUrl"],
        relay="public",
        validUntil=date(2026, 7, 1),
    )
    assert offer.keys() == {
        *("@context", "id", "type", "origin", "version", "created", "updated", "lang", "kind"),
        *("title", "summary", "org", "territory", "contactUrl", "relay", "validUntil"),
    }
    assert both_verdicts(offer) == (True, True)
    organisation = types.ORGANISATION.make(
        id=make_id(2),
        origin=ORIGIN,
        version=1,
        created=START,
        updated=START,
        lang="fr",
        name="Collectif",
        form="collective",
        territory=["58079"],
    )
    assert organisation.keys() == {
        *("@context", "id", "type", "origin", "version", "created", "updated", "lang"),
        *("name", "form", "territory"),
    }
    assert both_verdicts(organisation) == (True, True)


LONG = "x" * 2001
ODD = [None, True, 0, -1, 1.5, "", "x", LONG, [], ["x"], {}, {"a": 1}, {"a": {}}, [None], [1]]
BAD = {
    "Offer": {
        "created": ["2026-02-30T10:00:00Z", "2026-01-05T10:00:00", "2026-01-05T10:00:00Z\n"],
        "lang": ["français", "f", "fr_FR"],
        "kind": ["Tutoring", "t", "a" * 41, "tutoring\n"],
        "title": ["", "x" * 151],
        "summary": [LONG],
        "org": [make_id(2, OTHER), "x"],
        "territory": [[], ["58079"] * 21, ["58 079"], "58079", [""]],
        "contactUrl": [
            f"{OTHER}/x",
            ORIGIN,
            f"{ORIGIN}.evil.example/",
            f"{ORIGIN}/a b",
            f"{ORIGIN}/%0a",
            "javascript:alert(1)",
        ],
        "relay": ["private", True, None],
        "validUntil": ["2026-02-30", "2026-7-1", "2026-07-01T00:00:00Z"],
        "verified": [None, "2026-00-01"],
        "schedule": [
            {},
            {"starts": "2026-01-07T14:00"},
            {"starts": "soon", "timezone": "Europe/Paris"},
            {"starts": "2026-02-30T10:00", "timezone": "Europe/Paris"},
            {"starts": "2026-01-07T14:00", "timezone": "../../etc"},
            {"starts": "2026-01-07T14:00", "timezone": "UTC", "ends": None},
            {"starts": "2026-01-07T14:00", "timezone": "UTC", "rrule": "FREQ WEEKLY"},
        ],
        "places": [True, -1, 100_001, "3", 3.0],
        "remote": [0, "true", None],
        "languages": [["fr"] * 21, ["?"], {"fr": 1}],
        "accessibility": ["x" * 501, 1],
        "themes": [["a"] * 11, ["a b"], {"a": 1}],
        "ext": [[], {"tutoring": 1}, {"tutoring": None}],
    },
    "Organisation": {
        "name": ["", "x" * 151],
        "form": ["sect", None],
        "territory": [["58079"] * 51, []],
        "url": ["http://centre.example/", "https://127.0.0.1/", "x"],
        "identifiers": [[], {"siret": "1"}, {"rna": "w"}, {"data_inclusion": None}],
        "hostedBy": ["https://x.example/federation/o/1", None],
    },
    "Tombstone": {
        "deleted": ["2026-01-06T10:00:00Z\n", None],
        "reason": ["because", None, 1],
        "title": ["le titre de l'offre effacée"],
    },
    "Withheld": {
        "target": ["x", None],
        "targetVersion": [0, True, "1", 2**53],
        "element": ["00", "A" * 64, None],
        "reason": ["Because we can", "", None],
        "since": ["yesterday"],
    },
}
CASES = [
    (name, member, value)
    for name, members in BAD.items()
    for member, values in members.items()
    for value in values
]


@pytest.mark.parametrize(("name", "member", "value"), CASES)
def test_both_schemas_refuse_a_bad_member(name, member, value):
    document = {**DOCUMENTS[name], member: value}
    assert both_verdicts(document) == (False, False)
    assert reason_of(document) == "schema"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_both_schemas_ask_for_the_same_members(name):
    for member in DOCUMENTS[name]:
        if member in ("@context", "id", "type", "origin", "version"):
            continue
        document = {key: value for key, value in DOCUMENTS[name].items() if key != member}
        fast, declared = both_verdicts(document)
        assert fast == declared, member


MEMBERS = st.sampled_from([(name, member) for name in DOCUMENTS for member in DOCUMENTS[name]])
TEXTS = st.text(max_size=200)
ANYTHING = (
    st.sampled_from(ODD)
    | TEXTS
    | st.integers()
    | st.lists(TEXTS | st.integers(), max_size=12)
    | st.dictionaries(TEXTS, TEXTS | st.integers() | st.just({}), max_size=3)
)


@settings(max_examples=400)
@given(MEMBERS, ANYTHING, st.sampled_from([None, "starts", "ends", "rrule", "timezone", "rna"]))
def test_both_schemas_agree_on_anything(place, value, inner):
    name, member = place
    document = copy.deepcopy(DOCUMENTS[name])
    if inner and isinstance(document[member], dict):
        document[member][inner] = value
    elif member not in ("type", "origin"):
        document[member] = value
    fast, declared = both_verdicts(document)
    assert fast == declared


def test_unknown_members_and_types_are_kept(keyset, key, method):
    document = {**OFFER, "later": {"x": [1, None]}}
    assert both_verdicts(document) == (True, True)
    unknown = proofs.sign({**OFFER, "type": "Chose", "title": 5}, key, method, NOW)
    authentic = objects.authenticate(unknown, keyset, now=NOW)
    assert reason_of(authentic.document) is None
    assert unknown["type"] not in types.SHOWN
    assert {OFFER["type"], ORGANISATION["type"]} <= types.SHOWN


def test_loopback_links_only_on_loopback_origins():
    local = "http://127.0.0.1:5001"
    document = {**OFFER, "origin": local, "org": make_id(2, local)}
    document["contactUrl"] = f"{local}/offres/aide"
    assert both_verdicts(document) == (True, True)
    organisation = {**ORGANISATION, "url": f"{local}/", "hostedBy": make_id(3, local)}
    assert both_verdicts(organisation) == (False, False)
    assert both_verdicts({**organisation, "origin": local}) == (True, True)


def test_a_loopback_object_travels_between_development_instances(keyset_arguments, key):
    local = "http://127.0.0.1:5001"
    root, method = (spelling.method_of(local, name) for name in ("r1", "k1"))
    arguments = {
        "origin": local,
        "roots": {root: next(iter(keyset_arguments["roots"].values()))},
        "keys": [keysets.Key(method, proofs.public_key(key))],
        "signers": {root: next(iter(keyset_arguments["signers"].values()))},
    }
    document = keysets.make_keyset(**{**keyset_arguments, **arguments})
    known = keysets.verify_keyset(document, now=NOW, development=True)
    offer = {**OFFER, "id": make_id(1, local), "origin": local, "org": make_id(2, local)}
    offer["contactUrl"] = f"{local}/offres/aide"
    authentic = objects.authenticate(proofs.sign(offer, key, method, NOW), known, now=NOW)
    assert reason_of(authentic.document) is None


def test_a_version_may_be_five_minutes_ahead():
    latest = int((NOW + timedelta(seconds=300)).timestamp() * 1000)
    assert reason_of({**OFFER, "version": latest}) is None
    with pytest.raises(VersionInFuture):
        objects.acceptable({**OFFER, "version": latest + 1}, now=NOW)


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("\n\u0301 accent after a line end", None),
        ('"\u0301\\\u0301', None),
        ("e\u0301te\u0301", "nfc"),
        ("10 \u212b", "nfc"),
        ("n\n\u0303e\u0301", "nfc"),
    ],
)
def test_strings_are_in_normal_form(title, reason):
    assert reason_of({**OFFER, "title": title}) == reason
    assert reason_of({**OFFER, "ext": {"tutoring": {"a": [title]}}}) == reason


def test_keys_are_counted():
    few = Limits(object_keys=200)
    own = sum(1 + (len(value) if isinstance(value, dict) else 0) for value in OFFER.values())
    own += len(OFFER["ext"]["tutoring"])
    many = {f"k{number}": 1 for number in range(200 - own - 1)}
    assert reason_of({**OFFER, "more": many}, limits=few) is None
    assert reason_of({**OFFER, "more": {**many, "one": 1}}, limits=few) == "too-large"
    assert reason_of({**OFFER, "summary": '":' * 300}, limits=few) is None


def test_the_size_counts_in_parsed_items_too(signed, keyset):
    size = len(profile.canonical(signed))
    assert objects.authenticate(signed, keyset, now=NOW, limits=Limits(object_bytes=size))
    for source in (signed, profile.canonical(signed)):
        with pytest.raises(TooLarge):
            objects.authenticate(source, keyset, now=NOW, limits=Limits(object_bytes=size - 1))


@pytest.mark.parametrize("value", [None, 5, "", "x" * 41])
def test_a_type_is_a_name(signed, keyset, value):
    with pytest.raises(SchemaRefused, match="type"):
        objects.authenticate({**signed, "type": value}, keyset, now=NOW)


def test_an_authentic_object_carries_its_element(vectors, keyset):
    for vector in vectors["objects"]:
        authentic = objects.authenticate(vector["signed"], keyset, now=NOW)
        assert authentic.element.hex() == vector["element"]
        assert authentic.document == vector["signed"]


def test_versions_grow_even_when_the_clock_jumps_back():
    milliseconds = int(NOW.timestamp() * 1000)
    assert types.next_version(0, NOW) == milliseconds
    assert types.next_version(milliseconds, NOW) == milliseconds + 1
    assert types.next_version(milliseconds + 99, NOW - timedelta(days=9)) == milliseconds + 100


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=60), st.integers(0, 1100), st.integers(0, 20))
def test_no_bytes_break_the_reader(signed, keyset, junk, place, length):
    line = profile.canonical(signed)
    changed = line[:place] + junk + line[place + length :]
    try:
        authentic = objects.authenticate(changed, keyset, now=NOW)
    except Refusal:
        return
    assert authentic.canonical == line


@pytest.mark.parametrize(
    ("summary", "is_accepted"),
    [
        ("e\u0301" * 40, False),
        ("é" * 40, True),
        ("x\u0323 " * 40, True),
        ("a" + "\u0323" * 40, False),
    ],
    ids=["not normal", "composed", "many but apart", "a tower of marks"],
)
def test_a_tower_of_marks_costs_little_and_is_not_shown(summary, is_accepted):
    document = {**OFFER, "summary": summary}
    if is_accepted:
        objects.acceptable(document, now=NOW)
    else:
        with pytest.raises(SchemaRefused) as refused:
            objects.acceptable(document, now=NOW)
        assert refused.value.reason == "nfc"
