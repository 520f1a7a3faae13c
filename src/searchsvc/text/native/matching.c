/* Loops over the characters of a text: what fold.py and matching.py do in Python, where there is a C compiler. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

#define UNKNOWN UINT32_MAX
#define CODE_POINTS 0x110000

/* fold(text, table u4[0x110000]) -> str of the same length, or None where the table does not know a character yet */
static PyObject *fold(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *text, *folded = NULL;
    Py_buffer table;
    if (!PyArg_ParseTuple(args, "Uy*", &text, &table)) return NULL;
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    const uint32_t *to = table.buf;
    Py_UCS4 *buffer = table.len == 4 * CODE_POINTS ? PyMem_New(Py_UCS4, (size_t)length + 1) : NULL;
    if (!buffer) {
        PyErr_SetString(PyExc_ValueError, "the table has no room for every character, or there is no memory");
    } else {
        Py_ssize_t i = 0;
        for (; i < length && (buffer[i] = to[PyUnicode_READ(kind, data, i)]) != UNKNOWN; i++) {}
        folded = i < length ? Py_NewRef(Py_None) : PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, buffer, length);
        PyMem_Free(buffer);
    }
    PyBuffer_Release(&table);
    return folded;
}

typedef struct {
    const void *data;
    Py_ssize_t length, number;
    int kind, before, after;
    Py_UCS4 first;
} String;

static int longer_first(const void *one, const void *other) {
    const String *a = one, *b = other;
    if (a->length != b->length) return a->length < b->length ? 1 : -1;
    return a->number < b->number ? -1 : 1;
}

static inline int latin(Py_UCS4 c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/* Whether a character surely stands by itself: no mark, joiner or selector belongs to it or is it (matching.py lists
 * what a text must be free of). */
static inline int alone(Py_UCS4 c) {
    return c < 0x300 || (c >= 0x3030 && c < 0x3099) || (c >= 0x309b && c < 0xa66f) || (c >= 0xac00 && c < 0xd800)
        || (c >= 0xff00 && c < 0xfff0) || (c >= 0x2000 && c < 0x200d) || (c > 0x200d && c < 0x20d0)
        || (c >= 0x2100 && c < 0x2c00) || (c >= 0x2e80 && c < 0x302a) || (c >= 0x20000 && c < 0x32000);
}

static int stands_at(const String *one, int kind, const void *data, Py_ssize_t length, Py_ssize_t at) {
    if (one->length > length - at) return 0;
    for (Py_ssize_t i = 1; i < one->length; i++)
        if (PyUnicode_READ(one->kind, one->data, i) != PyUnicode_READ(kind, data, at + i)) return 0;
    if (one->before && at > 0 && latin(PyUnicode_READ(kind, data, at - 1))) return 0;
    const Py_ssize_t end = at + one->length;
    return !(one->after && end < length && latin(PyUnicode_READ(kind, data, end)));
}

/* Reads (string, before, after); 0 for what is none. */
static int read_string(PyObject *item, Py_ssize_t number, String *one) {
    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 3) return 0;
    PyObject *text = PyTuple_GET_ITEM(item, 0);
    if (!PyUnicode_Check(text) || !PyUnicode_GET_LENGTH(text)) return 0;
    *one = (String){PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text), number, (int)PyUnicode_KIND(text),
                    PyObject_IsTrue(PyTuple_GET_ITEM(item, 1)), PyObject_IsTrue(PyTuple_GET_ITEM(item, 2)),
                    PyUnicode_READ_CHAR(text, 0)};
    return 1;
}

/* find(text, [(string, before, after)]) -> [(start, end, number)], or None when the text has characters of several parts */
static PyObject *find(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *text, *strings, *found;
    if (!PyArg_ParseTuple(args, "UO!", &text, &PyList_Type, &strings)) return NULL;
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text), count = PyList_GET_SIZE(strings);
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    uint8_t begins[256] = {0}; /* last bytes of the strings' first characters */
    String *held = PyMem_New(String, (size_t)count + 1);
    if (!held) return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!read_string(PyList_GET_ITEM(strings, i), i, &held[i])) {
            PyMem_Free(held);
            PyErr_SetString(PyExc_ValueError, "a string to be found is (text, before, after)");
            return NULL;
        }
        begins[held[i].first & 255] = 1;
    }
    qsort(held, (size_t)count, sizeof(String), longer_first);
    found = PyList_New(0);
    for (Py_ssize_t at = 0; found && at < length;) {
        const Py_UCS4 c = PyUnicode_READ(kind, data, at);
        if (!alone(c)) { Py_SETREF(found, Py_NewRef(Py_None)); break; }
        const String *one = NULL;
        for (Py_ssize_t i = 0; begins[c & 255] && !one && i < count; i++)
            if (held[i].first == c && stands_at(&held[i], kind, data, length, at)) one = &held[i];
        if (!one) { at++; continue; }
        /* What is jumped over is a string's own, yet it may have such characters too. */
        int simple = 1;
        for (Py_ssize_t i = 1; i < one->length; i++) simple &= alone(PyUnicode_READ(kind, data, at + i));
        if (!simple) { Py_SETREF(found, Py_NewRef(Py_None)); break; }
        PyObject *place = Py_BuildValue("(nnn)", at, at + one->length, one->number);
        if (!place || PyList_Append(found, place)) Py_CLEAR(found);
        Py_XDECREF(place);
        at += one->length;
    }
    PyMem_Free(held);
    return found;
}

