"""What the editors' pages say: kinds, scores, gains and verdicts in words, moments, and texts with numbered passages.

Like `view`, a place where text becomes markup: every piece is escaped on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from flask import Flask, request
from markupsafe import Markup, escape

from ..config import Settings
from ..editorial import Cluster, Decision, Evidence, Kind, Verdict
from ..editors import Editors
from ..errors import IndexMissing
from . import view

PER_PAGE: Final = 20
KIND_NAMES: Final[Mapping[Kind, str]] = {"copy": "完全相同", "near-copy": "改写重发", "same-topic": "同一话题"}
VERDICT_NAMES: Final[Mapping[Verdict, str]] = {"same": "重复", "different": "不重复", "merged": "已合并"}
Side = Literal["left", "right"]
_HEADING: Final = Markup("<h4>{}</h4>")
_PARAGRAPH: Final = Markup("<p>{}</p>")
_NUMBER: Final = Markup(
    '<a class="number" id="{}-{}" href="#{}-{}" title="{}"><span class="hidden">相同文字 </span>{}</a>'
)
_OTHER: Final[Mapping[Side, tuple[Side, str]]] = {"left": ("right", "右边"), "right": ("left", "左边")}


def percent(share: float) -> int:
    """A share in percent. Only what is complete is called 100."""
    return 100 if share >= 1 else min(round(share * 100), 99)


def score_words(kind: Kind, score: float, *, least: bool = False) -> str:
    """How sure, as an editor says it. `least`: it is the lowest of several."""
    if kind == "copy":
        return "正文完全相同"
    if kind == "near-copy":
        return f"相同文字{'至少' if least else ''}约 {percent(score)}%"
    return f"同一话题的把握{'至少' if least else ''} {percent(score)}%"


def cluster_words(cluster: Cluster) -> str:
    """The score of a cluster, which is that of its weakest link."""
    return score_words(cluster.kind, cluster.score, least=len(cluster.articles) > 2)


def gain_words(cluster: Cluster) -> str:
    """What deciding brings."""
    others = [one for one in cluster.articles if one.id != cluster.keep]
    if any(one.visits is not None for one in others):
        return f"另外 {len(others)} 篇共有 {cluster.gain} 次访问，可以集中到一篇"
    return f"可以少维护 {cluster.gain} 篇"


def share_words(evidence: Evidence, swapped: bool) -> str:
    """How much of the left and of the right text stands in the other."""
    left, right = (evidence.share_b, evidence.share_a) if swapped else (evidence.share_a, evidence.share_b)
    return (
        f"左边约 {percent(left)}%、右边约 {percent(right)}% 的文字两边都有，"
        f"共 {evidence.shared_passages} 处（页眉、版权声明等套话不算）"
    )


def verdict_words(decision: Decision, title: Callable[[str], str]) -> str:
    """What was decided about the two, with titles: a sentence without its end."""
    a, b = f"《{title(decision.a.id)}》", f"《{title(decision.b.id)}》"
    if decision.keep is None:
        return f"{a}和{b}不重复"
    kept, other = (a, b) if decision.keep == decision.a.id else (b, a)
    if decision.decision == "merged":
        return f"{other}已经合并到{kept}"
    return f"{a}和{b}重复，保留{kept}"


def moment(at: str, zone: ZoneInfo) -> str:
    """A moment in UTC as the site's clock shows it: 2026年3月10日 09:05."""
    local = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone(zone)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a list is shown, and the links of all."""

    page: int
    pages: int
    links: list[view.PageLink]


def page_number() -> int:
    """The page asked for; anything that is no number is the first."""
    text = request.args.get("page", "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def paging(total: int, page: int, per_page: int = PER_PAGE) -> Paging:
    """The pages of a list of `total` rows; a page past the end is the last."""
    pages = max(ceil(total / per_page), 1)
    page = min(page, pages)
    return Paging(page, pages, view.page_links(page, pages) if pages > 1 else [])


def comparing(editors: Editors) -> str:
    """How far comparing has come: "none", "behind" the index, or "current"."""
    try:
        current = editors.is_current()
    except IndexMissing:
        # Before the first ingest there is nothing to compare, which is no fault.
        return "none"
    if current:
        return "current"
    return "behind" if editors.topics(limit=1).total else "none"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a text between two places where a passage begins or ends."""

    start: int
    end: int
    begins: tuple[int, ...]
    owner: int | None


