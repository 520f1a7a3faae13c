"""What a page says first about what was just done. A redirect carries only ids; the words come from the state, so a
made-up link cannot say what did not happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import request

from ..editorial import Decision
from ..models import StoredArticle, article_key
from ..service import SearchService
from .editors_view import verdict_words

Titles = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. `undo` are decisions that a button takes back, `show` the key of an article it shows again."""

    text: str
    undo: tuple[str, ...] = ()
    show: str = ""


def article_today(service: SearchService, ref: str) -> StoredArticle | None:
    """The article with this id or key, hidden or not. What was decided outlives the index, so there may be none."""
    return service.snapshot().article(ref) if service.ready() else None


def titles_of(service: SearchService) -> Titles:
    """id -> title of the article today; of one that is gone, what is known of it."""
    known: dict[str, str] = {}

    def title(article_id: str) -> str:
        if article_id not in known:
            stored = article_today(service, article_id)
            known[article_id] = (stored.article.title or "无标题") if stored else f"已不在索引里的 {article_id}"
        return known[article_id]

    return title


def notices(service: SearchService) -> list[Notice]:
    """What the address of this request says was just done."""
    wanted = {name: request.args.getlist(name) for name in ("done", "undone", "hid", "shown")}
    if not any(wanted.values()):
        return []
    title = titles_of(service)
    by_id = {one.id: one for one in service.editors.history()} if wanted["done"] or wanted["undone"] else {}
    named = {name: [by_id[one] for one in wanted[name] if one in by_id] for name in ("done", "undone")}
    found = []
    if named["done"]:
        found.append(_made(named["done"], title))
    undone = [one for one in named["undone"] if one.undone_by is not None]
    if undone:
        found.append(_taken_back(undone, title))
    hidden = {article_key(one.id): one for one in service.editors.hidden()}
    for key in wanted["hid"]:
        if key in hidden:
            one = hidden[key]
            found.append(Notice(f"{one.by} 隐藏了《{title(one.id)}》，访客看不到这一篇了。", show=key))
    for key in wanted["shown"]:
        stored = article_today(service, key)
        if stored is not None and key not in hidden:
            found.append(Notice(f"《{title(stored.article.id)}》恢复显示了。"))
    return found


def _made(decisions: list[Decision], title: Titles) -> Notice:
    first = decisions[0]
    what = verdict_words(first, title)
    more = f"，一共 {len(decisions)} 个决定" if len(decisions) > 1 else ""
    undo = tuple(one.id for one in decisions if one.undone_by is None)
    return Notice(f"{first.by} 决定：{what}{more}。", undo=undo)


def _taken_back(decisions: list[Decision], title: Titles) -> Notice:
    first = decisions[0]
    if len(decisions) > 1:
        return Notice(f"{first.undone_by} 撤销了 {len(decisions)} 个决定。")
    return Notice(f"{first.undone_by} 撤销了“{verdict_words(first, title)}”这个决定。")
