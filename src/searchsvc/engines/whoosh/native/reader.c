/* Opens the arrays, and finds terms in them. */
#include "reader.h"
#include <string.h>

PyObject *disagree(void) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "the arrays of a segment do not agree");
    return NULL;
}

int64_t first_not_less(const uint64_t *values, int64_t size, uint64_t value) {
    int64_t low = 0, high = size;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (values[middle] < value) low = middle + 1; else high = middle;
    }
    return low;
}

int64_t code_number(const Lists *lists, uint64_t code) {
    const int64_t at = first_not_less(lists->codes, lists->terms, code);
    return at < lists->terms && lists->codes[at] == code ? at : -1;
}

static int64_t word_number(const Lists *lists, const uint8_t *word, uint64_t length) {
    uint64_t prefix = 0;
    for (uint64_t i = 0; i < 8; i++) prefix = prefix << 8 | (i < length ? word[i] : 0);
    int64_t low = first_not_less(lists->codes, lists->terms, prefix);
    int64_t high = low;
    /* Few words share their first 8 bytes. */
    while (high < lists->terms && lists->codes[high] == prefix && high < low + 8) high++;
    if (high == low + 8) high = prefix == UINT64_MAX ? lists->terms : first_not_less(lists->codes, lists->terms, prefix + 1);
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const uint64_t begin = lists->at[middle], end = lists->at[middle + 1];
        if (begin > end || end > lists->bytes) return -2;
        const uint64_t size = end - begin;
        int order = memcmp(lists->data + begin, word, size < length ? size : length);
        if (!order) order = size < length ? -1 : size > length;
        if (!order) return middle;
        if (order < 0) low = middle + 1; else high = middle;
    }
    return -1;
}

int run_of(const Lists *lists, int64_t number, Run *run) {
    run->begin = lists->start[number];
    run->end = lists->start[number + 1];
    return run->begin <= run->end && run->end <= (uint64_t)lists->postings;
}

uint64_t gallop(const uint32_t *docs, uint64_t at, uint64_t end, uint32_t doc) {
    if (at >= end || docs[at] >= doc) return at;
    uint64_t step = 1;
    while (at + step < end && docs[at + step] < doc) { at += step; step *= 2; }
    uint64_t low = at + 1, high = at + step < end ? at + step : end;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (docs[middle] < doc) low = middle + 1; else high = middle;
    }
    return low;
}

const uint32_t *many_counts(const Lists *lists, uint64_t posting) {
    const int64_t at = first_not_less(lists->many, lists->manies, posting);
    return at < lists->manies && lists->many[at] == posting ? lists->many_tf + 3 * at : NULL;
}

/* Holds an array open; its values, and how many of `width` bytes there are. NULL with an exception set. */
static const void *hold(Reader *self, PyObject *array, Py_ssize_t width, int64_t *count) {
    Py_buffer *view = &self->held[self->holding];
    if (PyObject_GetBuffer(array, view, PyBUF_SIMPLE)) return NULL;
    self->holding++;
    *count = view->len / width;
    static const uint64_t nothing = 0; /* an empty array has no address */
    return view->buf ? view->buf : &nothing;
}

enum { START, DOC, TF, MANY_AT, MANY_TF, CODES, FIRST_EXTRA, ARRAYS = 8 };

