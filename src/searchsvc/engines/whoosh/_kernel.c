/* The loops of a search over arrays: what kernel.py does in numpy, five to ten times faster.
 *
 * Every document number is checked against the arrays it points into, because numbers come from mapped files.
 * Buffers are C-contiguous; kernel.py passes the right types.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What the loops have room for. */
#define MOST_SEGMENTS 256
/* A bigram as a number: its first character << CODE_BITS | its second. */
#define CODE_BITS 21

static PyObject *out_of_range(void) {
    PyErr_SetString(PyExc_ValueError, "a posting names a document that is not there");
    return NULL;
}

/* impacts(docs i4, tf u4, norms f4[n][4], out f4, k1) */
static PyObject *impacts(PyObject *self, PyObject *args) {
    Py_buffer docs, tf, norms, out;
    double k1;
    if (!PyArg_ParseTuple(args, "y*y*y*w*d", &docs, &tf, &norms, &out, &k1)) return NULL;
    const Py_ssize_t count = docs.len / 4, size = norms.len / 16;
    int good = tf.len / 4 == count && out.len / 4 == count;
    const int32_t *d = docs.buf;
    const uint32_t *t = tf.buf;
    const float *n = norms.buf;
    float *o = out.buf;
    for (Py_ssize_t i = 0; good && i < count; i++) {
        const int64_t doc = d[i];
        if (doc < 0 || doc >= size) { good = 0; break; }
        const float *norm = n + 4 * doc;
        const uint32_t p = t[i];
        const double f = (p >> 25) * (double)norm[0] + ((p >> 16) & 511) * (double)norm[1]
                       + (p & 65535) * (double)norm[2];
        o[i] = (float)(f * (k1 + 1.0) / (f + k1));
    }
    PyBuffer_Release(&docs); PyBuffer_Release(&tf); PyBuffer_Release(&norms); PyBuffer_Release(&out);
    if (!good) return out_of_range();
    Py_RETURN_NONE;
}

/* Documents whose scores and masses are worked on at a time: 64 KB, which stay in the nearest cache. */
#define BLOCK 8192

/* Postings to add: impacts of every document, or documents with their impacts, or documents with packed frequencies. */
typedef struct {
    Py_buffer docs, values;
    const float *dense, *impacts;
    const uint32_t *doc, *tf;
    uint64_t at, end, first;
    float weight;
    int32_t held;
} List;

typedef struct {
    uint64_t segment, begin, end;
} Run;

/* Opens the postings of a term of segments, one list a segment; how many, or -1. */
static Py_ssize_t open_runs(List *lists, Py_ssize_t room, PyObject *segments, PyObject *packed) {
    const Py_ssize_t count = PyBytes_GET_SIZE(packed) / (Py_ssize_t)sizeof(Run);
    const Run *runs = (const Run *)PyBytes_AS_STRING(packed);
    Py_ssize_t opened = 0;
    for (; opened < count && opened < room; opened++) {
        List *list = &lists[opened];
        const Run *run = &runs[opened];
        if (run->segment >= (uint64_t)PyTuple_GET_SIZE(segments)) break;
        PyObject *segment = PyTuple_GET_ITEM(segments, (Py_ssize_t)run->segment);
        if (!PyTuple_Check(segment) || PyTuple_GET_SIZE(segment) < 4) break;
        list->first = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(segment, 0));
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(segment, 2), &list->docs, PyBUF_SIMPLE)) break;
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(segment, 3), &list->values, PyBUF_SIMPLE)) {
            PyBuffer_Release(&list->docs);
            break;
        }
        list->doc = list->docs.buf;
        list->tf = list->values.buf;
        list->at = run->begin;
        list->end = run->end;
        if (run->begin > run->end || run->end > (uint64_t)list->docs.len / 4 || run->end > (uint64_t)list->values.len / 4) {
            PyBuffer_Release(&list->docs); PyBuffer_Release(&list->values);
            break;
        }
    }
    if (opened == count) return opened;
    while (opened-- > 0) { PyBuffer_Release(&lists[opened].docs); PyBuffer_Release(&lists[opened].values); }
    return -1;
}

/* Opens a list of impacts; 1, or -1. */
static Py_ssize_t open_impacts(List *list, PyObject *term, Py_ssize_t size) {
    if (PyTuple_GET_ITEM(term, 2) != Py_None) {
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(term, 2), &list->values, PyBUF_SIMPLE)) return -1;
        list->dense = list->values.buf;
        if (list->values.len / 4 == size) return 1;
        PyBuffer_Release(&list->values);
        return -1;
    }
    if (PyObject_GetBuffer(PyTuple_GET_ITEM(term, 0), &list->docs, PyBUF_SIMPLE)) return -1;
    if (PyObject_GetBuffer(PyTuple_GET_ITEM(term, 1), &list->values, PyBUF_SIMPLE)) {
        PyBuffer_Release(&list->docs);
        return -1;
    }
    list->doc = list->docs.buf;
    list->impacts = list->values.buf;
    list->end = (uint64_t)list->docs.len / 4;
    if (list->values.len == list->docs.len) return 1;
    PyBuffer_Release(&list->docs); PyBuffer_Release(&list->values);
    return -1;
}

