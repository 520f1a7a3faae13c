"""Before writing: a title, a draft, or a list of planned titles against what the site has.

The forms are sent by POST, as a draft fits in no address, and answered with the result itself: nothing is changed, so
loading the page again may well ask again.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, Response, render_template, request

from ..editorial import CheckResult, PlannedTitle
from ..editors.desk import MAX_BODY, MAX_TITLE
from ..service import SearchService
from .editors_view import comparing, numbered
from .sessions import PAGES

#: Planned titles of one list. Each takes about 20 ms, and a worker serves visitors too.
MAX_PLANNED: Final = 200


def register_check(app: Flask, service: SearchService) -> None:
    """Adds the page of checks."""
    blueprint = Blueprint("check", __name__)

    @blueprint.get(f"{PAGES}/check")
    def check() -> Response:
        title = request.args.get("title", "")
        return _check(service, title, "") if title.strip() else _page(service)

    @blueprint.post(f"{PAGES}/check")
    def check_draft() -> Response:
        form = request.form
        if "titles" in form:
            return _check_list(service, form["titles"])
        title, body = form.get("title", ""), form.get("body", "").replace("\r\n", "\n")
        return _check(service, title, body, form.get("compare", ""))

    app.register_blueprint(blueprint)


def _check(service: SearchService, title: str, body: str, compare: str = "") -> Response:
    given: dict[str, Any] = {"given_title": title, "given_body": body}
    wrong = _wrong(title, body)
    if wrong:
        return _page(service, 400, wrong=wrong, **given)
    result = service.editors.check(title, body)
    if compare and body.strip():
        # By the text as it was read, so that ranges are into what is shown.
        found = service.editors.compare_draft(result.title, result.body, compare)
        ranges = [(one.a, one.b) for one in found.passages]
        given["beside"] = found.b.article
        given["passages"] = len(ranges)
        given["texts"] = (
            ("left", "您的草稿", numbered(found.a.body, [one for one, _ in ranges], "left")),
            ("right", "站内文章", numbered(found.b.body, [one for _, one in ranges], "right", found.b.headings)),
        )
    return _page(service, result=result, adds=_adds(result), **given)


def _adds(result: CheckResult) -> int:
    """The share of the draft that none of the matches has, in percent of its characters."""
    letters = sum(not character.isspace() for character in result.body)
    new = sum(not character.isspace() for start, end in result.new_passages for character in result.body[start:end])
    return round(new * 100 / letters) if letters else 0


def _wrong(title: str, body: str) -> str:
    if not title.strip():
        return "请先填写标题。"
    if len(title) > MAX_TITLE:
        return f"标题有 {len(title)} 个字，最多 {MAX_TITLE} 个。"
    return f"正文有 {len(body)} 个字，最多 {MAX_BODY} 个。" if len(body) > MAX_BODY else ""


def _check_list(service: SearchService, text: str) -> Response:
    titles = [line.strip() for line in text.splitlines() if line.strip()]
    long = next((title for title in titles if len(title) > MAX_TITLE), None)
    wrong = ""
    if not titles:
        wrong = "请至少填写一个标题，一行一个。"
    elif len(titles) > MAX_PLANNED:
        wrong = f"一次最多检查 {MAX_PLANNED} 个标题，这里有 {len(titles)} 个，请分几次检查。"
    elif long is not None:
        wrong = f"有一个标题超过 {MAX_TITLE} 个字：{long[:30]}……"
    if wrong:
        return _page(service, 400, wrong_list=wrong, given_titles=text)
    return _page(service, planned=service.editors.check_titles(titles), given_titles=text)


def _page(service: SearchService, status: int = 200, **values: Any) -> Response:
    values = {"max_title": MAX_TITLE, "max_body": MAX_BODY, "max_planned": MAX_PLANNED} | values
    planned: tuple[PlannedTitle, ...] = values.get("planned", ())
    clashes = sum(bool(one.matches or one.planned) for one in planned)
    text = render_template("editors/check.html", comparing=comparing(service.editors), clashes=clashes, **values)
    return Response(text, status, mimetype="text/html")
