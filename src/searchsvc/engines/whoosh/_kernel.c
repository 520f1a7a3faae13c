/* The loops of a search over arrays: what kernel.py does in numpy, five to ten times faster.
 *
 * Every document number is checked against the arrays it points into, because numbers come from mapped files.
 * Buffers are C-contiguous; kernel.py passes the right types.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

/* accumulate(score f4, mass i4, [(docs i4, impacts f4, dense f4 or None, weight, held)])
 *
 * score[doc] += weight * impact and mass[doc] += held for each posting. `dense` has an impact for every document, 0
 * for those without the term; then docs and impacts are not looked at.
 */
static PyObject *accumulate(PyObject *self, PyObject *args) {
    Py_buffer score, mass;
    PyObject *terms;
    if (!PyArg_ParseTuple(args, "w*w*O!", &score, &mass, &PyList_Type, &terms)) return NULL;
    const Py_ssize_t size = score.len / 4;
    float *restrict s = score.buf;
    int32_t *restrict m = mass.buf;
    int good = mass.len == score.len;
    for (Py_ssize_t t = 0; good && t < PyList_GET_SIZE(terms); t++) {
        PyObject *term = PyList_GET_ITEM(terms, t);
        if (!PyTuple_Check(term) || PyTuple_GET_SIZE(term) != 5) { good = 0; break; }
        const float w = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(term, 3));
        const int32_t held = (int32_t)PyLong_AsLong(PyTuple_GET_ITEM(term, 4));
        Py_buffer docs, values;
        if (PyErr_Occurred()) { good = 0; break; }
        if (PyTuple_GET_ITEM(term, 2) != Py_None) {
            if (PyObject_GetBuffer(PyTuple_GET_ITEM(term, 2), &values, PyBUF_SIMPLE)) { good = 0; break; }
            const float *restrict v = values.buf;
            good = values.len / 4 == size;
            if (good && held)
                for (Py_ssize_t i = 0; i < size; i++) {
                    s[i] += w * v[i];
                    m[i] += v[i] > 0.0f ? held : 0;
                }
            else if (good)
                for (Py_ssize_t i = 0; i < size; i++) s[i] += w * v[i];
            PyBuffer_Release(&values);
            continue;
        }
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(term, 0), &docs, PyBUF_SIMPLE)) { good = 0; break; }
        if (PyObject_GetBuffer(PyTuple_GET_ITEM(term, 1), &values, PyBUF_SIMPLE)) {
            PyBuffer_Release(&docs);
            good = 0;
            break;
        }
        const uint32_t *d = docs.buf;
        const float *v = values.buf;
        const Py_ssize_t count = docs.len / 4;
        good = values.len == docs.len;
        for (Py_ssize_t i = 0; good && i < count; i++) {
            const uint32_t doc = d[i];
            if (doc >= (uint64_t)size) { good = 0; break; }
            s[doc] += w * v[i];
            m[doc] += held;
        }
        PyBuffer_Release(&docs);
        PyBuffer_Release(&values);
    }
    PyBuffer_Release(&score);
    PyBuffer_Release(&mass);
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

static void sift(float *heap, Py_ssize_t size) {
    Py_ssize_t at = 0;
    const float value = heap[0];
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

/* best(score f4, docs i4, k, out i4) -> count: documents that score at least as much as the k-th best, in their order */
static PyObject *best(PyObject *self, PyObject *args) {
    Py_buffer score, docs, out;
    Py_ssize_t k;
    if (!PyArg_ParseTuple(args, "y*y*nw*", &score, &docs, &k, &out)) return NULL;
    const Py_ssize_t count = docs.len / 4, size = score.len / 4;
    int good = out.len / 4 >= count && k > 0;
    const float *s = score.buf;
    const uint32_t *d = docs.buf;
    int32_t *o = out.buf;
    Py_ssize_t found = 0;
    float *heap = malloc(sizeof(float) * (size_t)(k > 0 ? k : 1));
    if (!heap) good = 0;
    for (Py_ssize_t i = 0; good && i < count; i++) good = d[i] < (uint64_t)size;
    if (good) {
        const Py_ssize_t full = k < count ? k : count;
        for (Py_ssize_t i = 0; i < full; i++) heap[i] = s[d[i]];
        for (Py_ssize_t at = full / 2; at-- > 0;) {
            /* heapify: sift from `at` down */
            Py_ssize_t place = at;
            const float value = heap[at];
            for (;;) {
                Py_ssize_t child = 2 * place + 1;
                if (child >= full) break;
                if (child + 1 < full && heap[child + 1] < heap[child]) child++;
                if (heap[child] >= value) break;
                heap[place] = heap[child];
                place = child;
            }
            heap[place] = value;
        }
        for (Py_ssize_t i = full; i < count; i++) {
            const float value = s[d[i]];
            if (value > heap[0]) { heap[0] = value; sift(heap, full); }
        }
        const float least = full ? heap[0] : 0.0f;
        for (Py_ssize_t i = 0; i < count; i++)
            if (s[d[i]] >= least) o[found++] = (int32_t)d[i];
    }
    free(heap);
    PyBuffer_Release(&score); PyBuffer_Release(&docs); PyBuffer_Release(&out);
    if (!good) return out_of_range();
    return PyLong_FromSsize_t(found);
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

#define MOST_SEGMENTS 256

/* gather(segments, term, norms f4[n][4], live u1 or None, k1) -> (docs, impacts, whether a frequency did not fit)
 *
 * A segment is (first document, start, doc, tf, codes) for a term that is a number, or (first document, start, doc,
 * tf, prefixes, at, data) for one of bytes. docs and impacts are bytearrays of i4 and f4; deleted documents are out.
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
        const int width = is_word ? 7 : 5;
        if (!PyTuple_Check(segment) || PyTuple_GET_SIZE(segment) != width) { good = 0; break; }
        first_of[opened] = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(segment, 0));
        int read = 0;
        while (read < width - 4 && !PyObject_GetBuffer(PyTuple_GET_ITEM(segment, 4 + read), &keys[read], PyBUF_SIMPLE))
            read++;
        Py_ssize_t number = -2;
        if (read == width - 4)
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

static PyMethodDef methods[] = {
    {"impacts", impacts, METH_VARARGS, NULL},
    {"accumulate", accumulate, METH_VARARGS, NULL},
    {"match", match, METH_VARARGS, NULL},
    {"best", best, METH_VARARGS, NULL},
    {"tally", tally, METH_VARARGS, NULL},
    {"common", common, METH_VARARGS, NULL},
    {"find_code", find_code, METH_VARARGS, NULL},
    {"find_word", find_word, METH_VARARGS, NULL},
    {"gather", gather, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, -1, methods};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModule_Create(&module); }
