"""A feed that holds two addresses, ruined by a start under a wrong one, is believed again."""

from datetime import timedelta

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from entraide import JobRun, clock, database, runtime
from entraide.testing import add_offer, add_organisation
from entraide_federation import commands, reading
from entraide_federation.keys import identity
from entraide_federation.pages import care
from entraide_federation.protocol import heads, profile, proofs, spelling
from entraide_federation.publishing import healing, sweeping
from entraide_federation.reading import sources
from entraide_federation.store import verification
from entraide_federation.store.models import Origin, Own, SignedObject
from entraide_federation.store.numbering import lock_own, next_numbers

WRONG = "http://127.0.0.1:11"


def ruin(*, head_of="wrong"):
    """Do to the feed what the first release did under a wrong address: sign everything anew."""
    signer = identity.load()
    method = spelling.method_of(WRONG, "k1")
    with database.writing() as session:
        own, origin = lock_own(session), session.scalars(select(Origin).where(Origin.is_own)).one()
        for row in session.scalars(select(SignedObject).where(SignedObject.origin_id == origin.id)):
            document = orjson.loads(row.body.replace(origin.base.encode(), WRONG.encode()))
            body = profile.canonical(proofs.sign(document, signer.key, method, clock.now()))
            uid = document["id"]
            session.add(
                SignedObject(
                    uid=uid,
                    origin_id=origin.id,
                    type=row.type,
                    version=row.version,
                    body=body,
                    element=profile.element(uid, row.version, body),
                    deleted_at=row.deleted_at,
                    seq=next_numbers(session, 1)[0],
                )
            )
        session.flush()
        rows = session.scalars(select(SignedObject).where(SignedObject.seq.is_not(None))).all()
        base = WRONG if head_of == "wrong" else origin.base
        document = heads.make_head(
            origin=base,
            epoch=own.epoch,
            seq=own.seq,
            count=len(rows),
            tombstones=0,
            tombstones_from=own.tombstones_from,
            root=heads.root(row.element for row in rows),
            keyset=1,
            issued=clock.now(),
        )
        signed = proofs.sign(document, signer.key, spelling.method_of(base, "k1"), clock.now())
        origin.head = origin.witnessed = profile.canonical(signed)
        origin.head_seq, origin.head_issued_at = own.seq, clock.now()


@pytest.fixture
def origin(served, publish_all):
    """A served site with an organisation and two offers."""
    with database.writing() as session:
        organisation = add_organisation(session).id
        for number in range(2):
            add_offer(session, number, kind="canary", organisation_id=organisation)
    publish_all()
    return served


@pytest.fixture
def reader(make_origin, origin):
    """A site that reads the origin and believed it before it was ruined."""
    local = '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n'
    made = make_origin(name="reader", files={"local.toml": local})
    made.clock = origin.clock
    peers = {"peers": [{"base": origin.settings.site.base_url, "role": "origin"}]}
    with runtime.activate(made), database.writing() as session:
        sources.sync_configured(session, peers)
    assert pull(made, origin).error == ""
    return made


def pull(reader, origin):
    with runtime.activate(reader):
        return reading.pull_source(origin.settings.site.base_url)


def shown(reader):
    with runtime.activate(reader), database.reading() as session:
        return session.execute(text("SELECT count(*) FROM directory_listing")).scalar()


def sweep():
    sweeping.sweep(JobRun(clock.now() + timedelta(minutes=1), lambda: False))


