/* Segments' terms of one kind -> those of a merged segment, in runs: a merge of sorted lists, nothing is sorted.
 *
 * A term's postings in the merged segment are those of the segments, one after another: articles are numbered on from
 * segment to segment. Postings of deleted articles go, and terms that then have none.
 */
#include "writing.h"
#include <string.h>

enum { WORD, GRAM, CHAR };

typedef struct {
    const uint64_t *start, *codes;
    const uint32_t *doc;
    const int32_t *renumbered; /* a document's new number; -1: deleted */
    const uint32_t *tf, *many_tf;
    const uint64_t *many;
    const uint64_t *at;    /* of words */
    const uint8_t *data;
    const uint64_t *place; /* of bigrams */
    const uint32_t *pos;
    int64_t postings, terms, docs, manies;
    uint64_t ends; /* of `data` or `pos` */
    int whole;     /* no document is deleted: new numbers follow one another */
    /* How far it is merged. */
    int64_t term, much;
} Part;

/* What is merged of a run of terms. */
enum { KEYS, COUNTS, DOC, TF, MANY_AT, MANY_TF, PLACES, POS, SIZES, WORDS, BUFFERS };

typedef struct {
    PyObject_HEAD
    int kind;
    Py_ssize_t count;
    Part *parts;
    Py_buffer *held;
    Py_ssize_t holding;
    Py_ssize_t *heap; /* parts that have terms left, the least first */
    Py_ssize_t heaped;
    Py_ssize_t *equal; /* parts with the term that is merged */
    Buffer out[BUFFERS];
    uint64_t terms, bytes, postings, positions, manies; /* merged since the beginning */
    int busy;
} Merger;

static const void *hold(Merger *self, PyObject *array, Py_ssize_t width, int64_t *count) {
    Py_buffer *view = &self->held[self->holding];
    if (PyObject_GetBuffer(array, view, PyBUF_SIMPLE)) return NULL;
    self->holding++;
    *count = view->len / width;
    static const uint64_t nothing = 0; /* an empty array has no address */
    return view->buf ? view->buf : &nothing;
}

enum { ARRAYS = 9 };

/* Opens (renumbered, start, doc, codes [, tf, many, many_tf, at or place, data or pos]). */
static int open_part(Merger *self, Part *part, PyObject *arrays) {
    static const Py_ssize_t width[ARRAYS] = {4, 8, 4, 8, 4, 8, 4, 8, 0};
    const Py_ssize_t expected = self->kind == CHAR ? 4 : ARRAYS;
    const void *found[ARRAYS] = {NULL};
    int64_t n[ARRAYS] = {0};
    if (!PyTuple_Check(arrays) || PyTuple_GET_SIZE(arrays) != expected) return 0;
    for (Py_ssize_t i = 0; i < expected; i++) {
        found[i] = hold(self, PyTuple_GET_ITEM(arrays, i), width[i] ? width[i] : self->kind == WORD ? 1 : 4, &n[i]);
        if (!found[i]) return 0;
    }
    part->renumbered = found[0]; part->start = found[1]; part->doc = found[2]; part->codes = found[3];
    part->docs = n[0]; part->postings = n[2]; part->terms = n[3];
    if (n[1] != n[3] + 1) return 0;
    part->whole = 1;
    for (int64_t i = 0; i < part->docs; i++) part->whole &= part->renumbered[i] == part->renumbered[0] + (int32_t)i;
    if (part->docs && part->renumbered[0] < 0) part->whole = 0;
    if (self->kind == CHAR) return 1;
    part->tf = found[4]; part->many = found[5]; part->many_tf = found[6];
    part->manies = n[5];
    part->ends = (uint64_t)n[8];
    if (self->kind == WORD) { part->at = found[7]; part->data = found[8]; }
    else { part->place = found[7]; part->pos = found[8]; }
    return n[4] == n[2] && n[6] == 3 * n[5] && n[7] == n[3] + 1;
}

/* The word of a part that comes next; 0 for arrays that do not agree. */
static inline int word_of(const Part *part, const uint8_t **word, uint64_t *size) {
    const uint64_t begin = part->at[part->term], end = part->at[part->term + 1];
    *word = part->data + begin;
    *size = end - begin;
    return begin <= end && end <= part->ends;
}

