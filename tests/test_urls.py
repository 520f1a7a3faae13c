"""Where results link to."""

import pytest

from searchsvc.models import Article, article_key
from searchsvc.urls import is_web_url, url_resolver


def article(url: str | None, article_id: str = "cms/a-1.html") -> Article:
    return Article(article_id, "题", None, None, (), "文", url)


def test_a_page_on_a_believed_host_keeps_its_own_url() -> None:
    resolve = url_resolver(["www.example.com"], [])
    assert resolve(article("https://www.example.com/p/1?a=b")) == "https://www.example.com/p/1?a=b"


@pytest.mark.parametrize(
    "url",
    [
        None, "", "https://evil.example/", "javascript:alert(1)", "//www.example.com/", "https://www.example.com@evil.example/",
        "https://www.example.com\\@evil.example/", "https://www.example.com:bad/", "ftp://www.example.com/x", "http://[::1",
    ],
)  # fmt: skip
def test_any_other_url_gives_the_built_in_view(url: str | None) -> None:
    assert url_resolver(["www.example.com"], [])(article(url)) == "/articles/" + article_key("cms/a-1.html")


def test_rules_turn_ids_into_urls_in_order() -> None:
    rules = [(r"^cms/(.+)\.html$", r"https://a.example/p/\1"), (r"^", "https://a.example/")]
    resolve = url_resolver([], rules)
    assert resolve(article(None)) == "https://a.example/p/a-1"
    assert resolve(article("https://other.example/x", "blog/b")) == "https://a.example/"


def test_a_star_believes_every_host_but_no_other_scheme() -> None:
    resolve = url_resolver(["*"], [])
    assert resolve(article("http://any.example/1")) == "http://any.example/1"
    assert resolve(article("data:text/html,x")).startswith("/articles/")


def test_a_rule_never_makes_a_broken_url_from_an_odd_id() -> None:
    resolve = url_resolver([], [(r"(.*)", r"https://a.example/\1")])
    assert resolve(article(None, "a b\nc")).startswith("/articles/")
    assert not is_web_url("https://a.example/a b")
