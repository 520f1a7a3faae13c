/* A batch of articles -> postings of its words, bigrams and characters.
 *
 * Every occurrence becomes one number, (rank of the term, text, place in the text), and sorting these inverts the
 * batch: by rank, digit by digit; texts and places stay in order. All that is large is read and written from one end
 * to the other; counting by term instead, which needs no sorting, misses the caches at every occurrence and takes
 * twice as long.
 */
#include "writing.h"
#include <stdlib.h>
#include <string.h>

#define NOTHING UINT32_MAX
#define CODE_POINTS 0x110000
/* Bits that are sorted at a time: their 512 runs stay in the nearest caches. */
#define DIGIT 9

typedef struct {
    const char *words; /* UTF-8, a word a line */
    Py_ssize_t bytes;
    uint32_t counts[3]; /* how many of them are of title, headings, body */
    int kind;
    const void *text;
    Py_ssize_t length;
    uint32_t bounds[2]; /* where headings and body begin in the text */
} Text;

typedef struct {
    const char *word;
    uint32_t size, hash;
} Word;

/* How many bits of an element each part of it has. A bigram's rank is those of its two characters. */
typedef struct {
    int character, doc, place;
} Bits;

/* Postings of one kind as they are made, in order. */
typedef struct {
    Buffer start, doc, tf, many, many_tf;
} Postings;

typedef struct {
    Text *texts;
    Py_ssize_t count;
    uint64_t chars, tokens;
    uint32_t *limits; /* where in each text, in tokens or then in characters, headings and body begin */
    uint64_t *elements, *spare;
    /* Words by hash, and the word of each token. */
    Word *words;
    uint32_t word_count, word_room, mask, *slots, *token_words, *word_order;
    /* Characters by code point (number + 1), and the number of each character of the batch; later ranks. */
    uint32_t *known, *points;
    Buffer codes; /* of characters */
    Postings word_postings, gram_postings;
    Buffer gram_codes, gram_places, gram_pos, char_codes, char_start, char_doc;
} Work;

static uint32_t hash_of(const char *word, size_t size) {
    uint64_t hash = size;
    for (; size >= 8; word += 8, size -= 8) {
        uint64_t eight;
        memcpy(&eight, word, 8);
        hash = (hash ^ eight) * 0x9E3779B97F4A7C15ull;
        hash ^= hash >> 29;
    }
    uint64_t rest = 0;
    memcpy(&rest, word, size);
    hash = (hash ^ rest) * 0x9E3779B97F4A7C15ull;
    return (uint32_t)(hash >> 32);
}

/* Room for one more word; the slots at most half full. */
static int more_words(Work *work) {
    if (work->word_count == work->word_room) {
        const uint32_t room = work->word_room ? 2 * work->word_room : 1024;
        Word *words = PyMem_RawRealloc(work->words, room * sizeof(Word));
        if (!words) return 0;
        work->words = words;
        work->word_room = room;
    }
    if (work->slots && 2 * (uint64_t)work->word_count < work->mask) return 1;
    const uint32_t size = work->slots ? 2 * (work->mask + 1) : 4096;
    uint32_t *slots = PyMem_RawCalloc(size, sizeof(uint32_t));
    if (!slots) return 0;
    for (uint32_t i = 0; i < work->word_count; i++) {
        uint32_t at = work->words[i].hash & (size - 1);
        while (slots[at]) at = (at + 1) & (size - 1);
        slots[at] = i + 1;
    }
    PyMem_RawFree(work->slots);
    work->slots = slots;
    work->mask = size - 1;
    return 1;
}

/* The number of a word, a new one for a new word; NOTHING without memory. */
static uint32_t number_of(Work *work, const char *word, size_t size) {
    const uint32_t hash = hash_of(word, size);
    uint32_t at = hash & work->mask;
    for (uint32_t found; (found = work->slots[at]); at = (at + 1) & work->mask) {
        const Word *one = &work->words[found - 1];
        if (one->hash == hash && one->size == size && !memcmp(one->word, word, size)) return found - 1;
    }
    work->words[work->word_count] = (Word){word, (uint32_t)size, hash};
    work->slots[at] = ++work->word_count;
    return more_words(work) ? work->word_count - 1 : NOTHING;
}

