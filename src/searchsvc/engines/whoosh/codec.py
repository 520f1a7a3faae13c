"""Whoosh's side of a segment: its codec, so that tables of contents, readers and searchers of Whoosh work with it."""

from __future__ import annotations

# Whoosh marks itself as typed, yet most of what codecs build on has no annotations.
# mypy: disable-error-code="no-untyped-call"
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.base import Codec, PerDocumentReader, Segment, TermsReader
from whoosh.matching.mcore import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from ...models import FIELDS
from .arrays import ArrayFile
from .packing import CODE_BITS, encode_text
from .schema import GRAM_SUFFIX
from .segment import Kind, document_of, find_gram, find_word, frequencies, words_of

EXTENSION: Final = ".arr"
_WHOLE: Final = "segments are written whole, by WhooshWriter"

Term = tuple[str, bytes]


class FlatSegment(Segment):  # type: ignore[misc, unused-ignore]
    """A segment whose arrays lie in one file. Pickled in Whoosh's table of contents, with the deleted articles."""

    def __init__(self, indexname: str, count: int = 0) -> None:
        super().__init__(indexname)
        self.count = count
        self.deleted: frozenset[int] = frozenset()

    def codec(self) -> FlatCodec:
        return FlatCodec()

    def path(self, version: Path) -> Path:
        """Its file in a version's folder."""
        return version / str(self.make_filename(EXTENSION))

    def live(self) -> NDArray[np.bool_]:
        """Which of its articles are not deleted."""
        mask = np.ones(self.count, np.bool_)
        mask[list(self.deleted)] = False
        return mask

    def should_assemble(self) -> bool:
        return False

    def doc_count_all(self) -> int:
        return self.count

    def set_doc_count(self, doccount: int) -> None:
        self.count = doccount

    def deleted_count(self) -> int:
        return len(self.deleted)

    def deleted_docs(self) -> frozenset[int]:
        return self.deleted

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        self.deleted = self.deleted | {docnum} if delete else self.deleted - {docnum}

    def is_deleted(self, docnum: int) -> bool:
        return docnum in self.deleted


class FlatCodec(Codec):  # type: ignore[misc, unused-ignore]
    """Reads flat segments. They are written whole (invert.py, merge.py), not posting by posting."""

    def terms_reader(self, storage: Any, segment: FlatSegment) -> FlatTerms:
        return FlatTerms(ArrayFile(segment.path(Path(storage.folder))))

    def per_document_reader(self, storage: Any, segment: FlatSegment) -> FlatDocuments:
        return FlatDocuments(ArrayFile(segment.path(Path(storage.folder))), segment)

    def per_document_writer(self, storage: Any, segment: FlatSegment) -> Any:
        raise NotImplementedError(_WHOLE)

    def field_writer(self, storage: Any, segment: FlatSegment) -> Any:
        raise NotImplementedError(_WHOLE)

    def postings_writer(self, dbfile: object, byteids: bool = False) -> Any:
        raise NotImplementedError(_WHOLE)

    def postings_reader(self, *_: object, **__: object) -> Any:
        raise NotImplementedError(_WHOLE)

    def new_segment(self, storage: Any, indexname: str) -> FlatSegment:
        return FlatSegment(indexname)


