"""Articles made ready for the index."""

from searchsvc.models import Article
from searchsvc.text.analyse import content_hash, normalise


def article(title: str, body: str) -> Article:
    return Article("a", title, None, " 网贷 ", ("  小 \u200b标题 ", " "), body)


def test_white_space_and_invisible_characters_are_tidied() -> None:
    made = normalise(article(" 标\n题\x00 ", "一  二\u3000三\n\n \n\u200b四\x1b[0m"))
    assert (made.title, made.category, made.headings, made.body) == ("标 题", "网贷", ("小 标题",), "一 二 三\n四[0m")


def test_the_hash_is_of_what_is_read_not_of_how_it_is_typed() -> None:
    assert content_hash(article("借呗", "逾期 了")) == content_hash(article("借唄", "逾期了\n"))
    assert content_hash(article("借呗", "逾期")) != content_hash(article("借呗", "逾期了"))