static Outcome number_words(Work *work) {
    uint64_t token = 0;
    if (!more_words(work)) return NO_MEMORY;
    for (Py_ssize_t i = 0; i < work->count; i++) {
        const Text *text = &work->texts[i];
        const char *word = text->words, *end = word + text->bytes;
        for (uint64_t left = (uint64_t)text->counts[0] + text->counts[1] + text->counts[2]; left; left--) {
            if (word > end) return DISAGREE;
            const char *stop = memchr(word, '\n', (size_t)(end - word));
            if (!stop) stop = end;
            const uint32_t number = number_of(work, word, (size_t)(stop - word));
            if (number == NOTHING) return NO_MEMORY;
            work->token_words[token++] = number;
            word = stop + 1;
        }
        /* A text without words has no line, not even an empty one. */
        if (word != end + 1 && (word != text->words || text->bytes)) return DISAGREE;
    }
    return DONE;
}

static Outcome number_characters(Work *work) {
    uint64_t at = 0;
    uint32_t count = 0;
    for (Py_ssize_t i = 0; i < work->count; i++) {
        const Text *text = &work->texts[i];
        for (Py_ssize_t j = 0; j < text->length; j++, at++) {
            const uint32_t point = PyUnicode_READ(text->kind, text->text, j);
            uint32_t *known = &work->known[point];
            if (!*known && point != '\n') {
                uint64_t *code = extend(&work->codes, sizeof(uint64_t));
                if (!code) return NO_MEMORY;
                *code = point;
                *known = ++count;
            }
            work->points[at] = *known - 1; /* NOTHING for a line's end */
        }
    }
    return DONE;
}

static int by_value(const void *one, const void *two) {
    const uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)two;
    return (a > b) - (a < b);
}

