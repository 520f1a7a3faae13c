"""The part of the OpenAPI description that is the editors': duplicates, checks, decisions, hidden articles."""

from __future__ import annotations

from typing import Any, Final

from ..editorial import KINDS, VERDICTS
from ..editors.desk import MAX_BODY, MAX_LISTED, MAX_TITLE, MAX_TITLES, ORDERS, STATES
from ..state.store import NOTE_CHARS
from .openapi_parts import (
    COUNT,
    MAYBE,
    NUMBER,
    TEXT,
    counted,
    in_path,
    json_content,
    list_of,
    object_of,
    parameter,
    problems,
    ref,
)
from .sessions import API

SECURITY_SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An editor's token: `searchsvc token NAME`."}
}
_KIND: Final = {"enum": list(KINDS)}
_OFFSET: Final = counted("offset", "Rows to skip.", default=0, low=0)
_ROWS: Final = counted("limit", "Rows to return.", default=50, low=1, high=MAX_LISTED)
_ARTICLE: Final = in_path("ref", "Id or key of an article.")


def editors_paths() -> dict[str, Any]:
    """Every path of the editors' API."""
    decision, hidden = ref("Decision"), ref("Hidden")
    return {
        API: {"get": _operation("Clusters of duplicates", ref("ClusterList"), "400", parameters=_list_parameters())},
        f"{API}/clusters/{{id}}": {
            "get": _operation("One cluster", ref("Cluster"), "404", parameters=[in_path("id", "Id of a cluster.")])
        },
        f"{API}/check": {
            "post": _operation(
                "What the site already has on a draft, a title, or each of a list of titles",
                {"oneOf": [ref("Check"), ref("PlannedTitles")]}, "400", "413",
                body={"oneOf": [_draft(), object_of(titles=list_of(_title()) | {"maxItems": MAX_TITLES})]},
            )
        },
        f"{API}/decisions": {
            "get": _operation(
                "The decisions in force, newest first",
                object_of(total=COUNT, decisions=list_of(decision)), "400",
                parameters=[
                    _ROWS, _OFFSET,
                    parameter("history", {"type": "boolean", "default": False}, "Undone and replaced ones too."),
                ],
            ),
            "post": _operation(
                "Decide about two articles", decision, "400", "404", "409", "413", status="201", body=_decide()
            ),
        },
        f"{API}/decisions/{{id}}": {
            "delete": _operation(
                "Take a decision back; its pair waits again", decision, "404",
                parameters=[in_path("id", "Id of a decision in force.")],
            )
        },
        f"{API}/redirects": {"get": _redirects()},
        f"{API}/hidden": {
            "get": _operation(
                "What is hidden, by id", object_of(total=COUNT, hidden=list_of(hidden)), "400",
                parameters=[_ROWS, _OFFSET],
            )
        },
        f"{API}/hidden/{{ref}}": {
            "put": _operation("Hide an article from visitors", hidden, "404", parameters=[_ARTICLE]),
            "delete": _operation(
                "Show a hidden article again", object_of(id=TEXT, key=TEXT), "404", parameters=[_ARTICLE]
            ),
        },
    }  # fmt: skip


def similar_operation() -> dict[str, Any]:
    """`GET /api/v1/articles/{ref}/similar`, which is open to all."""
    schema = object_of(id=TEXT, similar=list_of(object_of(**_match_fields())))
    return {
        "summary": "Articles that say the same, or answer the same question",
        "parameters": [_ARTICLE, counted("limit", "Articles to return.", default=10, low=1, high=50)],
        "responses": {"200": {"description": "Nearest first."} | json_content(schema)} | problems("400", "404", "503"),
    }


