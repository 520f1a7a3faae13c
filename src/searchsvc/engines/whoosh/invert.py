"""Articles -> the arrays of a segment.

A text is title, headings and body of an article, folded, joined by line breaks: one space of offsets for all fields.
Arrays, for n articles (numbered as given), words and grams in ascending order:

    id_at n+1, id                ids, in UTF-8
    meta_at n+1, meta            JSON of what else is stored of each article besides its text
    text_at n+1, text            compressed JSON of title, headings, body, URL
    key n, key_doc n             the articles' keys as ascending numbers, and whose they are
    lengths 3n                   coarse words of title, headings, body
    bounds 2n                    offsets in the text where headings and body begin
    moments n                    dates as numbers (see packing.moment)
    category n, categories       number of the category (-1: none), JSON list of the names
    word_at W+1, word            the words, in UTF-8, in the order of their bytes
    word_prefix W                their first 8 bytes as a big-endian number: ascending, to be searched
    word_start W+1               where a word's postings begin
    word_doc, word_tf            postings: article, and packed frequencies in the three fields
    word_many, word_many_tf      postings whose frequencies do not fit (see packing.pack), and those frequencies, 3 each
    gram_code G                  bigrams of adjacent characters of a line: first code point << 21 | second
    gram_start G+1, gram_doc, gram_tf, gram_many, gram_many_tf   as for words
    gram_place G+1, gram_pos     offsets of a gram in the texts, in the order of its postings
    char_code C, char_start C+1, char_doc                        which articles hold a character
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from .arrays import Array
from .kernel_writing import invert_texts
from .packing import blob, encode_text, key_order, moment
from .prepare import Prepared


def invert(articles: Sequence[Prepared]) -> dict[str, Array]:
    """The arrays of a segment of these articles."""
    texts = [(one.words, one.counts, one.folded, one.bounds) for one in articles]
    return _documents(articles) | invert_texts(texts)


def _documents(articles: Sequence[Prepared]) -> dict[str, Array]:
    id_at, ids = blob([encode_text(one.id) for one in articles])
    meta_at, meta = blob([one.meta for one in articles])
    text_at, text = blob([one.text for one in articles])
    key, key_doc = key_order([one.key for one in articles])
    names = sorted({one.category for one in articles if one.category is not None})
    number: dict[str | None, int] = {name: i for i, name in enumerate(names)} | {None: -1}
    listing = encode_text(json.dumps(names, ensure_ascii=False))
    return {
        "id_at": id_at,
        "id": ids,
        "meta_at": meta_at,
        "meta": meta,
        "text_at": text_at,
        "text": text,
        "key": key,
        "key_doc": key_doc,
        "bounds": np.array([one.bounds for one in articles], np.uint32).ravel(),
        "lengths": np.array([one.lengths for one in articles], np.uint32).ravel(),
        "moments": np.array([moment(one.date) for one in articles], np.int64),
        "category": np.array([number[one.category] for one in articles], np.int32),
        "categories": np.frombuffer(listing, np.uint8),
    }
