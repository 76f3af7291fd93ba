"""The table [federation]: defaults, the development mode, every mistake with its place."""

import pytest

from entraide import runtime
from entraide.errors import ConfigurationError
from entraide_federation import settings
from entraide_federation.protocol.limits import DEFAULT

FINGERPRINT = "sha256:" + "0" * 64


@pytest.fixture
def load(make_site):
    """The settings of a site with the given table."""

    def open_with(table, **options):
        return make_site(plugins=("federation",), toml=table, **options)

    return open_with


def test_defaults(load):
    with runtime.activate(load("")):
        federation = settings.current()
        assert (federation.role, federation.development, federation.peers) == ("origin", False, ())
        assert not federation.is_hub
        assert settings.limits() == DEFAULT
        assert (settings.limits().poll_seconds, settings.limits().min_poll_seconds) == (900, 30)


def test_a_hub_with_peers(load):
    table = f"""
[federation]
role = "hub"
development = false
poll_seconds = 60

[[federation.peers]]
base = "https://clamecy.example"
root = "{FINGERPRINT}"
quota = 20000

[[federation.peers]]
base = "https://hub.example"
role = "hub"
"""
    with runtime.activate(load(table)):
        federation = settings.current()
        assert federation.is_hub
        assert federation.peers == (
            settings.Peer("https://clamecy.example", "origin", FINGERPRINT, 20000),
            settings.Peer("https://hub.example", "hub", None, None),
        )
        assert settings.limits().poll_seconds == 60


def test_development(load):
    with runtime.activate(
        load(
            '[federation]\npeers = [{base = "http://127.0.0.1:8100"}]',
            base_url='http://127.0.0.1:8101"\ndevelopment = true\ntagline = "x',
        )
    ):
        assert settings.current().development
        assert settings.limits().poll_seconds == settings.limits().min_poll_seconds == 1


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('role = "relay"', 'role: "relay" is no role. Write "origin" or "hub".'),
        ("development = true", "is not what [site] development says"),
        ("development = 1", "is not what [site] development says"),
        ("development = 0", "is not what [site] development says"),
        ("poll_seconds = 29", "poll_seconds: 29 is out of range. Write 30 to 86400."),
        ("poll_seconds = 86401", "is out of range"),
        ('poll_seconds = "60"', "poll_seconds"),
        ("pears = []", "there is no such setting. Did you mean peers?"),
        ('peers = [{base = "http://127.0.0.1:8100"}]', "is not the address of a site"),
        ('peers = [{base = "https://CLAMECY.example"}]', "is not the address of a site"),
        ('peers = [{base = "https://clamecy.example/"}]', "is not the address of a site"),
        ('peers = [{base = "https://site.example"}]', "is this site itself"),
        ('peers = [{role = "hub"}]', "base: is missing"),
        ('peers = [{base = "https://a.example", role = "peer"}]', "is no role"),
        ('peers = [{base = "https://a.example", root = "sha256:00"}]', "is no fingerprint"),
        ('peers = [{base = "https://a.example", quota = 0}]', "is out of range"),
        ('peers = [{base = "https://a.example"}, {base = "https://a.example"}]', "twice"),
    ],
)
def test_mistakes(load, table, words):
    with pytest.raises(ConfigurationError) as caught:
        load(f"\n[federation]\n{table}\n")
    assert words in str(caught.value)
    assert "instance.toml, line" in str(caught.value)
