"""Articles and pages from a seed, in any number, whose statistics are those of a large site.

Words come from the sample corpus (ranked by how common they are there, with its pairs of neighbouring words as units)
and then from jieba's dictionary: the vocabulary grows as 30 * tokens^0.5 (Heaps' law), words are drawn by rank
(Zipf-Mandelbrot), and each article has a dozen words of its own that it repeats. Nothing longer than two words is
copied, so two articles share few 8-character shingles (`python benchmarks/generate.py` prints how many).

The same number and seed give the same articles; article i does not depend on how many are asked for.
"""

from __future__ import annotations

import html
import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jieba
import numpy as np

CORPUS = Path(__file__).parents[1] / "tests/data/gold.jsonl"
BLOCK = 1_000
#: Coarse words of a body, about: 700 characters.
BODY_UNITS = 330
HEAPS_K, HEAPS_BETA = 30, 0.5
OWN_WORDS, OWN_SHARE = 12, 0.25
CATEGORIES = (
    *("网贷平台", "信用卡", "征信知识", "催收应对", "花呗借呗", "银行贷款"),
    *("房贷", "车贷", "法律常识", "债务协商", "理财保险", "反诈提醒"),
)
PRODUCTS = (
    *("借呗", "花呗", "微粒贷", "京东白条", "信用卡", "网商贷"),
    *("房贷", "车贷", "度小满", "美团借钱", "招联好期贷", "分期乐"),
)
QUESTIONS = (
    *("怎么办", "多久到账", "会上征信吗", "有什么后果", "需要什么条件"),
    *("流程是什么", "可以协商吗", "利息怎么算", "是真的吗", "如何申请"),
)


@dataclass(frozen=True)
class Generated:
    """An article, and a question it answers."""

    number: int
    title: str
    date: str | None
    category: str
    headings: tuple[str, ...]
    body: str
    question: str

    @property
    def path(self) -> str:
        return f"{self.number % 97:02d}/a{self.number:07d}.html"


@lru_cache(maxsize=1)
def units() -> tuple[list[str], np.ndarray]:
    """(units by rank, cumulated share of each)."""
    words: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for line in CORPUS.read_text("utf-8").splitlines():
        for clause in re.findall(r"[一-鿿]+", json.loads(line)["body"]):
            cut = jieba.lcut(clause, HMM=False)
            words.update(cut)
            pairs.update(a + b for a, b in itertools.pairwise(cut) if len(a + b) >= 3)
    ranked = [*words.most_common(), *((pair, count / 3) for pair, count in pairs.most_common(4_000))]
    ranked.sort(key=lambda entry: -entry[1])
    known = [word for word, _ in ranked]
    seen = set(known)
    more = []
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines():
        word, frequency, tag = line.split(" ")
        if 2 <= len(word) <= 4 and tag[0] in "nvai" and word not in seen:
            more.append((int(frequency), word))
    rng = random.Random(7)
    more.sort(key=lambda entry: -np.log1p(entry[0]) - 4 * rng.random())
    known += [word for _, word in more]
    weights = 1.0 / (np.arange(len(known)) + 2.7) ** 1.05
    return known, np.cumsum(weights)


def articles(count: int, seed: int = 1) -> Iterator[Generated]:
    """Articles 0 to count - 1."""
    for first in range(0, count, BLOCK):
        yield from _block(first, min(BLOCK, count - first), seed)


def _block(first: int, count: int, seed: int) -> Iterator[Generated]:
    names, cumulated = units()
    rng = np.random.default_rng([seed, first])
    plain = random.Random(f"{seed} {first}")
    size = min(len(names), int(HEAPS_K * ((first + BLOCK) * BODY_UNITS) ** HEAPS_BETA))
    top = cumulated[size - 1]
    for number in range(first, first + BLOCK):
        length = int(BODY_UNITS * rng.lognormal(0, 0.35))
        drawn = np.searchsorted(cumulated, rng.random(length + 40) * top)
        # Its own words come from the same ranks, less the commonest, which every article has.
        own = np.searchsorted(cumulated, cumulated[120] + rng.random(OWN_WORDS) * (top - cumulated[120]))
        chosen = rng.random(length + 40) < OWN_SHARE
        drawn[chosen] = own[rng.integers(0, OWN_WORDS, int(chosen.sum()))]
        if number < first + count:
            yield _article(number, [names[i] for i in drawn], [names[i] for i in own], plain)
        else:
            plain.random()


