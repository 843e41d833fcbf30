/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/address.h"

#include <stdlib.h>

#include "formats/gdb_symbol.h"
#include "render/address.h"
#include "session/translation.h"

enum { REMARK_MAX = 4 };

/* The facts, and the strings that they point to. */
struct telling {
    struct vmmap_session *session;
    struct vmmap_address_facts facts;
    struct vmmap_buffer symbol;
    struct vmmap_buffer section;
    struct vmmap_buffer thread;
    struct vmmap_buffer texts[REMARK_MAX]; /* of the remarks */
    const char *remarks[REMARK_MAX];
};

static const struct vmmap_region *region_of(const struct telling *telling)
{
    const struct vmmap_address_facts *facts = &telling->facts;
    return facts->index == VMMAP_NO_REGION ? NULL : &facts->map->regions[facts->index];
}

/* An error that is not fatal leaves a fact untold, and a remark says why. Consumes it. */
static struct vmmap_error *remark(struct telling *telling, const char *what,
                                  struct vmmap_error *error)
{
    struct vmmap_address_facts *facts = &telling->facts;
    if (!error || vmmap_error_is_fatal(error))
        return error;
    struct vmmap_buffer *text = &telling->texts[facts->remark_count];
    vmmap_buffer_printf(text, "%s not known: %s", what, error->message);
    vmmap_buffer_append(text, "", 1);
    vmmap_error_destroy(error);
    telling->remarks[facts->remark_count++] = text->data;
    facts->remarks = telling->remarks;
    return vmmap_buffer_status(text);
}

/* Where in its file the address is, and where that file's lowest page is. */
static void find_file(struct telling *telling)
{
    struct vmmap_address_facts *facts = &telling->facts;
    const struct vmmap_region *region = region_of(telling);
    if (!region || !region->name || region->name[0] == '[')
        return;
    const struct vmmap_region *lowest = facts->map->regions;
    while (lowest->name != region->name) /* names are interned */
        lowest++;
    facts->has_base = true;
    facts->base = lowest->start;
    facts->has_file_offset = region->has_offset;
    facts->file_offset = region->offset + (facts->address - region->start);
}

/* A copy of a part of the debugger's text, with a NUL. */
static const char *copy(const struct vmmap_scan *part, struct vmmap_buffer *ret)
{
    vmmap_buffer_append(ret, part->at, (size_t)(part->end - part->at));
    vmmap_buffer_append(ret, "", 1);
    return ret->data;
}

static struct vmmap_error *find_symbol(struct telling *telling)
{
    const struct vmmap_target *target = vmmap_session_target(telling->session);
    struct vmmap_address_facts *facts = &telling->facts;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_gdb_symbol symbol;
    if (!target->symbol_text)
        return NULL;
    struct vmmap_error *error = target->symbol_text(target->context, facts->address, &text);
    if (!error && text.size > 0 && vmmap_gdb_symbol_parse(text.data, text.size, &symbol)) {
        facts->symbol = copy(&symbol.name, &telling->symbol);
        facts->symbol_offset = symbol.offset;
        if (symbol.section.at < symbol.section.end)
            facts->section = copy(&symbol.section, &telling->section);
    }
    vmmap_buffer_deinit(&text);
    return remark(telling, "The symbol is", error);
}

/* Where there is no symbol, the debugger's list of sections tells. */
static struct vmmap_error *find_section(struct telling *telling)
{
    const struct vmmap_target *target = vmmap_session_target(telling->session);
    struct vmmap_address_facts *facts = &telling->facts;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_scan section;
    if (facts->section || !target->debugger_text)
        return NULL;
    struct vmmap_error *error = target->debugger_text(target->context, VMMAP_TEXT_FILES, &text);
    if (!error && text.size > 0 &&
        vmmap_gdb_files_find_section(text.data, text.size, facts->address, &section))
        facts->section = copy(&section, &telling->section);
    vmmap_buffer_deinit(&text);
    return remark(telling, "The section is", error);
}

