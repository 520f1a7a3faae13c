/* The match set, the scores and the facets of one query.
 *
 * A document matches when the masses of the words it has reach what is needed. The words of least mass, which cannot
 * reach it together, only complete documents that have one of the others ("leading" words); their scores, and those
 * of bigrams, are added last, and only where a document can still be among the best (both after MaxScore: Turtle,
 * Flood, Query evaluation: strategies and optimizations, 1995).
 */
#include "reader.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const Run *runs;
    const Ranked *ranked; /* of a frequent term, or NULL */
    const float *impacts; /* the same; in the order of the postings of all runs */
    Py_ssize_t count;
    uint64_t postings;
    float weight, bound;  /* the most it adds to a score */
    uint32_t mass;
    int word;
    /* Where the pass over the documents is. */
    Py_ssize_t run;
    uint64_t at;
} Term;

static inline const Lists *lists_of(const Reader *self, const Term *term, const Run *run) {
    const Segment *segment = &self->segments[run->segment];
    return term->word ? &segment->words : &segment->grams;
}

/* Reads a term of (runs, what `frequent` gave or None, weight[, mass]); 0 for what is none. */
static int read_term(const Reader *self, PyObject *one, int word, Term *term) {
    if (!PyTuple_Check(one) || PyTuple_GET_SIZE(one) != (word ? 4 : 3)) return 0;
    PyObject *packed = PyTuple_GET_ITEM(one, 0), *frequent = PyTuple_GET_ITEM(one, 1);
    if (!PyBytes_Check(packed) || PyBytes_GET_SIZE(packed) % (Py_ssize_t)sizeof(Run)) return 0;
    term->word = word;
    term->runs = (const Run *)PyBytes_AS_STRING(packed);
    term->count = PyBytes_GET_SIZE(packed) / (Py_ssize_t)sizeof(Run);
    for (Py_ssize_t i = 0; i < term->count; i++) {
        const Run *run = &term->runs[i];
        if (run->segment >= (uint64_t)self->count || (i && run->segment <= run[-1].segment)) return 0;
        if (run->begin > run->end || run->end > (uint64_t)lists_of(self, term, run)->postings) return 0;
        term->postings += run->end - run->begin;
    }
    term->at = term->count ? term->runs[0].begin : 0;
    term->weight = (float)PyFloat_AsDouble(PyTuple_GET_ITEM(one, 2));
    term->bound = term->weight * (self->k1 + 1.0f);
    if (frequent != Py_None) {
        const Py_ssize_t size = (self->size / 64 + 1) * (Py_ssize_t)sizeof(Ranked);
        if (!PyBytes_Check(frequent)) return 0;
        if (PyBytes_GET_SIZE(frequent) != size + (1 + (Py_ssize_t)term->postings) * (Py_ssize_t)sizeof(float)) return 0;
        term->ranked = (const Ranked *)PyBytes_AS_STRING(frequent);
        term->impacts = (const float *)(PyBytes_AS_STRING(frequent) + size) + 1;
        term->bound = term->weight * term->impacts[-1];
    }
    const long mass = word ? PyLong_AsLong(PyTuple_GET_ITEM(one, 3)) : 0;
    if (PyErr_Occurred() || mass < 0 || mass > INT32_MAX) return 0;
    term->mass = (uint32_t)mass;
    return 1;
}

/* Adds a word to the cells of documents `begin` to `end` - 1: a leading one to all that have it, which are marked, another
 * to those that are marked. 0: arrays do not agree. */
