"""`entraide demo`: start the network, print its links, run until Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import click

from entraide import database, runtime
from entraide.config.values import MAX_PORT
from entraide.demo.network import DemoSite, Network, running
from entraide.members import service

PEOPLE = (
    ("a parent", "parent1@example.org"),
    ("a volunteer", "volunteer1@example.org"),
    ("a coordinator", "coordinator1@example.org"),
)

RENEWAL_SECONDS = 25 * 60.0
"""A link lives for 30 minutes; the mailbox gets fresh ones before."""


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--port",
    default=8100,
    show_default=True,
    type=click.IntRange(1, MAX_PORT),
    help="Port of the first site.",
)
@click.option(
    "--state", default=None, type=click.Path(path_type=Path), help="Default: var/demo-<port>."
)
def demo(folders: tuple[Path, ...], port: int, state: Path | None) -> None:
    """Start instance FOLDERS as development sites on this machine, one port each."""
    ports = range(port, port + len(folders))
    if ports[-1] > MAX_PORT:
        raise click.BadParameter(
            f"{len(folders)} sites need ports up to {ports[-1]}. Choose {MAX_PORT} less "
            f"{len(folders) - 1} at most (make demo: DEMO_PORT).",
            param_hint="--port",
        )
    network = Network(folders, list(ports), state or Path(f"var/demo-{port}"))
    click.echo("Preparing the sites ...")
    network.prepare()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    with running(network):
        tell(network)
        watch(network, stopped)
        click.echo("\nStopping the sites ...")


def watch(network: Network, stopped: threading.Event) -> None:
    """Until told to stop: report sites that fell, renew the login links in the mailbox."""
    renewed_at = time.monotonic()
    while not stopped.wait(1.0):
        for name in network.fallen():
            click.echo(f"{name} stopped by itself. Its log: {network.state / name}", err=True)
        if time.monotonic() - renewed_at > RENEWAL_SECONDS:
            renewed_at = time.monotonic()
            for _words, email in PEOPLE:
                login_link(network, network.sites[-1], email)


def tell(network: Network) -> None:
    """Print the links of the sites, of the mailbox and of three people, and what to try."""
    width = max(len(site.name) for site in network.sites) + 2
    click.echo("\nThe network runs. Open:\n")
    for site in network.sites:
        click.echo(f"  {site.name:<{width}}{site.base_url}/")
    first = network.sites[0]
    click.echo(f"  {'mailbox':<{width}}{first.base_url}/mailbox")
    for site in network.sites:
        for sentence in network.set_aside(site):
            click.echo(f"\n{site.name}: {sentence}", err=True)
    people = network.sites[-1]
    click.echo(f"\nLog in on {people.name} (each link works once; the mailbox has fresh ones):\n")
    for words, email in PEOPLE:
        click.echo(f"  as {words:<15}{login_link(network, people, email)}")
    click.echo(
        f"\nTry: log in as the parent and take a place in an outing; log in as the coordinator, offer"
        f"\nsomething, and watch it appear within seconds on"
        f"\n{first.base_url}/ and on the other sites, with the site that it comes from."
        f"\nCtrl-C stops everything; what you did is kept in {network.state}.\n"
    )


def login_link(network: Network, site: DemoSite, email: str) -> str:
    """Return a fresh one-time login link of a seeded member; the mailbox page shows it too."""
    opened = network.open(site)
    with runtime.activate(opened), database.writing() as session:
        token = service.make_link(session, email=email)
        link = f"{site.base_url}/login/{token}"
        subject = f"Connexion à {site.name} : {email}"
        service.send_link(session, email=email, subject=subject, body=link, token=token)
    opened.database.close()
    return link
