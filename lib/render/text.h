/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_RENDER_TEXT_H
#define VMMAP_RENDER_TEXT_H

/**
 * @file
 * Bytes of unknown origin, made safe to print. A file name is whatever a hostile process wants it
 * to be; what comes out of here can not drive a terminal.
 */

#include "base/buffer.h"

/**
 * Appends text for people: UTF-8 as it is; control characters (C0, DEL, C1), characters that
 * reorder text (bidirectional formatting) or break lines (U+2028, U+2029), and bytes that are not
 * UTF-8 as octal `\ooo` for each byte, as the kernel writes a newline in a maps file. A backslash
 * stays as it is.
 */
void vmmap_text_append_escaped(struct vmmap_buffer *buffer, const char *text);

/** Whether vmmap_text_append_escaped() would append `text` unchanged because it is plain ASCII. */
bool vmmap_text_is_plain(const char *text);

/**
 * Appends a JSON string, quotes included. The same characters are escaped as \u00XX; bytes that are
 * not UTF-8 become U+FFFD, one for each maximal part of a sequence (Unicode 15, section 3.9).
 */
void vmmap_text_append_json(struct vmmap_buffer *buffer, const char *text);

#endif
