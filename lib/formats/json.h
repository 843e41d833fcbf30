/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_JSON_H
#define VMMAP_FORMATS_JSON_H

/**
 * @file
 * JSON (RFC 8259), a token at a time. Commas and colons are checked and not handed out, so what
 * comes is: a value, and within an object a key before each.
 *
 * The text may be hostile: nesting is bounded, strings have to be UTF-8 where they are escaped
 * (surrogates come in pairs) and may not hold a NUL. Nothing follows an error.
 */

#include "base/buffer.h"
#include "formats/scan.h"

enum vmmap_json_token {
    VMMAP_JSON_OBJECT,     /**< `{` */
    VMMAP_JSON_OBJECT_END, /**< `}` */
    VMMAP_JSON_ARRAY,      /**< `[` */
    VMMAP_JSON_ARRAY_END,  /**< `]` */
    VMMAP_JSON_KEY,        /**< of an object's member; in `text` */
    VMMAP_JSON_STRING,     /**< in `text` */
    VMMAP_JSON_NUMBER,     /**< as it was written, in `text` */
    VMMAP_JSON_TRUE,
    VMMAP_JSON_FALSE,
    VMMAP_JSON_NULL,
    VMMAP_JSON_END,   /**< the one value is complete and nothing but blanks follows */
    VMMAP_JSON_ERROR, /**< no JSON from here on, or out of memory: text.failed */
};

/** How deep arrays and objects may be nested. */
enum { VMMAP_JSON_DEPTH = 64 };

struct vmmap_json {
    struct vmmap_scan rest; /**< the text not read yet */
    /** Of the last KEY, STRING or NUMBER, unescaped and NUL-terminated; good until the next. */
    struct vmmap_buffer text;
    uint64_t objects; /**< a bit for each level that is open: 1 for an object */
    unsigned int depth;
    unsigned int expected; /**< what may come next; private */
};

/** Begins to read `size` bytes of text, which must stay where they are. */
void vmmap_json_init(struct vmmap_json *json, const char *text, size_t size);

void vmmap_json_deinit(struct vmmap_json *json);

enum vmmap_json_token vmmap_json_next(struct vmmap_json *json);

/** Passes over the rest of the value that begins with `token`. False for an error. */
bool vmmap_json_skip(struct vmmap_json *json, enum vmmap_json_token token);

#endif
