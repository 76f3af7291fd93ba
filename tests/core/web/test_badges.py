"""Marks of plugins on the cards of lists: one question for a page, never one for each row."""

from __future__ import annotations

import pytest

from entraide import app as apps
from entraide import database, hooks, runtime
from entraide.kinds import Badge
from entraide.testing import add_member, add_offer, add_organisation, add_request, browser, log_in

PLUGIN = '''"""A probe."""
from entraide import Badge, hookimpl

ASKED = []


@hookimpl
def badges(subjects):
    ASKED.append(len(subjects))
    for row in subjects:
        word = f"{{type(row).__name__}} {{getattr(row, 'own_id', None) or row.id}}"
        {body}
'''
GOOD = "yield Badge(row, word, 'check', 'good')"
PAYLOAD = {"levels": ["cp"], "subjects": ["french"], "place": "library"}


@pytest.fixture
def open_probe(make_site):
    """Give a function that opens a site with a plugin that marks rows, and offers and requests."""
    opened = []

    def open_with(body=GOOD):
        site = make_site(
            plugins=("tutoring", "probe"), files={"plugins/probe.py": PLUGIN.format(body=body)}
        )
        opened.append(runtime.activate(site))
        opened[-1].__enter__()
        with database.writing() as session:
            parent = add_member(session, 1, "parent")
            add_member(session, 2, "volunteer")
            organisation = add_organisation(session, coordinator=add_member(session, 3))
            values = {"kind": "tutoring", "payload": PAYLOAD}
            offers = [
                add_offer(session, number, organisation_id=organisation.id, **values)
                for number in range(3)
            ]
            asked = add_request(session, actor=parent, **values)
            names = {
                "/find": [f"Listing {offer.id}" for offer in offers],
                "/organisations": [f"Listing {organisation.id}"],
                f"/organisations/{organisation.id}": [f"Listing {offer.id}" for offer in offers],
                "/requests": [f"HelpRequest {asked.id}"],
            }
        return site, apps.create_app(site), names

    yield open_with
    for site in opened:
        site.__exit__(None, None, None)


def test_each_list_asks_once_for_all_its_rows(open_probe):
    site, app, names = open_probe()
    for path, words in names.items():
        client = log_in(browser(app), "volunteer2@example.org")
        asked = site.registry.modules["probe"].ASKED
        asked.clear()
        page = client.get(path).text
        assert asked == [len(words)], path
        for word in words:
            assert f"</svg>{word}</span>" in page


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("yield Badge(object(), word)", 0),
        ("yield from [Badge(row, word, 'nobody/knows')] * 5", 2),
        ("yield Badge(row, word, look='gold')", 0),
        ("raise KeyError(word)", 0),
        ("yield word", 0),
    ],
)
def test_what_a_plugin_does_wrong_leaves_the_list_whole(open_probe, monkeypatch, body, shown):
    monkeypatch.delenv("ENTRAIDE_STRICT", raising=False)
    _site, app, names = open_probe(body)
    page = browser(app).get("/find")
    assert page.status_code == 200
    for word in names["/find"]:
        assert page.text.count(f"{word}</span>") == shown


def test_hook_badges(open_probe):
    open_probe()
    assert hooks.ask("badges", subjects=()) == []


def test_a_badge_has_one_of_four_looks():
    with pytest.raises(ValueError, match="gold"):
        Badge(None, "Vetted", look="gold")