/* Reads [(start, end, number)] as `find` gives it, into new memory; NULL with an exception set. */
static Py_ssize_t *read_found(PyObject *found, Py_ssize_t most, Py_ssize_t strings) {
    const Py_ssize_t count = PyList_GET_SIZE(found);
    Py_ssize_t *places = PyMem_New(Py_ssize_t, 3 * (size_t)count + 1);
    if (!places) { PyErr_NoMemory(); return NULL; }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *one = PyList_GET_ITEM(found, i);
        int good = PyTuple_Check(one) && PyTuple_GET_SIZE(one) == 3;
        for (int j = 0; good && j < 3; j++) {
            places[3 * i + j] = PyLong_AsSsize_t(PyTuple_GET_ITEM(one, j));
            good = places[3 * i + j] >= 0;
        }
        if (good && places[3 * i] <= places[3 * i + 1] && places[3 * i + 1] <= most && places[3 * i + 2] < strings) continue;
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "an occurrence is (start, end, number), inside the text");
        PyMem_Free(places);
        return NULL;
    }
    return places;
}

/* Adds a string to a list that has it not; 0 with an exception set. */
static int add_once(PyObject *list, PyObject *one) {
    const int there = one ? PySequence_Contains(list, one) : -1;
    return there < 0 ? 0 : there || !PyList_Append(list, one);
}

/* surfaces(text, found, count of strings) -> [how the strings stand in the text, by number, then by place, each once] */
static PyObject *surfaces(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *text, *found;
    Py_ssize_t strings;
    if (!PyArg_ParseTuple(args, "UO!n", &text, &PyList_Type, &found, &strings)) return NULL;
    const Py_ssize_t count = PyList_GET_SIZE(found);
    const size_t width = (size_t)PyUnicode_KIND(text);
    const char *data = PyUnicode_DATA(text);
    Py_ssize_t *places = read_found(found, PyUnicode_GET_LENGTH(text), strings);
    if (!places) return NULL;
    PyObject *all = PyList_New(0);
    /* Once round for each string that is there: all of its occurrences mostly read alike. */
    for (Py_ssize_t number = 0; all && number < strings; number++) {
        const Py_ssize_t *first = NULL;
        for (Py_ssize_t i = 0; all && i < count; i++) {
            const Py_ssize_t *one = places + 3 * i;
            if (one[2] != number) continue;
            const Py_ssize_t length = one[1] - one[0];
            if (first && first[1] - first[0] == length
                && !memcmp(data + width * (size_t)one[0], data + width * (size_t)first[0], width * (size_t)length)) continue;
            if (!first) first = one;
            PyObject *surface = PyUnicode_Substring(text, one[0], one[1]);
            if (!add_once(all, surface)) Py_CLEAR(all);
            Py_XDECREF(surface);
        }
    }
    PyMem_Free(places);
    return all;
}

/* window(found, [worth of each string], chars) -> (first, last) of the run that shows the most worth of distinct strings */
static PyObject *window(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *found, *worths;
    Py_ssize_t chars;
    if (!PyArg_ParseTuple(args, "O!O!n", &PyList_Type, &found, &PyList_Type, &worths, &chars)) return NULL;
    const Py_ssize_t count = PyList_GET_SIZE(found), strings = PyList_GET_SIZE(worths);
    Py_ssize_t *places = read_found(found, PY_SSIZE_T_MAX, strings), *counts = PyMem_Calloc((size_t)strings + 1, sizeof(Py_ssize_t));
    double *worth = PyMem_New(double, (size_t)strings + 1), total = 0.0, most = -1.0;
    Py_ssize_t first = 0, last = 0;
    if (!counts || !worth) PyErr_NoMemory();
    for (Py_ssize_t i = 0; !PyErr_Occurred() && i < strings; i++) worth[i] = PyFloat_AsDouble(PyList_GET_ITEM(worths, i));
    for (Py_ssize_t left = 0, right = 0; !PyErr_Occurred() && right < count; right++) {
        const Py_ssize_t number = places[3 * right + 2], end = places[3 * right + 1];
        if (!counts[number]++) total += worth[number];
        while (left < right && end - places[3 * left] > chars) {
            const Py_ssize_t dropped = places[3 * left++ + 2];
            if (!--counts[dropped]) total -= worth[dropped];
        }
        if (total > most + 1e-9) { most = total; first = left; last = right; }
    }
    PyMem_Free(places);
    PyMem_Free(counts);
    PyMem_Free(worth);
    return PyErr_Occurred() ? NULL : Py_BuildValue("(nn)", first, last);
}

static PyMethodDef methods[] = {
    {"fold", fold, METH_VARARGS, NULL},
    {"find", find, METH_VARARGS, NULL},
    {"surfaces", surfaces, METH_VARARGS, NULL},
    {"window", window, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_matching", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__matching(void) { return PyModule_Create(&module); }
