/* The arrays of a snapshot's segments, held open, and what a search does with them.
 *
 * Documents are numbered through the segments. Every number that comes out of a mapped file is checked before it is
 * used as a place in an array. The interpreter's lock guards the scratch arrays: what lets go of it does not use them.
 */
#ifndef SEARCHSVC_READER_H
#define SEARCHSVC_READER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "packing.h"

/* Terms of one kind in a segment, and their postings; see invert.py. */
typedef struct {
    const uint64_t *codes; /* ascending: bigrams or characters, or the first 8 bytes of words */
    const uint64_t *start;
    const uint32_t *doc, *tf, *many_tf;
    const uint64_t *many;
    int64_t terms, postings, manies;
    const uint64_t *at;     /* words: where each lies in `data` */
    const uint8_t *data;
    uint64_t bytes;
    const uint64_t *place;  /* bigrams: where a term's offsets begin in `pos` */
    const uint32_t *pos;
    uint64_t offsets;
} Lists;

typedef struct {
    uint64_t first;
    uint32_t size;
    Lists words, grams, chars;
    uint32_t *dead; /* its deleted documents, ascending */
    int64_t deaths;
} Segment;

/* Postings `begin` to `end` - 1 of a segment. A term's runs, one a segment that has it, are what Python holds of it. */
typedef struct {
    uint64_t segment, begin, end;
} Run;

/* Which of 64 documents have a term, and how many postings it has before them. */
typedef struct {
    uint64_t bits, rank;
} Ranked;

/* Counting bits is an instruction that old processors lack: the loops that need it are compiled twice. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define COUNTS_BITS __attribute__((target_clones("popcnt", "default")))
#else
#define COUNTS_BITS
#endif

/* Documents that are searched at a time: their cells, 64 KB, stay in the nearest caches. A multiple of 64. */
#define BLOCK 8192

/* Masses are added without a sign: in a damaged file a document may stand in a posting list any number of times. */
typedef struct {
    float score;
    uint32_t mass;
} Cell;

typedef struct {
    PyObject_HEAD
    Segment *segments;
    Py_ssize_t count;
    Py_buffer *held;
    Py_ssize_t holding;
    int64_t size;
    const float *norms[3]; /* of titles, headings, bodies; see kernel.py */
    const uint8_t *live;
    const int32_t *categories, *years;
    int64_t category_kinds, year_kinds;
    const int64_t *moments;
    float k1;
    /* Room for one search. Cells and marks are of one block of documents, and all zero between two searches. */
    Cell *cells;
    uint64_t *marks;
    Ranked *matched; /* the match set; `rank` is a document's place in `docs` */
    uint32_t *docs;
    float *scores;
} Reader;

/* ValueError for arrays that do not agree; NULL. */
PyObject *disagree(void);
/* The first place whose value is not less. */
int64_t first_not_less(const uint64_t *values, int64_t size, uint64_t value);
/* The number of a term among a segment's: -1 without it, -2 for arrays that do not agree. */
int64_t code_number(const Lists *lists, uint64_t code);
/* The postings of a term by number; 0 for arrays that do not agree. */
int run_of(const Lists *lists, int64_t number, Run *run);
/* Saturated BM25F frequency of a posting in its document. */
float impact_of(const Reader *self, const Lists *lists, uint64_t posting, uint32_t doc);
/* How many postings of a 64-document block come before a document's. */
static inline uint64_t rank_in(const Ranked *ranked, uint64_t place) {
    return ranked->rank + (uint64_t)__builtin_popcountll(ranked->bits & ((1ull << place) - 1));
}
/* Moves `at` to the first posting before `end` whose document is not less than `doc`, by galloping. */
uint64_t gallop(const uint32_t *docs, uint64_t at, uint64_t end, uint32_t doc);
/* The frequencies of a posting that did not fit, title, headings, body; NULL when they are not there. */
const uint32_t *many_counts(const Lists *lists, uint64_t posting);

PyObject *reader_search(Reader *self, PyObject *args);
PyObject *reader_containing(Reader *self, PyObject *text);

#endif
