/* The compiled part of the Whoosh engine; kernel.py says what each does and plain.py does the same in numpy. */
#include "reader.h"
#include <string.h>

extern PyType_Spec reader_spec;

/* texts(at u8, data, numbers) -> [the string of each number: data[at[number]] to data[at[number + 1]], in UTF-8] */
static PyObject *texts(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_buffer at, data;
    PyObject *numbers;
    if (!PyArg_ParseTuple(args, "y*y*O!", &at, &data, &PyList_Type, &numbers)) return NULL;
    const uint64_t *a = at.buf;
    PyObject *found = PyList_New(PyList_GET_SIZE(numbers));
    for (Py_ssize_t i = 0; found && i < PyList_GET_SIZE(numbers); i++) {
        const Py_ssize_t number = PyLong_AsSsize_t(PyList_GET_ITEM(numbers, i));
        PyObject *one = NULL;
        if (number >= 0 && number + 1 < at.len / 8 && a[number] <= a[number + 1] && a[number + 1] <= (uint64_t)data.len)
            one = PyUnicode_DecodeUTF8((const char *)data.buf + a[number], (Py_ssize_t)(a[number + 1] - a[number]),
                                       "surrogatepass");
        if (one) PyList_SET_ITEM(found, i, one);
        else Py_CLEAR(found);
    }
    PyBuffer_Release(&at);
    PyBuffer_Release(&data);
    return found ? found : disagree();
}

/* fold(groups i4 of every document, matches i4, kinds) -> (how many matches lie under another one of their group, i4
 * counts of the matches of each group) */
static PyObject *fold(PyObject *Py_UNUSED(module), PyObject *args) {
    Py_buffer groups, matches;
    Py_ssize_t kinds, grouped = 0, held = 0;
    if (!PyArg_ParseTuple(args, "y*y*n", &groups, &matches, &kinds)) return NULL;
    const int32_t *group_of = groups.buf, *docs = matches.buf;
    const Py_ssize_t size = groups.len / 4;
    int good = kinds >= 0 && kinds <= size;
    PyObject *found = PyByteArray_FromStringAndSize(NULL, good ? 4 * kinds : 0);
    if (found) {
        int32_t *counts = (int32_t *)PyByteArray_AS_STRING(found);
        memset(counts, 0, good ? 4 * (size_t)kinds : 0);
        for (Py_ssize_t i = 0; good && i < matches.len / 4; i++) {
            good = docs[i] >= 0 && docs[i] < size && group_of[docs[i]] < kinds;
            if (!good || group_of[docs[i]] < 0) continue;
            grouped++;
            held += !counts[group_of[docs[i]]]++;
        }
    }
    PyBuffer_Release(&groups);
    PyBuffer_Release(&matches);
    if (found && good) return Py_BuildValue("(nN)", grouped - held, found);
    Py_XDECREF(found);
    return found ? disagree() : NULL;
}

static PyMethodDef methods[] = {
    {"fold", fold, METH_VARARGS, NULL},
    {"texts", texts, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) {
    PyObject *made = PyModule_Create(&module), *type = PyType_FromSpec(&reader_spec);
    if (!made || !type || PyModule_AddObjectRef(made, "Reader", type)) Py_CLEAR(made);
    Py_XDECREF(type);
    return made;
}