class FlatTerms(TermsReader):  # type: ignore[misc, unused-ignore]
    """The terms of a segment field by field, as Whoosh asks for them."""

    def __init__(self, arrays: ArrayFile) -> None:
        self._arrays = arrays

    def __contains__(self, term: Term) -> bool:
        return len(self._postings(*term)[0]) > 0

    def indexed_field_names(self) -> list[str]:
        return [*FIELDS, *(name + GRAM_SUFFIX for name in FIELDS)]

    def cursor(self, fieldname: str, fieldobj: object) -> Any:
        raise NotImplementedError("suggestions do not come from Whoosh's cursors")

    def terms(self) -> Iterator[Term]:
        for field in sorted(self.indexed_field_names()):
            yield from self.terms_from(field, b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[Term]:
        for word in self._all(fieldname):
            if word >= prefix and (fieldname, word) in self:
                yield fieldname, word

    def items(self) -> Iterator[tuple[Term, TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[Term, TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms_from(fieldname, prefix))

    def frequency(self, fieldname: str, text: bytes) -> int:
        return int(self._postings(fieldname, text)[1].sum())

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        return len(self._postings(fieldname, text)[0])

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        docs, counts = self._postings(fieldname, text)
        if not len(docs):
            raise TermNotFound(f"{fieldname}:{text!r}")
        lengths = self._arrays["lengths"].reshape(-1, 3)[docs, _number(fieldname)]
        return TermInfo(
            float(counts.sum()), len(docs), int(lengths.min()), int(lengths.max()), float(counts.max()), int(docs[0]),
            int(docs[-1]),
        )  # fmt: skip

    def matcher(self, fieldname: str, text: bytes, format_: object, scorer: object = None) -> ListMatcher:
        docs, counts = self._postings(fieldname, text)
        if not len(docs):
            raise TermNotFound(f"{fieldname}:{text!r}")
        return ListMatcher(
            docs.tolist(), weights=counts.astype(float).tolist(), format=format_, scorer=scorer,
            term=(fieldname, text), terminfo=self.term_info(fieldname, text),
        )  # fmt: skip

    def _all(self, fieldname: str) -> Iterable[bytes]:
        if not fieldname.endswith(GRAM_SUFFIX):
            return words_of(self._arrays)
        mask = (1 << CODE_BITS) - 1
        codes = self._arrays["gram_code"].tolist()
        return sorted(encode_text(chr(code >> CODE_BITS) + chr(code & mask)) for code in codes)

    def _postings(self, fieldname: str, text: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(articles, frequencies) of a term in one field."""
        kind: Kind = "gram" if fieldname.endswith(GRAM_SUFFIX) else "word"
        if kind == "gram":
            chars = text.decode("utf-8", "surrogatepass")
            run = find_gram(self._arrays, chars) if len(chars) == 2 else None
        else:
            run = find_word(self._arrays, text)
        if run is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        _, first, last = run
        counts = frequencies(self._arrays, kind, first, last)[:, _number(fieldname)]
        return self._arrays[f"{kind}_doc"][first:last].astype(np.int64)[counts > 0], counts[counts > 0]


class FlatDocuments(PerDocumentReader):  # type: ignore[misc, unused-ignore]
    """Lengths, deletions and stored articles of a segment, as Whoosh asks for them."""

    def __init__(self, arrays: ArrayFile, segment: FlatSegment) -> None:
        self._arrays = arrays
        self._segment = segment

    def doc_count(self) -> int:
        return int(self._segment.doc_count())

    def doc_count_all(self) -> int:
        return self._segment.doc_count_all()

    def has_deletions(self) -> bool:
        return bool(self._segment.has_deletions())

    def is_deleted(self, docnum: int) -> bool:
        return self._segment.is_deleted(docnum)

    def deleted_docs(self) -> frozenset[int]:
        return self._segment.deleted_docs()

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return int(self._lengths(fieldname)[docnum])

    def doc_field_length_reader(self, fieldname: str, default: int = 0) -> Callable[[int], int]:
        lengths = self._lengths(fieldname)
        return lambda docnum: int(lengths[docnum])

    def field_length(self, fieldname: str) -> int:
        return int(self._lengths(fieldname).sum())

    def min_field_length(self, fieldname: str) -> int:
        return int(self._lengths(fieldname).min(initial=0))

    def max_field_length(self, fieldname: str) -> int:
        return int(self._lengths(fieldname).max(initial=0))

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return {"stored": document_of(self._arrays, docnum)}

    def _lengths(self, fieldname: str) -> NDArray[np.uint32]:
        lengths: NDArray[np.uint32] = self._arrays["lengths"].reshape(-1, 3)[:, _number(fieldname)]
        return lengths


def _number(fieldname: str) -> int:
    return next(number for number, name in enumerate(FIELDS) if name == fieldname.removesuffix(GRAM_SUFFIX))