@pytest.mark.parametrize("head_of", ["wrong", "right"])
@pytest.mark.parametrize("way", ["worker", "command"])
def test_readers_believe_a_healed_site_again(
    origin, reader, make_origin, publish_all, head_of, way
):
    ruin(head_of=head_of)
    origin.clock.advance(timedelta(seconds=5))
    assert pull(reader, origin).error != ""
    assert shown(reader) == 3, "what was good stays"
    findings = {found.name: found.words for found in care.examine()}
    assert "entraide federation heal" in findings["federation feed"]
    if way == "worker":
        sweep()
    else:
        answer = CliRunner().invoke(commands.heal)
        assert answer.output.endswith("3 objects of another address were taken out.\n")
        assert CliRunner().invoke(commands.heal).output == "Nothing to heal.\n"
    with database.writing() as session:
        add_organisation(session, 5)
    publish_all()
    origin.clock.advance(timedelta(seconds=120))
    assert pull(reader, origin).error == ""
    assert shown(reader) == 4
    with runtime.activate(reader), database.reading() as session:
        row = session.scalars(select(Origin).where(Origin.is_own.is_(False))).one()
        assert (row.state, row.reason) == ("live", "")
        assert {uid.startswith(row.base) for uid in session.scalars(select(SignedObject.uid))} == {
            True
        }
    with database.reading() as session:
        assert all(check.is_equal for check in verification.check_roots(session))
    assert list(care.examine()) == []
    fresh = make_origin(
        name="fresh",
        files={"local.toml": '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:13"\n'},
    )
    fresh.clock = origin.clock
    peers = {"peers": [{"base": origin.settings.site.base_url, "role": "origin"}]}
    with runtime.activate(fresh), database.writing() as session:
        sources.sync_configured(session, peers)
    assert pull(fresh, origin).error == ""
    assert shown(fresh) == 4


def test_a_sound_feed_is_left_alone(origin):
    with database.reading() as session:
        before = session.scalars(select(Own.seq)).one()
    sweep()
    with database.reading() as session:
        assert session.scalars(select(Own.seq)).one() == before
        assert not healing.is_ruined(session)


def test_a_hub_numbers_the_healed_head(make_origin, publish_all):
    with runtime.activate(make_origin(toml='[federation]\nrole = "hub"\n')):
        with database.writing() as session:
            add_organisation(session)
        publish_all()
        ruin()
        with database.reading() as session:
            before = session.scalar(select(Origin.head_feed_seq))
        sweep()
        with database.reading() as session:
            assert session.scalar(select(Origin.head_feed_seq)) > before


def test_lists_at_home_go_back_to_the_address_too(origin):
    with database.writing() as session:
        base = origin.settings.site.base_url
        rows = session.execute(text("SELECT count(*) FROM directory_listing")).scalar()
        session.execute(
            text(
                "UPDATE directory_listing SET uid = replace(uid, :base, :wrong), "
                "organisation = replace(organisation, :base, :wrong)"
            ),
            {"base": base, "wrong": WRONG},
        )
    sweep()
    sweep()
    with database.reading() as session:
        found = session.execute(text("SELECT uid, organisation FROM directory_listing")).all()
    assert len(found) == rows == 3
    assert all(uid.startswith(base) and WRONG not in str(named) for uid, named in found)


def test_a_row_that_is_there_under_both_addresses_stays_once(origin):
    with database.writing() as session:
        base = origin.settings.site.base_url
        columns = [row[1] for row in session.execute(text("PRAGMA table_info(directory_listing)"))]
        others = ", ".join(name for name in columns if name != "uid")
        session.execute(
            text(
                f"INSERT INTO directory_listing (uid, {others}) "  # noqa: S608 - names of columns
                f"SELECT replace(uid, :base, :wrong), {others} FROM directory_listing"
            ),
            {"base": base, "wrong": WRONG},
        )
    sweep()
    with database.reading() as session:
        count = session.execute(text("SELECT count(*) FROM directory_listing")).scalar()
        assert count == 3


def test_a_site_that_never_published_is_not_ruined(make_origin):
    with runtime.activate(make_origin(name="young")), database.reading() as session:
        assert not healing.is_ruined(session)
        assert healing.find_strangers(session) == []


def test_one_site_has_one_own_origin(origin_site):
    """The database itself keeps two addresses apart."""
    with database.writing() as session:
        identity.ensure_own(session)
    other = Origin(base="https://www.site.example", is_own=True)
    with pytest.raises(Exception, match=r"(?i)unique"), database.writing() as session:
        session.add(other)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Origin)) == 1
