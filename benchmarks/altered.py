"""Articles published again: one text, changed in the ways that texts are changed, and how much of it is left.

Every change takes what it adds from `other`, a source of sentences of articles that are in no collection measured, so
that a changed text shares text with its original alone. All is drawn from the `rng` given.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import resources

from generate import articles

_SENTENCE = re.compile(r"[^。！？\n]*[。！？\n]|[^。！？\n]+$")
_CLAUSE = re.compile(r"[^，。！？；：、\n]+|[，。！？；：、\n]+")
_WIDE = {ord(char): chr(ord(char) + 0xFEE0) for char in map(chr, range(0x21, 0x7F))}
_MARKS = dict(zip(map(ord, "，。；：、！？“”"), ",.;:,!?「」", strict=True))
_FILLERS = ("其实", "一般来说", "大家", "目前", "往往", "这里", "不过", "当然")

Other = Iterator[str]
Change = Callable[[str, random.Random, Other], str]


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with what ends it; joined they are the text."""
    return [one for one in _SENTENCE.findall(text) if one]


def others(count: int, seed: int = 99) -> Other:
    """Sentences of generated articles of another seed, one from each article in turn, without end."""
    while True:
        for one in articles(count, seed):
            found = [sentence for sentence in sentences(one.body) if len(sentence) >= 20]
            yield from found[:1]
        seed += 1


def kept(share: float) -> Change:
    """So much of the text kept, in whole sentences; each other sentence replaced."""

    def change(text: str, rng: random.Random, other: Other) -> str:
        found = sentences(text)
        order = rng.sample(range(len(found)), len(found))
        wanted, held, stay = share * len(text), 0, set()
        for at in order:
            if held >= wanted:
                break
            stay.add(at)
            held += len(found[at])
        return "".join(one if at in stay else next(other).rstrip("\n") + "\n" for at, one in enumerate(found))

    return change


def reordered(share: float) -> Change:
    """So much kept, and all sentences in another order."""

    def change(text: str, rng: random.Random, other: Other) -> str:
        found = [one.rstrip("\n") for one in sentences(kept(share)(text, rng, other))]
        rng.shuffle(found)
        return "\n".join(filter(None, found))

    return change


def moved(text: str, rng: random.Random, other: Other) -> str:
    """The paragraphs in another order."""
    lines = text.split("\n")
    return "\n".join(rng.sample(lines, len(lines)))


def embedded(share: float) -> Change:
    """A passage of the text, so much of it in a row, in an article three times as long."""

    def change(text: str, rng: random.Random, other: Other) -> str:
        size = max(int(share * len(text)), 1)
        start = rng.randint(0, len(text) - size)
        host: list[str] = []
        while sum(map(len, host)) < 2 * len(text):
            host.append(next(other).rstrip("\n"))
        at = rng.randint(0, len(host))
        return "\n".join([*host[:at], text[start : start + size], *host[at:]])

    return change


def reworded(every: int) -> Change:
    """One clause in so many altered: a word put into it, or two neighbouring characters out of it."""

    def change(text: str, rng: random.Random, other: Other) -> str:
        parts = _CLAUSE.findall(text)
        clauses = [at for at, part in enumerate(parts) if part[0] not in "，。！？；：、\n"]
        for at in clauses[rng.randrange(every) :: every]:
            clause = parts[at]
            place = rng.randint(0, len(clause))
            long = len(clause) > 6 and rng.random() < 0.5
            parts[at] = clause[:place] + ("" if long else rng.choice(_FILLERS)) + clause[place + 2 * long :]
        return "".join(parts)

    return change


def dressed(text: str, rng: random.Random, other: Other) -> str:
    """Traditional characters, full-width letters and digits, other punctuation, other line breaks."""
    changed = text.translate(_traditional()).translate(_WIDE).translate(_MARKS)
    return re.sub("\n", lambda _: rng.choice(["\n", "\n\n", " "]), changed)


def same(text: str, rng: random.Random, other: Other) -> str:
    """The text itself."""
    return text


@lru_cache(maxsize=1)
def _traditional() -> dict[int, str]:
    lines = resources.files("searchsvc.text").joinpath("data/t2s.txt").read_text("utf-8").splitlines()
    return {ord(line[1]): line[0] for line in lines if line and not line.startswith("#")}


#: The steps of the ladder.
STEPS: dict[str, Change] = {
    "copy, another title": same,
    "traditional, width, punctuation": dressed,
    "paragraphs moved": moved,
    **{f"{share}% of the sentences kept": kept(share / 100) for share in range(90, 10, -10)},
    "70% kept, reordered": reordered(0.7),
    "50% kept, reordered": reordered(0.5),
    "whole, inside a text 3 times as long": embedded(1.0),
    "half, inside a text 3 times as long": embedded(0.5),
    "every 4th clause reworded": reworded(4),
    "every 3rd clause reworded": reworded(3),
    "every 2nd clause reworded": reworded(2),
}
#: The steps in which half of one text or more stands in the other, word for word or with one clause in three changed.
FOUND_ALWAYS = tuple(
    name for name in STEPS if name not in {f"{share}% of the sentences kept" for share in (20, 30, 40)}
)
#: What is planted in large collections.
PLANTED = (
    "copy, another title",
    "traditional, width, punctuation",
    "paragraphs moved",
    "70% of the sentences kept",
    "50% of the sentences kept",
    "50% kept, reordered",
    "half, inside a text 3 times as long",
    "every 3rd clause reworded",
)
