/* Counting the characters of texts and multiplying sparse vectors: what questions.py, profiles.py and topics.py do with
 * numpy, where there is a C compiler. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>

#define ZONES 4
#define BASIC_PLANE 0x10000

/* Reads a tuple of ZONES strings; 0 with an exception set. */
static int read_zones(PyObject *zones, PyObject **texts) {
    int good = PyTuple_Check(zones) && PyTuple_GET_SIZE(zones) == ZONES;
    for (int i = 0; good && i < ZONES; i++) {
        texts[i] = PyTuple_GET_ITEM(zones, i);
        good = PyUnicode_Check(texts[i]);
    }
    if (!good) PyErr_SetString(PyExc_ValueError, "a text is a tuple of four strings");
    return good;
}

/* characters(zones) -> (code points in order, u4; ZONES counts of each, at most 255, u1), letters and digits alone; or
 * None where there are some beyond the basic plane */
static PyObject *characters(PyObject *Py_UNUSED(module), PyObject *zones) {
    PyObject *texts[ZONES];
    if (!read_zones(zones, texts)) return NULL;
    uint8_t *counts = PyMem_Calloc(BASIC_PLANE, ZONES);
    uint8_t *seen = PyMem_Calloc(BASIC_PLANE, 1);
    if (!counts || !seen) { PyMem_Free(counts); PyMem_Free(seen); return PyErr_NoMemory(); }
    Py_ssize_t distinct = 0;
    int beyond = 0;
    for (int zone = 0; zone < ZONES; zone++) {
        const int kind = PyUnicode_KIND(texts[zone]);
        const void *data = PyUnicode_DATA(texts[zone]);
        const Py_ssize_t length = PyUnicode_GET_LENGTH(texts[zone]);
        for (Py_ssize_t i = 0; i < length && !beyond; i++) {
            const Py_UCS4 c = PyUnicode_READ(kind, data, i);
            if (!Py_UNICODE_ISALNUM(c)) continue;
            if (c >= BASIC_PLANE) { beyond = 1; break; }
            distinct += !seen[c];
            seen[c] = 1;
            uint8_t *count = counts + (size_t)c * ZONES + zone;
            *count += *count < 255;
        }
    }
    PyObject *found = NULL;
    if (beyond) {
        found = Py_NewRef(Py_None);
    } else {
        PyObject *things = PyBytes_FromStringAndSize(NULL, 4 * distinct);
        PyObject *table = PyBytes_FromStringAndSize(NULL, ZONES * distinct);
        if (things && table) {
            uint32_t *thing = (uint32_t *)PyBytes_AS_STRING(things);
            char *row = PyBytes_AS_STRING(table);
            for (uint32_t c = 0; c < BASIC_PLANE; c++) {
                if (!seen[c]) continue;
                *thing++ = c;
                memcpy(row, counts + (size_t)c * ZONES, ZONES);
                row += ZONES;
            }
            found = PyTuple_Pack(2, things, table);
        }
        Py_XDECREF(things);
        Py_XDECREF(table);
    }
    PyMem_Free(counts);
    PyMem_Free(seen);
    return found;
}

static inline size_t slot_of(int64_t code, const int64_t *keys, size_t mask) {
    size_t slot = (size_t)(((uint64_t)code * 0x9E3779B97F4A7C15ull) >> 32) & mask;
    while (keys[slot] != code && keys[slot] >= 0) slot = (slot + 1) & mask;
    return slot;
}

/* fill(codes i8, keys i8[2**k] of -1, slots i4[2**k]): where each code stands among the codes, by hash */
static PyObject *fill(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_buffer codes, keys, slots;
    if (!PyArg_ParseTuple(args, "y*w*w*", &codes, &keys, &slots)) return NULL;
    const Py_ssize_t count = codes.len / 8, size = keys.len / 8;
    PyObject *done = NULL;
    if (size & (size - 1) || size < 2 * count + 1 || slots.len != 4 * size) {
        PyErr_SetString(PyExc_ValueError, "the table is no power of two, or too small");
    } else {
        for (Py_ssize_t i = 0; i < count; i++) {
            const int64_t code = ((const int64_t *)codes.buf)[i];
            const size_t slot = slot_of(code, keys.buf, (size_t)size - 1);
            ((int64_t *)keys.buf)[slot] = code;
            ((int32_t *)slots.buf)[slot] = (int32_t)i;
        }
        done = Py_NewRef(Py_None);
    }
    PyBuffer_Release(&codes);
    PyBuffer_Release(&keys);
    PyBuffer_Release(&slots);
    return done;
}

