/* How numbers lie in a segment's arrays; packing.py says the same to Python. */
#ifndef SEARCHSVC_PACKING_H
#define SEARCHSVC_PACKING_H

#include <stdint.h>

/* A bigram as a number: its first character << CODE_BITS | its second. */
#define CODE_BITS 21
/* Packed frequencies that did not fit; they stand in `many_tf`. */
#define MANY UINT32_MAX

#endif