/* Adds what a list has of the documents from `begin` to `end` - 1. */
static void add_block(List *list, float *restrict s, int32_t *restrict m, int64_t begin, int64_t end,
                      const float *norms, const uint8_t *alive, float k1) {
    const float w = list->weight;
    const int32_t held = list->held;
    if (list->dense) {
        const float *restrict v = list->dense;
        for (int64_t i = begin; i < end; i++) {
            s[i] += w * v[i];
            m[i] += v[i] > 0.0f ? held : 0;
        }
        return;
    }
    uint64_t at = list->at;
    const uint32_t *d = list->doc;
    if (list->impacts) {
        for (; at < list->end && d[at] < end; at++) {
            s[d[at]] += w * list->impacts[at];
            m[d[at]] += held;
        }
    } else {
        const float scale = w * (k1 + 1.0f);
        for (; at < list->end && list->first + d[at] < (uint64_t)end; at++) {
            const uint64_t doc = list->first + d[at];
            if (alive && !alive[doc]) continue;
            const uint32_t p = list->tf[at];
            const float *norm = norms + 4 * doc;
            const float f = (float)(p >> 25) * norm[0] + (float)((p >> 16) & 511) * norm[1] + (float)(p & 65535) * norm[2];
            s[doc] += scale * f / (f + k1);
            m[doc] += held;
        }
    }
    list->at = at;
}

/* accumulate(score f4, mass i4, terms, norms f4[n][4], live u1 or None, k1)
 *
 * Sets score[doc] to the sum of weight * impact, and mass[doc] to that of `held`, over the postings of the terms. A term
 * is (docs i4, impacts f4, dense f4 or None, weight, held), where `dense` has an impact for every document, 0 for those
 * without the term, and then docs and impacts are not looked at; or (segments, runs, weight, held), see find.
 */
static PyObject *accumulate(PyObject *self, PyObject *args) {
    Py_buffer score, mass, norms, live = {0};
    PyObject *terms, *live_object;
    double k1;
    if (!PyArg_ParseTuple(args, "w*w*O!y*Od", &score, &mass, &PyList_Type, &terms, &norms, &live_object, &k1)) return NULL;
    const Py_ssize_t size = score.len / 4, count = PyList_GET_SIZE(terms);
    int good = mass.len == score.len && norms.len / 16 == size;
    Py_ssize_t room = 0, opened = 0;
    if (good && live_object != Py_None) good = !PyObject_GetBuffer(live_object, &live, PyBUF_SIMPLE) && live.len == size;
    for (Py_ssize_t t = 0; good && t < count; t++) {
        PyObject *term = PyList_GET_ITEM(terms, t);
        const Py_ssize_t width = PyTuple_Check(term) ? PyTuple_GET_SIZE(term) : 0;
        good = width == 5 || (width == 4 && PyTuple_Check(PyTuple_GET_ITEM(term, 0)) && PyBytes_Check(PyTuple_GET_ITEM(term, 1)));
        room += width == 4 && good ? PyBytes_GET_SIZE(PyTuple_GET_ITEM(term, 1)) / (Py_ssize_t)sizeof(Run) : 1;
    }
    List *lists = calloc((size_t)(room ? room : 1), sizeof(List));
    if (!lists) { PyErr_NoMemory(); good = 0; }
    for (Py_ssize_t t = 0; good && t < count; t++) {
        PyObject *term = PyList_GET_ITEM(terms, t);
        const Py_ssize_t width = PyTuple_GET_SIZE(term);
        const float weight = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(term, width - 2));
        const int32_t held = (int32_t)PyLong_AsLong(PyTuple_GET_ITEM(term, width - 1));
        if (PyErr_Occurred()) { good = 0; break; }
        const Py_ssize_t more = width == 5
            ? open_impacts(&lists[opened], term, size)
            : open_runs(&lists[opened], room - opened, PyTuple_GET_ITEM(term, 0), PyTuple_GET_ITEM(term, 1));
        if (more < 0) { good = 0; break; }
        for (Py_ssize_t i = 0; i < more; i++, opened++) { lists[opened].weight = weight; lists[opened].held = held; }
    }
    for (int64_t begin = 0; good && begin < size; begin += BLOCK) {
        const int64_t end = begin + BLOCK < size ? begin + BLOCK : size;
        memset((float *)score.buf + begin, 0, 4 * (size_t)(end - begin));
        memset((int32_t *)mass.buf + begin, 0, 4 * (size_t)(end - begin));
        for (Py_ssize_t i = 0; i < opened; i++)
            add_block(&lists[i], score.buf, mass.buf, begin, end, norms.buf, live.obj ? live.buf : NULL, (float)k1);
    }
    for (Py_ssize_t i = 0; i < opened; i++) {
        good = good && (lists[i].dense || lists[i].at == lists[i].end);  /* what is left names no document */
        if (lists[i].docs.obj) PyBuffer_Release(&lists[i].docs);
        PyBuffer_Release(&lists[i].values);
    }
    free(lists);
    if (live.obj) PyBuffer_Release(&live);
    PyBuffer_Release(&score); PyBuffer_Release(&mass); PyBuffer_Release(&norms);
    if (PyErr_Occurred()) return NULL;
    if (!good) return out_of_range();
    Py_RETURN_NONE;
}