def _pieces(text: str, ranges: Sequence[tuple[int, int]]) -> list[_Piece]:
    """The text cut at every end of a range. Ranges may overlap: one passage can stand twice in the other text.

    Lines are cut too, so that each can be a paragraph.
    """
    breaks = [at for at, character in enumerate(text) if character == "\n"]
    cuts = {0, len(text), *(at for one in ranges for at in one), *breaks, *(at + 1 for at in breaks)}
    places = sorted(cuts)
    begins: dict[int, list[int]] = {}
    for number, (start, _) in enumerate(ranges):
        begins.setdefault(start, []).append(number)
    pieces: list[_Piece] = []
    active: list[int] = []
    for start, end in pairwise(places):
        here = begins.get(start, [])
        active = [number for number in [*active, *here] if ranges[number][1] > start]
        pieces.append(_Piece(start, end, tuple(here), min(active, default=None)))
    return pieces


def numbered(text: str, ranges: Sequence[tuple[int, int]], side: Side, headings: Iterable[str] = ()) -> Markup:
    """The text in paragraphs, each range marked, numbered from 1, and linked with the same number on the other side."""
    other, name = _OTHER[side]

    def link(number: int) -> Markup:
        return _NUMBER.format(side, number + 1, other, number + 1, f"跳到{name}的第 {number + 1} 处", number + 1)

    def mark(part: str, number: int) -> Markup:
        return Markup('<mark data-passage="{}-{}">{}</mark>').format(other, number + 1, part)

    return _paragraphs(text, ranges, headings, link, mark)


def marked_lines(text: str, ranges: Sequence[tuple[int, int]]) -> Markup:
    """The text in paragraphs, each range marked."""
    return _paragraphs(text, ranges, (), lambda _: Markup(), lambda part, _: Markup("<mark>{}</mark>").format(part))


def _paragraphs(
    text: str,
    ranges: Sequence[tuple[int, int]],
    headings: Iterable[str],
    begin: Callable[[int], Markup],
    mark: Callable[[str, int], Markup],
) -> Markup:
    """`begin` is put where a range begins, `mark` around what lies in one."""
    lines: list[tuple[list[str], list[Markup]]] = [([], [])]
    for piece in _pieces(text, ranges):
        part = text[piece.start : piece.end]
        if part == "\n":
            lines.append(([], []))
            continue
        plain, markup = lines[-1]
        plain.append(part)
        markup += [begin(number) for number in piece.begins]
        markup.append(escape(part) if piece.owner is None else mark(part, piece.owner))
    titles = set(headings)
    whole = [("".join(plain), Markup("").join(markup)) for plain, markup in lines if plain]
    return Markup("\n").join((_HEADING if plain in titles else _PARAGRAPH).format(markup) for plain, markup in whole)


def register_words(app: Flask, settings: Settings) -> None:
    """Gives templates the words of this module."""
    zone = ZoneInfo(settings.timezone)
    words: dict[str, Any] = {
        "kind_names": KIND_NAMES,
        "verdict_names": VERDICT_NAMES,
        "score_words": score_words,
        "cluster_words": cluster_words,
        "gain_words": gain_words,
        "share_words": share_words,
        "verdict_words": verdict_words,
        "moment": lambda at: moment(at, zone),
        "numbered": numbered,
        "marked_lines": marked_lines,
        "percent": percent,
    }
    for name, word in words.items():
        app.add_template_global(word, name)
