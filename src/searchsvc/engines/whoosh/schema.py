"""Fields of the Whoosh index, for whatever reads it through Whoosh's own interface.

Words of `title`, `headings` and `body`; `..._grams` hold the bigrams of adjacent characters of a line, as text. The
search itself reads the arrays of `invert.py`.
"""

from __future__ import annotations

from typing import Any, Final, cast

from whoosh.analysis.tokenizers import IDTokenizer
from whoosh.fields import STORED, FieldType, Schema
from whoosh.formats import Frequency

from ...models import FIELDS
from .packing import encode_text

GRAM_SUFFIX: Final = "_grams"


class TermsField(FieldType):
    """A field whose terms come ready cut; nothing is analysed here."""

    def __init__(self) -> None:
        super().__init__(format=Frequency(), analyzer=cast(Any, IDTokenizer()))

    def to_bytes(self, value: Any) -> bytes:
        return value if isinstance(value, bytes) else encode_text(value)


def schema() -> Schema:
    """The schema of every index of this format."""
    names = [*FIELDS, *(name + GRAM_SUFFIX for name in FIELDS)]
    return Schema(stored=STORED(), **{name: TermsField() for name in names})