/* match(mass i4, need, allowed u1 or None, extra i4 ascending or None, out i4) -> count of documents, ascending */
static PyObject *match(PyObject *self, PyObject *args) {
    Py_buffer mass, out, allowed = {0}, extra = {0};
    PyObject *allowed_object, *extra_object;
    int need;
    if (!PyArg_ParseTuple(args, "y*iOOw*", &mass, &need, &allowed_object, &extra_object, &out)) return NULL;
    const Py_ssize_t size = mass.len / 4;
    int good = out.len / 4 >= size;
    if (good && allowed_object != Py_None) {
        if (PyObject_GetBuffer(allowed_object, &allowed, PyBUF_SIMPLE)) { PyErr_Clear(); good = 0; }
        else good = allowed.len == size;
    }
    if (good && extra_object != Py_None && PyObject_GetBuffer(extra_object, &extra, PyBUF_SIMPLE)) {
        PyErr_Clear();
        good = 0;
    }
    const int32_t *m = mass.buf;
    int32_t *o = out.buf;
    const uint8_t *a = allowed.obj ? allowed.buf : NULL;
    const int32_t *e = extra.obj ? extra.buf : NULL;
    const int32_t *e_end = e ? e + extra.len / 4 : NULL;
    Py_ssize_t count = 0;
    if (good && !e && !a) {
        for (Py_ssize_t i = 0; i < size; i++) { o[count] = (int32_t)i; count += m[i] >= need; }
    } else if (good) {
        for (Py_ssize_t i = 0; i < size; i++) {
            int in = m[i] >= need && (!a || a[i]);
            if (e && e < e_end && *e == i) { in = 1; e++; }
            o[count] = (int32_t)i;
            count += in;
        }
    }
    if (allowed.obj) PyBuffer_Release(&allowed);
    if (extra.obj) PyBuffer_Release(&extra);
    PyBuffer_Release(&mass); PyBuffer_Release(&out);
    if (!good) return out_of_range();
    return PyLong_FromSsize_t(count);
}

/* Puts the value at `at` where it belongs below, in a heap whose least value is on top. */
static void sift(float *heap, Py_ssize_t at, Py_ssize_t size) {
    const float value = heap[at];
    for (;;) {
        Py_ssize_t child = 2 * at + 1;
        if (child >= size) break;
        if (child + 1 < size && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= value) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = value;
}

/* The k-th best score of the documents, or the least of them when they are fewer; NaN without memory. */
static float kth_best(const float *s, const uint32_t *d, Py_ssize_t count, Py_ssize_t k) {
    const Py_ssize_t full = k < count ? k : count;
    if (full <= 0) return 0.0f;
    float *heap = malloc(sizeof(float) * (size_t)full);
    if (!heap) return NAN;
    for (Py_ssize_t i = 0; i < full; i++) heap[i] = s[d[i]];
    for (Py_ssize_t at = full / 2; at-- > 0;) sift(heap, at, full);
    for (Py_ssize_t i = full; i < count; i++) {
        const float value = s[d[i]];
        if (value > heap[0]) { heap[0] = value; sift(heap, 0, full); }
    }
    const float least = heap[0];
    free(heap);
    return least;
}

/* tally(codes i4, docs i4, counts i8): counts[codes[doc] + 1] += 1; code -1 counts in counts[0] */
static PyObject *tally(PyObject *self, PyObject *args) {
    Py_buffer codes, docs, counts;
    if (!PyArg_ParseTuple(args, "y*y*w*", &codes, &docs, &counts)) return NULL;
    const Py_ssize_t count = docs.len / 4, size = codes.len / 4, kinds = counts.len / 8;
    const int32_t *c = codes.buf;
    const uint32_t *d = docs.buf;
    int64_t *n = counts.buf;
    int good = 1;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (d[i] >= (uint64_t)size) { good = 0; break; }
        const int64_t code = (int64_t)c[d[i]] + 1;
        if (code < 0 || code >= kinds) { good = 0; break; }
        n[code]++;
    }
    PyBuffer_Release(&codes); PyBuffer_Release(&docs); PyBuffer_Release(&counts);
    if (!good) return out_of_range();
    Py_RETURN_NONE;
}

/* common(few i4 ascending, many i4 ascending, out i4) -> count of numbers in both, by galloping */
static PyObject *common(PyObject *self, PyObject *args) {
    Py_buffer few, many, out;
    if (!PyArg_ParseTuple(args, "y*y*w*", &few, &many, &out)) return NULL;
    const Py_ssize_t n = few.len / 4, size = many.len / 4;
    const int32_t *f = few.buf, *m = many.buf;
    int32_t *o = out.buf;
    Py_ssize_t count = 0, at = 0;
    const int good = out.len / 4 >= n;
    for (Py_ssize_t i = 0; good && i < n && at < size; i++) {
        Py_ssize_t step = 1;
        while (at + step < size && m[at + step] < f[i]) step *= 2;
        Py_ssize_t low = at, high = at + step < size ? at + step + 1 : size;
        while (low < high) {
            const Py_ssize_t middle = (low + high) / 2;
            if (m[middle] < f[i]) low = middle + 1; else high = middle;
        }
        at = low;
        if (at < size && m[at] == f[i]) o[count++] = f[i];
    }
    PyBuffer_Release(&few); PyBuffer_Release(&many); PyBuffer_Release(&out);
    if (!good) return out_of_range();
    return PyLong_FromSsize_t(count);
}

static Py_ssize_t first_not_less(const uint64_t *values, Py_ssize_t size, uint64_t value) {
    Py_ssize_t low = 0, high = size;
    while (low < high) {
        const Py_ssize_t middle = low + (high - low) / 2;
        if (values[middle] < value) low = middle + 1; else high = middle;
    }
    return low;
}

/* The number of a code in an ascending array, -1 without it. */
static Py_ssize_t code_number(const Py_buffer *codes, uint64_t code) {
    const Py_ssize_t size = codes->len / 8;
    const uint64_t *c = codes->buf;
    const Py_ssize_t at = first_not_less(c, size, code);
    return at < size && c[at] == code ? at : -1;
}