static int add_postings(Reader *self, Term *term, int leading, int64_t begin, int64_t end) {
    for (; term->run < term->count; term->run++) {
        const Run *run = &term->runs[term->run];
        const Segment *segment = &self->segments[run->segment];
        const Lists *lists = &segment->words;
        if (term->at < run->begin) term->at = run->begin;
        if ((int64_t)segment->first >= end) return 1;
        const uint32_t *docs = lists->doc, first = (uint32_t)segment->first;
        const int64_t within = end - first < segment->size ? end - first : segment->size;
        uint64_t at = term->at;
        for (; at < run->end && docs[at] < within; at++) {
            const uint32_t doc = first + docs[at], cell = doc - (uint32_t)begin;
            if (cell >= BLOCK) return 0;
            if (leading) self->marks[cell >> 6] |= 1ull << (cell & 63);
            else if (!(self->marks[cell >> 6] >> (cell & 63) & 1)) continue;
            self->cells[cell].score += term->weight * impact_of(self, lists, at, doc);
            self->cells[cell].mass += term->mass;
        }
        term->at = at;
        if (at < run->end) return docs[at] < segment->size;
        term->at = 0;
    }
    return 1;
}

/* The same of a leading frequent word. Its impacts are in the order of its documents. */
COUNTS_BITS static void add_frequent(Reader *self, const Term *term, int64_t begin, int64_t words) {
    const Ranked *ranked = term->ranked + begin / 64;
    const float *impacts = term->impacts + ranked->rank, weight = term->weight;
    const uint32_t mass = term->mass;
    for (int64_t i = 0; i < words; i++) {
        Cell *cells = self->cells + 64 * i;
        self->marks[i] |= ranked[i].bits;
        for (uint64_t bits = ranked[i].bits; bits; bits &= bits - 1) {
            Cell *cell = cells + __builtin_ctzll(bits);
            cell->score += weight * *impacts++;
            cell->mass += mass;
        }
    }
}

/* The same of a frequent word that does not lead. */
COUNTS_BITS static void complete_frequent(Reader *self, const Term *term, int64_t begin, int64_t words) {
    const Ranked *ranked = term->ranked + begin / 64;
    for (int64_t i = 0; i < words; i++) {
        for (uint64_t bits = self->marks[i] & ranked[i].bits; bits; bits &= bits - 1) {
            const uint64_t place = (uint64_t)__builtin_ctzll(bits);
            Cell *cell = self->cells + 64 * i + place;
            cell->score += term->weight * term->impacts[rank_in(&ranked[i], place)];
            cell->mass += term->mass;
        }
    }
}

/* What a query asks, besides its words. */
typedef struct {
    Term *words, *grams;
    Py_ssize_t leading, word_count, gram_count;
    int32_t need;
    const uint8_t *allowed; /* or NULL */
    const uint8_t *wanted;  /* of category + 1, or NULL */
    int64_t low, high;      /* moments, both inclusive; both 0: any */
    const uint32_t *candidates, *extra;
    int64_t candidate_count, extras;
    int64_t *categories, *years; /* counts to be made, of code + 1 */
} Question;

static inline int passes(const Reader *self, const Question *asked, uint32_t doc) {
    if (self->live && !self->live[doc]) return 0;
    if (asked->wanted) {
        const int64_t category = (int64_t)self->categories[doc] + 1;
        if (category < 0 || category > self->category_kinds || !asked->wanted[category]) return 0;
    }
    return (!asked->low && !asked->high) || (self->moments[doc] >= asked->low && self->moments[doc] <= asked->high);
}

static int count_in(int64_t *counts, int64_t kinds, int32_t code) {
    if ((int64_t)code + 1 < 0 || (int64_t)code + 1 > kinds) return 0;
    counts[code + 1]++;
    return 1;
}

