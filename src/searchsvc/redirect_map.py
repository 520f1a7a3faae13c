"""Redirects as maps for nginx: path and query of an old URL -> the URL of the article kept. Pure.

The file is ASCII. Nothing in it can be read as a directive: each side stands in quotes, percent-encoded where it is not
plain; in a target also `$` (nginx has no other way to write one that is no variable) and what else could end a string.

- nginx compares with what the browser sent, so a path is written as browsers send it and, where that differs, with
  everything percent-encoded, as scripts do.
- Strings of a map are compared whatever their case. A path that differs from another only in its case, or from a kept
  one, is written as a regular expression, which is not.
- Several hosts may have one path (www and m often do). Where it must lead to different places, or is the path of a
  kept article at another host, a second map decides by host and path.
- What would hide a kept article, contradicts a line before it, or is too long for nginx, is left out, with a comment.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from .editorial import Redirect

#: A word of nginx's configuration must fit a buffer of 4,096 bytes.
LONGEST: Final = 4_000
#: Left as they are in a path and a query by browsers (WHATWG URL), beside letters, digits and `-._~`.
_PATH: Final = "/%!$&'()*+,;=:@[]|^"
_QUERY: Final = "/%!$&()*+,;=:@[]|^?`{}"
#: Left as they are in a target. RFC 3986 without `$`, and without what could end or begin anything in a configuration.
_TARGET: Final = "/%!&()*+,=:@[]?#~"
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")

_HEAD: Final = """\
# Redirects from duplicates to the articles kept, written by searchsvc; do not edit, export again.
#
# In the http block:
#     include /etc/nginx/searchsvc-redirects.conf;
# In the server block of the old addresses, before any location:
#     if ($searchsvc_kept) { return 301 $searchsvc_kept; }
#
# Then: nginx -t && nginx -s reload
"""


class _Line(NamedTuple):
    """A redirect taken apart: the host asked for ("" for any), what is asked there, and where it leads."""

    host: str
    request: str
    target: str


def nginx_map(redirects: Iterable[Redirect]) -> str:
    """The file, in the order of the redirects; a file without redirects is valid too. See the head of this module."""
    everywhere, by_host, kept, left_out = _sort_out(redirects)
    requests = _keys([one.request for one in everywhere], {request for _, request in kept})
    places = _keys([one.host + one.request for one in by_host], {host + request for host, request in kept})
    lines = [_HEAD, *(f"# left out, {why}: {_quoted(url[:300])}\n" for url, why in left_out)]
    lines += _sizes([key for keys in (*requests, *places) for key in keys])
    default = '""'
    if by_host:
        lines += _map("$host$request_uri", "$searchsvc_kept_by_host", default, zip(places, by_host, strict=True))
        default = "$searchsvc_kept_by_host"
    lines += _map("$request_uri", "$searchsvc_kept", default, zip(requests, everywhere, strict=True))
    return "".join(lines)


class _Sorted(NamedTuple):
    """Lines that hold at every host, those of one host, addresses of kept articles, and URLs left out with why."""

    everywhere: list[_Line]
    by_host: list[_Line]
    kept: set[tuple[str, str]]
    left_out: list[tuple[str, str]]


def _sort_out(redirects: Iterable[Redirect]) -> _Sorted:
    left_out: list[tuple[str, str]] = []
    lines: list[tuple[str, _Line]] = []
    kept: set[tuple[str, str]] = set()
    for one in redirects:
        if _is_address(one.url) and _is_address(one.keep_url):
            lines.append((one.url, _Line(_host(one.url), _request(one.url), _target(one.keep_url))))
            kept.add((_host(one.keep_url), _request(one.keep_url)))
        else:
            left_out.append((one.url, "no web address"))
    targets: dict[str, set[str]] = {}
    for _, line in lines:
        targets.setdefault(line.request, set()).add(line.target)
    kept_requests = {request for _, request in kept}
    everywhere: dict[str, _Line] = {}
    by_host: dict[tuple[str, str], _Line] = {}
    for url, line in lines:
        place = line.host, line.request
        shared = len(targets[line.request]) > 1 or line.request in kept_requests
        if place in kept:
            left_out.append((url, "a kept article has this address"))
        elif len(line.host) + len(line.request) > LONGEST // 4 or len(line.target) > LONGEST:
            left_out.append((url, "too long"))
        elif not shared:
            everywhere.setdefault(line.request, line)
        elif not line.host or by_host.setdefault(place, line) != line:
            left_out.append((url, "its address leads elsewhere already"))
    return _Sorted(list(everywhere.values()), list(by_host.values()), kept, left_out)


def _keys(places: Sequence[str], kept: set[str]) -> list[list[str]]:
    """How the left side of each line is written, in each way in which it may be asked for; none comes twice."""
    spellings = Counter(place.lower() for place in {*places, *kept})
    taken = set(spellings)
    found = []
    for place in places:
        if spellings[place.lower()] > 1:
            found.append([f"~^{_exactly(place)}$"])
            continue
        path, mark, query = place.partition("?")
        other = _all_encoded(path) + mark + query
        found.append([place] if other.lower() in taken else [place, other])
        taken.add(other.lower())
    return found


def _all_encoded(path: str) -> str:
    """The path with each segment percent-encoded in full. A segment that hides a separator stays as it is."""
    segments = path.split("/")
    for at, segment in enumerate(segments):
        decoded = unquote(segment, errors="surrogateescape")
        # Bytes that are no UTF-8 (paths in GBK) are left as they were written.
        if "/" not in decoded and decoded.isprintable():
            segments[at] = quote(decoded, safe="")
    return "/".join(segments)


def _exactly(place: str) -> str:
    """A regular expression for just this text, but for the case of percent-encoded bytes; in it no backslash."""
    pieces = []
    for part in re.split(r"(%[0-9A-Fa-f]{2})", place):
        if len(part) == 3 and part[0] == "%":
            pieces.append("%" + "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in part[1:]))
        else:
            # `^` alone in a class would negate it; as it may be sent either way, any one character will do.
            pieces += [c if c.isalnum() or c in "-/_~&=" else "." if c == "^" else f"[{c}]" for c in part]
    return "".join(pieces)


def _map(source: str, name: str, default: str, lines: Iterable[tuple[Sequence[str], _Line]]) -> list[str]:
    found = [f"map {source} {name} {{\n    default {default};\n"]
    found += [f"    {_string(key)} {_string(one.target)};\n" for keys, one in lines for key in keys]
    return [*found, "}\n"]


def _sizes(keys: Sequence[str]) -> list[str]:
    """The sizes nginx needs where its own do not do: a bucket holds at least one key, with 18 bytes about it."""
    longest = max((len(key) for key in keys), default=0)
    bucket = 64
    while bucket < longest + 32:
        bucket *= 2
    sizes = [("bucket_size", bucket)] if bucket > 64 else []
    sizes += [("max_size", 1 << len(keys).bit_length())] if len(keys) > 1_000 else []
    note = "# If the http block sets these already, keep the larger and delete the other.\n"
    return [note, *(f"map_hash_{name} {size};\n" for name, size in sizes)] if sizes else []


def _string(text: str) -> str:
    """A quoted word of nginx's configuration. What it is made of holds neither quotes nor backslashes any more."""
    if '"' in text or "\\" in text or not text.isascii() or not text.isprintable():
        raise ValueError(f"not encoded: {text!r}")
    return f'"{text}"'