/* The number of a word, -1 without it, -2 for damaged arrays. */
static Py_ssize_t word_number(const Py_buffer *prefixes, const Py_buffer *at, const Py_buffer *data,
                              const unsigned char *w, Py_ssize_t size_of_word) {
    const Py_ssize_t size = prefixes->len / 8;
    const uint64_t *p = prefixes->buf, *a = at->buf;
    uint64_t prefix = 0;
    for (Py_ssize_t i = 0; i < 8; i++) prefix = prefix << 8 | (i < size_of_word ? w[i] : 0);
    Py_ssize_t low = first_not_less(p, size, prefix);
    Py_ssize_t high = prefix == UINT64_MAX ? size : first_not_less(p, size, prefix + 1);
    if (at->len / 8 != size + 1) return -2;
    while (low < high) {
        const Py_ssize_t middle = low + (high - low) / 2;
        const uint64_t begin = a[middle], end = a[middle + 1];
        if (begin > end || end > (uint64_t)data->len) return -2;
        const Py_ssize_t length = (Py_ssize_t)(end - begin);
        const Py_ssize_t common = length < size_of_word ? length : size_of_word;
        int order = memcmp((const unsigned char *)data->buf + begin, w, (size_t)common);
        if (!order) order = length < size_of_word ? -1 : length > size_of_word;
        if (!order) return middle;
        if (order < 0) low = middle + 1; else high = middle;
    }
    return -1;
}

/* (number, start[number], start[number + 1]) of a term, or None */
static PyObject *run_of(Py_ssize_t number, const Py_buffer *start) {
    const Py_ssize_t count = start->len / 8;
    if (number == -1) Py_RETURN_NONE;
    if (number < 0 || number + 1 >= count) return out_of_range();
    const uint64_t *s = start->buf;
    return Py_BuildValue("(nKK)", number, (unsigned long long)s[number], (unsigned long long)s[number + 1]);
}

/* find_code(codes u8 ascending, start u8, code) -> run of the code, or None */
static PyObject *find_code(PyObject *self, PyObject *args) {
    Py_buffer codes, start;
    unsigned long long code;
    if (!PyArg_ParseTuple(args, "y*y*K", &codes, &start, &code)) return NULL;
    PyObject *found = run_of(code_number(&codes, code), &start);
    PyBuffer_Release(&codes); PyBuffer_Release(&start);
    return found;
}

/* find_word(prefixes u8 ascending, at u8, data, start u8, word) -> run of the word, or None */
static PyObject *find_word(PyObject *self, PyObject *args) {
    Py_buffer prefixes, at, data, start, word;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*", &prefixes, &at, &data, &start, &word)) return NULL;
    PyObject *run = run_of(word_number(&prefixes, &at, &data, word.buf, word.len), &start);
    PyBuffer_Release(&prefixes); PyBuffer_Release(&at); PyBuffer_Release(&data);
    PyBuffer_Release(&start); PyBuffer_Release(&word);
    return run;
}

/* gather(segments, term, norms f4[n][4], live u1 or None, k1) -> (docs, impacts, whether a frequency did not fit)
 *
 * A segment is (first document, start, doc, tf, many, codes) for a term that is a number, or (first document, start,
 * doc, tf, many, prefixes, at, data) for one of bytes. docs and impacts are bytearrays of i4 and f4; deleted documents are out.
 */
static PyObject *gather(PyObject *self, PyObject *args) {
    PyObject *segments, *term, *live_object, *result = NULL;
    Py_buffer norms, live = {0}, held[MOST_SEGMENTS][3];
    double k1;
    int good = 1, many = 0;
    Py_ssize_t opened = 0, total = 0;
    uint64_t first_of[MOST_SEGMENTS], begin[MOST_SEGMENTS], end[MOST_SEGMENTS];
    if (!PyArg_ParseTuple(args, "O!Oy*Od", &PyTuple_Type, &segments, &term, &norms, &live_object, &k1)) return NULL;
    const int is_word = PyBytes_Check(term);
    const uint64_t code = is_word ? 0 : PyLong_AsUnsignedLongLong(term);
    const Py_ssize_t size = norms.len / 16, count = PyTuple_GET_SIZE(segments);
    if (PyErr_Occurred() || count > MOST_SEGMENTS) goto done;
    if (live_object != Py_None) {
        if (PyObject_GetBuffer(live_object, &live, PyBUF_SIMPLE)) goto done;
        if (live.len != size) good = 0;
    }
    for (Py_ssize_t i = 0; good && i < count; i++) {
        PyObject *segment = PyTuple_GET_ITEM(segments, i);
        Py_buffer keys[3] = {{0}, {0}, {0}};
        const int width = is_word ? 8 : 6;
        if (!PyTuple_Check(segment) || PyTuple_GET_SIZE(segment) < width) { good = 0; break; }
        first_of[opened] = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(segment, 0));
        int read = 0;
        while (read < width - 5 && !PyObject_GetBuffer(PyTuple_GET_ITEM(segment, 5 + read), &keys[read], PyBUF_SIMPLE))
            read++;
        Py_ssize_t number = -2;
        if (read == width - 5)
            number = is_word ? word_number(&keys[0], &keys[1], &keys[2], (const unsigned char *)PyBytes_AS_STRING(term),
                                           PyBytes_GET_SIZE(term))
                             : code_number(&keys[0], code);
        while (read > 0) PyBuffer_Release(&keys[--read]);
        if (number == -1) continue;
        if (number < 0) { good = 0; break; }
        int got = 0;
        while (got < 3 && !PyObject_GetBuffer(PyTuple_GET_ITEM(segment, 1 + got), &held[opened][got], PyBUF_SIMPLE))
            got++;
        const uint64_t *s = held[opened][0].buf;
        if (got == 3 && number + 1 < held[opened][0].len / 8 && s[number] <= s[number + 1]
            && s[number + 1] <= (uint64_t)held[opened][1].len / 4 && s[number + 1] <= (uint64_t)held[opened][2].len / 4) {
            begin[opened] = s[number];
            end[opened] = s[number + 1];
            total += (Py_ssize_t)(end[opened] - begin[opened]);
            opened++;
        } else {
            while (got > 0) PyBuffer_Release(&held[opened][--got]);
            good = 0;
        }
    }
    if (good && !PyErr_Occurred()) {
        PyObject *docs = PyByteArray_FromStringAndSize(NULL, total * 4);
        PyObject *values = PyByteArray_FromStringAndSize(NULL, total * 4);
        if (docs && values) {
            int32_t *o = (int32_t *)PyByteArray_AS_STRING(docs);
            float *v = (float *)PyByteArray_AS_STRING(values);
            const float *n = norms.buf;
            const uint8_t *alive = live.obj ? live.buf : NULL;
            Py_ssize_t kept = 0;
            for (Py_ssize_t i = 0; good && i < opened; i++) {
                const uint32_t *d = held[i][1].buf, *t = held[i][2].buf;
                for (uint64_t j = begin[i]; j < end[i]; j++) {
                    const uint64_t doc = first_of[i] + d[j];
                    if (doc >= (uint64_t)size) { good = 0; break; }
                    if (alive && !alive[doc]) continue;
                    const uint32_t p = t[j];
                    const float *norm = n + 4 * doc;
                    const double f = (p >> 25) * (double)norm[0] + ((p >> 16) & 511) * (double)norm[1]
                                   + (p & 65535) * (double)norm[2];
                    many |= p == UINT32_MAX;
                    o[kept] = (int32_t)doc;
                    v[kept++] = (float)(f * (k1 + 1.0) / (f + k1));
                }
            }
            if (good && !PyByteArray_Resize(docs, kept * 4) && !PyByteArray_Resize(values, kept * 4))
                result = Py_BuildValue("(OOO)", docs, values, many ? Py_True : Py_False);
        }
        Py_XDECREF(docs);
        Py_XDECREF(values);
    }
    for (Py_ssize_t i = 0; i < opened; i++)
        for (int j = 0; j < 3; j++) PyBuffer_Release(&held[i][j]);