/* The order of the terms that come next in two parts. Words that do not agree are taken for equal, and then refused. */
static int compare(const Merger *self, const Part *one, const Part *two) {
    const uint64_t a = one->codes[one->term], b = two->codes[two->term];
    if (a != b) return a < b ? -1 : 1;
    if (self->kind != WORD) return 0;
    const uint8_t *word, *other;
    uint64_t size, length;
    if (!word_of(one, &word, &size) || !word_of(two, &other, &length)) return 0;
    const int order = memcmp(word, other, size < length ? size : length);
    return order ? order : (size > length) - (size < length);
}

static int before(const Merger *self, Py_ssize_t a, Py_ssize_t b) {
    const int order = compare(self, &self->parts[a], &self->parts[b]);
    return order < 0 || (order == 0 && a < b);
}

static void sift_down(Merger *self, Py_ssize_t at) {
    for (;;) {
        Py_ssize_t child = 2 * at + 1;
        if (child >= self->heaped) return;
        if (child + 1 < self->heaped && before(self, self->heap[child + 1], self->heap[child])) child++;
        if (!before(self, self->heap[child], self->heap[at])) return;
        const Py_ssize_t moved = self->heap[at];
        self->heap[at] = self->heap[child];
        self->heap[child] = moved;
        at = child;
    }
}

static void begin(Merger *self) {
    self->heaped = 0;
    self->terms = self->bytes = self->postings = self->positions = self->manies = 0;
    for (Py_ssize_t i = 0; i < self->count; i++) {
        self->parts[i].term = self->parts[i].much = 0;
        if (self->parts[i].terms) self->heap[self->heaped++] = i;
    }
    for (Py_ssize_t i = self->heaped / 2; i-- > 0;) sift_down(self, i);
}

/* The parts that have the least term, in order, into `equal`; how many. They stay at their term. */
static Py_ssize_t least(Merger *self) {
    Py_ssize_t count = 0;
    while (self->heaped && (!count || !compare(self, &self->parts[self->equal[0]], &self->parts[self->heap[0]]))) {
        self->equal[count++] = self->heap[0];
        self->heap[0] = self->heap[--self->heaped];
        sift_down(self, 0);
    }
    return count;
}

static void go_on(Merger *self, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++) {
        Part *part = &self->parts[self->equal[i]];
        if (++part->term == part->terms) continue;
        Py_ssize_t at = self->heaped++;
        self->heap[at] = self->equal[i];
        while (at && before(self, self->heap[at], self->heap[(at - 1) / 2])) {
            const Py_ssize_t parent = (at - 1) / 2, moved = self->heap[at];
            self->heap[at] = self->heap[parent];
            self->heap[parent] = moved;
            at = parent;
        }
    }
}

/* The frequencies of a posting that did not fit, which come in order; NULL when they are not there. */
static const uint32_t *many_counts(Part *part, uint64_t posting) {
    while (part->much < part->manies && part->many[part->much] < posting) part->much++;
    return part->much < part->manies && part->many[part->much] == posting ? part->many_tf + 3 * part->much : NULL;
}

typedef struct {
    uint64_t postings, positions, manies;
} Sums;

static Outcome copy_many(Merger *self, uint64_t posting, const uint32_t *counts) {
    uint64_t *place = extend(&self->out[MANY_AT], sizeof(uint64_t));
    void *room = extend(&self->out[MANY_TF], 3 * sizeof(uint32_t));
    if (!place || !room) return NO_MEMORY;
    *place = posting;
    memcpy(room, counts, 3 * sizeof(uint32_t));
    return DONE;
}