static int by_word(const void *one, const void *two) {
    const Word *a = *(const Word *const *)one, *b = *(const Word *const *)two;
    const int order = memcmp(a->word, b->word, a->size < b->size ? a->size : b->size);
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* Words in the order of their bytes; `ranks` of their numbers. */
static Outcome sort_words(Work *work, uint32_t *ranks) {
    const Word **sorted = PyMem_RawMalloc(((size_t)work->word_count + 1) * sizeof(Word *));
    if (!sorted) return NO_MEMORY;
    for (uint32_t i = 0; i < work->word_count; i++) sorted[i] = &work->words[i];
    qsort(sorted, work->word_count, sizeof(Word *), by_word);
    for (uint32_t i = 0; i < work->word_count; i++) {
        work->word_order[i] = (uint32_t)(sorted[i] - work->words);
        ranks[work->word_order[i]] = i;
    }
    PyMem_RawFree(sorted);
    return DONE;
}

static int bits_of(uint64_t count) {
    int bits = 1;
    while (bits < 64 && count >> bits) bits++;
    return bits;
}

/* Sorts elements by the `bits` bits from bit `low` on; equal ones stay in order. The result is in `elements`. */
static void sort_elements(Work *work, uint64_t count, int low, int bits) {
    for (int shift = low; shift < low + bits; shift += DIGIT) {
        uint64_t begin[1 << DIGIT] = {0}, sum = 0;
        const uint64_t *from = work->elements, mask = (1 << DIGIT) - 1;
        uint64_t *to = work->spare;
        for (uint64_t i = 0; i < count; i++) begin[from[i] >> shift & mask]++;
        for (int i = 0; i < 1 << DIGIT; i++) { const uint64_t size = begin[i]; begin[i] = sum; sum += size; }
        for (uint64_t i = 0; i < count; i++) to[begin[from[i] >> shift & mask]++] = from[i];
        work->spare = work->elements;
        work->elements = to;
    }
}

/* Writes the frequencies of a complete posting, the one after `done` others. */
static Outcome write_frequencies(Postings *postings, const uint32_t *counts) {
    uint32_t *tf = extend(&postings->tf, sizeof(uint32_t));
    if (!tf) return NO_MEMORY;
    const int fits = counts[0] <= 127 && counts[1] <= 511 && counts[2] <= 65535;
    if (fits && (counts[0] != 127 || counts[1] != 511 || counts[2] != 65535)) {
        *tf = counts[0] << 25 | counts[1] << 16 | counts[2];
        return DONE;
    }
    uint64_t *place = extend(&postings->many, sizeof(uint64_t));
    uint32_t *all = extend(&postings->many_tf, 3 * sizeof(uint32_t));
    if (!place || !all) return NO_MEMORY;
    *tf = MANY;
    *place = postings->tf.used / sizeof(uint32_t) - 1;
    memcpy(all, counts, 3 * sizeof(uint32_t));
    return DONE;
}

static int add_value(Buffer *buffer, uint64_t value) {
    uint64_t *room = extend(buffer, sizeof(uint64_t));
    if (room) *room = value;
    return room != NULL;
}

/* Sorted elements -> postings. Of bigrams also the offsets, codes, and where the offsets of each begin. */
static Outcome write_postings(Work *work, uint64_t count, Bits bits, int grams) {
    Postings *postings = grams ? &work->gram_postings : &work->word_postings;
    const uint64_t place_mask = ((uint64_t)1 << bits.place) - 1, doc_mask = ((uint64_t)1 << bits.doc) - 1;
    const uint64_t *codes = (const uint64_t *)work->codes.bytes;
    uint32_t counts[3] = {0, 0, 0};
    uint64_t posting = UINT64_MAX, term = UINT64_MAX; /* no element has so many bits in either */
    uint32_t *pos = grams ? extend(&work->gram_pos, count * sizeof(uint32_t)) : NULL;
    if (grams && !pos) return NO_MEMORY;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t element = work->elements[i], place = element & place_mask;
        if (element >> bits.place != posting) {
            if (i && write_frequencies(postings, counts) != DONE) return NO_MEMORY;
            posting = element >> bits.place;
            counts[0] = counts[1] = counts[2] = 0;
            if (posting >> bits.doc != term) {
                term = posting >> bits.doc;
                if (!add_value(&postings->start, postings->doc.used / sizeof(uint32_t))) return NO_MEMORY;
                if (grams) {
                    const uint64_t first = codes[term >> bits.character], second = codes[term & (((uint64_t)1 << bits.character) - 1)];
                    if (!add_value(&work->gram_codes, first << CODE_BITS | second) || !add_value(&work->gram_places, i))
                        return NO_MEMORY;
                }
            }
            uint32_t *room = extend(&postings->doc, sizeof(uint32_t));
            if (!room) return NO_MEMORY;
            *room = (uint32_t)(posting & doc_mask);
        }
        const uint32_t *limit = work->limits + 2 * (posting & doc_mask);
        counts[(place >= limit[0]) + (place >= limit[1])]++;
        if (grams) pos[i] = (uint32_t)place;
    }
    if (count && write_frequencies(postings, counts) != DONE) return NO_MEMORY;
    if (!add_value(&postings->start, postings->doc.used / sizeof(uint32_t))) return NO_MEMORY;
    return grams && !add_value(&work->gram_places, count) ? NO_MEMORY : DONE;
}

