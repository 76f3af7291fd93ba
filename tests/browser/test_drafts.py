"""Writing without an account, on a phone: links, codes, shared computers, leaving quickly."""

import re

import pytest
from browser_pages import follow

from entraide.demo.command import login_link

pytestmark = [pytest.mark.browser, pytest.mark.network]

PHONE = {"viewport": {"width": 360, "height": 640}, "locale": "fr-FR"}
CANARY = "Canari, allergie aux arachides"
SCRIPTS = pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])


@pytest.fixture
def pilot(network):
    return network.sites[-1]


@pytest.fixture
def open_phone(chromium):
    opened = []

    def make(**options):
        context = chromium.new_context(**PHONE, **options)
        opened.append(context)
        return context.new_page()

    yield make
    for context in opened:
        context.close()


def go_on(page):
    follow(page.locator("main form button[type=submit]").first)


def write(page, pilot):
    """Walk to the review of a request, as a visitor; return its address."""
    page.goto(f"{pilot.base_url}/post/request?kind=tutoring")
    go_on(page)
    page.get_by_label("Le mercredi", exact=True).check()
    go_on(page)
    page.get_by_label("Quelle commune").fill("Clamecy (58500)")
    go_on(page)
    page.wait_for_url("**/who")
    page.get_by_label("Titre").fill(CANARY)
    fill_details(page)
    go_on(page)
    page.wait_for_url("**/review")
    return page.url


def fill_details(page):
    for name in ("details-levels", "details-subjects", "details-place"):
        box = page.locator(f"[name={name}]").first
        if box.get_attribute("type") in ("radio", "checkbox"):
            box.check()
        else:
            box.select_option(index=1)


def ask_link(page, pilot, address):
    """Send the review, then the address; return the link and the code of the mail."""
    go_on(page)
    page.get_by_label("adresse e-mail").fill(address)
    go_on(page)
    page.get_by_text("six chiffres").first.wait_for()
    mailbox = page.context.browser.new_page()
    try:
        for _try in range(40):
            mailbox.goto(f"{pilot.base_url}/mailbox")
            mail = mailbox.locator("main article", has_text=address).first
            if mail.count():
                words = mail.inner_text()
                code = re.search(r"\b\d{3}\s\d{3}\b", words)[0]
                return mail.locator("a[href*='/login/']").first.get_attribute("href"), code
            mailbox.wait_for_timeout(250)
    finally:
        mailbox.close()
    raise AssertionError("no mail came")


def give_name(page):
    page.wait_for_url("**/account/name**")
    page.locator("[name=name]").fill("Parent Exemple")
    go_on(page)
    page.wait_for_url("**/review")


def assert_fits(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@SCRIPTS
def test_the_link_opens_the_draft_in_another_browser(pilot, open_phone, has_script):
    phone = open_phone(java_script_enabled=has_script)
    write(phone, pilot)
    link, _code = ask_link(phone, pilot, f"parent7{has_script:d}@example.org")
    mail_program = open_phone()
    mail_program.goto(link)
    assert "p…@example.org" in mail_program.inner_text("main")
    assert_fits(mail_program)
    go_on(mail_program)
    give_name(mail_program)
    assert CANARY in mail_program.inner_text("main")
    go_on(mail_program)
    mail_program.wait_for_url("**/requests/*")
    assert CANARY in mail_program.inner_text("main")


def test_the_code_opens_the_draft_in_the_first_browser(pilot, open_phone):
    phone = open_phone()
    write(phone, pilot)
    _link, code = ask_link(phone, pilot, "parent73@example.org")
    assert_fits(phone)
    phone.get_by_label("Le code").fill(code)
    go_on(phone)
    give_name(phone)
    assert CANARY in phone.inner_text("main")


def test_a_shared_computer_shows_nothing_of_the_person_before(network, pilot, open_phone):
    page = open_phone()
    page.goto(login_link(network, pilot, "parent1@example.org"))
    go_on(page)
    page.wait_for_url(f"{pilot.base_url}/")
    review = write(page, pilot)
    page.goto(login_link(network, pilot, "volunteer1@example.org"))
    assert "Une autre personne est connectée" in page.inner_text("main")
    assert_fits(page)
    go_on(page)
    page.wait_for_url(f"{pilot.base_url}/")
    for path in (review, f"{pilot.base_url}/post/drafts", f"{pilot.base_url}/requests/mine"):
        page.goto(path)
        assert CANARY not in page.content()
    for _step in range(4):
        page.go_back()
        assert CANARY not in page.content()


def leave(page, press):
    """Press, and wait until the browser is elsewhere: on the error page of a closed network."""
    with page.expect_event("requestfailed", lambda request: "meteofrance" in request.url):
        press()
    page.wait_for_timeout(500)
    assert "127.0.0.1" not in page.url


@SCRIPTS
@pytest.mark.parametrize("page_left", ["review", "who", "link sent"])
def test_after_leaving_quickly_back_shows_nothing(pilot, open_phone, has_script, page_left):
    page = open_phone(java_script_enabled=has_script)
    review = write(page, pilot)
    if page_left == "who":
        page.goto(review.replace("review", "who"))
    elif page_left == "link sent":
        ask_link(page, pilot, f"parent8{has_script:d}@example.org")
    leave(page, lambda: page.locator("a.exit").click(no_wait_after=True))
    cookies = [one["name"] for one in page.context.cookies() if one["name"].startswith("entraide")]
    assert cookies == []
    for _step in range(8):
        try:
            page.go_back(timeout=3000)
        except Exception:  # noqa: BLE001 - a form that Back would send again is not shown at all
            page.wait_for_timeout(100)
        page.wait_for_load_state()
        page.wait_for_timeout(200)
        shown = page.content()
        assert CANARY not in shown
        assert "parent8" not in shown
    page.goto(review)
    assert CANARY not in page.content()


def test_escape_three_times_leaves(pilot, open_phone):
    page = open_phone()
    write(page, pilot)
    leave(page, lambda: [page.keyboard.press("Escape") for _press in range(3)])


def test_browser_back_keeps_what_was_typed(pilot, open_phone):
    page = open_phone()
    review = write(page, pilot)
    page.goto(review.replace("review", "where"))
    page.goto(review.replace("review", "who"))
    page.get_by_label("Titre").fill("Un titre changé")
    page.go_back()
    page.wait_for_url("**/where")
    page.wait_for_timeout(300)
    page.goto(review.replace("review", "who"))
    assert page.get_by_label("Titre").input_value() == "Un titre changé"
    follow(page.get_by_role("button", name="Retour"))
    assert page.url.endswith("/where")
