"""Program: what a page must cost: a bare Flask page, and a list from SQLAlchemy Core and Jinja."""

from __future__ import annotations

import sys

from flask import Flask
from sqlalchemy import create_engine, text

from entraide.server import ServerLimits, create

ROWS = text(
    "SELECT uid, kind, title, summary, organisation, territory, schedule, verified_on"
    " FROM directory_listing WHERE type = 'offer' AND verify_by >= date('now')"
    " ORDER BY updated_at DESC LIMIT 15"
)
LIST = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Offres</title></head>
<body><main><ul>{% for offer in offers %}<li><article><h3><a href="{{ offer.uid }}">{{ offer.title }}
</a></h3><p>{{ offer.kind }} · {{ offer.organisation }} · {{ offer.territory }}</p><p>{{ offer.schedule
}}</p><p>{{ offer.summary }}</p><p>{{ offer.verified_on }}</p></article></li>{% endfor %}</ul></main>
{{ rest }}</body></html>"""
OTHER_HTML = "<p>Le reste de la page, toujours le même.</p>\n" * 400
"""As many bytes as our page has beside its cards."""


def build(database: str) -> Flask:
    """Return the application that serves both pages."""
    app = Flask(__name__)
    engine = create_engine(f"sqlite:///{database}")
    page = app.jinja_env.from_string(LIST)

    @app.get("/bare")
    def bare() -> str:
        return "<!doctype html><title>Bonjour</title><p>Bonjour"

    @app.get("/rows")
    def rows() -> str:
        with engine.connect() as connection:
            offers = connection.execute(ROWS).all()
        return page.render(offers=offers, rest=OTHER_HTML)

    return app


def main() -> None:
    """Serve on loopback until the process is ended, by the server of the project."""
    database, port = sys.argv[1:]
    create(
        build(database), limits=ServerLimits(), threads=4, host="127.0.0.1", port=int(port)
    ).run()


if __name__ == "__main__":
    main()
