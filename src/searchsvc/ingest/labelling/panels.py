"""Hidden parts of a text that a press on a button shows: 展开全文, tabs, questions and answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from .measures import SENTENCE_SIZE, Measures
from .tree import Node

#: What a press on which shows the rest of a text says, and the most that a button says.
_OPENS: Final = re.compile(r"展开|查看(?:全文|更多|全部)|阅读全文|显示(?:全部|更多)|全文|more", re.I)
_BUTTON: Final = 20
#: One paragraph that is hidden among others that are shown is hidden for good.
_TEXTS: Final = frozenset({"p", "span", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"})
#: The longest question above its answer.
_CAPTION: Final = 60
_DIGITS: Final = re.compile(r"\d+")
#: Elements of one kind in one place: the element around them, their tag, their first class without its number.
_Kind = tuple[int, str, str]


class Panels:
    """Tells them from what is hidden for good."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._nodes = measures.tree.nodes

    def is_panel(self, number: int) -> bool:
        """Whether a hidden element is a part of the text.

        It holds sentences, none of which the page shows as well, hardly links, and no form. It is one of several of
        its kind, each under a short line of its own or one of them shown; or it goes on after the paragraphs above
        it, with the button that shows it beside it.
        """
        node, measures = self._nodes[number], self._measures
        links = measures.links[node.last] - measures.links[node.first]
        few_links = links * 5 <= measures.sizes[node.last] - measures.sizes[node.first]
        if not few_links or number in measures.forms or measures.sentences(node) < SENTENCE_SIZE:
            return False
        if node.tag in _TEXTS or self._is_shown_too(node):
            return False
        return self._is_one_of_many(number, node) or self._goes_on(node)

    def _goes_on(self, node: Node) -> bool:
        lines = self._measures.tree.lines
        beside = (lines[i].text for i in (node.first - 1, node.last) if 0 <= i < len(lines))
        opened = any(len(text) <= _BUTTON and _OPENS.search(text) for text in beside)
        return opened and self._measures.among(node.parent, node.first - 1, -1)

    def _is_shown_too(self, node: Node) -> bool:
        return self._measures.doubled(node.first, node.last) > 0

    @cached_property
    def _kinds(self) -> dict[_Kind, list[int]]:
        """The elements with text of each kind, in page order."""
        kinds: dict[_Kind, list[int]] = {}
        for number, node in enumerate(self._nodes):
            if node.first < node.last and node.names:
                kinds.setdefault(_kind_of(node), []).append(number)
        return kinds

    @cached_property
    def _shown(self) -> frozenset[_Kind]:
        """The kinds of which one is not hidden and holds text."""
        return frozenset(kind for kind, numbers in self._kinds.items() if any(map(self._is_shown, numbers)))

    def _is_shown(self, number: int) -> bool:
        node, prose = self._nodes[number], self._measures.prose
        return not node.evidence.zone and prose[node.last] > prose[node.first]

    @cached_property
    def _captioned(self) -> dict[_Kind, bool]:
        """Whether each element of a kind stands under a short line."""
        return {kind: all(map(self._is_captioned, numbers)) for kind, numbers in self._kinds.items()}

    def _is_captioned(self, number: int) -> bool:
        node = self._nodes[number]
        holder = self._nodes[max(node.parent, 0)]
        above = node.first - 1
        if not holder.first <= above < holder.last:
            return False
        return 2 <= len(self._measures.tree.lines[above].text) <= _CAPTION

    def _is_one_of_many(self, number: int, node: Node) -> bool:
        kind = _kind_of(node)
        alike: Sequence[int] = self._kinds.get(kind, ())
        if len(alike) > 1:
            return kind in self._shown or self._captioned[kind]
        # Or each lies in an item of its own, below the line that is always shown.
        holder = self._nodes[max(node.parent, 0)]
        items: Sequence[int] = self._kinds.get(_kind_of(holder), ()) if holder.names else ()
        return len(items) > 1 and holder.first == node.first - 1 and self._is_captioned(number)


def _kind_of(node: Node) -> _Kind:
    return node.parent, node.tag, _DIGITS.sub("", node.names).split(" ")[0]
