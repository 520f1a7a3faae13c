"""The editors' start page, and the one table of where an editor can go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Flask, render_template

from ..service import SearchService
from .check_pages import register_check
from .decide_pages import register_deciding
from .duplicates_pages import register_duplicates
from .editors_view import comparing, register_words
from .lists_pages import register_lists
from .sessions import PAGES


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation and on the start page: its endpoint, its name, and what it is for."""

    endpoint: str
    name: str
    purpose: str


#: In the order shown. A page is added here and nowhere else.
PLACES: Final[tuple[Place, ...]] = (
    Place("duplicates.clusters", "重复文章", "逐组看过，决定留下哪一篇。"),
    Place("check.check", "写前检查", "动笔之前，查查站内有没有写过。"),
    Place("topics.topics", "全部话题", "站内写过的每个话题，各有几篇。"),
    Place("decisions.decisions", "决定记录", "谁在什么时候决定了什么，可以撤销。"),
    Place("hidden.hidden", "隐藏的文章", "暂时不给访客看的文章，可以恢复。"),
    Place("pages.search", "搜索页", "看看访客搜到的是什么。"),
)


@dataclass(frozen=True, slots=True)
class Export:
    """A file to download from the start page."""

    path: str
    name: str
    purpose: str


#: In the order shown. One whose route does not exist is left out.
EXPORTS: Final[tuple[Export, ...]] = (
    Export(f"{PAGES}/export/redirects.csv", "跳转表（CSV）", "旧网址和应该跳到的新网址，用表格软件打开。"),
    Export(f"{PAGES}/export/redirects.conf", "跳转规则（nginx）", "放进 nginx 的设置，旧网址就会跳到保留的文章。"),
    Export(f"{PAGES}/export/duplicates.csv", "重复文章（CSV）", "每一组重复文章，用表格软件打开。"),
)


def register_editors(app: Flask, service: SearchService) -> None:
    """Adds the editors' pages, and the table of places to templates."""
    blueprint = Blueprint("editors", __name__)

    @blueprint.get(f"{PAGES}/", strict_slashes=False)
    def start() -> str:
        routes = {rule.rule for rule in app.url_map.iter_rules()}
        editors = service.editors
        return render_template(
            "editors/start.html",
            exports=[one for one in EXPORTS if one.path in routes],
            waiting=editors.duplicates(limit=1).total,
            comparing=comparing(editors),
        )

    app.register_blueprint(blueprint)
    register_duplicates(app, service)
    register_deciding(app, service)
    register_check(app, service)
    register_lists(app, service)
    register_words(app, service.settings)
    app.add_template_global(lambda: PLACES, "editors_places")
