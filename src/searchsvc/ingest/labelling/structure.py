"""The kind and level of each line: heading, item of a list, row of a table, quotation. Pure; looks at elements only.

Siblings of one list are headings together or not at all, whatever the number of lines below each.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ...models import MAX_LEVEL, MAX_PLACE, Block, BlockKind
from .measures import ENDS_SENTENCE, HEADLINES, SENTENCE
from .names import words_in, words_of
from .tree import Node, RawLine, Tree
from .wording import Wording

_HEADINGS: Final = HEADLINES | {"dt", "summary"}
#: Of a block with one short line in the article itself.
_HEADING_WORDS: Final = words_in("title subtitle heading subheading subhead headline question")
#: Of the line of an accordion or tab that is always shown.
_FOLDED: Final = words_in("accordion collapse toggle collapsible faq tab expansion disclosure")
_CAPTIONS: Final = words_in("header head hd title question button trigger summary")
_PICTURE_WORDS: Final = words_in("img image pic picture photo caption video")
_LONGEST_HEADING: Final = 40
_NUMBERED: Final = re.compile(r"(?:\d{1,2}\s*[.、．)）]|[（(]\d{1,2}[)）]|[一二三四五六七八九十]{1,3}、)\s*\S")
_PART_NUMBER: Final = re.compile(r"([一二三四五六七八九十]{1,3})、\S")
#: A heading that only its looks make one stands below those that elements make.
_STYLED_LEVEL: Final = 3
#: A cell with more lines than this is a column of a layout, not one of a table.
_CELL_LINES: Final = 5
#: An item with more lines, and no other beside it, is a layout too.
_LAYOUT_LINES: Final = 6
#: In an item with more lines, bold ones part the others.
_FEW_LINES: Final = 3
_TEXT: Final = Block("text", 0)
_ITEMS: Final = frozenset({"li"})
_CELLS: Final = frozenset({"td", "th"})
#: A cell that reaches over more columns or rows than this is an attack.
_WIDEST: Final = 60


class Structure:
    """Where each element stands (lists, tables, quotations around it), worked out once for all lines of a page."""

    def __init__(self, tree: Tree, wordings: Sequence[Wording], children: Sequence[Sequence[int]]) -> None:
        self._tree, self._words, self._children = tree, wordings, children
        self._large_is_rare = sum(1 for line in tree.lines if line.big) * 3 < len(tree.lines)
        # 一、 and 二、 on short lines of their own are the headings of notices and of articles typed by hand.
        numbers = {
            match[1]
            for line in tree.lines
            if len(line.text) <= _LONGEST_HEADING
            and line.text[-1] not in ENDS_SENTENCE
            and (match := _PART_NUMBER.match(line.text))
        }
        self._parts_are_numbered = {"一", "二"} <= numbers
        self._headed: dict[int, bool] = {}
        self._clean: dict[int, int] = {}
        self._numbered: dict[int, dict[int, int]] = {}
        self._placed: dict[int, dict[int, tuple[BlockKind, int]]] = {}
        self._children_with: dict[tuple[int, frozenset[str]], list[int]] = {}
        self._look_around(_data_tables(tree.nodes))

    def _look_around(self, data_tables: frozenset[int]) -> None:
        """For each element: the item, the data cell and the quotations around it, and how deep in lists it is."""
        self._item: list[int] = []
        self._depth: list[int] = []
        self._cell: list[int] = []
        self._quote: list[int] = []
        in_data: list[bool] = []
        for number, node in enumerate(self._tree.nodes):
            up, tag = node.parent, node.tag
            item, depth, cell, quote, data = -1, 0, -1, 0, False
            if up >= 0:
                item, depth, cell, quote, data = (
                    self._item[up], self._depth[up], self._cell[up], self._quote[up], in_data[up]
                )  # fmt: skip
            if tag in {"ul", "ol"}:
                depth += 1
            elif tag == "li":
                item = number
            elif tag == "blockquote":
                quote += 1
            elif tag == "table":
                item, depth, cell, data = -1, 0, -1, number in data_tables
            elif data and tag in {"td", "th"}:
                cell = number
            self._item.append(item)
            self._depth.append(depth)
            self._cell.append(cell)
            self._quote.append(quote)
            in_data.append(data)

    def block(self, index: int) -> Block:
        """Kind and level of a line."""
        line = self._tree.lines[index]
        level = self._heading_level(index, line)
        if level:
            return Block("heading", level)
        if self._cell[line.node] >= 0:
            return self._of_cell(index, self._cell[line.node])
        item = self._item[line.node]
        if item >= 0 and not self._is_layout(item):
            return self._of_item(index, item)
        quote = self._quote[line.node]
        return Block("quote", min(quote, MAX_LEVEL)) if quote else _TEXT

    def is_part(self, index: int) -> bool:
        """True for a line whose neighbours show that it is a step, a cell or a heading of the text, whatever it says.

        An item of a list with others that say nothing of the kind, a cell of a table, a heading above a paragraph.
        """
        line = self._tree.lines[index]
        if line.link * 2 > len(line.text):
            return False
        if self._cell[line.node] >= 0:
            return True
        item = self._item[line.node]
        if item >= 0:
            holder = self._tree.nodes[item].parent
            if self._tree.nodes[holder].tag == "ol" and len(self._filled(holder, _ITEMS)) > 1:
                return True  # steps are numbered, buttons are not
            clean = self._clean_items(holder)
            return clean - self._is_clean(self._tree.nodes[item].first) > 0
        return self._heading_level(index, line) > 0 and self._leads(index)

    def _leads(self, index: int) -> bool:
        """Whether the next line is a paragraph or an item of the text."""
        below = index + 1
        if not self._is_clean(below):
            return False
        line = self._tree.lines[below]
        return bool(SENTENCE.search(line.text)) or self._item[line.node] >= 0 or self._cell[line.node] >= 0

    def _is_clean(self, index: int) -> bool:
        if index >= len(self._tree.lines):
            return False
        line, words = self._tree.lines[index], self._words[index]
        plain = line.link * 2 <= len(line.text) and len(line.text) >= 4
        return plain and not (words.print or words.edge or words.tail or words.label or words.crumb)

    def _clean_items(self, number: int) -> int:
        """How many items of a list say nothing of furniture."""
        known = self._clean.get(number)
        if known is None:
            items = self._filled(number, _ITEMS)
            known = self._clean[number] = sum(self._is_clean(self._tree.nodes[item].first) for item in items)
        return known

    def _siblings(self, item: int) -> list[int]:
        return self._filled(self._tree.nodes[item].parent, _ITEMS)

    def _filled(self, number: int, tags: frozenset[str]) -> list[int]:
        """The elements with these tags and any text that stand directly in an element."""
        known = self._children_with.get((number, tags))
        if known is None:
            known = self._children_with[number, tags] = self._look_for(number, tags)
        return known

    def _look_for(self, number: int, tags: frozenset[str]) -> list[int]:
        nodes = self._tree.nodes
        return [one for one in self._children[number] if nodes[one].tag in tags and nodes[one].first < nodes[one].last]

    def _of_item(self, index: int, item: int) -> Block:
        node = self._tree.nodes[item]
        depth = min(max(1, self._depth[item]), MAX_LEVEL)
        if self._tree.nodes[node.parent].tag == "ol":
            if node.first == index:
                number = self._numbers(node.parent)[item]
                return Block("numbered", depth, number if 0 < number <= MAX_PLACE else 0)
        elif node.first == index:
            return Block("list", depth)
        # Below an item that is a heading stands the text of a part.
        headed = self._heading_level(node.first, self._tree.lines[node.first]) > 0
        return _TEXT if headed else Block("continued", depth)

    def _numbers(self, number: int) -> dict[int, int]:
        """The number of each item of a numbered list."""
        known = self._numbered.get(number)
        if known is None:
            items = [one for one in self._children[number] if self._tree.nodes[one].tag == "li"]
            start, step = self._tree.nodes[number].counts
            step = step or 1
            count = start or (len(items) if step < 0 else 1)
            known = self._numbered[number] = {}
            for item in items:
                known[item] = count = self._tree.nodes[item].counts[0] or count
                count += step
        return known

    def _of_cell(self, index: int, cell: int) -> Block:
        node = self._tree.nodes[cell]
        level = 1 if node.tag == "th" else 2
        first, column = self._places(node)[cell]
        column = column if column <= MAX_PLACE else 0
        return Block("continued" if node.first != index else first, level, column)

    def _places(self, cell: Node) -> dict[int, tuple[BlockKind, int]]:
        """Of each cell with text of a table: whether it begins the table or a row, and its column."""
        table = cell.parent
        while self._tree.nodes[table].tag != "table":
            table = self._tree.nodes[table].parent
        known = self._placed.get(table)
        if known is None:
            known = self._placed[table] = self._look_at_table(table)
        return known

    def _look_at_table(self, table: int) -> dict[int, tuple[BlockKind, int]]:
        nodes = self._tree.nodes
        rows: list[list[int]] = []
        for number in range(table + 1, len(nodes)):
            if nodes[number].first >= nodes[table].last and nodes[number].parent < table:
                break
            if nodes[number].tag == "tr":
                rows.append([])
            elif nodes[number].tag in _CELLS and rows and nodes[nodes[number].parent].tag == "tr":
                rows[-1].append(number)
        places: dict[int, tuple[BlockKind, int]] = {}
        taken: dict[int, int] = {}  # columns that a cell of a row above reaches down to -> how many rows more
        for cells in rows:
            begins: BlockKind = "row" if places else "table"
            column = 1
            reach = dict(taken)
            for number in cells:
                while column <= _WIDEST and taken.get(column, 0):
                    column += 1
                wide, tall = nodes[number].counts
                if nodes[number].first < nodes[number].last:
                    places[number] = begins, column
                    begins = "cell"
                for _ in range(min(max(1, wide), max(1, _WIDEST - column))):
                    reach[column] = min(max(tall, 1), _WIDEST)
                    column += 1
            taken = {at: left - 1 for at, left in reach.items() if left > 1}
        return places

    def _is_layout(self, item: int) -> bool:
        """Whether an item holds a whole text: alone in its list, and of many lines."""
        node = self._tree.nodes[item]
        return node.last - node.first > _LAYOUT_LINES and len(self._siblings(item)) == 1

    def _heading_level(self, index: int, line: RawLine) -> int:
        """1 to 6 for a heading element's line, or a short line that is bold or larger throughout and ends no sentence.

        0 for all others.
        """
        if line.link * 2 > len(line.text) or self._cell[line.node] >= 0:
            return 0  # a line that is a link is the caption of a picture
        number, size = line.node, len(line.text)
        for _ in range(3):
            node = self._tree.nodes[number]
            if node.tag in _HEADINGS:
                return int(node.tag[1]) if node.tag in HEADLINES else _STYLED_LEVEL
            if node.parent < 0 or node.last - node.first != 1:
                break
            if size <= _LONGEST_HEADING and line.text[-1] not in ENDS_SENTENCE and _named_heading(node.names):
                return _STYLED_LEVEL
            number = node.parent
        if size > _LONGEST_HEADING or line.text[-1] in ENDS_SENTENCE:
            return 0
        item = self._item[line.node]
        if item >= 0 and not self._is_layout(item):
            node = self._tree.nodes[item]
            if node.first == index:
                return _STYLED_LEVEL if self._heads(node.parent) else 0
            if node.last - node.first <= _FEW_LINES:
                return 0
        if self._parts_are_numbered and _PART_NUMBER.match(line.text) and line.text[-1] not in "：:？！":
            return _STYLED_LEVEL
        solid = len("".join(line.text.split()))
        return _STYLED_LEVEL if line.bold >= solid or (line.big >= solid and self._large_is_rare) else 0

    def _heads(self, number: int) -> bool:
        """Whether the first lines of a list's items are headings, all of them: short lines, most with more below.

        Bold throughout, or numbered above lists of their own.
        """
        known = self._headed.get(number)
        if known is None:
            known = self._headed[number] = self._are_headed(number)
        return known

    def _are_headed(self, number: int) -> bool:
        nodes, lines = self._tree.nodes, self._tree.lines
        items = self._filled(number, _ITEMS)
        firsts = [nodes[one].first for one in items]
        if not all(self._may_head(first, item) for first, item in zip(firsts, items, strict=True)):
            return False
        longer = [(item, first + 1) for item, first in zip(items, firsts, strict=True) if nodes[item].last > first + 1]
        if len(longer) * 2 < len(items):
            return False
        if all(lines[first].bold >= len("".join(lines[first].text.split())) for first in firsts):
            return True
        nested = sum(self._item[lines[below].node] != item for item, below in longer)
        typed = all(_NUMBERED.match(lines[first].text) for first in firsts)
        numbered = typed or (nodes[number].tag == "ol" and len(items) > 1)
        return numbered and nested * 2 >= len(items) and not any(lines[first].text[-1] in "：:" for first in firsts)

    def _may_head(self, first: int, item: int) -> bool:
        line = self._tree.lines[first]
        own = self._item[line.node] == item
        return own and len(line.text) <= _LONGEST_HEADING and line.text[-1] not in ENDS_SENTENCE and not line.link


def _named_heading(names: str) -> bool:
    if not names:
        return False
    words = words_of(names)
    if words & _PICTURE_WORDS:
        return False
    return bool(words & _HEADING_WORDS) or bool(words & _FOLDED and words & _CAPTIONS)


def _data_tables(nodes: Sequence[Node]) -> frozenset[int]:
    """Tables that hold data: small cells, more of them than rows, no tables inside. Others lay a page out."""
    table_of: list[int] = []
    cells: Counter[int] = Counter()
    rows: Counter[int] = Counter()
    layouts: set[int] = set()
    for number, node in enumerate(nodes):
        around = table_of[node.parent] if node.parent >= 0 else -1
        if node.tag == "table":
            layouts.add(around)
            table_of.append(number)
            continue
        table_of.append(around)
        size = node.last - node.first
        if around >= 0 and size and node.tag in {"td", "th"}:
            cells[around] += 1
            if size > _CELL_LINES:
                layouts.add(around)
        elif around >= 0 and size and node.tag == "tr":
            rows[around] += 1
    return frozenset(one for one, count in cells.items() if one not in layouts and count > rows[one])