done:
    if (live.obj) PyBuffer_Release(&live);
    PyBuffer_Release(&norms);
    if (!result && !PyErr_Occurred()) return out_of_range();
    return result;
}

/* A segment's bigrams: its arrays start, doc, tf, code, place, pos, many, many_tf. */
enum { START, DOC, TF, CODE, PLACE, POS, MANY, MANY_TF, GRAM_ARRAYS };

typedef struct {
    uint64_t first;
    Py_buffer held[GRAM_ARRAYS];
} Grams;

/* Opens tuples (first document, then the arrays in their order); NULL with an exception set when one is no such. */
static Grams *open_grams(PyObject *segments, Py_ssize_t *opened) {
    const Py_ssize_t count = PyTuple_GET_SIZE(segments);
    Grams *found = calloc((size_t)(count ? count : 1), sizeof(Grams));
    *opened = 0;
    if (!found) return (Grams *)PyErr_NoMemory();
    for (; *opened < count; ++*opened) {
        PyObject *segment = PyTuple_GET_ITEM(segments, *opened);
        Grams *one = &found[*opened];
        int got = 0, good = PyTuple_Check(segment) && PyTuple_GET_SIZE(segment) == 1 + GRAM_ARRAYS;
        if (good) one->first = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(segment, 0));
        while (good && got < GRAM_ARRAYS
               && !PyObject_GetBuffer(PyTuple_GET_ITEM(segment, 1 + got), &one->held[got], PyBUF_SIMPLE)) got++;
        if (good && got == GRAM_ARRAYS) continue;
        while (got > 0) PyBuffer_Release(&one->held[--got]);
        while (*opened > 0)
            for (int j = 0, at = (int)--*opened; j < GRAM_ARRAYS; j++) PyBuffer_Release(&found[at].held[j]);
        free(found);
        if (!PyErr_Occurred()) out_of_range();
        return NULL;
    }
    return found;
}

static void close_grams(Grams *found, Py_ssize_t opened) {
    for (Py_ssize_t i = 0; i < opened; i++)
        for (int j = 0; j < GRAM_ARRAYS; j++) PyBuffer_Release(&found[i].held[j]);
    free(found);
}

/* Where a code's postings begin and end: its number, -1 without it, -2 for damaged arrays. */
static Py_ssize_t gram_run(const Grams *one, uint64_t code, uint64_t *begin, uint64_t *end) {
    const Py_ssize_t number = code_number(&one->held[CODE], code);
    if (number < 0) return number;
    const uint64_t *s = one->held[START].buf;
    if (number + 1 >= one->held[START].len / 8) return -2;
    *begin = s[number];
    *end = s[number + 1];
    const int good = *begin <= *end && *end <= (uint64_t)one->held[DOC].len / 4 && *end <= (uint64_t)one->held[TF].len / 4;
    return good ? number : -2;
}

/* find(segments, terms, live u1 or None) -> [(live documents, runs) or None]: where the postings of each term are
 *
 * A term is bytes, a word, or a string of two characters, a bigram; a segment (first document, start, doc, tf, many,
 * codes) or (first document, start, doc, tf, many, prefixes, at, data). None: no segment has it. Of a term with a
 * frequency that does not fit its bits runs are None.
 */