def editors_schemas() -> dict[str, Any]:
    """The schemas that these paths name."""
    article = object_of(
        id=TEXT, key=TEXT, title=TEXT, date=MAYBE, url=TEXT, category=MAYBE, chars=COUNT,
        visits={"type": ["integer", "null"]},
    )  # fmt: skip
    decision = object_of(
        id=TEXT, a=TEXT, b=TEXT, decision={"enum": list(VERDICTS)}, keep=MAYBE, note=TEXT, by=TEXT,
        at=TEXT | {"format": "date-time"},
    )  # fmt: skip
    decision["properties"] |= {"undone_by": TEXT, "undone_at": TEXT | {"format": "date-time"}}
    passage = list_of(COUNT) | {"minItems": 2, "maxItems": 2}
    return {
        "ClusterList": object_of(
            total=COUNT, kinds=object_of(**dict.fromkeys(KINDS, COUNT)), current={"type": "boolean"},
            clusters=list_of(ref("Cluster")),
        ),
        "Cluster": object_of(
            id=TEXT, kind=_KIND, score=NUMBER, keep=TEXT, reason=TEXT, gain=COUNT, articles=list_of(article),
            pairs=list_of(ref("Pair")),
        ),
        "Pair": object_of(
            a=TEXT, b=TEXT, kind=_KIND, score=NUMBER, evidence=ref("Evidence"),
            decision={"oneOf": [ref("Decision"), {"type": "null"}]},
        ),
        "Evidence": object_of(
            shared_passages=COUNT, share_a=NUMBER, share_b=NUMBER, title=NUMBER, ties=list_of(TEXT),
            only_a=list_of(TEXT), only_b=list_of(TEXT),
        ),
        "Decision": decision,
        "Hidden": object_of(id=TEXT, key=TEXT, by=TEXT, at=TEXT | {"format": "date-time"}),
        "Match": object_of(**_match_fields(), evidence=ref("Evidence")),
        "Check": object_of(
            matches=list_of(ref("Match")), new_passages=list_of(passage), new_subjects=list_of(TEXT)
        ),
        "PlannedTitles": object_of(
            titles=list_of(object_of(
                title=TEXT, matches=list_of(ref("Match")), planned=list_of(object_of(index=COUNT, score=NUMBER)),
            ))
        ),
        "Redirect": object_of(id=TEXT, url=TEXT, keep=TEXT, keep_url=TEXT),
    }  # fmt: skip


def _operation(
    summary: str,
    answer: dict[str, Any],
    *statuses: str,
    status: str = "200",
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An operation that needs a token, so that 400 (host), 401 and 503 are among its answers always."""
    found: dict[str, Any] = {"summary": summary, "security": [{"bearer": []}]}
    if parameters:
        found["parameters"] = parameters
    if body:
        found["requestBody"] = {"required": True} | json_content(body)
    refused = problems(*sorted({"400", "401", "503", *statuses}))
    return found | {"responses": {status: {"description": "The answer."} | json_content(answer)} | refused}


def _match_fields() -> dict[str, Any]:
    return {"id": TEXT, "key": TEXT, "url": TEXT, "title": TEXT, "date": MAYBE, "kind": _KIND, "score": NUMBER}


def _list_parameters() -> list[dict[str, Any]]:
    share = {"type": "number", "minimum": 0, "maximum": 1, "default": 0}
    return [
        parameter("kind", _KIND, "Clusters of this kind only; `kinds` counts all."),
        parameter("category", TEXT, "Clusters with an article of this category."),
        parameter("min_score", share, "The least score of a cluster."),
        parameter("order", {"enum": list(ORDERS), "default": ORDERS[0]}, "What brings most, or is largest ..., first."),
        parameter("state", {"enum": list(STATES), "default": STATES[0]}, "Those that wait, or decided ones too."),
        _ROWS,
        _OFFSET,
    ]


def _title() -> dict[str, Any]:
    return TEXT | {"minLength": 1, "maxLength": MAX_TITLE}


def _draft() -> dict[str, Any]:
    return object_of(title=_title()) | {
        "properties": {"title": _title(), "body": TEXT | {"maxLength": MAX_BODY, "default": ""}}
    }


def _decide() -> dict[str, Any]:
    found = object_of(a=TEXT, b=TEXT, decision={"enum": list(VERDICTS)})
    found["properties"] |= {
        "keep": MAYBE | {"description": "The one to keep; without it the one proposed. Not with `different`."},
        "note": TEXT | {"maxLength": NOTE_CHARS, "default": ""},
        "expected": TEXT
        | {
            "default": "",
            "description": "Id of the decision in force that was seen. When another is, the answer is 409 with it in "
            "`decision` (null: the one seen was taken back), and nothing is stored.",
        },
    }
    return found


def _redirects() -> dict[str, Any]:
    formats = {"enum": ["json", "csv", "nginx"], "default": "json"}
    found = _operation(
        "Old addresses and the ones to lead to, chains resolved, by old id",
        object_of(redirects=list_of(ref("Redirect"))), "400",
        parameters=[parameter("format", formats, "JSON, a table for Excel, or a map for nginx.")],
    )  # fmt: skip
    found["responses"]["200"]["content"] |= {"text/csv": {"schema": TEXT}, "text/plain": {"schema": TEXT}}
    return found