/* The match set of the block from `begin` on, behind the `count` before. Cells and marks are zero again. */
static int64_t collect(Reader *self, const Question *asked, int64_t begin, int64_t words, int64_t count, int64_t *next) {
    const int any = !self->live && !asked->wanted && !asked->allowed && !asked->low && !asked->high && !asked->extras;
    for (int64_t word = 0; word < words; word++) {
        Ranked *matched = &self->matched[begin / 64 + word];
        matched->bits = 0;
        matched->rank = (uint64_t)count;
        for (uint64_t bits = self->marks[word]; bits; bits &= bits - 1) {
            const uint64_t place = (uint64_t)__builtin_ctzll(bits);
            const uint32_t doc = (uint32_t)(begin + 64 * word) + (uint32_t)place;
            Cell *cell = &self->cells[64 * word + (int64_t)place];
            int in = (int64_t)cell->mass >= asked->need;
            if (!any) {
                while (*next < asked->extras && asked->extra[*next] < doc) ++*next;
                in = (in && (!asked->allowed || asked->allowed[doc])) || (*next < asked->extras && asked->extra[*next] == doc);
                in = in && passes(self, asked, doc);
            }
            self->docs[count] = doc;
            self->scores[count] = cell->score;
            count += in;
            matched->bits |= (uint64_t)in << place;
            *cell = (Cell){0.0f, 0};
        }
        self->marks[word] = 0;
    }
    return count;
}

/* Marks those of ascending documents that lie before `end`, from the `next` on. */
static void mark(Reader *self, const uint32_t *docs, int64_t count, int64_t begin, int64_t end, int64_t *next) {
    for (; *next < count && docs[*next] < end; ++*next) {
        const uint32_t cell = docs[*next] - (uint32_t)begin;
        self->marks[cell >> 6] |= 1ull << (cell & 63);
    }
}

/* The whole match set, ascending, with the scores of its words; how many. -1: arrays do not agree. */
static int64_t match(Reader *self, Question *asked) {
    int64_t count = 0, candidate = 0, marked = 0, next = 0;
    for (int64_t begin = 0; begin < self->size; begin += BLOCK) {
        const int64_t end = begin + BLOCK < self->size ? begin + BLOCK : self->size, before = count;
        const int64_t words = (end - begin + 63) / 64;
        for (Py_ssize_t i = 0; i < asked->leading; i++) {
            if (asked->words[i].ranked) add_frequent(self, &asked->words[i], begin, words);
            else if (!add_postings(self, &asked->words[i], 1, begin, end)) return -1;
        }
        mark(self, asked->candidates, asked->candidate_count, begin, end, &candidate);
        mark(self, asked->extra, asked->extras, begin, end, &marked);
        for (Py_ssize_t i = asked->leading; i < asked->word_count; i++) {
            if (asked->words[i].ranked) complete_frequent(self, &asked->words[i], begin, words);
            else if (!add_postings(self, &asked->words[i], 0, begin, end)) return -1;
        }
        count = collect(self, asked, begin, words, count, &next);
        for (int64_t i = before; asked->categories && i < count; i++)
            if (!count_in(asked->categories, self->category_kinds, self->categories[self->docs[i]])
                || !count_in(asked->years, self->year_kinds, self->years[self->docs[i]])) return -1;
    }
    return count;
}

/* Puts the value at `at` where it belongs below, in a heap whose least value is on top. */
static void sift(float *heap, int64_t at, int64_t size) {
    const float value = heap[at];
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= size) break;
        if (child + 1 < size && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= value) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = value;
}

/* The k-th best of the scores, or the least of them when they are fewer. `heap` has room for k. */
static float kth_best(const float *scores, int64_t count, int64_t k, float *heap) {
    const int64_t full = k < count ? k : count;
    if (!full) return 0.0f;
    memcpy(heap, scores, sizeof(float) * (size_t)full);
    for (int64_t at = full / 2; at-- > 0;) sift(heap, at, full);
    for (int64_t i = full; i < count; i++)
        if (scores[i] > heap[0]) { heap[0] = scores[i]; sift(heap, 0, full); }
    return heap[0];
}

