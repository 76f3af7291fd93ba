"""Whole sites behind real servers on loopback, and who reads whom."""

from contextlib import contextmanager
from threading import Thread

from werkzeug.serving import make_server

from entraide import database, runtime
from entraide.app import create_app
from entraide_federation.reading import sources

RECOVERY_SHEET = runtime.Slot[str]("recovery sheet")
"""The two lines that the operator of a test's site has in their drawer."""


@contextmanager
def serving(make_origin, name, role, **options):
    """Run a development site of this role behind a real server; `base` is its address."""
    server = make_server("127.0.0.1", 0, lambda *call: server.site_app(*call), threaded=True)  # noqa: PLW0108 - the application needs the port first
    base = f"http://127.0.0.1:{server.port}"
    local = f'[site]\ndevelopment = true\nbase_url = "{base}"\n[federation]\nrole = "{role}"\n'
    files = {"local.toml": local} | options.pop("files", {})
    site = make_origin(name=name, files=files, **options)
    server.site_app = create_app(site)
    site.base = base
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def follow(site, role, *peers):
    """Let a site read these peers, and no others."""
    with runtime.activate(site), database.writing() as session:
        sources.sync_configured(
            session, {"peers": [{"base": peer.base, "role": role} for peer in peers]}
        )
