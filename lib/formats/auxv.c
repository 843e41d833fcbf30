/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/auxv.h"

#include <elf.h>

#include "formats/scan.h"

static void keep(struct vmmap_auxv *auxv, uint64_t type, uint64_t value)
{
    if (type >= VMMAP_AUXV_TYPE_COUNT || auxv->known >> type & 1)
        return;
    auxv->values[type] = value;
    auxv->known |= UINT64_C(1) << type;
}

void vmmap_auxv_parse(const struct vmmap_elf *elf, const void *bytes, size_t size,
                      struct vmmap_auxv *ret)
{
    const unsigned char *at = bytes;
    const size_t width = vmmap_elf_word_size(elf);
    *ret = (struct vmmap_auxv){.known = 0};
    for (; size >= 2 * width; at += 2 * width, size -= 2 * width) {
        uint64_t type = vmmap_elf_load(elf, at, width);
        if (type == AT_NULL)
            break;
        keep(ret, type, vmmap_elf_load(elf, at + width, width));
    }
}

static bool is_page_size(uint64_t value)
{
    return value >= 0x400 && value <= 0x100000 && (value & (value - 1)) == 0;
}

bool vmmap_auxv_recognise(const void *bytes, size_t size, struct vmmap_auxv *ret)
{
    for (unsigned int layout = 0; layout < 4; layout++) {
        const struct vmmap_elf elf = {.is_64 = layout & 1, .is_big_endian = layout & 2};
        uint64_t entry_size, page_size;
        vmmap_auxv_parse(&elf, bytes, size, ret);
        if (vmmap_auxv_get(ret, AT_PHENT, &entry_size) &&
            vmmap_auxv_get(ret, AT_PAGESZ, &page_size) && is_page_size(page_size) &&
            entry_size == (elf.is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
            return true;
    }
    return false;
}

/* "0x7f00" or "4096". */
static bool scan_number(struct vmmap_scan scan, uint64_t *ret)
{
    struct vmmap_scan hex = scan;
    if (vmmap_scan_char(&hex, '0') && vmmap_scan_char(&hex, 'x') && vmmap_scan_hex(&hex, ret))
        return hex.at == hex.end;
    return vmmap_scan_decimal(&scan, ret) && scan.at == scan.end;
}

/* "25   AT_RANDOM            Address of 16 random bytes     0x5502821a60": the last word that is
 * a number before the string in quotes, if there is one, is the value. */
static bool scan_entry(struct vmmap_scan line, uint64_t *type, uint64_t *value)
{
    bool found = false;
    vmmap_scan_skip_blanks(&line);
    if (!vmmap_scan_decimal(&line, type))
        return false;
    for (;;) {
        struct vmmap_scan word;
        vmmap_scan_skip_blanks(&line);
        if (!vmmap_scan_word(&line, &word) || *word.at == '"')
            return found;
        found = scan_number(word, value);
    }
}

bool vmmap_auxv_parse_text(const char *text, size_t size, struct vmmap_auxv *ret)
{
    struct vmmap_scan rest = vmmap_scan_over(text, size), line;
    *ret = (struct vmmap_auxv){.known = 0};
    while (vmmap_scan_line(&rest, &line)) {
        uint64_t type, value;
        if (scan_entry(line, &type, &value) && type != AT_NULL)
            keep(ret, type, value);
    }
    return ret->known != 0;
}

bool vmmap_auxv_get(const struct vmmap_auxv *auxv, unsigned int type, uint64_t *ret)
{
    if (type >= VMMAP_AUXV_TYPE_COUNT || !(auxv->known >> type & 1))
        return false;
    *ret = auxv->values[type];
    return true;
}
