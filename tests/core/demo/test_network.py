"""The demo network: folders with local addresses, processes that start, stop and are missed."""

import http.client
import os
import signal
import socket
import time
from contextlib import closing

import pytest
from demo_check import Check
from free_ports import free_ports
from network_helpers import copy_hub_and

from entraide import serving
from entraide.demo import command
from entraide.demo.network import Network, running, write_folder
from entraide.errors import ConfigurationError


@pytest.fixture
def network(tmp_path):
    return Network(copy_hub_and("clamecy", tmp_path), free_ports(2), tmp_path / "demo")


def test_folders_name_each_other_by_local_addresses(network):
    hub, pilot = network.sites
    addresses = {"https://hub.example": hub.base_url, "https://clamecy.example": pilot.base_url}
    write_folder(pilot, addresses)
    written = (pilot.folder / "instance.toml").read_text()
    assert hub.base_url in written
    assert pilot.base_url in written
    assert "hub.example" not in written


def test_a_taken_port_is_told_before_anything_is_written(network, tmp_path):
    taken = socket.create_server(("127.0.0.1", network.sites[1].port))
    with taken, pytest.raises(ConfigurationError, match="choose another port"):
        network.prepare()
    assert not (tmp_path / "demo").exists()


def test_a_free_port_passes():
    serving.check_port("127.0.0.1", free_ports(1)[0])


def test_a_plugin_that_rests_is_told_with_its_site(network, capsys, monkeypatch):
    hub, pilot = network.sites
    for site in network.sites:
        site.folder.mkdir(parents=True)
        (site.folder / "server.log").write_text('{"event": "x"}\n{"cut\n[]\nwords\n')
    with (pilot.folder / "server.log").open("a") as log:
        log.write('{"event": "plugin-quarantined", "plugin": "tea", "error": "line 3"}\n' * 2)
    assert network.set_aside(hub) == []
    monkeypatch.setattr(command, "login_link", lambda *_names: "link")
    command.tell(network)
    told = capsys.readouterr()
    assert told.err.strip() == "clamecy: Plugin tea is set aside: line 3"
    assert "The network runs" in told.out


def get(site, path):
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.network
def test_sites_run_federate_and_survive_each_other(network):
    network.prepare()
    hub, pilot = network.sites
    with running(network):
        summary = Check(network).run()
        assert summary["roots_equal"]
        assert summary["origins"] == 1
        network.stop_site(hub)
        assert get(pilot, "/")[0] == 200, "a pilot lives without the hub"
        network.start_site(hub)
        network.wait_until_up(hub)
        network.stop_site(pilot)
        offers = get(hub, "/api/v1/offers")[1]
        assert pilot.base_url in offers, "the hub keeps the offers of a site that is down"
        assert network.fallen() == []
        os.kill(network.processes["hub", "worker"], signal.SIGKILL)
        limit = time.monotonic() + 10
        while not (fallen := network.fallen()):
            assert time.monotonic() < limit
            time.sleep(0.05)
        assert fallen == ["hub"]


@pytest.mark.network
def test_a_site_that_cannot_be_prepared_is_told_with_its_log(network):
    network.prepare()
    settings = network.sites[1].folder / "state" / "secret.key"
    settings.write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="could not be prepared"):
        network.prepare()


def test_kept_folders_are_not_started_under_other_ports(network, tmp_path):
    """An address is for life, and on this machine the port is part of it."""
    hub, pilot = network.sites
    addresses = {"https://hub.example": hub.base_url, "https://clamecy.example": pilot.base_url}
    for site in network.sites:
        write_folder(site, addresses)
    before = {file: file.read_bytes() for file in (tmp_path / "demo").rglob("*.toml")}
    sources = [site.source for site in network.sites]
    other = Network(sources, free_ports(2), tmp_path / "demo")
    with pytest.raises(ConfigurationError, match="for life") as caught:
        other.prepare()
    assert hub.base_url in caught.value.mistakes[0]
    assert "DEMO_PORT" in caught.value.mistakes[0]
    assert {file: file.read_bytes() for file in (tmp_path / "demo").rglob("*.toml")} == before