/* Opens (start, doc, tf, many, many_tf, codes and, of words, at, data; of bigrams, place, pos). */
static int open_terms(Reader *self, Lists *lists, PyObject *arrays, int words) {
    int64_t n[ARRAYS];
    const void *found[ARRAYS];
    static const Py_ssize_t width[ARRAYS] = {8, 4, 4, 8, 4, 8, 8, 0};
    if (!PyTuple_Check(arrays) || PyTuple_GET_SIZE(arrays) != ARRAYS) return 0;
    for (int i = 0; i < ARRAYS; i++) {
        found[i] = hold(self, PyTuple_GET_ITEM(arrays, i), i == ARRAYS - 1 ? (words ? 1 : 4) : width[i], &n[i]);
        if (!found[i]) return 0;
    }
    lists->start = found[START]; lists->doc = found[DOC]; lists->tf = found[TF];
    lists->many = found[MANY_AT]; lists->many_tf = found[MANY_TF]; lists->codes = found[CODES];
    lists->terms = n[CODES]; lists->postings = n[DOC]; lists->manies = n[MANY_AT];
    if (words) { lists->at = found[FIRST_EXTRA]; lists->data = found[FIRST_EXTRA + 1]; lists->bytes = (uint64_t)n[FIRST_EXTRA + 1]; }
    else { lists->place = found[FIRST_EXTRA]; lists->pos = found[FIRST_EXTRA + 1]; lists->offsets = (uint64_t)n[FIRST_EXTRA + 1]; }
    return n[START] == n[CODES] + 1 && n[FIRST_EXTRA] == n[CODES] + 1 && n[TF] == n[DOC] && n[MANY_TF] == 3 * n[MANY_AT];
}

/* Opens (start, doc, codes) of characters. */
static int open_chars(Reader *self, Lists *lists, PyObject *arrays) {
    int64_t starts;
    if (!PyTuple_Check(arrays) || PyTuple_GET_SIZE(arrays) != 3) return 0;
    if (!(lists->start = hold(self, PyTuple_GET_ITEM(arrays, 0), 8, &starts))) return 0;
    if (!(lists->doc = hold(self, PyTuple_GET_ITEM(arrays, 1), 4, &lists->postings))) return 0;
    if (!(lists->codes = hold(self, PyTuple_GET_ITEM(arrays, 2), 8, &lists->terms))) return 0;
    return starts == lists->terms + 1;
}

/* Opens (first document, documents, words, bigrams, characters); segments follow one another. */
static int open_segment(Reader *self, Segment *segment, PyObject *parts, uint64_t first) {
    if (!PyTuple_Check(parts) || PyTuple_GET_SIZE(parts) != 5) return 0;
    segment->first = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(parts, 0));
    const uint64_t size = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(parts, 1));
    if (PyErr_Occurred() || segment->first != first || size > (uint64_t)INT32_MAX) return 0;
    segment->size = (uint32_t)size;
    if (first + size > (uint64_t)self->size) return 0;
    if (self->live) {
        const uint8_t *live = self->live + first;
        for (uint64_t i = 0; i < size; i++) segment->deaths += !live[i];
        segment->dead = PyMem_Malloc(sizeof(uint32_t) * (size_t)(segment->deaths + 1));
        if (!segment->dead) { PyErr_NoMemory(); return 0; }
        for (uint32_t i = 0, k = 0; i < size; i++) if (!live[i]) segment->dead[k++] = i;
    }
    return open_terms(self, &segment->words, PyTuple_GET_ITEM(parts, 2), 1)
        && open_terms(self, &segment->grams, PyTuple_GET_ITEM(parts, 3), 0)
        && open_chars(self, &segment->chars, PyTuple_GET_ITEM(parts, 4));
}

