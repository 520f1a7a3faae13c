/* The compiled part of writing; kernel_writing.py says what it does and plain_writing.py does the same in numpy. */
#include "writing.h"

static PyMethodDef methods[] = {
    {"invert", invert, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_writing", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__writing(void) {
    PyObject *made = PyModule_Create(&module), *type = PyType_FromSpec(&merger_spec);
    if (!made || !type || PyModule_AddObjectRef(made, "Merger", type)) Py_CLEAR(made);
    Py_XDECREF(type);
    return made;
}