typedef struct {
    const int64_t *keys;
    const int32_t *slots;
    size_t mask;
    int32_t *places; /* the grams met, in order of meeting */
    int32_t *counts; /* ZONES of each gram */
    Py_ssize_t met;
} Grams;

static inline void meet(Grams *grams, int64_t code, int zone) {
    const size_t slot = slot_of(code, grams->keys, grams->mask);
    if (grams->keys[slot] < 0) return;
    const int32_t place = grams->slots[slot];
    int32_t *count = grams->counts + (size_t)place * ZONES;
    if (!(count[0] | count[1] | count[2] | count[3])) grams->places[grams->met++] = place;
    count[zone]++;
}

static void count_grams(Grams *grams, PyObject *text, int zone) {
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int64_t before = -1;
    for (Py_ssize_t i = 0; i < length; i++) {
        const int64_t c = (int64_t)PyUnicode_READ(kind, data, i);
        if (!Py_UNICODE_ISALNUM((Py_UCS4)c)) { before = -1; continue; }
        meet(grams, c, zone);
        if (before >= 0) meet(grams, before << 21 | c, zone);
        before = c;
    }
}

/* Whether `count` + 1 bounds ascend from 0 or more to `most` at most: they come from a file. */
static int ascending(const int64_t *bounds, Py_ssize_t count, int64_t most) {
    if (bounds[0] < 0 || bounds[count] > most) return 0;
    for (Py_ssize_t i = 0; i < count; i++) if (bounds[i] > bounds[i + 1]) return 0;
    return 1;
}

/* cosines(zones, keys, slots, idf f4 by gram, starts i8, owners i4, weights f4, views f4[n][ZONES], half, out f4[n][q]) */
static PyObject *cosines(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *zones, *texts[ZONES];
    Py_buffer keys, slots, idf, starts, owners, weights, views, out;
    float half;
    if (!PyArg_ParseTuple(args, "Oy*y*y*y*y*y*y*fw*", &zones, &keys, &slots, &idf, &starts, &owners, &weights, &views,
                          &half, &out)) return NULL;
    const size_t size = (size_t)keys.len / 8, count = (size_t)idf.len / 4, number = (size_t)views.len / (4 * ZONES);
    const size_t questions = number ? (size_t)out.len / 4 / number : 0;
    const int64_t *start = starts.buf;
    const int32_t *owner = owners.buf;
    const float *weight = weights.buf, *rare = idf.buf, *view = views.buf;
    Grams grams = {keys.buf, slots.buf, size - 1, PyMem_New(int32_t, count + 1), PyMem_Calloc(count + 1, 4 * ZONES), 0};
    int good = read_zones(zones, texts);
    if (good && (size & (size - 1) || (size_t)slots.len != 4 * size || (size_t)starts.len != 8 * (count + 1)
                 || owners.len != weights.len || !ascending(start, (Py_ssize_t)count, owners.len / 4))) {
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit one another");
        good = 0;
    }
    if (good && (!grams.places || !grams.counts)) { PyErr_NoMemory(); good = 0; }
    if (good) {
        memset(out.buf, 0, (size_t)out.len);
        for (int zone = 0; zone < ZONES; zone++) count_grams(&grams, texts[zone], zone);
        for (size_t v = 0; v < number; v++) {
            const float *times = view + v * ZONES;
            float *cosine = (float *)out.buf + v * questions;
            double squares = 0.0;
            for (Py_ssize_t i = 0; i < grams.met; i++) {
                const int32_t place = grams.places[i], *held = grams.counts + (size_t)place * ZONES;
                /* As in questions.py: the title counts once, headings and lead twice at most. */
                const float tf = times[0] * (held[0] > 0) + times[1] * (held[1] < 2 ? held[1] : 2)
                    + times[2] * (held[2] < 2 ? held[2] : 2) + times[3] * held[3];
                const float value = tf / (tf + half) * rare[place];
                squares += (double)value * value;
                if (value == 0.0f) continue;
                for (int64_t r = start[place]; r < start[place + 1]; r++)
                    if ((size_t)owner[r] < questions) cosine[owner[r]] += weight[r] * value;
            }
            const float length = squares > 0.0 ? (float)sqrt(squares) : 1.0f;
            for (size_t q = 0; q < questions; q++) cosine[q] /= length;
        }
    }
    PyMem_Free(grams.places);
    PyMem_Free(grams.counts);
    Py_buffer *all[] = {&keys, &slots, &idf, &starts, &owners, &weights, &views, &out};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) PyBuffer_Release(all[i]);
    return good ? Py_NewRef(Py_None) : NULL;
}