static Outcome invert_words(Work *work) {
    Outcome outcome = number_words(work);
    if (outcome != DONE) return outcome;
    uint64_t longest = 0;
    for (Py_ssize_t i = 0; i < work->count; i++) {
        const uint32_t *counts = work->texts[i].counts;
        const uint64_t tokens = (uint64_t)counts[0] + counts[1] + counts[2];
        work->limits[2 * i] = counts[0];
        work->limits[2 * i + 1] = counts[0] + counts[1];
        if (tokens > longest) longest = tokens;
    }
    const Bits bits = {0, bits_of((uint64_t)work->count), bits_of(longest)};
    if (bits_of(work->word_count) + bits.doc + bits.place > 63) return TOO_MUCH;
    uint32_t *ranks = PyMem_RawMalloc(((size_t)work->word_count + 1) * sizeof(uint32_t));
    work->word_order = PyMem_RawMalloc(((size_t)work->word_count + 1) * sizeof(uint32_t));
    if (!ranks || !work->word_order || sort_words(work, ranks) != DONE) outcome = NO_MEMORY;
    uint64_t token = 0;
    for (Py_ssize_t i = 0; outcome == DONE && i < work->count; i++) {
        const uint32_t *counts = work->texts[i].counts;
        const uint64_t tokens = (uint64_t)counts[0] + counts[1] + counts[2];
        for (uint64_t j = 0; j < tokens; j++, token++)
            work->elements[token] = ((uint64_t)ranks[work->token_words[token]] << bits.doc | (uint64_t)i) << bits.place | j;
    }
    PyMem_RawFree(ranks);
    if (outcome != DONE) return outcome;
    sort_elements(work, token, bits.doc + bits.place, bits_of(work->word_count));
    return write_postings(work, token, bits, 0);
}

/* Which texts have each character. They are few, and counting is quick. */
static Outcome write_characters(Work *work, uint64_t count) {
    const uint64_t *codes = (const uint64_t *)work->codes.bytes;
    uint32_t *last = PyMem_RawMalloc((count + 1) * sizeof(uint32_t));
    uint64_t *next = PyMem_RawCalloc(count + 1, sizeof(uint64_t)), sum = 0;
    uint64_t *start = extend(&work->char_start, (count + 1) * sizeof(uint64_t));
    Outcome outcome = last && next && start ? DONE : NO_MEMORY;
    for (int placing = 0; outcome == DONE && placing < 2; placing++) {
        uint32_t *doc = (uint32_t *)work->char_doc.bytes;
        const uint32_t *point = work->points;
        memset(last, 0xff, (count + 1) * sizeof(uint32_t));
        for (uint32_t i = 0; i < (uint64_t)work->count; i++) {
            for (const uint32_t *end = point + work->texts[i].length; point < end; point++) {
                if (*point == NOTHING || last[*point] == i) continue;
                last[*point] = i;
                if (placing) doc[next[*point]] = i;
                next[*point]++;
            }
        }
        if (placing) break;
        for (uint64_t i = 0; i < count; i++) { const uint64_t size = next[i]; start[i] = next[i] = sum; sum += size; }
        start[count] = sum;
        if (!extend(&work->char_doc, sum * sizeof(uint32_t)) || !extend(&work->char_codes, count * sizeof(uint64_t)))
            outcome = NO_MEMORY;
        else if (count) memcpy(work->char_codes.bytes, codes, count * sizeof(uint64_t));
    }
    PyMem_RawFree(last);
    PyMem_RawFree(next);
    return outcome;
}

static Outcome invert_characters(Work *work) {
    if (number_characters(work) != DONE) return NO_MEMORY;
    const uint64_t count = work->codes.used / sizeof(uint64_t);
    uint64_t longest = 0;
    for (Py_ssize_t i = 0; i < work->count; i++) {
        memcpy(work->limits + 2 * i, work->texts[i].bounds, sizeof(work->texts[i].bounds));
        if ((uint64_t)work->texts[i].length > longest) longest = (uint64_t)work->texts[i].length;
    }
    const Bits bits = {bits_of(count), bits_of((uint64_t)work->count), bits_of(longest)};
    if (2 * bits.character + bits.doc + bits.place > 63) return TOO_MUCH;
    /* Numbers -> ranks, so that bigrams sort as their codes do. */
    uint64_t *codes = (uint64_t *)work->codes.bytes;
    uint32_t *ranks = PyMem_RawMalloc((count + 1) * sizeof(uint32_t));
    if (!ranks) return NO_MEMORY;
    if (count) qsort(codes, count, sizeof(uint64_t), by_value);
    for (uint64_t i = 0; i < count; i++) ranks[work->known[codes[i]] - 1] = (uint32_t)i;
    uint64_t found = 0, at = 0;
    for (Py_ssize_t i = 0; i < work->count; i++) {
        uint64_t before = NOTHING;
        for (Py_ssize_t j = 0; j < work->texts[i].length; j++, at++) {
            const uint32_t number = work->points[at];
            const uint32_t rank = number == NOTHING ? NOTHING : ranks[number];
            work->points[at] = rank;
            if (before != NOTHING && rank != NOTHING) {
                const uint64_t term = before << bits.character | rank;
                work->elements[found++] = (term << bits.doc | (uint64_t)i) << bits.place | (uint64_t)(j - 1);
            }
            before = rank;
        }
    }
    PyMem_RawFree(ranks);
    sort_elements(work, found, bits.doc + bits.place, 2 * bits.character);
    const Outcome outcome = write_postings(work, found, bits, 1);
    return outcome == DONE ? write_characters(work, count) : outcome;
}

