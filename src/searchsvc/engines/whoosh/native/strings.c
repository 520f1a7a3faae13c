/* Which documents contain a string, as a reader's find box would: its bigrams stand in a row. */
#include "reader.h"
#include <string.h>

/* One bigram of a string in one segment: its postings, the one looked at, and the offsets passed before `summed`. */
typedef struct {
    uint64_t begin, end, at, summed, passed, place, places;
} Walk;

typedef struct {
    int32_t *docs;
    Py_ssize_t count, room;
} Found;

/* How often a posting's bigram stands in its document. */
static uint64_t total_of(const Lists *lists, uint64_t posting) {
    const uint32_t packed = lists->tf[posting];
    if (packed != MANY) return (packed >> 25) + (packed >> 16 & 511) + (packed & 65535);
    const uint32_t *counts = many_counts(lists, posting);
    return counts ? (uint64_t)counts[0] + counts[1] + counts[2] : 0;
}

/* The bigrams that cover a string of `count` bigrams: every second one, and the last. */
static inline Py_ssize_t next_of(Py_ssize_t g, Py_ssize_t count) {
    return g + (g + 2 < count || g + 1 == count ? 2 : 1);
}

/* Whether the bigrams, all of which the document has, stand in it in a row. -1 for arrays that do not agree. */
static int in_a_row(const Lists *lists, Walk *walks, Py_ssize_t count) {
    Py_ssize_t fewest = 0;
    uint64_t least = UINT64_MAX;
    for (Py_ssize_t g = 0; g < count; g = next_of(g, count)) {
        Walk *walk = &walks[g];
        for (; walk->summed < walk->at; walk->summed++) walk->passed += total_of(lists, walk->summed);
        walk->places = total_of(lists, walk->at);
        /* Subtracted, because sums of what a damaged file holds wrap. */
        const uint64_t room = lists->offsets;
        if (walk->place > room || walk->passed > room - walk->place) return -1;
        if (walk->places > room - walk->place - walk->passed) return -1;
        if (walk->places < least) { least = walk->places; fewest = g; }
    }
    const uint64_t from = walks[fewest].place + walks[fewest].passed;
    for (uint64_t i = 0; i < least; i++) {
        const int64_t start = (int64_t)lists->pos[from + i] - fewest;
        int all = start >= 0;
        for (Py_ssize_t g = 0; all && g < count; g = next_of(g, count)) {
            const uint32_t *pos = lists->pos + walks[g].place + walks[g].passed;
            const uint64_t wanted = (uint64_t)start + (uint64_t)g;
            const uint64_t at = wanted > UINT32_MAX ? walks[g].places : gallop(pos, 0, walks[g].places, (uint32_t)wanted);
            all = at < walks[g].places && pos[at] == wanted;
        }
        if (all) return 1;
    }
    return 0;
}

static int keep(const Reader *self, Found *found, const Segment *segment, uint32_t doc) {
    if (doc >= segment->size) return 0;
    const uint64_t number = segment->first + doc;
    if (self->live && !self->live[number]) return 1;
    if (found->count == found->room) {
        found->room = found->room ? 2 * found->room : 64;
        int32_t *larger = PyMem_Realloc(found->docs, sizeof(int32_t) * (size_t)found->room);
        if (!larger) { PyErr_NoMemory(); return 0; }
        found->docs = larger;
    }
    found->docs[found->count++] = (int32_t)number;
    return 1;
}

/* Documents of a segment with a character. 0 for arrays that do not agree. */
static int with_char(const Reader *self, Found *found, const Segment *segment, uint64_t code) {
    const int64_t number = code_number(&segment->chars, code);
    Run run;
    if (number < 0) return 1;
    if (!run_of(&segment->chars, number, &run)) return 0;
    for (uint64_t at = run.begin; at < run.end; at++) if (!keep(self, found, segment, segment->chars.doc[at])) return 0;
    return 1;
}

/* Documents of a segment with a string of two characters or more. */
static int with_string(const Reader *self, Found *found, const Segment *segment, PyObject *text, Walk *walks, Py_ssize_t count) {
    const Lists *lists = &segment->grams;
    Py_ssize_t rarest = 0;
    for (Py_ssize_t g = 0; g < count; g++) {
        const uint64_t code = (uint64_t)PyUnicode_READ_CHAR(text, g) << CODE_BITS | PyUnicode_READ_CHAR(text, g + 1);
        const int64_t number = code_number(lists, code);
        Run run;
        if (number < 0) return 1;
        if (!run_of(lists, number, &run)) return 0;
        walks[g] = (Walk){run.begin, run.end, run.begin, run.begin, 0, lists->place[number], 0};
        if (run.end - run.begin < walks[rarest].end - walks[rarest].begin) rarest = g;
    }
    for (Walk *lead = &walks[rarest]; lead->at < lead->end; lead->at++) {
        const uint32_t doc = lists->doc[lead->at];
        int all = 1;
        for (Py_ssize_t g = 0; all && g < count; g++) {
            Walk *walk = &walks[g];
            if (g == rarest) continue;
            walk->at = gallop(lists->doc, walk->at, walk->end, doc);
            if (walk->at == walk->end) return 1;
            all = lists->doc[walk->at] == doc;
        }
        if (!all) continue;
        const int row = count == 1 ? 1 : in_a_row(lists, walks, count);
        if (row < 0 || (row && !keep(self, found, segment, doc))) return 0;
    }
    return 1;
}

/* containing(text) -> bytearray of i4: the live documents that have the string, ascending */
PyObject *reader_containing(Reader *self, PyObject *text) {
    if (!PyUnicode_Check(text) || !PyUnicode_GET_LENGTH(text)) return disagree();
    const Py_ssize_t count = PyUnicode_GET_LENGTH(text) - 1;
    Found found = {NULL, 0, 0};
    Walk *walks = PyMem_Calloc((size_t)count + 1, sizeof(Walk));
    int good = walks != NULL;
    if (!good) PyErr_NoMemory();
    for (Py_ssize_t i = 0; good && i < self->count; i++)
        good = count ? with_string(self, &found, &self->segments[i], text, walks, count)
                     : with_char(self, &found, &self->segments[i], PyUnicode_READ_CHAR(text, 0));
    PyObject *result = good ? PyByteArray_FromStringAndSize((const char *)found.docs, 4 * found.count) : NULL;
    PyMem_Free(walks);
    PyMem_Free(found.docs);
    return result ? result : disagree();
}