/* Takes documents that score less than `least` out of the match set; how many are left. */
COUNTS_BITS static int64_t at_least(Reader *self, float least) {
    int64_t left = 0;
    for (int64_t i = 0; i <= self->size / 64; i++) {
        Ranked *matched = &self->matched[i];
        if (!matched->bits) continue;
        const float *scores = self->scores + matched->rank;
        uint64_t kept = 0;
        for (uint64_t bits = matched->bits; bits; bits &= bits - 1) kept |= (*scores++ >= least) * (bits & -bits);
        /* The others stay in `docs`, where nothing points to them. */
        if (kept != matched->bits) {
            const uint64_t before = matched->bits;
            uint64_t to = matched->rank, from = matched->rank;
            for (uint64_t bits = before; bits; bits &= bits - 1, from++)
                if (kept & (bits & -bits)) { self->docs[to] = self->docs[from]; self->scores[to++] = self->scores[from]; }
            matched->bits = kept;
        }
        left += __builtin_popcountll(kept);
    }
    return left;
}

/* Adds a bigram to the scores of the match set. 0: arrays do not agree. */
COUNTS_BITS static int add_to(Reader *self, const Term *term) {
    if (term->ranked) {
        for (int64_t i = 0; i <= self->size / 64; i++) {
            const Ranked *matched = &self->matched[i], *ranked = &term->ranked[i];
            for (uint64_t bits = matched->bits & ranked->bits; bits; bits &= bits - 1) {
                const uint64_t place = (uint64_t)__builtin_ctzll(bits);
                self->scores[rank_in(matched, place)] += term->weight * term->impacts[rank_in(ranked, place)];
            }
        }
        return 1;
    }
    for (Py_ssize_t i = 0; i < term->count; i++) {
        const Run *run = &term->runs[i];
        const Segment *segment = &self->segments[run->segment];
        const Lists *lists = lists_of(self, term, run);
        for (uint64_t at = run->begin; at < run->end; at++) {
            if (lists->doc[at] >= segment->size) return 0;
            const uint32_t doc = (uint32_t)segment->first + lists->doc[at];
            const Ranked *matched = &self->matched[doc >> 6];
            if (matched->bits >> (doc & 63) & 1)
                self->scores[rank_in(matched, doc & 63)] += term->weight * impact_of(self, lists, at, doc);
        }
    }
    return 1;
}

/* What is left of the match set, put together at the beginning of docs and scores; how many. */
static int64_t together(Reader *self) {
    int64_t count = 0;
    for (int64_t i = 0; i <= self->size / 64; i++) {
        uint64_t from = self->matched[i].rank;
        for (uint64_t bits = self->matched[i].bits; bits; bits &= bits - 1, from++, count++) {
            self->docs[count] = self->docs[from];
            self->scores[count] = self->scores[from];
        }
    }
    return count;
}

/* A score that the k-th best reaches: with frequent bigrams that are still to come, of documents that are ahead now. */
COUNTS_BITS static float reached(const Reader *self, const Term *terms, Py_ssize_t kinds, int64_t count, int64_t k, float *heap) {
    const float ahead = kth_best(self->scores, count, 2 * k, heap);
    float *full = heap + 2 * k;
    int64_t found = 0;
    for (int64_t i = 0; i < count && found < 2 * k; i++) {
        const uint32_t doc = self->docs[i];
        if (self->scores[i] < ahead) continue;
        full[found] = self->scores[i];
        for (Py_ssize_t j = 0; j < kinds; j++) {
            const Ranked *ranked = terms[j].ranked ? &terms[j].ranked[doc >> 6] : NULL;
            if (ranked && ranked->bits >> (doc & 63) & 1)
                full[found] += terms[j].weight * terms[j].impacts[rank_in(ranked, doc & 63)];
        }
        found++;
    }
    return kth_best(full, found, k, heap);
}

static int by_mass(const void *one, const void *other) {
    const uint32_t a = ((const Term *)one)->mass, b = ((const Term *)other)->mass;
    return (a < b) - (a > b);
}

static int by_postings(const void *one, const void *other) {
    const uint64_t a = ((const Term *)one)->postings, b = ((const Term *)other)->postings;
    return (a > b) - (a < b);
}

/* Adds the bigrams, rare ones first, to the documents that can be among the k best with them; how many are, ties
 * included. `heap` has room for 4 k. -1: arrays do not agree. */