static PyObject *find(PyObject *self, PyObject *args) {
    PyObject *segments, *terms, *live_object, *found = NULL;
    Py_buffer live = {0}, held[MOST_SEGMENTS][7];
    Run runs[MOST_SEGMENTS];
    int widths[MOST_SEGMENTS];
    uint64_t first_of[MOST_SEGMENTS];
    Py_ssize_t opened = 0;
    int good = 1;
    if (!PyArg_ParseTuple(args, "O!O!O", &PyTuple_Type, &segments, &PyList_Type, &terms, &live_object)) return NULL;
    if (live_object != Py_None && PyObject_GetBuffer(live_object, &live, PyBUF_SIMPLE)) return NULL;
    const uint8_t *alive = live.obj ? live.buf : NULL;
    good = PyTuple_GET_SIZE(segments) <= MOST_SEGMENTS;
    for (; good && opened < PyTuple_GET_SIZE(segments); opened++) {
        PyObject *segment = PyTuple_GET_ITEM(segments, opened);
        const int width = PyTuple_Check(segment) ? (int)PyTuple_GET_SIZE(segment) - 1 : 0;
        int got = 0;
        good = width == 5 || width == 7;
        if (good) first_of[opened] = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(segment, 0));
        while (good && got < width && !PyObject_GetBuffer(PyTuple_GET_ITEM(segment, 1 + got), &held[opened][got], PyBUF_SIMPLE))
            got++;
        widths[opened] = got;
        if (good && got == width) continue;
        good = 0;
        while (got > 0) PyBuffer_Release(&held[opened][--got]);
        break;
    }
    if (good) found = PyList_New(0);
    for (Py_ssize_t t = 0; good && found && t < PyList_GET_SIZE(terms); t++) {
        PyObject *term = PyList_GET_ITEM(terms, t), *item = NULL;
        const int is_word = PyBytes_Check(term);
        uint64_t code = 0, df = 0;
        int overflow = 0;
        Py_ssize_t count = 0;
        if (!is_word) {
            if (!PyUnicode_Check(term) || PyUnicode_GET_LENGTH(term) != 2) { good = 0; break; }
            code = (uint64_t)PyUnicode_READ_CHAR(term, 0) << CODE_BITS | PyUnicode_READ_CHAR(term, 1);
        }
        for (Py_ssize_t i = 0; good && i < opened; i++) {
            const Py_buffer *h = held[i];
            if (widths[i] != (is_word ? 7 : 5)) { good = 0; break; }
            const Py_ssize_t number = is_word
                ? word_number(&h[4], &h[5], &h[6], (const unsigned char *)PyBytes_AS_STRING(term), PyBytes_GET_SIZE(term))
                : code_number(&h[4], code);
            if (number == -1) continue;
            const uint64_t *start = h[0].buf, *many = h[3].buf;
            if (number < 0 || number + 1 >= h[0].len / 8) { good = 0; break; }
            const uint64_t begin = start[number], end = start[number + 1];
            if (begin > end || end > (uint64_t)h[1].len / 4 || end > (uint64_t)h[2].len / 4) { good = 0; break; }
            const Py_ssize_t after = first_not_less(many, h[3].len / 8, begin);
            overflow |= after < h[3].len / 8 && many[after] < end;
            df += end - begin;
            if (alive) {
                const uint32_t *d = h[1].buf;
                for (uint64_t j = begin; j < end; j++) {
                    const uint64_t doc = first_of[i] + d[j];
                    if (doc >= (uint64_t)live.len) { good = 0; break; }
                    df -= !alive[doc];
                }
            }
            runs[count++] = (Run){(uint64_t)i, begin, end};
        }
        if (!good) break;
        if (!df) item = Py_NewRef(Py_None);
        else if (overflow) item = Py_BuildValue("(KO)", (unsigned long long)df, Py_None);
        else item = Py_BuildValue("(Ky#)", (unsigned long long)df, (const char *)runs, count * (Py_ssize_t)sizeof(Run));
        if (!item || PyList_Append(found, item)) good = 0;
        Py_XDECREF(item);
    }
    for (Py_ssize_t i = 0; i < opened; i++)
        for (int k = 0; k < widths[i]; k++) PyBuffer_Release(&held[i][k]);
    if (live.obj) PyBuffer_Release(&live);
    if (good && found) return found;
    Py_XDECREF(found);
    return PyErr_Occurred() ? NULL : out_of_range();
}

/* How often a posting's bigram stands in its document. */
static uint64_t gram_total(const Grams *one, uint64_t posting) {
    const uint32_t p = ((const uint32_t *)one->held[TF].buf)[posting];
    if (p != UINT32_MAX) return (p >> 25) + ((p >> 16) & 511) + (p & 65535);
    const uint64_t *many = one->held[MANY].buf;
    const Py_ssize_t at = first_not_less(many, one->held[MANY].len / 8, posting);
    const uint32_t *counts = one->held[MANY_TF].buf;
    if (at * 8 >= one->held[MANY].len || many[at] != posting || (at + 1) * 12 > one->held[MANY_TF].len)
        return (p >> 25) + ((p >> 16) & 511) + (p & 65535);
    return (uint64_t)counts[3 * at] + counts[3 * at + 1] + counts[3 * at + 2];
}

/* One bigram of a string in one segment: its postings, the one looked at, and the offsets passed before `summed`. */
typedef struct {
    uint64_t begin, end, at, summed, passed, place, places;
} Walk;

/* Moves to the first posting whose document is not less than `doc`, by galloping; 1 when it is `doc`. */
static int walk_to(Walk *walk, const uint32_t *docs, uint32_t doc) {
    uint64_t at = walk->at, step = 1;
    if (at < walk->end && docs[at] < doc) {
        while (at + step < walk->end && docs[at + step] < doc) step *= 2;
        uint64_t low = at, high = at + step < walk->end ? at + step : walk->end;
        while (low < high) {
            const uint64_t middle = (low + high) / 2;
            if (docs[middle] < doc) low = middle + 1; else high = middle;
        }
        walk->at = low;
    }
    return walk->at < walk->end && docs[walk->at] == doc;
}