def _quoted(text: str) -> str:
    return quote(text, safe=_TARGET, errors="replace")


def _is_address(url: str) -> bool:
    """Whether it is an absolute web address, or a path of this service."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme or parts.netloc:
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    return parts.path.startswith("/")


def _host(url: str) -> str:
    """As nginx has it in $host: in lower case and without a port; empty for a path of this service."""
    return _ascii_host(urlsplit(url).hostname or "")


def _ascii_host(name: str) -> str:
    try:
        found = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        found = name  # no name that DNS could know; it is encoded like any other text
    return quote(found, safe="[]:", errors="replace").lower()


def _request(url: str) -> str:
    """Path and query as a browser sends them, with percent-encoded bytes in upper case."""
    parts = urlsplit(url)
    query = f"?{quote(parts.query, safe=_QUERY, errors='replace')}" if parts.query else ""
    asked = (quote(parts.path, safe=_PATH, errors="replace") or "/") + query
    return re.sub("%[0-9a-f]{2}", lambda found: found[0].upper(), asked, flags=re.IGNORECASE)


def _target(url: str) -> str:
    """The whole URL in ASCII, with nothing in it that means something to nginx."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    if not name.isascii():
        parts = parts._replace(netloc=parts.netloc.lower().replace(name, _ascii_host(name)))
    return _ESCAPE.sub("%25", _quoted(parts.geturl()))