static Outcome invert_all(Work *work) {
    const size_t most = (size_t)(work->chars > work->tokens ? work->chars : work->tokens) + 1;
    work->limits = PyMem_RawMalloc(((size_t)work->count + 1) * 2 * sizeof(uint32_t));
    work->elements = PyMem_RawMalloc(most * sizeof(uint64_t));
    work->spare = PyMem_RawMalloc(most * sizeof(uint64_t));
    work->token_words = PyMem_RawMalloc(((size_t)work->tokens + 1) * sizeof(uint32_t));
    work->points = PyMem_RawMalloc(((size_t)work->chars + 1) * sizeof(uint32_t));
    work->known = PyMem_RawCalloc(CODE_POINTS, sizeof(uint32_t));
    if (!work->limits || !work->elements || !work->spare || !work->token_words || !work->points || !work->known)
        return NO_MEMORY;
    const Outcome outcome = invert_words(work);
    return outcome == DONE ? invert_characters(work) : outcome;
}

static int put_array(PyObject *arrays, const char *name, const void *bytes, size_t size) {
    PyObject *array = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size);
    const int good = array && !PyDict_SetItemString(arrays, name, array);
    Py_XDECREF(array);
    return good;
}

static int put_buffer(PyObject *arrays, const char *name, const Buffer *buffer) {
    return put_array(arrays, name, buffer->used ? buffer->bytes : (const void *)"", buffer->used);
}

/* Words, where each begins, and their first bytes as numbers. */
static int put_words(PyObject *arrays, const Work *work) {
    const uint32_t count = work->word_count;
    Buffer at = {0}, data = {0}, prefixes = {0};
    int good = add_value(&at, 0);
    for (uint32_t i = 0; good && i < count; i++) {
        const Word *word = &work->words[work->word_order[i]];
        uint64_t prefix = 0;
        for (uint32_t j = 0; j < 8; j++) prefix = prefix << 8 | (j < word->size ? (uint8_t)word->word[j] : 0);
        void *room = extend(&data, word->size);
        if (room) memcpy(room, word->word, word->size);
        good = room && add_value(&at, data.used) && add_value(&prefixes, prefix);
    }
    good = good && put_buffer(arrays, "word_at", &at) && put_buffer(arrays, "word", &data)
        && put_buffer(arrays, "word_prefix", &prefixes);
    PyMem_RawFree(at.bytes);
    PyMem_RawFree(data.bytes);
    PyMem_RawFree(prefixes.bytes);
    return good;
}

