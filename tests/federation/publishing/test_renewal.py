"""Keys are good for ten years, renewed with the recovery sheet, and the operator is told in time."""

import json
from datetime import timedelta
from itertools import pairwise

import orjson
import pytest
from click.testing import CliRunner
from federation_network import RECOVERY_SHEET
from sqlalchemy import delete, func, select

from entraide import clock, database, runtime
from entraide.app import create_app
from entraide.errors import BadInput, ConfigurationError
from entraide.outbox.models import OutboxMessage
from entraide.testing import add_member, add_offer, add_organisation, browser, log_in
from entraide_federation import commands
from entraide_federation.keys import identity, own_keys, recovery_sheet
from entraide_federation.protocol import keysets
from entraide_federation.publishing import renewal, sweeping
from entraide_federation.store.models import KeysetVersion, Origin, Own

DAY = timedelta(days=1)


@pytest.fixture
def site(origin_site, publish_all):
    with database.writing() as session:
        identity.ensure_own(session)
        organisation = add_organisation(session).id
        add_offer(session, kind="canary", organisation_id=organisation)
    publish_all()
    return origin_site


@pytest.fixture
def sheet(site):
    return RECOVERY_SHEET.get(site)


def held():
    with database.reading() as session:
        return own_keys.load_own(session)


def head():
    with database.reading() as session:
        return json.loads(session.scalar(select(Origin.head)))


def shorten(days):
    """Make the Keyset of this site one that is good for so many days, as sites once made them."""
    keyset = orjson.loads((identity.folder() / "keyset.json").read_bytes())
    keyset["expires"] = clock.rfc3339(clock.now() + days * DAY)
    body = orjson.dumps(keyset)
    (identity.folder() / "keyset.json").write_bytes(body)
    with database.writing() as session:
        session.scalars(select(KeysetVersion)).one().body = body


def test_new_keys_are_good_for_ten_years(site):
    keyset = held()
    assert keyset.expires.year - keyset.issued.year == 10
    assert not keyset.is_ending(clock.now() + 3287 * DAY)
    assert keyset.is_ending(clock.now() + 3289 * DAY)


def test_renewed_with_the_sheet_the_keys_stay(site, sheet):
    before, old = head(), held()
    site.clock.advance(3300 * DAY)
    expires = renewal.renew(sheet)
    new = held()
    assert (new.version, new.keys, new.roots) == (2, old.keys, old.roots)
    assert new.expires == expires == new.issued + 3653 * DAY
    assert keysets.verify_keyset(new.document, now=clock.now(), previous=old) == new
    after = head()
    assert (after["keyset"], after["root"], after["seq"]) == (2, before["root"], before["seq"])
    assert orjson.loads((identity.folder() / "keyset.json").read_bytes()) == new.document
    assert {file.name for file in identity.folder().iterdir()} == {
        "publishing.key",
        "keyset.json",
        "cursor.key",
    }
    renewal.renew(sheet)
    assert held().version == 3


def test_the_sheet_of_another_site_renews_nothing(site, make_origin):
    with runtime.activate(make_origin(name="other")) as other:
        words = RECOVERY_SHEET.get(other)
    with pytest.raises(BadInput, match="another site"):
        renewal.renew(words)
    with pytest.raises(BadInput, match="letters"):
        renewal.renew("ABCD")
    assert held().version == 1


@pytest.mark.parametrize("loss", ["publishing.key", "all"])
def test_with_lost_keys_nothing_is_renewed(site, sheet, loss):
    for file in identity.folder().iterdir():
        if loss in ("all", file.name):
            file.unlink()
    with pytest.raises(ConfigurationError):
        renewal.renew(sheet)
    assert held().version == 1


def test_a_hub_numbers_its_new_head(make_origin, publish_all):
    with runtime.activate(make_origin(toml='[federation]\nrole = "hub"\n')) as hub:
        with database.writing() as session:
            add_organisation(session)
        publish_all()
        with database.reading() as session:
            before = session.scalar(select(Origin.head_feed_seq))
        renewal.renew(RECOVERY_SHEET.get(hub))
        with database.reading() as session:
            assert session.scalar(select(Origin.head_feed_seq)) == before + 1


def run(*arguments, **options):
    return CliRunner().invoke(commands.renew, arguments, catch_exceptions=False, **options)


def test_the_command_takes_a_file_or_what_is_typed(site, sheet, tmp_path):
    file = tmp_path / "sheet.txt"
    file.write_text(sheet)
    answer = run(str(file))
    assert "good until 20" in answer.output
    assert "delete this file" in answer.output
    assert held().version == 2


@pytest.mark.parametrize("between", [" ", "", "\n", "  \n\t "], ids=repr)
@pytest.mark.parametrize("spell", [str.lower, str.upper, lambda row: row.replace(" ", "")])
def test_the_lines_are_typed_one_after_the_other_or_both_on_one(site, sheet, between, spell):
    """The sheet has two lines, and whoever reads it from paper presses Enter after the first."""
    lines = [line.strip() for line in sheet.splitlines()]
    first, second = (spell(line) for line in lines if recovery_sheet._LINE.fullmatch(line))
    answer = run(input=f"{first}{between}{second}\n")
    assert "good until 20" in answer.output
    assert not {first, second} & set(answer.output.split("\n")), "what is typed is not shown"
    assert first not in answer.output
    assert held().version == 2


@pytest.mark.parametrize("typed", ["ABCD\n", "ABCD\nEFGH\n", "ABCD\n" * 40])
def test_too_few_letters_renew_nothing(site, typed):
    answer = CliRunner().invoke(commands.renew, input=typed)
    assert answer.exit_code != 0
    assert held().version == 1