def _article(number: int, words: list[str], own: list[str], rng: random.Random) -> Generated:
    product, asked = rng.choice(PRODUCTS), rng.choice(QUESTIONS)
    title = f"{product}{own[0]}{own[1]}{asked}"
    headings: list[str] = []
    lines: list[str] = []
    at = 0
    while at < len(words) - 8:
        if lines and rng.random() < 0.3:
            headings.append(
                f"{'一二三四五六七八九十'[len(headings) % 10]}、{words[at]}{rng.choice(own)}{words[at + 1]}"
            )
            lines.append(headings[-1])
            at += 2
        line = []
        for _ in range(rng.randint(3, 7)):
            clause = words[at : at + rng.randint(4, 9)]
            at += len(clause)
            line.append("".join(clause))
        lines.append("，".join(filter(None, line)) + "。")
    question = "".join([product, *rng.sample(own, 6), words[3], asked])
    date = f"20{rng.randint(19, 26)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}" if rng.random() > 0.03 else None
    return Generated(number, title, date, rng.choice(CATEGORIES), tuple(headings), "\n".join(lines), question)


def page(one: Generated, *, size: int = 0) -> str:
    """The article as a page of a site, about 8 KB; `size` fills it up with script, as real pages have it."""
    rng = random.Random(one.number)
    nav = "".join(f"<li><a href='/c{i}/'>{name}</a></li>" for i, name in enumerate(CATEGORIES))
    related = "".join(
        f"<li><a href='/n/{rng.randrange(10**6)}.html'>{rng.choice(PRODUCTS)}{rng.choice(QUESTIONS)}</a></li>"
        for _ in range(12)
    )
    body = "".join(
        f"<h2>{html.escape(line)}</h2>" if line in one.headings else f"<p>{html.escape(line)}</p>"
        for line in one.body.split("\n")
    )
    date = f"<span class='date'>{one.date} 09:30:00</span>" if one.date else ""
    filling = f"<script>var data={json.dumps('x' * size)};</script>" if size else ""
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{html.escape(one.title)}_金融问答网</title>{filling}"
        f"</head><body><div class='nav'><ul>{nav}</ul></div>"
        f"<div class='crumb'>您所在的位置：<a href='/'>首页</a> &gt; <a href='/c/'>{one.category}</a> &gt; 正文</div>"
        f"<div class='main'><h1>{html.escape(one.title)}</h1><div class='info'>{date}</div>"
        f"<div class='content'>{body}</div><div class='related'><h3>精彩推荐</h3><ul>{related}</ul></div></div>"
        f"<div class='footer'>版权所有 金融问答网 投资有风险 理财需谨慎</div></body></html>"
    )


def write_pages(folder: Path, count: int, seed: int = 1, *, size: int = 0) -> None:
    """The pages as files below a folder."""
    for one in articles(count, seed):
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(one, size=size), "utf-8")


def main() -> None:
    """Prints how like one another 2,000 articles are: the largest share of 8-character shingles two have in common."""
    holding: dict[str, list[int]] = {}
    sizes = []
    for one in articles(2_000):
        text = one.body.replace("\n", "")
        shingles = {text[i : i + 8] for i in range(len(text) - 7)}
        sizes.append(len(shingles))
        for shingle in shingles:
            holding.setdefault(shingle, []).append(one.number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holding.values():
        if 1 < len(numbers) < 50:
            shared.update((a, b) for i, a in enumerate(numbers) for b in numbers[i + 1 :])
    worst = max((count / min(sizes[a], sizes[b]) for (a, b), count in shared.items()), default=0.0)
    print(f"2,000 articles, {np.mean(sizes):.0f} shingles each; the largest containment of two is {worst:.3f}")


if __name__ == "__main__":
    main()