/* Whether the bigrams of a string, all of which the document has, stand in it in a row. -1 for damaged arrays. */
static int in_a_row(const Grams *one, Walk *walks, Py_ssize_t count) {
    const uint32_t *pos = one->held[POS].buf;
    Py_ssize_t fewest = 0;
    uint64_t least = UINT64_MAX;
    /* Every second bigram and the last one cover the string. */
    for (Py_ssize_t g = 0; g < count; g += (g + 2 < count || g + 1 == count) ? 2 : 1) {
        Walk *walk = &walks[g];
        for (; walk->summed < walk->at; walk->summed++) walk->passed += gram_total(one, walk->summed);
        const uint64_t places = gram_total(one, walk->at);
        if (walk->place + walk->passed + places > (uint64_t)one->held[POS].len / 4) return -1;
        walk->places = places;
        if (places < least) { least = places; fewest = g; }
    }
    const uint64_t from = walks[fewest].place + walks[fewest].passed;
    for (uint64_t i = 0; i < least; i++) {
        const int64_t start = (int64_t)pos[from + i] - fewest;
        int all = start >= 0;
        for (Py_ssize_t g = 0; all && g < count; g += (g + 2 < count || g + 1 == count) ? 2 : 1) {
            const uint32_t *p = pos + walks[g].place + walks[g].passed;
            const uint64_t wanted = (uint64_t)start + (uint64_t)g;
            uint64_t low = 0, high = walks[g].places;
            while (low < high) {
                const uint64_t middle = (low + high) / 2;
                if (p[middle] < wanted) low = middle + 1; else high = middle;
            }
            all = low < walks[g].places && p[low] == wanted;
        }
        if (all) return 1;
    }
    return 0;
}

/* containing(segments, text, live u1 or None) -> bytearray of i4: the live documents that have the string, of two
 * characters or more; ascending. */
static PyObject *containing(PyObject *self, PyObject *args) {
    PyObject *segments, *text, *live_object, *result = NULL;
    Py_buffer live = {0};
    Py_ssize_t opened = 0, room = 0, kept = 0;
    Grams *grams = NULL;
    Walk *walks = NULL;
    int32_t *found = NULL;
    int good = 1;
    if (!PyArg_ParseTuple(args, "O!UO", &PyTuple_Type, &segments, &text, &live_object)) return NULL;
    const Py_ssize_t count = PyUnicode_GET_LENGTH(text) - 1;
    if (live_object != Py_None && PyObject_GetBuffer(live_object, &live, PyBUF_SIMPLE)) return NULL;
    if (!(grams = open_grams(segments, &opened))) goto done;
    walks = calloc((size_t)(count > 0 ? count : 1), sizeof(Walk));
    if (!walks) { PyErr_NoMemory(); goto done; }
    for (Py_ssize_t i = 0; good && count > 0 && i < opened; i++) {
        const Grams *one = &grams[i];
        const uint32_t *docs = one->held[DOC].buf;
        const uint64_t *places = one->held[PLACE].buf;
        Py_ssize_t rarest = 0, g = 0;
        for (; g < count; g++) {
            const uint64_t code = (uint64_t)PyUnicode_READ_CHAR(text, g) << CODE_BITS | PyUnicode_READ_CHAR(text, g + 1);
            const Py_ssize_t number = gram_run(one, code, &walks[g].begin, &walks[g].end);
            if (number == -2 || (number >= 0 && number >= one->held[PLACE].len / 8)) good = 0;
            if (number < 0 || !good) break;
            walks[g].at = walks[g].summed = walks[g].begin;
            walks[g].passed = 0;
            walks[g].place = places[number];
            if (walks[g].end - walks[g].begin < walks[rarest].end - walks[rarest].begin) rarest = g;
        }
        if (g < count) continue;
        Walk *lead = &walks[rarest];
        for (; good && lead->at < lead->end; lead->at++) {
            const uint32_t doc = docs[lead->at];
            int all = 1;
            for (g = 0; all && g < count; g++) all = g == rarest || walk_to(&walks[g], docs, doc);
            if (!all) continue;
            const uint64_t number = one->first + doc;
            if (number > INT32_MAX || (live.obj && number >= (uint64_t)live.len)) { good = 0; break; }
            if (live.obj && !((const uint8_t *)live.buf)[number]) continue;
            const int row = in_a_row(one, walks, count);
            if (row < 0) good = 0;
            if (row <= 0) continue;
            if (kept == room) {
                room = room ? 2 * room : 64;
                int32_t *larger = realloc(found, sizeof(int32_t) * (size_t)room);
                if (!larger) { PyErr_NoMemory(); goto done; }
                found = larger;
            }
            found[kept++] = (int32_t)number;
        }
    }
    if (good) result = PyByteArray_FromStringAndSize((const char *)found, kept * 4);
done:
    if (grams) close_grams(grams, opened);
    free(walks);
    free(found);
    if (live.obj) PyBuffer_Release(&live);
    if (!result && !PyErr_Occurred()) return out_of_range();
    return result;
}

