"""Errors as answers: problem+json (RFC 9457) below /api/, a Chinese page elsewhere."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from ..editorial_records import decision_record
from ..errors import (
    AccessDenied,
    ArticleNotFound,
    ClusterNotFound,
    ConfigError,
    DecisionConflict,
    DecisionNotFound,
    HostNotAllowed,
    IndexUnusable,
    InvalidParameter,
    SearchServiceError,
    StateUnusable,
    TokenInvalid,
    TokenRequired,
    TooLarge,
)
from .sessions import PAGES

_log = logging.getLogger(__name__)

_CODES: Final = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    414: "uri_too_long",
}
_MESSAGES: Final = {
    "query_too_long": ("查询太长了", "最多可以输入 512 个字，请缩短后再试。"),
    "invalid_parameter": ("这个链接里的条件有误", "请去掉筛选条件，重新搜索。"),
    "not_found": ("没有找到这个页面", "文章可能已经移走，可以试试搜索它的标题。"),
    "cluster_not_found": (
        "这一组已经不在了",
        "可能已经决定完，或者其中的文章有了变化。请回到重复文章的列表，从那里继续。",
    ),
    "decision_not_found": (
        "这个决定已经不再生效",
        "可能已经被撤销，或者被新的决定取代。请在决定记录里查看现在的情况。",
    ),
    "decision_conflict": (
        "别的编辑刚刚有了新的决定",
        "这次的决定没有保存。请回到这一组，看过新的决定以后再决定。",
    ),
    "state_unusable": (
        "编辑后台的记录暂时读写不了",
        "刚才的操作没有保存。原因已经记在服务日志里，请联系管理员。",
    ),
    "duplicates_unreadable": (
        "重复文章的记录暂时读不了",
        "别的程序正在占用它，请过一会儿刷新。一直这样的话，请联系管理员。",
    ),
    "no_tokens": (
        "编辑后台还没有开放",
        "还没有访问令牌。请管理员在服务器上运行 searchsvc token 名字，创建一个。",
    ),
    "cross_site": (
        "这次操作没有执行",
        "页面可能已经过期，或者请求来自别的网站。请回到原来的页面，刷新后再试一次。",
    ),
    "host_not_allowed": (
        "不能用这个网址打开编辑后台",
        "请管理员把网址里的域名加到设置项 trusted_hosts 里。",
    ),
    "config_invalid": (
        "编辑后台暂时不可用",
        "访问令牌的设置有问题，原因已经记在服务日志里，请联系管理员。",
    ),
}
#: The first class that fits decides; what fits none is nobody's fault but ours.
_STATUSES: Final[tuple[tuple[type[SearchServiceError], int], ...]] = (
    (TooLarge, 413),
    (InvalidParameter, 400),
    (ArticleNotFound, 404),
    (ClusterNotFound, 404),
    (DecisionNotFound, 404),
    (DecisionConflict, 409),
    (TokenRequired, 401),
    (TokenInvalid, 401),
    (HostNotAllowed, 400),
    (AccessDenied, 403),
    (ConfigError, 503),
    (IndexUnusable, 503),
    (StateUnusable, 503),
)
_EDITORS_INVALID: Final = ("这个请求里有不认识的内容", "没有执行任何操作。请回到原来的页面，刷新后再试一次。")
_UNAVAILABLE: Final = ("搜索暂时不可用", "索引还没有准备好，请稍后再来。")
_NO_INDEX: Final = "The index cannot be searched right now."
_OPERATORS: Final = "The service cannot answer this right now; its log says why."
_INTERNAL: Final = ("出了点问题", "我们已经记下这个错误，请稍后再试。")


def register_problems(app: Flask) -> None:
    """Answers every error of the package, of HTTP and of nobody's in a stable form."""
    app.register_error_handler(SearchServiceError, _on_service_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_internal_error)


def problem(status: int, code: str, title: str, detail: str, **more: Any) -> Response:
    """A problem+json answer."""
    record = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **more}
    text = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")
    return Response(text, status, content_type="application/problem+json")


def status_of(error: SearchServiceError) -> int:
    """HTTP status of an error of this package."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def _on_service_error(error: SearchServiceError) -> Response:
    status = status_of(error)
    if status >= 500:
        _log.error("%s: %s", error.code, error)
    if not _is_api():
        unknown = _UNAVAILABLE if status == 503 else _INTERNAL
        return _page(status, *_MESSAGES.get(error.code, unknown), code=error.code)
    more: dict[str, Any] = {"hint": error.hint} if error.hint and status < 500 else {}
    if isinstance(error, InvalidParameter):
        more["parameter"] = error.parameter
    if isinstance(error, DecisionConflict):
        more["decision"] = decision_record(error.decision) if error.decision else None
    # What is the operator's to mend is in the log, with its folder and state; not in the answer.
    hidden = _NO_INDEX if isinstance(error, IndexUnusable) else _OPERATORS
    answer = problem(status, error.code, _title(status), error.message if status < 500 else hidden, **more)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _on_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return Response(error.get_body(), status, error.get_headers())
    code = _CODES.get(status, f"http_{status}")
    if _is_api():
        answer = problem(status, code, _title(status), error.description or _title(status))
    else:
        answer = _page(status, *_MESSAGES.get(code, ("无法处理这个请求", "请检查链接后再试。")), code=code)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            answer.headers[name] = value
    return answer


def _on_internal_error(error: Exception) -> Response:
    _log.error("Unexpected error for %s %s", request.method, request.path, exc_info=error)
    if _is_api():
        return problem(500, "internal", _title(500), "An unexpected error happened; it has been logged.")
    return _page(500, *_INTERNAL, code="internal")


def _page(status: int, title: str, message: str, *, code: str) -> Response:
    template = "editors/error.html" if request.path.startswith(PAGES) else "error.html"
    if code == "invalid_parameter" and request.path.startswith(PAGES):
        title, message = _EDITORS_INVALID
    return Response(render_template(template, title=title, message=message, code=code), status, mimetype="text/html")


def _is_api() -> bool:
    return request.path.startswith("/api/") or request.path in {"/healthz", "/readyz"}


def _title(status: int) -> str:
    return {
        400: "Bad request",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not found",
        405: "Method not allowed",
        409: "Conflict",
        413: "Body too large",
        414: "URI too long",
        500: "Internal error",
        503: "Service unavailable",
    }.get(status, f"HTTP {status}")
