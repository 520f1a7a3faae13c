"""The editors' pages in a real browser: its login, which alone decides what Origin and cookies it sends, then the work
by mouse, by shortcuts, and by Tab and Enter without JavaScript."""

from collections.abc import Callable, Iterator
from typing import Any

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


# --- at work

PLACES = (
    "", "duplicates", "duplicates?state=all&kind=copy", "duplicates/CFcErm7kBw-J", "duplicates/NCwoP9GzCBZ_", "check",
    "check?title=花呗逾期一天的后果", "topics", "decisions?view=history", "hidden", "none",
)  # fmt: skip
#: What text stands out from what is behind it, by WCAG, of everything visible that has text of its own.
FAINT = """() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((one) => (one /= 255) <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = channels(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")].filter((element) =>
    element.getClientRects().length && !element.closest(".skip, option") &&
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
  ).map((element) => {
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(behind(element))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.textContent.trim().slice(0, 30)];
  }).filter(([contrast]) => contrast < 4.5);
}"""
Open = Callable[..., Page]


@pytest.fixture
def at_work(browser: Browser, desk: tuple[str, str]) -> Iterator[Open]:
    """Opens pages that are logged in; they fail the test when the browser complains about anything."""
    base, token = desk
    contexts, complaints = [], list[str]()

    def opened(path: str, **options: Any) -> Page:
        context = browser.new_context(**({"viewport": DESKTOP} | options))
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{base}/editors/login?token={token}")
        page.goto(f"{base}/editors/{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    # That a page is not found is itself reported.
    assert [one for one in complaints if "status of 404" not in one] == []


def cluster_of(page: Page) -> str:
    return page.url.split("?")[0].rsplit("/", 1)[1]


def press(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def test_a_cluster_is_decided_and_undone_by_mouse(at_work: Open) -> None:
    page = at_work("duplicates?kind=near-copy")
    page.locator("li[data-row] h2 a").first.click()
    first = cluster_of(page)
    kept = page.locator("article.side h3").first.inner_text()
    page.get_by_label("备注（可以不写）").fill("两篇一样")
    page.get_by_role("button", name="重复，保留左边").click()
    said = page.get_by_role("status").first
    expect(said).to_contain_text(f"保留《{kept}》")
    expect(said).to_contain_text("王编辑 决定")
    assert cluster_of(page) != first
    expect(page.get_by_role("heading", level=1)).to_contain_text("改写重发")
    said.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("status").first).to_contain_text("撤销了")
    assert cluster_of(page) == first


def test_a_number_or_the_text_itself_leads_to_the_same_text_on_the_other_side(at_work: Open) -> None:
    page = at_work("duplicates/q0NPfpkWrap4", viewport=PHONE)
    page.locator("article.side a.number").nth(2).click()
    assert page.url.endswith("#right-3")
    expect(page.locator("#right-3")).to_be_in_viewport()
    page.locator("#right-3 + mark").click()
    assert page.url.endswith("#left-3")
    expect(page.locator("#left-3")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#right-3")).to_be_in_viewport()


def test_shortcuts_alone_are_enough(at_work: Open) -> None:
    page = at_work("duplicates?kind=same-topic")
    links = page.locator("li[data-row] h2 a")
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        expect(links.nth(at)).to_be_focused()
    press(page, "o")
    first = cluster_of(page)
    titles = page.locator("article.side h3").all_inner_texts()
    press(page, "n")
    assert page.locator("article.side h3").all_inner_texts() != titles
    press(page, "p")
    assert page.locator("article.side h3").all_inner_texts() == titles
    press(page, "x")
    expect(page.get_by_role("status").first).to_contain_text("不重复")
    press(page, "u")
    expect(page.get_by_role("status").first).to_contain_text("撤销了")
    assert cluster_of(page) == first
    for key, words in (("1", "保留"), ("2", "保留"), ("m", "已经合并到")):
        press(page, key)
        expect(page.get_by_role("status").first).to_contain_text(words)
        press(page, "u")
    page.keyboard.press("?")
    expect(page.locator("#keys dl")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys dl")).to_be_hidden()


def test_shortcuts_leave_typing_and_the_browsers_own_keys_alone(at_work: Open) -> None:
    page = at_work("duplicates/2NuyhNFj7gcL")
    before = page.url
    page.get_by_label("备注（可以不写）").press_sequentially("12xmnpu?jk")
    expect(page.get_by_label("备注（可以不写）")).to_have_value("12xmnpu?jk")
    page.get_by_role("heading", level=1).click()
    for key in ("Control+1", "Alt+x", "Meta+2", "Control+u", "Shift+x"):
        page.keyboard.press(key)
    # A key held down comes again and again; only its first press may decide, and that was in the field.
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: '1', repeat: true, bubbles: true}))")
    page.wait_for_timeout(300)
    assert page.url == before
    expect(page.locator("#keys dl")).to_be_hidden()
    page.keyboard.press("?")
    page.get_by_role("button", name="停用快捷键").click()
    page.keyboard.press("x")
    page.wait_for_timeout(300)
    assert page.url == before
    page.get_by_role("button", name="启用快捷键").click()
    press(page, "x")
    press(page, "u")


def test_tab_and_enter_are_enough_without_javascript(at_work: Open) -> None:
    page = at_work("duplicates?kind=near-copy", java_script_enabled=False)

    def tab_to(words: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            if focused.count() and words in focused.inner_text():
                # What has the focus can be seen to have it.
                assert focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
                return
        raise AssertionError(f"Tab never came to {words}")

    title = page.locator("li[data-row] h2 a").nth(3).inner_text()
    tab_to(title)
    press(page, "Enter")
    first = cluster_of(page)
    tab_to("不重复")
    press(page, "Enter")
    expect(page.get_by_role("status").first).to_contain_text("不重复")
    tab_to("撤销")
    press(page, "Enter")
    assert cluster_of(page) == first
    tab_to("隐藏这篇")
    page.keyboard.press("Enter")
    tab_to("确认隐藏")
    press(page, "Enter")
    tab_to("恢复显示")
    press(page, "Enter")
    expect(page.get_by_role("status").first).to_contain_text("恢复显示了")


def test_a_title_is_checked_from_the_start_page(at_work: Open) -> None:
    page = at_work("")
    page.get_by_label("想写新文章").fill("花呗晚还一天会怎样？影响信用吗")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("找到")
    expect(page.locator("li[data-row]").first).to_contain_text("标题相同")
    page.keyboard.press("j")
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("花呗晚还一天会怎样？影响信用吗")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pages_fit_the_window_and_a_finger_and_can_be_read(
    at_work: Open, desk: tuple[str, str], size: dict[str, int], scheme: str
) -> None:
    page = at_work("", viewport=size, color_scheme=scheme)
    for place in PLACES:
        page.goto(f"{desk[0]}/editors/{place}")
        for details in page.locator("details").all():
            details.evaluate("one => { one.open = true; }")
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"], place
        assert page.evaluate(FAINT) == [], place
        targets = "a:visible:not(.skip, .number), button:visible, input:visible, select:visible, summary:visible"
        boxes = [(one.inner_text(), one.bounding_box()) for one in page.locator(targets).all()]
        assert [text for text, box in boxes if box and box["height"] < 43.5] == [], place