/* Reader(segments, norms f4[3][n], live u1 or None, categories i4, kinds, years i4, kinds, moments i8, k1) */
static PyObject *reader_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(named)) {
    PyObject *segments, *norms, *live, *categories, *years, *moments;
    long long category_kinds, year_kinds;
    double k1;
    if (!PyArg_ParseTuple(args, "O!OOOLOLOd", &PyTuple_Type, &segments, &norms, &live, &categories, &category_kinds, &years,
                          &year_kinds, &moments, &k1)) return NULL;
    Reader *self = (Reader *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    int64_t count;
    self->count = PyTuple_GET_SIZE(segments);
    self->k1 = (float)k1;
    self->category_kinds = category_kinds;
    self->year_kinds = year_kinds;
    self->segments = PyMem_Calloc((size_t)self->count + 1, sizeof(Segment));
    self->held = PyMem_Calloc((size_t)(5 + 19 * self->count), sizeof(Py_buffer));
    if (!self->segments || !self->held) { PyErr_NoMemory(); goto failed; }
    if (!(self->norms[0] = hold(self, norms, 12, &self->size))) goto failed;
    self->norms[1] = self->norms[0] + self->size;
    self->norms[2] = self->norms[1] + self->size;
    if (live != Py_None && (!(self->live = hold(self, live, 1, &count)) || count != self->size)) goto failed;
    if (!(self->categories = hold(self, categories, 4, &count)) || count != self->size) goto failed;
    if (!(self->years = hold(self, years, 4, &count)) || count != self->size) goto failed;
    if (!(self->moments = hold(self, moments, 8, &count)) || count != self->size) goto failed;
    uint64_t first = 0;
    for (Py_ssize_t i = 0; i < self->count; i++) {
        if (!open_segment(self, &self->segments[i], PyTuple_GET_ITEM(segments, i), first)) goto failed;
        first += self->segments[i].size;
    }
    if (first != (uint64_t)self->size) goto failed;
    self->cells = PyMem_Calloc(BLOCK, sizeof(Cell));
    self->marks = PyMem_Calloc(BLOCK / 64, sizeof(uint64_t));
    self->matched = PyMem_Calloc((size_t)self->size / 64 + 1, sizeof(Ranked));
    self->docs = PyMem_Calloc((size_t)self->size + 1, sizeof(uint32_t));
    self->scores = PyMem_Calloc((size_t)self->size + 1, sizeof(float));
    if (self->cells && self->marks && self->matched && self->docs && self->scores) return (PyObject *)self;
    PyErr_NoMemory();
failed:
    Py_DECREF(self);
    return disagree();
}

static void reader_dealloc(Reader *self) {
    PyTypeObject *type = Py_TYPE(self);
    for (Py_ssize_t i = 0; self->segments && i < self->count; i++) PyMem_Free(self->segments[i].dead);
    while (self->holding > 0) PyBuffer_Release(&self->held[--self->holding]);
    PyMem_Free(self->segments);
    PyMem_Free(self->held);
    PyMem_Free(self->cells);
    PyMem_Free(self->marks);
    PyMem_Free(self->matched);
    PyMem_Free(self->docs);
    PyMem_Free(self->scores);
    type->tp_free(self);
    Py_DECREF(type);
}

/* How many documents of a run are deleted. */
static uint64_t dead_in(const Segment *segment, const Lists *lists, const Run *run) {
    uint64_t found = 0, at = run->begin;
    for (int64_t i = 0; i < segment->deaths && at < run->end; i++) {
        at = gallop(lists->doc, at, run->end, segment->dead[i]);
        found += at < run->end && lists->doc[at] == segment->dead[i];
    }
    return found;
}

/* (live documents, runs) of a term, or None. */
static PyObject *find_term(Reader *self, PyObject *term, int words, Run *runs) {
    const uint8_t *bytes = NULL;
    Py_ssize_t length = 0, count = 0;
    uint64_t code = 0, live = 0;
    if (words) {
        if (!PyBytes_Check(term)) return disagree();
        bytes = (const uint8_t *)PyBytes_AS_STRING(term);
        length = PyBytes_GET_SIZE(term);
    } else {
        if (!PyUnicode_Check(term) || PyUnicode_GET_LENGTH(term) != 2) return disagree();
        code = (uint64_t)PyUnicode_READ_CHAR(term, 0) << CODE_BITS | PyUnicode_READ_CHAR(term, 1);
    }
    for (Py_ssize_t i = 0; i < self->count; i++) {
        const Segment *segment = &self->segments[i];
        const Lists *lists = words ? &segment->words : &segment->grams;
        const int64_t number = words ? word_number(lists, bytes, (uint64_t)length) : code_number(lists, code);
        if (number == -1) continue;
        Run *run = &runs[count];
        run->segment = (uint64_t)i;
        if (number < 0 || !run_of(lists, number, run)) return disagree();
        live += run->end - run->begin - dead_in(segment, lists, run);
        count++;
    }
    if (!live) Py_RETURN_NONE;
    return Py_BuildValue("(Ky#)", (unsigned long long)live, (const char *)runs, count * (Py_ssize_t)sizeof(Run));
}

/* find(words as bytes, bigrams) -> ([(live documents, runs) or None], the same of bigrams) */
static PyObject *reader_find(Reader *self, PyObject *args) {
    PyObject *terms[2], *found[2] = {NULL, NULL};
    if (!PyArg_ParseTuple(args, "O!O!", &PyList_Type, &terms[0], &PyList_Type, &terms[1])) return NULL;
    Run *runs = PyMem_Malloc(sizeof(Run) * (size_t)(self->count + 1));
    int good = runs != NULL;
    if (!good) PyErr_NoMemory();
    for (int kind = 0; good && kind < 2; kind++) {
        const Py_ssize_t count = PyList_GET_SIZE(terms[kind]);
        good = (found[kind] = PyList_New(count)) != NULL;
        for (Py_ssize_t i = 0; good && i < count; i++) {
            PyObject *one = find_term(self, PyList_GET_ITEM(terms[kind], i), kind == 0, runs);
            good = one != NULL;
            if (good) PyList_SET_ITEM(found[kind], i, one);
        }
    }
    PyMem_Free(runs);
    PyObject *both = good ? PyTuple_Pack(2, found[0], found[1]) : NULL;
    Py_XDECREF(found[0]);
    Py_XDECREF(found[1]);
    return both;
}

/* The runs of a term as `find` gave them; NULL for others. */
static const Run *runs_in(const Reader *self, PyObject *packed, int words, Py_ssize_t *count) {
    if (!PyBytes_Check(packed) || PyBytes_GET_SIZE(packed) % (Py_ssize_t)sizeof(Run)) return NULL;
    const Run *runs = (const Run *)PyBytes_AS_STRING(packed);
    *count = PyBytes_GET_SIZE(packed) / (Py_ssize_t)sizeof(Run);
    for (Py_ssize_t i = 0; i < *count; i++) {
        if (runs[i].segment >= (uint64_t)self->count) return NULL;
        const Segment *segment = &self->segments[runs[i].segment];
        if (runs[i].begin > runs[i].end || runs[i].end > (uint64_t)(words ? &segment->words : &segment->grams)->postings) return NULL;
    }
    return runs;
}

/* documents(runs of a word) -> bytearray of i4: the live documents that have it, ascending */
static PyObject *reader_documents(Reader *self, PyObject *packed) {
    Py_ssize_t count;
    const Run *runs = runs_in(self, packed, 1, &count);
    if (!runs) return disagree();
    Py_ssize_t total = 0, kept = 0;
    for (Py_ssize_t i = 0; i < count; i++) total += (Py_ssize_t)(runs[i].end - runs[i].begin);
    PyObject *found = PyByteArray_FromStringAndSize(NULL, 4 * total);
    if (!found) return NULL;
    uint32_t *out = (uint32_t *)PyByteArray_AS_STRING(found);
    for (Py_ssize_t i = 0; i < count; i++) {
        const Segment *segment = &self->segments[runs[i].segment];
        for (uint64_t at = runs[i].begin; at < runs[i].end; at++) {
            const uint32_t doc = segment->words.doc[at];
            if (doc >= segment->size) { Py_DECREF(found); return disagree(); }
            if (!self->live || self->live[segment->first + doc]) out[kept++] = (uint32_t)segment->first + doc;
        }
    }
    if (PyByteArray_Resize(found, 4 * kept)) Py_CLEAR(found);
    return found;
}

static inline float weighted(const Reader *self, uint32_t doc, uint32_t title, uint32_t headings, uint32_t body) {
    return (float)title * self->norms[0][doc] + (float)headings * self->norms[1][doc] + (float)body * self->norms[2][doc];
}

/* Weighted frequency of a posting in its document. */
static inline float frequency_of(const Reader *self, const Lists *lists, uint64_t posting, uint32_t doc) {
    const uint32_t packed = lists->tf[posting];
    if (packed < 1u << 16) return (float)packed * self->norms[2][doc]; /* most are of bodies alone */
    if (packed != MANY) return weighted(self, doc, packed >> 25, packed >> 16 & 511, packed & 65535);
    const uint32_t *counts = many_counts(lists, posting);
    return counts ? weighted(self, doc, counts[0], counts[1], counts[2]) : 0.0f;
}

static inline float saturated(float frequency, float k1) { return frequency * (k1 + 1.0f) / (frequency + k1); }

float impact_of(const Reader *self, const Lists *lists, uint64_t posting, uint32_t doc) {
    return saturated(frequency_of(self, lists, posting, doc), self->k1);
}

/* Fills what `frequent` gives; 0 for arrays that do not agree. */
static int fill_frequent(const Reader *self, const Run *runs, Py_ssize_t count, int words, Ranked *ranked, float *impacts) {
    const int64_t size = self->size / 64 + 1;
    const float k1 = self->k1;
    int64_t done = 0;
    float peak = 0.0f;
    for (Py_ssize_t i = 0; i < count; i++) {
        const Segment *segment = &self->segments[runs[i].segment];
        const Lists *lists = words ? &segment->words : &segment->grams;
        for (uint64_t at = runs[i].begin; at < runs[i].end; at++) {
            if (lists->doc[at] >= segment->size) return 0;
            const uint64_t doc = segment->first + lists->doc[at];
            ranked[doc >> 6].bits |= 1ull << (doc & 63);
            impacts[++done] = frequency_of(self, lists, at, (uint32_t)doc);
        }
    }
    /* A loop of its own, which the compiler does four at a time. */
    for (int64_t i = 1; i <= done; i++) impacts[i] = saturated(impacts[i], k1);
    for (int64_t i = 1; i <= done; i++) peak = impacts[i] > peak ? impacts[i] : peak;
    impacts[0] = peak;
    uint64_t rank = 0;
    for (int64_t i = 0; i < size; i++) { ranked[i].rank = rank; rank += (uint64_t)__builtin_popcountll(ranked[i].bits); }
    return 1;
}

/* frequent(runs, whether of a word) -> bytes: a Ranked for each 64 documents, the greatest impact, all impacts */
static PyObject *reader_frequent(Reader *self, PyObject *args) {
    PyObject *packed;
    Py_ssize_t count, postings = 0;
    int words;
    if (!PyArg_ParseTuple(args, "Op", &packed, &words)) return NULL;
    const Run *runs = runs_in(self, packed, words, &count);
    if (!runs) return disagree();
    for (Py_ssize_t i = 0; i < count; i++) postings += (Py_ssize_t)(runs[i].end - runs[i].begin);
    const Py_ssize_t size = self->size / 64 + 1;
    PyObject *found = PyBytes_FromStringAndSize(NULL, size * (Py_ssize_t)sizeof(Ranked) + (1 + postings) * (Py_ssize_t)sizeof(float));
    if (!found) return NULL;
    Ranked *ranked = (Ranked *)PyBytes_AS_STRING(found);
    int good;
    memset(ranked, 0, (size_t)size * sizeof(Ranked));
    /* Milliseconds, in which other threads search: nothing here is written to but the new bytes. */
    Py_BEGIN_ALLOW_THREADS
    good = fill_frequent(self, runs, count, words, ranked, (float *)(ranked + size));
    Py_END_ALLOW_THREADS
    if (good) return found;
    Py_DECREF(found);
    return disagree();
}

static PyMethodDef methods[] = {
    {"find", (PyCFunction)reader_find, METH_VARARGS, NULL},
    {"documents", (PyCFunction)reader_documents, METH_O, NULL},
    {"frequent", (PyCFunction)reader_frequent, METH_VARARGS, NULL},
    {"search", (PyCFunction)reader_search, METH_VARARGS, NULL},
    {"containing", (PyCFunction)reader_containing, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, reader_new},
    {Py_tp_dealloc, reader_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec reader_spec = {"searchsvc.engines.whoosh._kernel.Reader", sizeof(Reader), 0, Py_TPFLAGS_DEFAULT, slots};