static int64_t best(Reader *self, Term *grams, Py_ssize_t kinds, int64_t count, int64_t k, float *heap) {
    float left = 0.0f, before = INFINITY, least = -INFINITY;
    qsort(grams, (size_t)kinds, sizeof(Term), by_postings);
    for (Py_ssize_t i = 0; i < kinds; i++) left += grams[i].bound;
    for (Py_ssize_t i = 0; i < kinds; i++) {
        /* Going over all documents takes as long as adding a frequent bigram: it pays when it can take many out. */
        if (count > 4096 && count > 4 * k && grams[i].ranked && left < 0.4f * before) {
            if (least == -INFINITY) {
                least = reached(self, grams + i, kinds - i, count, k, heap);
                least -= 1e-5f * fabsf(least); /* sums are rounded */
            }
            count = at_least(self, least - left * 1.00001f);
            before = left;
        }
        if (!add_to(self, &grams[i])) return -1;
        left -= grams[i].bound;
    }
    count = together(self);
    const float last = kth_best(self->scores, count, k, heap);
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        self->docs[kept] = self->docs[i];
        self->scores[kept] = self->scores[i];
        kept += self->scores[i] >= last;
    }
    return kept;
}

/* Counts of codes 0 to kinds - 1 as a list; empty for NULL. */
static PyObject *listed(const int64_t *counts, int64_t kinds) {
    PyObject *found = PyList_New(counts ? (Py_ssize_t)kinds : 0);
    for (int64_t i = 0; counts && found && i < kinds; i++) {
        PyObject *value = PyLong_FromLongLong(counts[i + 1]);
        if (value) PyList_SET_ITEM(found, i, value);
        else Py_CLEAR(found);
    }
    return found;
}

typedef struct {
    float score;
    uint32_t doc;
} Ranking;

static int by_score(const void *one, const void *other) {
    const Ranking *a = one, *b = other;
    return a->score != b->score ? (a->score < b->score) - (a->score > b->score) : (a->doc > b->doc) - (a->doc < b->doc);
}

/* ([documents], [scores]) of the first `count`, best first. */
static PyObject *page_of(Reader *self, int64_t count) {
    PyObject *docs = PyList_New((Py_ssize_t)count), *scores = PyList_New((Py_ssize_t)count);
    Ranking *ranked = PyMem_New(Ranking, (size_t)count + 1);
    int good = docs && scores && ranked;
    if (!ranked) PyErr_NoMemory();
    for (int64_t i = 0; good && i < count; i++) ranked[i] = (Ranking){self->scores[i], self->docs[i]};
    if (good) qsort(ranked, (size_t)count, sizeof(Ranking), by_score);
    for (int64_t i = 0; good && i < count; i++) {
        PyObject *doc = PyLong_FromUnsignedLong(ranked[i].doc), *score = PyFloat_FromDouble(ranked[i].score);
        good = doc && score;
        if (doc) PyList_SET_ITEM(docs, i, doc);
        if (score) PyList_SET_ITEM(scores, i, score);
    }
    PyMem_Free(ranked);
    PyObject *page = good ? PyTuple_Pack(2, docs, scores) : NULL;
    Py_XDECREF(docs);
    Py_XDECREF(scores);
    return page;
}

/* The documents of an ascending i4 buffer; 0 for numbers that are none. */
static int documents_of(const Reader *self, const Py_buffer *view, const uint32_t **docs, int64_t *count) {
    *docs = view->buf;
    *count = view->obj ? view->len / 4 : 0;
    for (int64_t i = 0; i < *count; i++)
        if ((*docs)[i] >= (uint64_t)self->size || (i && (*docs)[i] <= (*docs)[i - 1])) return 0;
    return 1;
}

