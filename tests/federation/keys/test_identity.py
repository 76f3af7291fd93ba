"""The keys of a site: made once, the root key on paper only."""

import stat

import orjson
import pytest
from sqlalchemy import func, select

from entraide import database, runtime
from entraide.errors import BadInput, ConfigurationError
from entraide_federation.keys import identity, recovery_sheet
from entraide_federation.protocol import keysets, proofs
from entraide_federation.store.models import KeysetVersion, Origin, Own


@pytest.fixture
def site(make_site):
    with runtime.activate(make_site(plugins=("federation",))) as opened:
        yield opened


def test_keys_are_made_once(site):
    assert not identity.is_initialised()
    assert identity.initialise(None)
    before = {file.name: file.read_bytes() for file in identity.folder().iterdir()}
    assert identity.is_initialised()
    assert identity.initialise(None) == ""
    assert {file.name: file.read_bytes() for file in identity.folder().iterdir()} == before
    assert before.keys() == {"publishing.key", "keyset.json", "cursor.key"}


def test_only_the_owner_may_read_them(site):
    identity.initialise(None)
    assert stat.S_IMODE(identity.folder().stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in identity.folder().iterdir()} == {0o600}


def test_the_sheet_holds_the_root_key_and_the_server_does_not(site, tmp_path):
    sheet = tmp_path / "sheet.txt"
    words = identity.initialise(sheet)
    assert sheet.read_text() == words
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    seed = recovery_sheet.read(words)
    kept = b"".join(file.read_bytes() for file in identity.folder().iterdir())
    assert seed not in kept
    assert seed.hex().encode() not in kept
    keyset = keysets.verify_keyset(
        orjson.loads((identity.folder() / "keyset.json").read_bytes()), now=site.clock.now()
    )
    root = proofs.public_key(proofs.generate_key(seed))
    assert list(keyset.roots.values()) == [root]
    assert keyset.version == 1


def test_the_sheet_may_not_stay_in_the_state(site):
    with pytest.raises(ConfigurationError, match="backups"):
        identity.initialise(site.settings.state / "sheet.txt")
    assert not identity.is_initialised()


def test_a_sheet_is_never_overwritten(site, tmp_path):
    sheet = tmp_path / "sheet.txt"
    sheet.write_text("another site's")
    with pytest.raises(ConfigurationError, match="Name another file"):
        identity.initialise(sheet)
    assert sheet.read_text() == "another site's"
    assert not identity.is_initialised()


def test_an_attempt_cut_short_is_begun_anew(site):
    identity.folder().mkdir(parents=True)
    (identity.folder() / "keyset.json").write_bytes(b"half")
    assert identity.initialise(None)
    with database.writing() as session:
        identity.ensure_own(session)


def test_lost_keys_are_not_made_anew(site):
    """A database put back without the folder of its keys would be refused everywhere."""
    identity.initialise(None)
    with database.writing() as session:
        identity.ensure_own(session)
    kept = identity.folder().rename(site.settings.state / "kept")
    with pytest.raises(ConfigurationError, match="back from the backup"):
        identity.initialise(None)
    assert not identity.is_initialised()
    kept.rename(identity.folder())
    assert identity.initialise(None) == ""


def test_the_key_signs_for_the_site(site):
    identity.initialise(None)
    signer = identity.load()
    assert signer.origin == "https://site.example"
    assert signer.method == "https://site.example/federation/actor#k1"


@pytest.mark.parametrize("content", ["", "k1", "k1 zz", "k1 00", "\x00\xff"])
def test_a_damaged_key_says_so(site, content):
    identity.initialise(None)
    (identity.folder() / "publishing.key").write_text(content)
    with pytest.raises(ConfigurationError, match="damaged"):
        identity.load()


def test_a_key_that_everybody_may_read_is_refused(site):
    identity.initialise(None)
    (identity.folder() / "publishing.key").chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        identity.load()


def test_the_rows_are_made_once(site):
    identity.initialise(None)
    for _ in range(2):
        with database.writing() as session:
            identity.ensure_own(session)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Own)) == 1
        origin = session.scalars(select(Origin)).one()
        assert (origin.base, origin.is_own, origin.state) == ("https://site.example", True, "live")
        assert session.scalars(select(KeysetVersion.version)).all() == [1]


def test_keys_of_another_address_are_refused(site, make_site):
    identity.initialise(None)
    moved = make_site(name="moved", plugins=("federation",), base_url="https://moved.example")
    identity.folder().rename(moved.settings.state / "federation")
    with (
        runtime.activate(moved),
        pytest.raises(ConfigurationError, match=r"made for https://site\.example"),
        database.writing() as session,
    ):
        identity.ensure_own(session)


SEED = bytes(range(32))


def test_a_sheet_is_read_back(site):
    words = recovery_sheet.write(SEED, "https://site.example", site.clock.now().date())
    letters = [line for line in words.splitlines() if recovery_sheet._LINE.fullmatch(line.strip())]
    assert len(letters) == 2
    typed = "\n".join(letters).lower().replace("o", "0").replace("i", "1").replace("b", "8")
    for text in (words, "\n".join(letters), typed, "".join(typed.split())):
        assert recovery_sheet.read(text) == SEED


def test_every_slip_of_one_letter_is_found(site):
    words = recovery_sheet._letters(SEED)
    for index, letter in enumerate(words):
        slip = "Q" if letter != "Q" else "Z"
        with pytest.raises(BadInput):
            recovery_sheet.read(words[:index] + slip + words[index + 1 :])


@pytest.mark.parametrize("text", ["", "ABCD", "é" * 56, "A" * 55, "9" * 56])
def test_what_is_no_sheet(text):
    with pytest.raises(BadInput):
        recovery_sheet.read(text)


def test_without_the_keyset_file_a_new_database_is_not_filled(site):
    """Keys put back from a backup that lacks one of its files."""
    identity.initialise(None)
    (identity.folder() / "keyset.json").unlink()
    with (
        pytest.raises(ConfigurationError, match=r"keyset\.json: No such file"),
        database.writing() as session,
    ):
        identity.ensure_own(session)
