"""`entraide demo`: start the network, print its links, run until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from entraide import database, runtime
from entraide.demo.network import DemoSite, Network, running
from entraide.members import service

PEOPLE = (
    ("a parent", "parent1@example.org"),
    ("a volunteer", "volunteer1@example.org"),
    ("a coordinator", "coordinator1@example.org"),
)


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--port", default=8100, show_default=True, help="Port of the first site.")
@click.option(
    "--state", default=None, type=click.Path(path_type=Path), help="Default: var/demo-<port>."
)
def demo(folders: tuple[Path, ...], port: int, state: Path | None) -> None:
    """Start instance FOLDERS as development sites on this machine, one port each."""
    ports = range(port, port + len(folders))
    network = Network(folders, list(ports), state or Path(f"var/demo-{port}"))
    click.echo("Preparing the sites ...")
    network.prepare()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    with running(network):
        tell(network)
        while not stopped.wait(1.0):
            for name in network.fallen():
                click.echo(f"{name} stopped by itself. Its log: {network.state / name}", err=True)
        click.echo("\nStopping the sites ...")


def tell(network: Network) -> None:
    """Print the links of the sites, of the mailbox and of three people, and what to try."""
    width = max(len(site.name) for site in network.sites) + 2
    click.echo("\nThe network runs. Open:\n")
    for site in network.sites:
        click.echo(f"  {site.name:<{width}}{site.base_url}/")
    first = network.sites[0]
    click.echo(f"  {'mailbox':<{width}}{first.base_url}/mailbox")
    people = network.sites[-1]
    click.echo(f"\nLog in on {people.name} (each link works once; new ones at /login arrive in the")
    click.echo("mailbox):\n")
    for words, email in PEOPLE:
        click.echo(f"  as {words:<15}{login_link(network, people, email)}")
    click.echo(
        f"\nTry: log in as the coordinator, offer something, and watch it appear within seconds on"
        f"\n{first.base_url}/ and on the other sites, with the site that it comes from."
        f"\nCtrl-C stops everything; what you did is kept in {network.state}.\n"
    )


def login_link(network: Network, site: DemoSite, email: str) -> str:
    """Return a fresh one-time login link of a seeded member."""
    opened = network.open(site)
    with runtime.activate(opened), database.writing() as session:
        token = service.request_link(session, email=email, next_path="/")
    opened.database.close()
    return f"{site.base_url}/login/{token}"