/* Reads what is asked into the question and its terms; 0 for what does not fit. */
static int read_question(const Reader *self, Question *asked, PyObject *words, PyObject *grams, Py_buffer views[4]) {
    for (Py_ssize_t i = 0; i < asked->word_count; i++)
        if (!read_term(self, PyList_GET_ITEM(words, i), 1, &asked->words[i])) return 0;
    for (Py_ssize_t i = 0; i < asked->gram_count; i++)
        if (!read_term(self, PyList_GET_ITEM(grams, i), 0, &asked->grams[i])) return 0;
    if (!documents_of(self, &views[0], &asked->candidates, &asked->candidate_count)) return 0;
    if (!documents_of(self, &views[1], &asked->extra, &asked->extras)) return 0;
    asked->allowed = views[2].buf;
    asked->wanted = views[3].buf;
    if ((asked->allowed && views[2].len != self->size) || (asked->wanted && views[3].len != self->category_kinds + 1)) return 0;
    qsort(asked->words, (size_t)asked->word_count, sizeof(Term), by_mass);
    /* Candidates are all that can match: then no word leads. */
    asked->leading = views[0].obj ? 0 : asked->word_count;
    int64_t rest = 0;
    while (asked->leading > 0 && rest + asked->words[asked->leading - 1].mass < asked->need) rest += asked->words[--asked->leading].mass;
    return 1;
}

/* search(words, grams, need, candidates, extra, allowed, wanted, low, high, k, facets), see kernel.py */
PyObject *reader_search(Reader *self, PyObject *args) {
    PyObject *words, *grams, *objects[4], *result = NULL;
    Py_buffer views[4] = {{0}, {0}, {0}, {0}};
    Question asked = {0};
    long long low, high;
    Py_ssize_t k;
    int need, facets;
    if (!PyArg_ParseTuple(args, "O!O!iOOOOLLnp", &PyList_Type, &words, &PyList_Type, &grams, &need, &objects[0],
                          &objects[1], &objects[2], &objects[3], &low, &high, &k, &facets)) return NULL;
    asked.word_count = PyList_GET_SIZE(words);
    asked.gram_count = PyList_GET_SIZE(grams);
    asked.need = need;
    asked.low = low;
    asked.high = high;
    if (k < 0) return disagree();
    const int64_t most = k < self->size ? k : self->size;
    asked.words = PyMem_Calloc((size_t)(asked.word_count + asked.gram_count) + 1, sizeof(Term));
    float *heap = PyMem_Malloc(sizeof(float) * (size_t)(4 * most + 1));
    int64_t *counts = PyMem_Calloc((size_t)(self->category_kinds + self->year_kinds) + 2, sizeof(int64_t));
    if (!asked.words || !heap || !counts) { PyErr_NoMemory(); goto done; }
    asked.grams = asked.words + asked.word_count;
    if (facets) { asked.categories = counts; asked.years = counts + self->category_kinds + 1; }
    for (int i = 0; i < 4; i++)
        if (objects[i] != Py_None && PyObject_GetBuffer(objects[i], &views[i], PyBUF_SIMPLE)) goto done;
    if (!read_question(self, &asked, words, grams, views)) goto done;
    int64_t count = match(self, &asked);
    if (count < 0) {
        memset(self->cells, 0, BLOCK * sizeof(Cell));
        memset(self->marks, 0, BLOCK / 8);
        goto done;
    }
    PyObject *matches = PyByteArray_FromStringAndSize((const char *)self->docs, 4 * (Py_ssize_t)count);
    count = most ? best(self, asked.grams, asked.gram_count, count, most, heap) : 0;
    if (count < 0) { Py_XDECREF(matches); goto done; }
    PyObject *page = page_of(self, count), *categories = listed(asked.categories, self->category_kinds);
    PyObject *years = listed(asked.years, self->year_kinds);
    if (matches && page && categories && years) result = PyTuple_Pack(4, matches, page, categories, years);
    Py_XDECREF(matches);
    Py_XDECREF(page);
    Py_XDECREF(categories);
    Py_XDECREF(years);
done:
    for (int i = 0; i < 4; i++) if (views[i].obj) PyBuffer_Release(&views[i]);
    PyMem_Free(asked.words);
    PyMem_Free(heap);
    PyMem_Free(counts);
    return result ? result : disagree();
}
