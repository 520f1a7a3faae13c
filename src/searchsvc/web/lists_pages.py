"""The editors' lists: all topics, what was decided, what is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..editorial import Decision
from ..errors import ArticleNotFound
from ..models import article_key
from ..service import SearchService
from ..urls import ARTICLE_VIEW
from .decide_pages import editor_name
from .duplicates_pages import onward, read_way
from .editors_view import PER_PAGE, comparing, page_number, paging, verdict_words
from .notices import article_today, notices, titles_of
from .sessions import PAGES

VIEWS: Final = (("force", "现在生效的"), ("history", "全部历史"))


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in the list: what it says, whether it holds, and the keys of its two articles while both exist."""

    decision: Decision
    words: str
    in_force: bool
    keys: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class HiddenRow:
    """A hidden article."""

    key: str
    title: str
    by: str
    at: str


def register_lists(app: Flask, service: SearchService) -> None:
    """Adds the three lists, and the forms that hide and show."""
    for blueprint in (_topics(service), _decisions(service), _hidden(service)):
        app.register_blueprint(blueprint)


def _topics(service: SearchService) -> Blueprint:
    blueprint = Blueprint("topics", __name__)

    @blueprint.get(f"{PAGES}/topics")
    def topics() -> str:
        editors, number = service.editors, page_number()
        contains, category = request.args.get("q", "").strip(), request.args.get("category", "")
        wanted = {"category": category or None, "contains": contains}
        found = editors.topics(**wanted, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)  # type: ignore[arg-type]
        turning = paging(found.total, number)
        if turning.page != number:
            found = editors.topics(**wanted, limit=PER_PAGE, offset=(turning.page - 1) * PER_PAGE)  # type: ignore[arg-type]

        def turn(number: int) -> str:
            page = None if number == 1 else number
            return url_for("topics.topics", q=contains or None, category=category or None, page=page)

        return render_template(
            "editors/topics.html", found=found, contains=contains, category=category, paging=turning, turn=turn,
            categories=editors.categories(), comparing=comparing(editors),
        )  # fmt: skip

    return blueprint


def _decisions(service: SearchService) -> Blueprint:
    blueprint = Blueprint("decisions", __name__)

    @blueprint.get(f"{PAGES}/decisions")
    def decisions() -> str:
        editors = service.editors
        chosen = "history" if request.args.get("view") == "history" else "force"
        force = editors.decisions()
        every = editors.history() if chosen == "history" else force
        turning = paging(len(every), page_number())
        first = (turning.page - 1) * PER_PAGE
        rows = _rows(service, every[first : first + PER_PAGE], {one.id for one in force})

        def turn(number: int) -> str:
            return url_for("decisions.decisions", view=_view(chosen), page=None if number == 1 else number)

        return render_template(
            "editors/decisions.html", rows=rows, total=len(every), view=chosen, views=VIEWS, paging=turning, turn=turn,
            notices=notices(service),
        )  # fmt: skip

    return blueprint


def _view(chosen: str) -> str | None:
    return None if chosen == "force" else chosen


def _rows(service: SearchService, decisions: tuple[Decision, ...], force: set[str]) -> list[DecisionRow]:
    title = titles_of(service)
    rows = []
    for one in decisions:
        there = all(article_today(service, side.id) for side in (one.a, one.b))
        keys = (article_key(one.a.id), article_key(one.b.id)) if there else None
        rows.append(DecisionRow(one, verdict_words(one, title), one.id in force, keys))
    return rows


def _hidden(service: SearchService) -> Blueprint:
    blueprint = Blueprint("hidden", __name__)

    def page(*, wrong: str = "", status: int = 200) -> Response:
        every = service.editors.hidden()
        turning = paging(len(every), page_number())
        first = (turning.page - 1) * PER_PAGE
        title = titles_of(service)
        rows = [
            HiddenRow(article_key(one.id), title(one.id), one.by, one.at) for one in every[first : first + PER_PAGE]
        ]

        def turn(number: int) -> str:
            return url_for("hidden.hidden", page=None if number == 1 else number)

        text = render_template(
            "editors/hidden.html", rows=rows, total=len(every), paging=turning, turn=turn, wrong=wrong,
            notices=notices(service),
        )  # fmt: skip
        return Response(text, status, mimetype="text/html")

    @blueprint.get(f"{PAGES}/hidden")
    def hidden() -> Response:
        return page()

    @blueprint.post(f"{PAGES}/hidden")
    def hide() -> BaseResponse:
        given = request.form.get("article", "")
        try:
            made = service.editors.hide(article_ref(given), by=editor_name())
        except ArticleNotFound:
            return page(wrong=given, status=404)
        key = article_key(made.id)
        if request.form.get("back") == "cluster":
            return onward(service, read_way(request.form), request.form.getlist("member"), hid=key)
        return redirect(url_for("hidden.hidden", hid=key), 303)

    @blueprint.post(f"{PAGES}/hidden/show")
    def show() -> BaseResponse:
        shown = service.editors.unhide(request.form.get("article", ""))
        return redirect(url_for("hidden.hidden", shown=article_key(shown)), 303)

    return blueprint


def article_ref(given: str) -> str:
    """The id or key that an editor typed, or that stands in the address of the built-in article page."""
    given = given.strip()
    path = urlsplit(given).path if "://" in given else given
    before, view, rest = path.partition(ARTICLE_VIEW)
    # `cms/articles/1.html` is an id; an address begins with a slash or a host, or names this view at once.
    if view and (before.startswith("/") or not before):
        return unquote(rest.split("?")[0].split("#")[0])
    return given
