/* Inverting a batch of articles, and merging segments: what invert.py and merge.py describe, without the loops in
 * Python. Both run without the interpreter's lock, on memory of their own and on arrays that are held open.
 */
#ifndef SEARCHSVC_WRITING_H
#define SEARCHSVC_WRITING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "packing.h"

/* Values one after another; grows. */
typedef struct {
    uint8_t *bytes;
    size_t used, room;
} Buffer;

/* Room for `more` bytes at the end, which are then used: where they begin. NULL without memory. */
static inline void *extend(Buffer *buffer, size_t more) {
    if (buffer->used + more > buffer->room || !buffer->bytes) {
        const size_t room = 2 * (buffer->used + more) + 64;
        uint8_t *bytes = PyMem_RawRealloc(buffer->bytes, room);
        if (!bytes) return NULL;
        buffer->bytes = bytes;
        buffer->room = room;
    }
    buffer->used += more;
    return buffer->bytes + buffer->used - more;
}

/* How the work ended. */
typedef enum { DONE, NO_MEMORY, DISAGREE, TOO_MUCH } Outcome;

/* Sets the exception of a work that did not end well; NULL. */
static inline PyObject *failed(Outcome outcome) {
    if (PyErr_Occurred()) return NULL;
    if (outcome == NO_MEMORY) return PyErr_NoMemory();
    PyErr_SetString(PyExc_ValueError, "the arrays do not agree");
    return NULL;
}

PyObject *invert(PyObject *module, PyObject *articles);
extern PyType_Spec merger_spec;

#endif