/* One part's postings of the term that comes next there: counted in `sums`, and, when `write`, copied. */
static Outcome take_part(Merger *self, Part *part, Sums *sums, int write) {
    const uint64_t first = part->start[part->term], last = part->start[part->term + 1];
    if (first > last || last > (uint64_t)part->postings) return DISAGREE;
    uint64_t place = 0, end = 0;
    if (self->kind == GRAM) {
        place = part->place[part->term];
        end = part->place[part->term + 1];
        if (place > end || end > part->ends) return DISAGREE;
    }
    const size_t size = (size_t)(last - first);
    if (part->whole && !write) {
        sums->postings += size;
        sums->positions += end - place;
        return DONE; /* all of its `many` stay */
    }
    uint32_t *doc = NULL, *tf = NULL, *pos = NULL;
    if (write) {
        doc = extend(&self->out[DOC], size * sizeof(uint32_t));
        tf = self->kind != CHAR ? extend(&self->out[TF], size * sizeof(uint32_t)) : NULL;
        pos = self->kind == GRAM ? extend(&self->out[POS], (size_t)(end - place) * sizeof(uint32_t)) : NULL;
        if (!doc || (self->kind != CHAR && !tf) || (self->kind == GRAM && !pos)) return NO_MEMORY;
    }
    size_t kept = 0;
    uint64_t placed = 0;
    for (uint64_t at = first; at < last; at++) {
        const uint32_t old = part->doc[at];
        if (old >= (uint64_t)part->docs) return DISAGREE;
        const int32_t number = part->renumbered[old];
        const uint32_t packed = self->kind != CHAR ? part->tf[at] : 0;
        uint64_t length = (packed >> 25) + (packed >> 16 & 511) + (packed & 65535);
        const uint32_t *counts = NULL;
        if (packed == MANY && self->kind != CHAR) {
            if (!(counts = many_counts(part, at))) return DISAGREE;
            length = (uint64_t)counts[0] + counts[1] + counts[2];
        }
        if (self->kind == GRAM && length > end - place) return DISAGREE;
        if (number >= 0) {
            if (counts) sums->manies++;
            if (write) {
                if (counts && copy_many(self, self->postings + sums->postings + kept, counts) != DONE) return NO_MEMORY;
                doc[kept] = (uint32_t)number;
                if (tf) tf[kept] = packed;
                if (pos) memcpy(pos + placed, part->pos + place, (size_t)length * sizeof(uint32_t));
            }
            kept++;
            placed += length;
        }
        if (self->kind == GRAM) place += length;
    }
    if (place != end) return DISAGREE;
    if (write) {
        self->out[DOC].used -= (size - kept) * sizeof(uint32_t);
        if (tf) self->out[TF].used -= (size - kept) * sizeof(uint32_t);
        if (pos) self->out[POS].used -= (size_t)(end - part->place[part->term] - placed) * sizeof(uint32_t);
    }
    sums->postings += kept;
    if (self->kind == GRAM) sums->positions += placed;
    return DONE;
}

static Outcome take_term(Merger *self, int write) {
    const Py_ssize_t count = least(self);
    Sums sums = {0, 0, 0};
    const uint8_t *word = NULL;
    uint64_t size = 0;
    const Part *one = &self->parts[self->equal[0]];
    if (self->kind == WORD && !word_of(one, &word, &size)) return DISAGREE;
    const uint64_t code = one->codes[one->term];
    for (Py_ssize_t i = 0; i < count; i++) {
        const uint8_t *other;
        uint64_t length;
        if (self->kind == WORD && !word_of(&self->parts[self->equal[i]], &other, &length)) return DISAGREE;
        const Outcome outcome = take_part(self, &self->parts[self->equal[i]], &sums, write);
        if (outcome != DONE) return outcome;
    }
    if (sums.postings && write) {
        uint64_t *values[3] = {extend(&self->out[KEYS], 8), extend(&self->out[COUNTS], 8), NULL};
        if (!values[0] || !values[1]) return NO_MEMORY;
        *values[0] = code;
        *values[1] = sums.postings;
        if (self->kind != CHAR) {
            values[2] = extend(&self->out[self->kind == GRAM ? PLACES : SIZES], 8);
            if (!values[2]) return NO_MEMORY;
            *values[2] = self->kind == GRAM ? sums.positions : size;
        }
        if (self->kind == WORD) {
            void *room = extend(&self->out[WORDS], size);
            if (!room) return NO_MEMORY;
            memcpy(room, word, size);
        }
    }
    if (sums.postings) {
        self->terms++;
        self->bytes += size;
        self->postings += sums.postings;
        self->positions += sums.positions;
        self->manies += sums.manies;
    }
    go_on(self, count);
    return DONE;
}

/* Merges terms until `limit` values have come together, or to the end. */
static Outcome take(Merger *self, uint64_t limit, int write) {
    const uint64_t done = self->terms + self->postings + self->positions, until = limit > UINT64_MAX - done ? UINT64_MAX : done + limit;
    Outcome outcome = DONE;
    while (outcome == DONE && self->heaped && self->terms + self->postings + self->positions < until)
        outcome = take_term(self, write);
    return outcome;
}

