"""What a page says to machines: the objects of its JSON-LD."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_MOST: Final = 100
#: Objects that describe something else than the text: the page they lie in, the site, people, pictures.
_NOT_TEXTS: Final = frozenset(
    {
        "webpage", "website", "organization", "newsmediaorganization", "person", "imageobject", "breadcrumblist",
        "listitem", "searchaction", "collectionpage", "itempage", "aboutpage", "comment", "answer", "product", "offer",
        "aggregaterating", "review", "sitenavigationelement", "itemlist", "localbusiness", "corporation",
        "bankorcreditunion",
    }
)  # fmt: skip
_TEXTS: Final = re.compile(r"(?:article|posting|report|blogposting|question|qapage|discussion|socialmedia)", re.I)


def facts_of(scripts: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Every object of these JSON-LD scripts, @graph and lists opened; of what is no JSON the fields that can be read.

    Objects that describe a text come first, those of unknown kinds next, then what the page says of itself and its
    site: a site that is older than its article dates the article wrongly.
    """
    found: list[dict[str, Any]] = []
    for text in scripts:
        todo: list[Any] = [_json(text)]
        while todo and len(found) < _MOST:
            value = todo.pop(0)
            if isinstance(value, list):
                todo.extend(value[:_MOST])
            elif isinstance(value, dict):
                found.append(value)
                todo.extend(value[name] for name in ("@graph", "mainEntity") if name in value)
    return tuple(sorted(found, key=_rank))


def strings_of(fact: Mapping[str, Any], name: str) -> list[str]:
    """The values of a property that are text or numbers; a list gives each of its own."""
    value = fact.get(name)
    values = value[:_MOST] if isinstance(value, list) else [value]
    return [str(one) for one in values if isinstance(one, str | int) and not isinstance(one, bool)]


def types_of(fact: Mapping[str, Any]) -> list[str]:
    """The kinds an object says it is of, without the address of their vocabulary, lower case."""
    return [one.rsplit("/", 1)[-1].lower() for one in strings_of(fact, "@type")]


def is_of_text(fact: Mapping[str, Any]) -> bool:
    """True for an object that describes a text, or does not say what it describes."""
    return _rank(fact) < 2


def _rank(fact: Mapping[str, Any]) -> int:
    types = types_of(fact)
    if any(_TEXTS.search(one) for one in types):
        return 0
    return 2 if any(one in _NOT_TEXTS for one in types) else 1


def _json(text: str) -> Any:
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    for attempt in (text, html.unescape(text), re.sub(r",\s*([}\]])", r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    # Hand-written JSON-LD with a quote in a headline: the fields that matter can still be read.
    pairs = re.findall(r'"(datePublished|articleSection|headline)"\s*:\s*"([^"\n]{1,200})"\s*[,}\n]', text)
    return dict(pairs)
