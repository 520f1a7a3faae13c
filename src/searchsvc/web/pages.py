"""The pages visitors see: search, article, in Chinese and without JavaScript."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

from flask import Blueprint, Response, render_template, request

from ..models import Snippet
from ..service import MAX_OFFSET, SearchService
from . import view
from .params import SearchParams, read_params


def make_blueprint(service: SearchService) -> Blueprint:
    """Routes of the pages over `service`."""
    blueprint = Blueprint("pages", __name__)

    @blueprint.app_context_processor
    def helpers() -> dict[str, Any]:
        return {
            "site_name": service.settings.site_name,
            "highlight": view.highlight,
            "link": view.link,
            "chinese_date": view.chinese_date,
            "duration": view.duration,
            "with_root": view.with_root,
        }

    @blueprint.get("/")
    def search() -> Response | str:
        params = read_params(request.args)
        if not params.q.strip():
            return render_template("home.html", params=params, categories=_topics(service))
        return render_template("results.html", **_results(service, params, _page_number()))

    @blueprint.get("/articles/<path:ref>")
    def article(ref: str) -> str:
        found = service.article(ref)
        return render_template("article.html", article=found, parts=view.parts_of(found))

    return blueprint


def _page_number() -> int:
    """The page asked for, within what can be shown; anything that is no number is the first page."""
    text = request.args.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    return min(max(number, 1), MAX_OFFSET // view.PAGE_SIZE)


def _topics(service: SearchService) -> list[str]:
    """The largest categories, as places to begin."""
    return [name for name, _ in service.categories() if name][:16] if service.ready() else []


def _results(service: SearchService, params: SearchParams, page: int) -> dict[str, Any]:
    params = replace(params, limit=view.PAGE_SIZE, offset=(page - 1) * view.PAGE_SIZE)
    result = service.search(params.q, **params.options())
    pages = ceil(result.groups / view.PAGE_SIZE)
    if result.groups and not result.hits and page > 1:
        # A page past the end (an old bookmark): show the last one there is.
        return _results(service, params, min(pages, page - 1))
    return {
        "params": params,
        "result": result,
        "hits": [
            (hit, hit.snippets[0] if hit.snippets else Snippet("title", hit.title), hit.snippets[1:])
            for hit in result.hits
        ],
        "page": page,
        "pages": pages,
        "page_links": view.page_links(page, pages) if pages > 1 else [],
        "sorts": view.SORTS,
        "categories": _category_links(result.facets["category"], params),
        "first_rank": params.offset + 1,
    }


def _category_links(counts: tuple[tuple[str, int], ...], params: SearchParams) -> list[tuple[str, int | None, bool]]:
    """(name, count, chosen): the chosen categories first, even when nothing matches in them."""
    known = dict(counts)
    chosen = [(name, known.get(name), True) for name in params.category]
    return chosen + [(name, count, False) for name, count in counts if name and name not in params.category]