static void append_use(struct telling *telling, const char *use, const struct vmmap_thread *thread)
{
    char name[VMMAP_THREAD_NAME_SIZE];
    vmmap_thread_name(thread, name);
    vmmap_buffer_printf(&telling->thread, "%s%s of thread %s", telling->thread.size > 0 ? ", " : "",
                        use, name);
}

/* Threads whose stack pointer or thread pointer lies in the page. */
static struct vmmap_error *find_threads(struct telling *telling)
{
    const struct vmmap_region *region = region_of(telling);
    struct vmmap_thread *threads = NULL;
    size_t count = 0;
    if (!region || !(region->perms.set & VMMAP_PERM_WRITE))
        return NULL;
    struct vmmap_error *error =
        vmmap_target_threads(vmmap_session_target(telling->session), &threads, &count);
    for (size_t i = 0; !error && i < count; i++) {
        if (threads[i].has_stack_pointer && vmmap_region_contains(region, threads[i].stack_pointer))
            append_use(telling, "stack", &threads[i]);
        if (threads[i].has_thread_pointer &&
            vmmap_region_contains(region, threads[i].thread_pointer))
            append_use(telling, "TLS", &threads[i]);
    }
    free(threads);
    if (telling->thread.size > 0) {
        vmmap_buffer_append(&telling->thread, "", 1);
        telling->facts.thread = telling->thread.data;
    }
    return remark(telling, "Whose stack or TLS block it is is", error);
}

static struct vmmap_error *find_physical(struct telling *telling)
{
    struct vmmap_address_facts *facts = &telling->facts;
    struct vmmap_paging_translation translation;
    bool found;
    struct vmmap_error *error =
        vmmap_session_find_physical(telling->session, facts->address, &translation, &found);
    if (error)
        return remark(telling, "The physical address is", error);
    if (!found)
        return NULL;
    facts->has_physical = true;
    facts->physical = translation.physical;
    facts->has_rights = translation.outcome == VMMAP_PAGING_MAPPED;
    facts->user = translation.page.user;
    facts->kernel = translation.page.kernel;
    return NULL;
}

static struct vmmap_error *find_facts(struct telling *telling)
{
    struct vmmap_address_facts *facts = &telling->facts;
    /* The map after what asks the session: it is good until the session's next call. */
    struct vmmap_error *error = facts->has_address ? find_physical(telling) : NULL;
    if (!error)
        error = vmmap_session_map(telling->session, &facts->map);
    if (error || !facts->has_address)
        return error;
    facts->index = vmmap_map_find(facts->map, facts->address);
    find_file(telling);
    error = find_symbol(telling);
    if (!error)
        error = find_section(telling);
    return error ? error : find_threads(telling);
}

static void deinit(struct telling *telling)
{
    vmmap_buffer_deinit(&telling->symbol);
    vmmap_buffer_deinit(&telling->section);
    vmmap_buffer_deinit(&telling->thread);
    for (size_t i = 0; i < REMARK_MAX; i++)
        vmmap_buffer_deinit(&telling->texts[i]);
}

/* Strings that ran out of memory. */
static struct vmmap_error *status(struct telling *telling)
{
    struct vmmap_error *error = vmmap_buffer_status(&telling->symbol);
    if (!error)
        error = vmmap_buffer_status(&telling->section);
    return error ? error : vmmap_buffer_status(&telling->thread);
}

struct vmmap_error *vmmap_session_tell_address(struct vmmap_session *session,
                                               const uint64_t *address, bool json,
                                               struct vmmap_buffer *ret)
{
    struct telling telling = {
        .session = session,
        .facts = {.address = address ? *address : 0,
                  .has_address = address != NULL,
                  .index = VMMAP_NO_REGION},
    };
    struct vmmap_error *error = find_facts(&telling);
    if (!error)
        error = status(&telling);
    if (!error) {
        if (json)
            vmmap_render_address_json(ret, &telling.facts);
        else
            vmmap_render_address(ret, &telling.facts);
        vmmap_buffer_drain(ret);
        error = vmmap_buffer_status(ret);
    }
    deinit(&telling);
    return error;
}
