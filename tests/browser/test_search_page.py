"""The search page in a real browser: a desktop and a phone, mouse and keyboard, without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from searchsvc import Settings
from support_browser import ARGUMENTS, chromium, running_server

pytestmark = [pytest.mark.browser, pytest.mark.server]

QUERY = "借呗逾期多久会联系家人"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def base(corpus_settings: Settings) -> Iterator[str]:
    with running_server(corpus_settings.index, corpus_settings.state) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page without JavaScript; it fails the test when the browser complains about anything."""
    context = browser.new_context(viewport=request.param, java_script_enabled=False)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("requestfailed", lambda failed: complaints.append(failed.url))
    yield opened
    context.close()
    assert complaints == []


def search(page: Page, base: str, query: str) -> None:
    page.goto(base)
    page.get_by_role("searchbox", name="搜索文章").fill(query)
    with page.expect_navigation():  # to its end: leaving a half-loaded page would fail its requests
        page.get_by_role("button", name="搜索").click()


def overflow(page: Page) -> float:
    """How far the widest box sticks out of the window to the right, scrolling rows apart, in CSS pixels."""
    box = page.locator("main").bounding_box()
    assert box is not None
    size = page.viewport_size
    assert size is not None
    return box["x"] + box["width"] - size["width"]


def test_a_question_finds_its_article_with_the_words_marked(page: Page, base: str) -> None:
    search(page, base, QUERY)
    expect(page.get_by_role("status")).to_contain_text("找到")
    first = page.get_by_role("main").get_by_role("listitem").filter(has=page.get_by_role("heading", level=2)).first
    expect(first.get_by_role("link")).to_contain_text("借呗逾期多久会联系家人")
    assert "借呗" in "".join(first.locator("mark").all_text_contents())
    expect(page).to_have_title(f"{QUERY} - 文章搜索")
    assert overflow(page) <= 0


def test_a_result_opens_the_article(page: Page, base: str) -> None:
    search(page, base, QUERY)
    page.locator(".hit h2 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("借呗逾期多久会联系家人")
    expect(page.locator("article p.meta time")).to_have_text("2026年3月10日")
    assert overflow(page) <= 0


def test_category_order_and_pages_narrow_and_turn_the_list(page: Page, base: str) -> None:
    search(page, base, "逾期")
    with page.expect_navigation():
        page.get_by_role("navigation", name="按栏目筛选").get_by_role("link", name="信用卡").click()
    assert set(page.locator(".hit .category").all_text_contents()) == {"信用卡"}
    with page.expect_navigation():
        page.get_by_role("navigation", name="排序方式").get_by_role("link", name="最新").click()
    dates = [one.get_attribute("datetime") or "" for one in page.locator(".hit time").all()]
    assert dates == sorted(dates, reverse=True)
    before = page.locator(".hit h2").all_text_contents()
    with page.expect_navigation():
        page.get_by_role("navigation", name="分页").get_by_role("link", name="下一页").click()
    expect(page.get_by_role("status")).to_contain_text("第 2 页")
    assert not set(before) & set(page.locator(".hit h2").all_text_contents())
    assert set(page.locator(".hit .category").all_text_contents()) == {"信用卡"}


def test_the_keyboard_alone_is_enough(page: Page, base: str) -> None:
    page.goto(base)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("花呗 逾期")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("找到")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到主要内容")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(".hit h2 a:focus").count():
            break
    title = page.locator(".hit h2 a:focus").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_no_result_and_no_query_are_friendly(page: Page, base: str) -> None:
    search(page, base, "qwertyuiop")
    expect(page.get_by_role("status")).to_contain_text("没有找到")
    expect(page.get_by_role("heading", name="可以试试")).to_be_visible()
    search(page, base, "   ")
    expect(page.get_by_role("heading", level=1)).to_have_text("文章搜索")
    assert overflow(page) <= 0


def test_markup_typed_as_a_query_stays_text(page: Page, base: str) -> None:
    query = '<script>alert(1)</script><img src=x onerror=alert(2)>"借呗'
    search(page, base, query)
    expect(page.get_by_role("searchbox")).to_have_value(query)
    assert page.locator("main script, main img").count() == 0


def test_everything_a_finger_must_hit_is_large_enough(browser: Browser, base: str) -> None:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    # Unfolded, so that the link back is there, which looks as those below hits with near copies do.
    page.goto(f"{base}/?q=逾期&collapse=false")
    expect(page.get_by_role("link", name="合并内容相近的文章")).to_be_visible()
    small = []
    for element in page.locator("a:visible:not(.skip), button:visible, input[type=search]").all():
        box = element.bounding_box()
        if box is not None and box["height"] < 43.5:
            small.append((element.inner_text(), box["height"]))
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    context.close()