/* Reads a tuple of float arrays of one length; their number, or -1 with an exception set. */
static Py_ssize_t read_vectors(PyObject *tuple, Py_ssize_t entries, Py_buffer *vectors, Py_ssize_t most) {
    const Py_ssize_t count = PyTuple_Check(tuple) ? PyTuple_GET_SIZE(tuple) : most + 1;
    if (count > most) { PyErr_SetString(PyExc_ValueError, "vectors are a tuple of at most 64 arrays"); return -1; }
    for (Py_ssize_t i = 0; i < count; i++) {
        int bad = PyObject_GetBuffer(PyTuple_GET_ITEM(tuple, i), &vectors[i], PyBUF_SIMPLE);
        if (!bad && vectors[i].len != 4 * entries) {
            PyErr_SetString(PyExc_ValueError, "a vector has not one value for each entry");
            PyBuffer_Release(&vectors[i]);
            bad = 1;
        }
        if (bad) {
            while (i > 0) PyBuffer_Release(&vectors[--i]);
            return -1;
        }
    }
    return count;
}

/* dots(starts i8[n + 1], things u4, lefts tuple of f4, rights tuple of f4, pairs i4[m][2], out f4[m][vectors]): the dot
 * product of the left vector of each pair's first row with the right one of its second; things ascend in each row */
static PyObject *dots(PyObject *Py_UNUSED(module), PyObject *args) {
    enum { MOST = 64 };
    Py_buffer starts, things, pairs, out, lefts[MOST], rights[MOST];
    PyObject *left, *right;
    if (!PyArg_ParseTuple(args, "y*y*OOy*w*", &starts, &things, &left, &right, &pairs, &out)) return NULL;
    const Py_ssize_t entries = things.len / 4, rows = starts.len / 8 - 1, count = pairs.len / 8;
    const int64_t *start = starts.buf;
    const uint32_t *thing = things.buf;
    const int32_t *pair = pairs.buf;
    const Py_ssize_t number = read_vectors(left, entries, lefts, MOST);
    const Py_ssize_t others = number < 0 ? -1 : read_vectors(right, entries, rights, MOST);
    int good = others >= 0;
    if (good && (number != others || out.len != 4 * count * number || rows < 0 || !ascending(start, rows, entries))) {
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit one another");
        good = 0;
    }
    for (Py_ssize_t p = 0; good && p < count; p++) {
        const int32_t a = pair[2 * p], b = pair[2 * p + 1];
        if (a < 0 || b < 0 || a >= rows || b >= rows) {
            PyErr_SetString(PyExc_ValueError, "a pair is of rows there are not");
            good = 0;
            break;
        }
        double sums[MOST] = {0.0};
        int64_t i = start[a], j = start[b];
        while (i < start[a + 1] && j < start[b + 1]) {
            if (thing[i] < thing[j]) { i++; continue; }
            if (thing[i] > thing[j]) { j++; continue; }
            for (Py_ssize_t v = 0; v < number; v++)
                sums[v] += (double)((const float *)lefts[v].buf)[i] * ((const float *)rights[v].buf)[j];
            i++; j++;
        }
        for (Py_ssize_t v = 0; v < number; v++) ((float *)out.buf)[p * number + v] = (float)sums[v];
    }
    for (Py_ssize_t i = 0; i < number; i++) PyBuffer_Release(&lefts[i]);
    for (Py_ssize_t i = 0; i < others; i++) PyBuffer_Release(&rights[i]);
    PyBuffer_Release(&starts);
    PyBuffer_Release(&things);
    PyBuffer_Release(&pairs);
    PyBuffer_Release(&out);
    return good ? Py_NewRef(Py_None) : NULL;
}

typedef struct { float score; int32_t row; } Near;

/* Whether one comes before the other: the nearer, of equal ones the smaller row. */
static inline int before(Near one, Near other) {
    return one.score > other.score || (one.score == other.score && one.row < other.row);
}

