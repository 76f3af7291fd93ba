"""The secret of an instance: made whole or not at all, private, and never the same key twice."""

from __future__ import annotations

import hmac
import stat
import threading
from pathlib import Path

import pytest

from entraide import config
from entraide.config import keys
from entraide.errors import ConfigurationError


@pytest.fixture
def settings(tmp_path: Path):
    text = '[site]\nname = "Exemple"\nbase_url = "https://exemple.example"\nstate = "a/state"\n'
    (tmp_path / "instance.toml").write_text(text)
    return config.load(tmp_path, {})


def test_folder_and_file_are_made_for_their_owner_alone(settings):
    file = keys.create_secret(settings)
    assert file == settings.secret_file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.state.stat().st_mode) == 0o700


def test_a_secret_that_is_there_is_never_written_over(settings):
    settings.state.mkdir(parents=True)
    settings.secret_file.write_bytes(b"kept " * 6 + b"..")
    settings.secret_file.chmod(0o600)
    keys.create_secret(settings)
    assert keys.secret(settings) == b"kept " * 6 + b".."


def test_many_who_make_it_at_once_read_one_secret(settings):
    ready, secrets = threading.Barrier(16), []

    def make():
        ready.wait()
        keys.create_secret(settings)
        secrets.append(keys.secret(settings))

    threads = [threading.Thread(target=make) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(secrets) == 16
    assert len(set(secrets)) == 1
    assert [path.name for path in settings.state.iterdir()] == [settings.secret_file.name]


def test_two_instances_have_two_secrets(settings, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/instance.toml").write_bytes((tmp_path / "instance.toml").read_bytes())
    other = config.load(tmp_path / "other", {})
    for each in (settings, other):
        keys.create_secret(each)
    assert keys.secret(settings) != keys.secret(other)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640, 0o660])
def test_owner_and_group_may_read_it(settings, mode):
    file = keys.create_secret(settings)
    file.chmod(mode)
    assert len(keys.secret(settings)) == 32


@pytest.mark.parametrize("mode", [0o601, 0o602, 0o604, 0o644, 0o666, 0o777])
def test_what_everybody_may_open_is_refused_with_the_remedy(settings, mode):
    file = keys.create_secret(settings)
    assert keys.secret(settings)
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"Run: chmod 600 {file}"):
        keys.secret(settings)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_secret_of_another_size_is_refused(settings, size):
    file = keys.create_secret(settings)
    file.write_bytes(b"x" * size)
    with pytest.raises(ConfigurationError, match=f"has {size} bytes instead of 32"):
        keys.secret(settings)


def test_what_is_no_file_is_told(settings):
    settings.secret_file.mkdir(parents=True, mode=0o700)
    settings.secret_file.chmod(0o700)
    with pytest.raises(ConfigurationError, match=r"secret\.key: Is a directory\. Check the name"):
        keys.secret(settings)


def test_only_what_is_missing_is_said_to_be_missing(tmp_path):
    with pytest.raises(ConfigurationError, match="absent: make it first"):
        keys.read_private_file(tmp_path / "absent", missing="make it first")
    with pytest.raises(ConfigurationError, match=r"absent: No such file or directory\. Check"):
        keys.read_private_file(tmp_path / "absent")


SECRET = bytes(range(32))


def test_keys_are_those_of_rfc_5869():
    # Written out with HMAC alone: another spelling would close every session and every message.
    extracted = hmac.digest(bytes(32), SECRET, "sha256")
    assert keys.derive(SECRET, "cookies") == hmac.digest(extracted, b"cookies\x01", "sha256")


@pytest.mark.parametrize(
    ("purpose", "other"), [("a", "b"), ("", "a"), ("a", "a "), ("a", "A"), ("é", "e")]
)
def test_each_purpose_has_its_key(purpose, other):
    assert keys.derive(SECRET, purpose) != keys.derive(SECRET, other)
    assert keys.derive(SECRET, purpose) == keys.derive(bytes(SECRET), purpose)
    assert keys.derive(SECRET, purpose) != keys.derive(SECRET[::-1], purpose)