static PyObject *arrays_of(const Work *work) {
    const struct { const char *name; const Buffer *buffer; } all[] = {
        {"word_start", &work->word_postings.start}, {"word_doc", &work->word_postings.doc},
        {"word_tf", &work->word_postings.tf}, {"word_many", &work->word_postings.many},
        {"word_many_tf", &work->word_postings.many_tf}, {"gram_start", &work->gram_postings.start},
        {"gram_doc", &work->gram_postings.doc}, {"gram_tf", &work->gram_postings.tf},
        {"gram_many", &work->gram_postings.many}, {"gram_many_tf", &work->gram_postings.many_tf},
        {"gram_code", &work->gram_codes}, {"gram_place", &work->gram_places}, {"gram_pos", &work->gram_pos},
        {"char_code", &work->char_codes}, {"char_start", &work->char_start}, {"char_doc", &work->char_doc},
    };
    PyObject *arrays = PyDict_New();
    int good = arrays && put_words(arrays, work);
    for (size_t i = 0; good && i < sizeof(all) / sizeof(*all); i++) good = put_buffer(arrays, all[i].name, all[i].buffer);
    if (!good) Py_CLEAR(arrays);
    return arrays;
}

/* Reads (words, (count, count, count), text, (bound, bound)). */
static int read_article(PyObject *article, Text *text) {
    PyObject *words, *folded;
    if (!PyTuple_Check(article)) return 0;
    if (!PyArg_ParseTuple(article, "S(III)U(II)", &words, &text->counts[0], &text->counts[1], &text->counts[2], &folded,
                          &text->bounds[0], &text->bounds[1])) return 0;
    if (PyUnicode_READY(folded)) return 0;
    text->words = PyBytes_AS_STRING(words);
    text->bytes = PyBytes_GET_SIZE(words);
    text->kind = PyUnicode_KIND(folded);
    text->text = PyUnicode_DATA(folded);
    text->length = PyUnicode_GET_LENGTH(folded);
    return (uint64_t)text->counts[0] + text->counts[1] + text->counts[2] <= (uint64_t)text->bytes + 1;
}

static void free_work(Work *work) {
    Buffer *buffers[] = {
        &work->codes, &work->gram_codes, &work->gram_places, &work->gram_pos, &work->char_codes, &work->char_start,
        &work->char_doc, &work->word_postings.start, &work->word_postings.doc, &work->word_postings.tf,
        &work->word_postings.many, &work->word_postings.many_tf, &work->gram_postings.start, &work->gram_postings.doc,
        &work->gram_postings.tf, &work->gram_postings.many, &work->gram_postings.many_tf,
    };
    for (size_t i = 0; i < sizeof(buffers) / sizeof(*buffers); i++) PyMem_RawFree(buffers[i]->bytes);
    void *blocks[] = {
        work->texts, work->limits, work->elements, work->spare, work->words, work->slots, work->token_words,
        work->word_order, work->known, work->points,
    };
    for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) PyMem_RawFree(blocks[i]);
}

/* invert([(words, counts, folded text, bounds)]) -> {array: bytes}; None for more than fits the elements' bits */
PyObject *invert(PyObject *Py_UNUSED(module), PyObject *articles) {
    if (!PyList_Check(articles)) return failed(DISAGREE);
    Work work = {.count = PyList_GET_SIZE(articles)};
    Outcome outcome = NO_MEMORY;
    PyObject *arrays = NULL, *held = PyList_AsTuple(articles); /* nobody lets a text go meanwhile */
    work.texts = PyMem_RawCalloc((size_t)work.count + 1, sizeof(Text));
    if (held && work.texts) outcome = DONE;
    for (Py_ssize_t i = 0; outcome == DONE && i < work.count; i++) {
        Text *text = &work.texts[i];
        if (!read_article(PyTuple_GET_ITEM(held, i), text)) outcome = DISAGREE;
        work.chars += (uint64_t)text->length;
        work.tokens += (uint64_t)text->counts[0] + text->counts[1] + text->counts[2];
    }
    if (outcome == DONE && (work.chars >= NOTHING || work.tokens >= NOTHING)) outcome = TOO_MUCH;
    if (outcome == DONE) {
        Py_BEGIN_ALLOW_THREADS
        outcome = invert_all(&work);
        Py_END_ALLOW_THREADS
    }
    if (outcome == DONE && !(arrays = arrays_of(&work))) outcome = NO_MEMORY;
    free_work(&work);
    Py_XDECREF(held);
    if (outcome == TOO_MUCH) Py_RETURN_NONE;
    return outcome == DONE ? arrays : failed(outcome);
}