@pytest.mark.parametrize(("days", "version"), [(300, 2), (400, 1)])
def test_init_renews_what_ends_when_the_sheet_still_lies_there(
    site, sheet, tmp_path, days, version
):
    """So the demo, whose sheet stays beside each site, never falls silent."""
    file = tmp_path / "sheet.txt"
    shorten(days)
    for text in ("", "no sheet of this site"):
        assert text == "" or file.write_text(text)
        command = ["--recovery-sheet", str(file)] if text else []
        CliRunner().invoke(commands.init, command)
        assert held().version == 1
    file.write_text(sheet)
    with database.writing() as session:
        session.execute(delete(OutboxMessage))
    if days < 365:
        # The shortened Keyset has no proof that holds, which does not matter to its successor.
        assert CliRunner().invoke(commands.init, ["--recovery-sheet", str(file)]).exit_code == 0
    assert held().version == version


# ---- mail --------------------------------------------------------------------------------------


@pytest.fixture
def mails(site):
    def read():
        with database.reading() as session:
            return session.scalars(select(OutboxMessage).order_by(OutboxMessage.created_at)).all()

    with database.writing() as session:
        session.execute(delete(OutboxMessage))
        add_member(session, 1, "administrator")
        add_member(session, 2, "parent")
    return read


def test_the_operator_is_told_once_in_a_while_from_a_year_before(site, mails):
    """Every day of eleven years the job runs; the mails of the last year get more frequent."""
    told = []
    for day in range(3200, 3800):
        site.clock.advance(held().issued + day * DAY - clock.now())
        before = len(mails())
        renewal.remind(None)
        if len(mails()) > before:
            told.append(3653 - day)
    assert told[0] == 364, "the first the day after a year is left"
    assert told[1:7] == [274, 184, 154, 124, 94, 64]
    assert {first - second for first, second in pairwise(told[9:])} == {7}
    assert len(told) < 40, "never daily"
    assert {one.address for one in mails()} == {"administrator1@example.org"}
    (mail, *_) = mails()
    assert "entraide federation renew" in mail.body
    assert "feuille de secours" in mail.body
    assert "%" not in mail.subject + mail.body


def test_the_address_of_the_site_is_told_too(make_origin, publish_all):
    toml = '[mail]\nsmtp_host = "127.0.0.1"\n'
    site = make_origin(toml=toml, files={"local.toml": '[site]\nemail = "contact@example.org"\n'})
    with runtime.activate(site):
        with database.writing() as session:
            identity.ensure_own(session)
        shorten(10)
        renewal.remind(None)
        with database.reading() as session:
            (mail,) = session.scalars(select(OutboxMessage))
            assert mail.address == "contact@example.org"


def test_after_a_renewal_nobody_is_told_for_nine_years(site, mails, sheet):
    site.clock.advance(3400 * DAY)
    renewal.remind(None)
    assert len(mails()) == 1
    renewal.renew(sheet)
    site.clock.advance(3280 * DAY)
    renewal.remind(None)
    assert len(mails()) == 1
    site.clock.advance(9 * DAY)
    renewal.remind(None)
    assert len(mails()) == 2


def test_a_site_without_keys_or_rows_is_told_nothing(make_site, make_origin):
    with runtime.activate(make_site(plugins=("federation",), name="bare")):
        renewal.remind(None)
        identity.initialise(None)
        renewal.remind(None)
        with database.reading() as session:
            assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_an_administrator_reads_it_on_the_account_page(site, mails):
    shorten(300)
    for email, is_told in (("administrator1@example.org", True), ("parent2@example.org", False)):
        client = browser(create_app(site))
        log_in(client, email)
        page = client.get("/account").text
        assert ("Prenez la feuille de secours" in page) == is_told
        assert ("entraide status" in page) == is_told


# ---- folder and database of different days ------------------------------------------------------


def test_an_older_database_takes_the_newer_keyset_beside_the_keys(site, sheet):
    renewal.renew(sheet)
    with database.writing() as session:
        session.execute(delete(KeysetVersion).where(KeysetVersion.version == 2))
        session.scalars(select(Origin)).one().keyset_version = 1
    sweeping.sweep(_run())
    assert held().version == 2
    sweeping.sweep(_run())
    assert held().version == 2


def _run():
    return renewal.JobRun(clock.now() + DAY, lambda: False)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]"])
def test_a_damaged_copy_beside_the_keys_changes_nothing(site, content):
    (identity.folder() / "keyset.json").write_bytes(content)
    sweeping.sweep(_run())
    assert held().version == 1


def test_the_folder_of_another_site_is_refused(site, make_origin):
    with runtime.activate(make_origin(name="other")) as other:
        with database.writing() as session:
            identity.ensure_own(session)
        renewal.renew(RECOVERY_SHEET.get(other))
        stolen = {file.name: file.read_bytes() for file in identity.folder().iterdir()}
    before = head()
    for name, content in stolen.items():
        (identity.folder() / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match="different sites"):
        sweeping.sweep(_run())
    assert head() == before


def test_without_rows_the_folder_is_taken_as_it_is(site):
    with database.writing() as session:
        session.execute(delete(KeysetVersion))
        session.execute(delete(Own))
        own_keys.adopt_newer(session, session.scalars(select(Origin)).one())
    assert held() is None


def test_a_clock_that_was_ahead_silences_no_reminder(site, mails):
    shorten(300)
    for step, count in ((50, 1), (-60, 2), (1, 2)):
        site.clock.advance(step * DAY)
        renewal.remind(None)
        assert len(mails()) == count
