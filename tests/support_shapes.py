"""A text, the shape of a page around it, and the check that the text is read from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from searchsvc.ingest.extract import extract_page

TITLE = "信用卡最低还款后利息怎么算"
TEXT = (
    "不少持卡人收到账单后，发现手头一时周转不开，就选择了最低还款。最低还款额一般是账单金额的百分之十。",
    "需要提醒的是，选择最低还款之后，当期账单就不再享受免息期，利息从每笔消费的入账日开始计算。",
    "日利率通常是万分之五，按月计收复利，折算下来年化利率超过百分之十八，长期使用并不划算。",
    "如果连最低还款额也还不上，银行还会收取违约金，并把逾期记录报送征信系统，影响以后的房贷和车贷。",
    "建议在还款日之前联系发卡银行，说明收入变化的情况，申请账单分期或者个性化分期还款。",
)
BODY = "\n".join(TEXT)
LINKS = "".join(f'<li><a href="/p/{n}.html">第{n}个问题：贷款利率为什么和宣传的不一样</a></li>' for n in range(12))
HEAD = f"<head><meta charset=utf-8><title>{TITLE}_安心理财网</title></head>"


@dataclass(frozen=True)
class Shape:
    """A page and what should be read from it."""

    html: str | bytes
    title: str = TITLE
    date: str | None = "2026-03-10"
    body: str = BODY
    category: str | None = None
    path: str = "p/1.html"
    out: tuple[str, ...] = field(default=())
    skip: str | None = None


def paragraphs(tag: str = "p") -> str:
    return "".join(f"<{tag}>{one}</{tag}>" for one in TEXT)


def f1(found: str, wanted: str) -> float:
    have, want = (
        Counter(text[start : start + 4] for start in range(len(text) - 3))
        for text in ("".join(found.split()), "".join(wanted.split()))
    )
    return 2 * (have & want).total() / max(1, have.total() + want.total())


def check(shape: Shape) -> None:
    """Title and date are those of the shape, the body but for 3% of its 4-grams, and nothing of `out` is in it."""
    data = shape.html if isinstance(shape.html, bytes) else shape.html.encode()
    found = extract_page(data, path=shape.path)
    assert (found.title, found.date, found.skip) == (shape.title, shape.date, shape.skip)
    assert f1(found.body, shape.body) >= 0.97, found.body
    assert [one for one in shape.out if one in found.body] == []
    if shape.category is not None:
        assert found.category == shape.category
