/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_VMCOREINFO_H
#define VMMAP_FORMATS_VMCOREINFO_H

/**
 * @file
 * VMCOREINFO: what a Linux kernel says of its own layout, for those who read its memory after a
 * crash (Documentation/admin-guide/kdump/vmcoreinfo.rst, kernel/vmcore_info.c). Lines of text,
 * `OSRELEASE=...` first, then such as `NUMBER(VMALLOC_START)=0xffff800008000000`, in one page.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether `text` begins as VMCOREINFO does. */
bool vmmap_vmcoreinfo_is(const char *text, size_t size);

/** The value of the line `NUMBER(name)=`: hexadecimal with 0x, or decimal, which may be negative.
 *  False where there is none. The kernel cuts the text off where its page ends, so a last line
 *  without a newline does not count. */
bool vmmap_vmcoreinfo_number(const char *text, size_t size, const char *name, uint64_t *ret);

/** The value of the line `SYMBOL(name)=`, an address in hexadecimal. */
bool vmmap_vmcoreinfo_symbol(const char *text, size_t size, const char *name, uint64_t *ret);

/** The value of the line `name=`, in decimal. */
bool vmmap_vmcoreinfo_decimal(const char *text, size_t size, const char *name, uint64_t *ret);

#endif