/* The same for Python, without its lock; 0 with an exception set. What was merged before is let go. */
static int take_some(Merger *self, PyObject *limit, int write) {
    const uint64_t values = PyLong_AsUnsignedLongLong(limit);
    Outcome outcome = DISAGREE;
    if (PyErr_Occurred()) return 0;
    if (!self->busy) {
        for (int i = 0; i < BUFFERS; i++) self->out[i].used = 0;
        self->busy = 1;
        Py_BEGIN_ALLOW_THREADS
        outcome = take(self, values ? values : 1, write);
        Py_END_ALLOW_THREADS
        self->busy = 0;
    }
    if (outcome != DONE) failed(outcome);
    return outcome == DONE;
}

/* count(limit) -> None when there is more to count; else (terms, bytes of words, postings, offsets, postings whose
 * frequencies do not fit), and begins anew */
static PyObject *merger_count(Merger *self, PyObject *limit) {
    if (!take_some(self, limit, 0)) return NULL;
    if (self->heaped) Py_RETURN_NONE;
    uint64_t manies = self->manies;
    for (Py_ssize_t i = 0; i < self->count; i++) if (self->parts[i].whole) manies += (uint64_t)self->parts[i].manies;
    PyObject *found = Py_BuildValue("(KKKKK)", (unsigned long long)self->terms, (unsigned long long)self->bytes,
                                    (unsigned long long)self->postings, (unsigned long long)self->positions,
                                    (unsigned long long)manies);
    begin(self);
    return found;
}

/* next(limit) -> the next terms as ten arrays of bytes, see plain_writing.Merged; None after the last */
static PyObject *merger_next(Merger *self, PyObject *limit) {
    if (!take_some(self, limit, 1)) return NULL;
    if (!self->heaped && !self->out[KEYS].used) Py_RETURN_NONE;
    PyObject *found = PyTuple_New(BUFFERS);
    for (int i = 0; found && i < BUFFERS; i++) {
        PyObject *bytes = PyBytes_FromStringAndSize((const char *)self->out[i].bytes, (Py_ssize_t)self->out[i].used);
        if (bytes) PyTuple_SET_ITEM(found, i, bytes);
        else Py_CLEAR(found);
    }
    return found;
}

/* Merger(kind: 0 words, 1 bigrams, 2 characters, ((arrays of a segment), ...)) */
static PyObject *merger_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(named)) {
    PyObject *parts;
    int kind;
    if (!PyArg_ParseTuple(args, "iO!", &kind, &PyTuple_Type, &parts)) return NULL;
    if (kind < WORD || kind > CHAR) return failed(DISAGREE);
    Merger *self = (Merger *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->kind = kind;
    self->count = PyTuple_GET_SIZE(parts);
    const size_t room = (size_t)self->count + 1;
    self->parts = PyMem_Calloc(room, sizeof(Part));
    self->held = PyMem_Calloc(room * ARRAYS, sizeof(Py_buffer));
    self->heap = PyMem_Calloc(room, sizeof(Py_ssize_t));
    self->equal = PyMem_Calloc(room, sizeof(Py_ssize_t));
    Outcome outcome = self->parts && self->held && self->heap && self->equal ? DONE : NO_MEMORY;
    for (Py_ssize_t i = 0; outcome == DONE && i < self->count; i++)
        if (!open_part(self, &self->parts[i], PyTuple_GET_ITEM(parts, i))) outcome = DISAGREE;
    if (outcome != DONE) {
        Py_DECREF(self);
        return failed(outcome);
    }
    begin(self);
    return (PyObject *)self;
}

static void merger_dealloc(Merger *self) {
    PyTypeObject *type = Py_TYPE(self);
    while (self->holding > 0) PyBuffer_Release(&self->held[--self->holding]);
    for (int i = 0; i < BUFFERS; i++) PyMem_RawFree(self->out[i].bytes);
    PyMem_Free(self->parts);
    PyMem_Free(self->held);
    PyMem_Free(self->heap);
    PyMem_Free(self->equal);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"count", (PyCFunction)merger_count, METH_O, NULL},
    {"next", (PyCFunction)merger_next, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, merger_new},
    {Py_tp_dealloc, merger_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec merger_spec = {"searchsvc.engines.whoosh._writing.Merger", sizeof(Merger), 0, Py_TPFLAGS_DEFAULT, slots};
