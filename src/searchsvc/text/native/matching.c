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

static PyMethodDef methods[] = {
    {"fold", fold, METH_VARARGS, NULL},
    {"find", find, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_matching", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__matching(void) { return PyModule_Create(&module); }
