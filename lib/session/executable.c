/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/executable.h"

#include <elf.h>

#include "formats/auxv.h"

/* `*found` is false when there is no auxiliary vector, or it does not tell. */
static struct vmmap_error *read_entry(const struct vmmap_target *target, uint64_t *ret, bool *found)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_auxv auxv;
    *found = false;
    if (!target->debugger_text)
        return NULL;
    struct vmmap_error *error = target->debugger_text(target->context, VMMAP_TEXT_AUXV, &text);
    if (!error)
        *found = text.size > 0 && vmmap_auxv_parse_text(text.data, text.size, &auxv) &&
                 vmmap_auxv_get(&auxv, AT_ENTRY, ret);
    vmmap_buffer_deinit(&text);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    struct vmmap_error *why = vmmap_error_create(
        error->code, "It is not known which file is the program's executable: %s", error->message);
    vmmap_error_destroy(error);
    return why;
}

struct vmmap_error *vmmap_executable_find(const struct vmmap_target *target,
                                          const struct vmmap_map *map, const char **ret)
{
    uint64_t entry;
    bool found;
    *ret = NULL;
    struct vmmap_error *error = read_entry(target, &entry, &found);
    if (error || !found)
        return error;
    size_t index = vmmap_map_find(map, entry);
    const char *name = index == VMMAP_NO_REGION ? NULL : map->regions[index].name;
    if (name && name[0] != '[')
        *ret = name;
    return NULL;
}
