/* The compiled part of the Whoosh engine; kernel.py says what each does and plain.py does the same in numpy. */
#include "reader.h"

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

static PyMethodDef methods[] = {
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