/* Keeps the nearest in a heap whose root is the last of them. */
static void keep(Near *heap, Py_ssize_t *size, Py_ssize_t most, Near one) {
    Py_ssize_t at;
    if (*size < most) {
        for (at = (*size)++; at > 0 && before(heap[(at - 1) / 2], one); at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
        heap[at] = one;
        return;
    }
    if (!before(one, heap[0])) return;
    for (at = 0;;) {
        Py_ssize_t child = 2 * at + 1;
        if (child >= most) break;
        if (child + 1 < most && before(heap[child], heap[child + 1])) child++;
        if (!before(one, heap[child])) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = one;
}

/* nearest(starts i8[n + 1], things u4, values f4, bounds i8[t + 1], owners i4, held f4, chosen i4[m], least, widest,
 *         out i4[m][most] of -1): the rows with the largest dot products, of `least` at least; things of more than
 * `widest` rows do not count. `owners` and `held` are the rows and values inverted, `bounds` where each thing begins. */
static PyObject *nearest(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_buffer starts, things, values, bounds, owners, held, chosen, out;
    float least;
    Py_ssize_t widest;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*y*fnw*", &starts, &things, &values, &bounds, &owners, &held, &chosen, &least,
                          &widest, &out)) return NULL;
    const Py_ssize_t entries = things.len / 4, rows = starts.len / 8 - 1, kinds = bounds.len / 8 - 1, count = chosen.len / 4;
    const Py_ssize_t most = count ? out.len / 4 / count : 0;
    const int64_t *start = starts.buf, *bound = bounds.buf;
    const uint32_t *thing = things.buf;
    const int32_t *owner = owners.buf;
    const float *value = values.buf, *other = held.buf;
    float *scores = PyMem_Calloc((size_t)(rows > 0 ? rows : 0) + 1, sizeof(float));
    int32_t *touched = PyMem_New(int32_t, (size_t)(rows > 0 ? rows : 0) + 1);
    uint8_t *seen = PyMem_Calloc((size_t)(rows > 0 ? rows : 0) + 1, 1); /* a score may be 0 and its row met */
    Near *heap = PyMem_New(Near, (size_t)most + 1);
    int good = scores && touched && heap && seen;
    if (!good) PyErr_NoMemory();
    if (good && (rows < 0 || kinds < 0 || values.len != things.len || owners.len != things.len || held.len != things.len
                 || !ascending(start, rows, entries) || !ascending(bound, kinds, entries))) {
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit one another");
        good = 0;
    }
    for (Py_ssize_t i = 0; good && i < entries; i++) {
        if ((Py_ssize_t)thing[i] < kinds && owner[i] >= 0 && owner[i] < rows) continue;
        PyErr_SetString(PyExc_ValueError, "an entry is of a thing or a row there is not");
        good = 0;
    }
    for (Py_ssize_t c = 0; good && c < count; c++) {
        const int32_t article = ((const int32_t *)chosen.buf)[c];
        if (article < 0 || article >= rows) {
            PyErr_SetString(PyExc_ValueError, "an article is of a row there is not");
            good = 0;
            break;
        }
        Py_ssize_t met = 0, size = 0;
        for (int64_t i = start[article]; i < start[article + 1]; i++) {
            const int64_t first = bound[thing[i]], last = bound[thing[i] + 1];
            if (last - first > widest || value[i] <= 0.0f) continue;
            for (int64_t r = first; r < last; r++) {
                if (!seen[owner[r]]) touched[met++] = owner[r];
                seen[owner[r]] = 1;
                scores[owner[r]] += value[i] * other[r];
            }
        }
        for (Py_ssize_t i = 0; i < met; i++) {
            const Near one = {scores[touched[i]], touched[i]};
            if (one.row != article && one.score >= least) keep(heap, &size, most, one);
            scores[touched[i]] = 0.0f;
            seen[touched[i]] = 0;
        }
        for (Py_ssize_t i = 0; i < size; i++) ((int32_t *)out.buf)[c * most + i] = heap[i].row;
    }
    PyMem_Free(scores);
    PyMem_Free(touched);
    PyMem_Free(seen);
    PyMem_Free(heap);
    Py_buffer *all[] = {&starts, &things, &values, &bounds, &owners, &held, &chosen, &out};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) PyBuffer_Release(all[i]);
    return good ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef methods[] = {
    {"characters", characters, METH_O, NULL},
    {"fill", fill, METH_VARARGS, NULL},
    {"cosines", cosines, METH_VARARGS, NULL},
    {"dots", dots, METH_VARARGS, NULL},
    {"nearest", nearest, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_vectors", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__vectors(void) { return PyModule_Create(&module); }
