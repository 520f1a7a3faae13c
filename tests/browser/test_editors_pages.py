"""The editors' login in a real browser, which alone decides what Origin and cookies it sends."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from searchsvc import Settings
from searchsvc.access import create_token
from support_browser import ARGUMENTS, chromium, running_server

pytestmark = [pytest.mark.browser, pytest.mark.server]

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def desk(corpus_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Base URL of a server, and the token of an editor."""
    settings = Settings(index=corpus_settings.index, state=tmp_path_factory.mktemp("desk") / "state")
    token = create_token(settings, "王编辑")
    with running_server(settings.index, settings.state, "--workers", "2") as base:
        yield base, token


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page without JavaScript; it fails the test when the browser complains about the page."""
    context = browser.new_context(viewport=request.param, java_script_enabled=False)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    yield opened
    context.close()
    # A refused login is itself reported; nothing else may be.
    assert [one for one in complaints if "status of 403" not in one] == []


def small(page: Page) -> list[str]:
    """What a finger would miss."""
    found = []
    for element in page.locator("a:visible:not(.skip), button:visible, input:visible").all():
        box = element.bounding_box()
        if box is not None and box["height"] < 43.5:
            found.append(element.inner_text())
    return found


def test_an_editor_logs_in_with_the_form_and_out_again(page: Page, desk: tuple[str, str]) -> None:
    base, token = desk
    page.goto(f"{base}/editors/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录编辑后台")
    expect(page.get_by_label("访问令牌")).to_be_focused()
    assert small(page) == []
    page.keyboard.type("wrong-wrong-wrong-wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("令牌不对")
    page.get_by_label("访问令牌").fill(token)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("编辑后台")
    expect(page.get_by_role("banner")).to_contain_text("王编辑")
    assert page.url == f"{base}/editors/"
    assert small(page) == []
    box = page.get_by_role("banner").bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    assert box["width"] <= size["width"]
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录编辑后台")
    page.goto(f"{base}/editors/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录编辑后台")


def test_the_link_logs_in_also_from_another_site_and_leaves_no_token_behind(page: Page, desk: tuple[str, str]) -> None:
    base, token = desk
    # Another host name is another site: as a link in a mail or a chat is.
    elsewhere = base.replace("127.0.0.1", "localhost")
    page.route(
        f"{elsewhere}/mail",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<a href="{base}/editors/login?token={token}">open</a>'
        ),
    )
    page.goto(f"{elsewhere}/mail")
    page.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("编辑后台")
    assert page.url == f"{base}/editors/"


def test_a_form_on_another_site_changes_nothing(page: Page, desk: tuple[str, str]) -> None:
    base, token = desk
    page.goto(f"{base}/editors/login?token={token}")
    value = page.locator('input[name="csrf_token"]').first.get_attribute("value")
    elsewhere = base.replace("127.0.0.1", "localhost")
    form = (
        f'<form method="post" action="{base}/editors/logout"><input name="csrf_token" value="{value}">'
        "<button>win</button></form>"
    )
    page.route(f"{elsewhere}/trap", lambda route: route.fulfill(content_type="text/html", body=form))
    page.goto(f"{elsewhere}/trap")
    page.get_by_role("button").click()
    expect(page.get_by_role("main")).to_contain_text("cross_site")
    page.goto(f"{base}/editors/")
    expect(page.get_by_role("heading", level=1)).to_have_text("编辑后台")