/* Adds a term to some documents, ascending; 0 for damaged arrays or with an exception set. */
static int add_to(float *s, Py_ssize_t size, const int32_t *docs, Py_ssize_t count, PyObject *term) {
    Py_buffer held, values;
    if (!PyTuple_Check(term) || PyTuple_GET_SIZE(term) != 5) return 0;
    const float w = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(term, 3));
    if (PyErr_Occurred()) return 0;
    if (PyTuple_GET_ITEM(term, 2) != Py_None) {
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(term, 2), &values, PyBUF_SIMPLE)) return 0;
        const float *v = values.buf;
        const int good = values.len / 4 == size;
        for (Py_ssize_t i = 0; good && i < count; i++) s[docs[i]] += w * v[docs[i]];
        PyBuffer_Release(&values);
        return good;
    }
    if (PyObject_GetBuffer(PyTuple_GET_ITEM(term, 0), &held, PyBUF_SIMPLE)) return 0;
    if (PyObject_GetBuffer(PyTuple_GET_ITEM(term, 1), &values, PyBUF_SIMPLE)) {
        PyBuffer_Release(&held);
        return 0;
    }
    const uint32_t *h = held.buf;
    const float *v = values.buf;
    const Py_ssize_t postings = held.len / 4;
    Walk walk = {0, (uint64_t)postings, 0, 0, 0, 0, 0};
    int good = values.len == held.len;
    if (postings < 8 * count) /* a look-up takes as long as adding eight to ten postings, wanted or not */
        for (Py_ssize_t i = 0; good && i < postings; i++) {
            if (h[i] >= (uint64_t)size) { good = 0; break; }
            s[h[i]] += w * v[i];
        }
    else
        for (Py_ssize_t i = 0; good && i < count; i++)
            if (walk_to(&walk, h, (uint32_t)docs[i])) s[docs[i]] += w * v[walk.at];
    PyBuffer_Release(&held); PyBuffer_Release(&values);
    return good;
}

/* finish(score f4, docs i4, k, [(docs i4, impacts f4, dense f4 or None, weight, bound)], out i4) -> count
 *
 * Adds the last terms, none of which with those behind it gives a document more than its `bound`, to those of the
 * documents that can still be among the k best (MaxScore, Turtle and Flood 1995), and puts these into `out`, in their
 * order. The scores of others are left half-way.
 */
static PyObject *finish(PyObject *self, PyObject *args) {
    Py_buffer score, docs, out;
    PyObject *terms;
    Py_ssize_t k;
    if (!PyArg_ParseTuple(args, "w*y*nO!w*", &score, &docs, &k, &PyList_Type, &terms, &out)) return NULL;
    const Py_ssize_t count = docs.len / 4, size = score.len / 4, steps = PyList_GET_SIZE(terms);
    int good = out.len / 4 >= count && k > 0;
    float *s = score.buf;
    const uint32_t *d = docs.buf;
    int32_t *o = out.buf;
    Py_ssize_t found = count;
    for (Py_ssize_t i = 0; good && i < count; i++) {
        good = d[i] < (uint64_t)size;
        o[i] = (int32_t)d[i];
    }
    for (Py_ssize_t t = 0; good && t <= steps; t++) {
        float need = kth_best(s, (const uint32_t *)o, found, k);
        if (isnan(need)) { good = 0; break; }
        if (t < steps) {
            PyObject *term = PyList_GET_ITEM(terms, t);
            const float bound = PyTuple_Check(term) && PyTuple_GET_SIZE(term) == 5
                              ? (float)PyFloat_AsDouble(PyTuple_GET_ITEM(term, 4)) : NAN;
            if (PyErr_Occurred() || isnan(bound)) { good = 0; break; }
            need -= bound + 1e-5f * (fabsf(need) + bound);  /* a little less, for the rounding of sums */
        }
        const Py_ssize_t candidates = found;
        found = 0;
        for (Py_ssize_t i = 0; i < candidates; i++) {
            o[found] = o[i];
            found += s[o[i]] >= need;
        }
        if (t < steps) good = add_to(s, size, o, found, PyList_GET_ITEM(terms, t));
    }
    PyBuffer_Release(&score); PyBuffer_Release(&docs); PyBuffer_Release(&out);
    if (PyErr_Occurred()) return NULL;
    if (!good) return out_of_range();
    return PyLong_FromSsize_t(found);
}

/* text(at u8, data, number) -> the string of this number: data[at[number]] to data[at[number + 1]], in UTF-8 */
static PyObject *text(PyObject *self, PyObject *args) {
    Py_buffer at, data;
    Py_ssize_t number;
    if (!PyArg_ParseTuple(args, "y*y*n", &at, &data, &number)) return NULL;
    const uint64_t *a = at.buf;
    PyObject *found = NULL;
    if (number >= 0 && number + 1 < at.len / 8 && a[number] <= a[number + 1] && a[number + 1] <= (uint64_t)data.len)
        found = PyUnicode_DecodeUTF8((const char *)data.buf + a[number], (Py_ssize_t)(a[number + 1] - a[number]),
                                     "surrogatepass");
    PyBuffer_Release(&at); PyBuffer_Release(&data);
    if (!found && !PyErr_Occurred()) return out_of_range();
    return found;
}

static PyMethodDef methods[] = {
    {"impacts", impacts, METH_VARARGS, NULL},
    {"accumulate", accumulate, METH_VARARGS, NULL},
    {"match", match, METH_VARARGS, NULL},
    {"text", text, METH_VARARGS, NULL},
    {"finish", finish, METH_VARARGS, NULL},
    {"find", find, METH_VARARGS, NULL},
    {"containing", containing, METH_VARARGS, NULL},
    {"tally", tally, METH_VARARGS, NULL},
    {"common", common, METH_VARARGS, NULL},
    {"find_code", find_code, METH_VARARGS, NULL},
    {"find_word", find_word, METH_VARARGS, NULL},
    {"gather", gather, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, -1, methods};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModule_Create(&module); }
