"""Words in the reader's language."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time

import pytest

from entraide import i18n
from entraide.app import create_app

_ = i18n.catalogue(
    "tests.words",
    fr={"Good day, %(name)s": "Bonjour, %(name)s", "Sheep": "Mouton", "100 % wool": "100 % laine"},
)


def test_lazy_text_is_translated_when_shown():
    words = _("Good day, %(name)s", name="Parent Exemple 3")
    with i18n.speaking("fr"):
        assert str(words) == "Bonjour, Parent Exemple 3"
    with i18n.speaking("en"):
        assert f"{words}" == "Good day, Parent Exemple 3"
    assert repr(words) == "LazyText('Good day, %(name)s')"


def test_lazy_text_without_values_keeps_its_percent_sign():
    with i18n.speaking("fr"):
        assert str(_("100 % wool")) == "100 % laine"


def test_lazy_text_formats_and_sorts():
    with i18n.speaking("fr"):
        assert _("Good day, %(name)s") % {"name": "A"} == "Bonjour, A"
        assert min([_("Sheep"), _("Zebra"), _("Ant")], key=str).source == "Ant"
        assert _("Ant") < _("Sheep")


def test_gettext_finds_any_catalogue_and_falls_back_to_the_source():
    with i18n.speaking("fr"):
        assert i18n.gettext("Sheep") == "Mouton"
        assert i18n.gettext("Good day, %(name)s", name="B") == "Bonjour, B"
        assert i18n.gettext("Nobody translated this %") == "Nobody translated this %"


@pytest.mark.parametrize(
    ("code", "count", "words"),
    [
        ("fr", 0, "0 a"),
        ("fr", 1, "1 a"),
        ("fr", 2, "2 bs"),
        ("en", 0, "0 bs"),
        ("en", 1, "1 a"),
        ("en", 2, "2 bs"),
    ],
)
def test_plural(code, count, words):
    with i18n.speaking(code):
        assert i18n.ngettext("%(num)s a", "%(num)s bs", count) == words
        assert i18n.ngettext("%(n)s a", "%(n)s bs", count, n=count) == words


def test_plural_form_leaves_the_values_to_the_template():
    with i18n.speaking("fr"):
        assert i18n.plural_form("%(count)s a", "%(count)s bs", 3) == "%(count)s bs"


def test_unknown_language_falls_back_to_french():
    with i18n.speaking("tlh"):
        assert i18n.language() == "fr"


def test_dates_and_numbers_in_words():
    moment = datetime(2026, 1, 7, 17, 30, tzinfo=UTC)
    with i18n.speaking("fr"):
        assert i18n.day_in_words(date(2026, 1, 7)) == "mercredi 7 janvier 2026"
        assert i18n.datetime_in(moment) == "7 janvier 2026 à 18\u00a0h\u00a030"
        assert i18n.date_in(date(2026, 1, 7)) == "7 janvier 2026"
        assert i18n.datetime_in(moment, "HH:mm") == "18:30"
        assert i18n.number_in(37_000.5) == "37\u202f000,5"
    with i18n.speaking("en"):
        assert i18n.day_in_words(date(2026, 1, 7)) == "January 7, 2026"
        assert i18n.datetime_in(moment) == "January 7, 2026, 18:30"
        assert i18n.hour_in(time(9)) == "9:00"
        assert i18n.around("Amiens") == "around Amiens"


@pytest.mark.parametrize(
    ("moment", "words"),
    [(time(9), "9\u00a0h"), (time(18, 45), "18\u00a0h\u00a045"), (time(0, 5), "0\u00a0h\u00a005")],
)
def test_hours_in_french(moment, words):
    with i18n.speaking("fr"):
        assert i18n.hour_in(moment) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2027, 1, 1), "1er janvier 2027"),
        (date(2027, 5, 1), "1er mai 2027"),
        (date(2027, 1, 21), "21 janvier 2027"),
        (date(2027, 1, 2), "2 janvier 2027"),
    ],
)
def test_the_first_of_a_month_in_french(day, words):
    with i18n.speaking("fr"):
        assert i18n.date_in(day) == words
        assert i18n.day_in_words(day).endswith(words)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("Clamecy (58)", "autour de Clamecy (58)"),
        ("Le Havre", "autour du Havre"),
        ("Les Lilas", "autour des Lilas"),
        ("La Rochelle", "autour de La Rochelle"),
        ("Amiens", "autour d’Amiens"),
        ("Épinal", "autour d’Épinal"),
        ("L’Haÿ-les-Roses", "autour de L’Haÿ-les-Roses"),
        ("Œuilly", "autour d’Œuilly"),
        ("Lens", "autour de Lens"),
        ("Lesquin", "autour de Lesquin"),
    ],
)
def test_around_a_place_in_french(place, words):
    i18n.catalogue("entraide")
    with i18n.speaking("fr"):
        assert i18n.around(place) == words


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Qui vient ?", "Qui vient\u00a0?"),
        ("Oui ! Non : « a »", "Oui\u00a0! Non\u00a0: «\u00a0a\u00a0»"),
        ("a:b ?c", "a:b\u00a0?c"),
        (" ?", " ?"),
        ("\n ; x", "\n ; x"),
        ("rien", "rien"),
    ],
)
def test_marks_stay_with_their_word_when_shown_in_french(written, shown):
    with i18n.speaking("fr"):
        assert i18n.unbroken(written) == shown
    with i18n.speaking("en"):
        assert i18n.unbroken(written) == written


def test_nothing_of_days_is_lost():
    with i18n.speaking("en"):
        assert i18n.date_in(date(2027, 1, 1)) == "January 1, 2027"


PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "Save"
msgstr "Enregistrer"

msgid "%(num)s tree"
msgid_plural "%(num)s trees"
msgstr[0] "%(num)s arbre"
msgstr[1] "%(num)s arbres"

msgid "Empty"
msgstr ""

#, fuzzy
msgid "Guess"
msgstr "Devinette"
"""


def test_po_files_beside_the_package_are_read(tmp_path, monkeypatch):
    package = tmp_path / "entraide_test_words"
    (package / "translations").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "translations" / "fr.po").write_text(PO, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    translate = i18n.catalogue("entraide_test_words.views")
    with i18n.speaking("fr"):
        assert str(translate("Save")) == "Enregistrer"
        assert i18n.ngettext("%(num)s tree", "%(num)s trees", 2) == "2 arbres"
        assert str(translate("Empty")) == "Empty"
        assert str(translate("Guess")) == "Guess"
    with i18n.speaking("en"):
        assert str(translate("Save")) == "Save"
    assert "entraide_test_words" not in sys.modules


def test_package_that_does_not_exist_has_no_words():
    translate = i18n.catalogue("entraide_no_such_package")
    with i18n.speaking("fr"):
        assert str(translate("Word")) == "Word"


@pytest.mark.parametrize(
    ("code", "words"), [("fr", "8\u00a0h\u00a005, Clamecy, 1Z999"), ("en", "8:05, Clamecy, 1Z999")]
)
def test_pages_show_an_hour_and_a_commune_of_a_row(site, code, words):
    template = "{{ leaves_at|hourformat }}, {{ '58079'|commune }}, {{ '1Z999'|commune }}"
    app = create_app(site)
    with app.test_request_context(), i18n.speaking(code):
        assert app.jinja_env.from_string(template).render(leaves_at=time(8, 5)) == words
