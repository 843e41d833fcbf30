/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_target.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

const char fake_failure_message[] = "The fake target failed as it was told to.";

/* Counts a call. An error if it is the one that has to fail. */
static struct vmmap_error *begin_call(struct fake_target *fake, enum fake_call call)
{
    fake->calls[call]++;
    fake->total_calls++;
    if (fake->total_calls != fake->fail_at)
        return NULL;
    return make_error(fake->fail_code, fake_failure_message);
}

static struct vmmap_error *fake_describe(void *context, struct vmmap_target_info *ret)
{
    struct fake_target *fake = context;
    struct vmmap_error *error = begin_call(fake, FAKE_DESCRIBE);
    if (!error)
        *ret = fake->info;
    return error;
}

static struct vmmap_error *fake_poll(void *context)
{
    return begin_call(context, FAKE_POLL);
}

static const struct fake_file *find_file(const struct fake_target *fake, const char *path)
{
    for (const struct fake_file *file = fake->files; file && file->path; file++) {
        if (strcmp(file->path, path) == 0)
            return file;
    }
    return NULL;
}

static struct vmmap_error *fake_read_file(void *context, const char *path, size_t limit,
                                          struct vmmap_buffer *ret)
{
    struct fake_target *fake = context;
    struct vmmap_error *error = begin_call(fake, FAKE_READ_FILE);
    if (error)
        return error;
    const struct fake_file *file = find_file(fake, path);
    if (!file || !file->text)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The fake has no %s.", path);
    vmmap_buffer_append(ret, file->text, strnlen(file->text, limit));
    return vmmap_buffer_status(ret);
}

static struct vmmap_error *fake_debugger_text(void *context, enum vmmap_debugger_text which,
                                              struct vmmap_buffer *ret)
{
    struct fake_target *fake = context;
    struct vmmap_error *error = begin_call(fake, FAKE_DEBUGGER_TEXT);
    if (error)
        return error;
    const char *const texts[] = {
        [VMMAP_TEXT_PROC_MAPPINGS] = fake->proc_mappings,
        [VMMAP_TEXT_SECTIONS] = fake->sections,
        [VMMAP_TEXT_AUXV] = fake->auxv,
        [VMMAP_TEXT_FILES] = fake->loaded_files,
    };
    const char *text = texts[which];
    if (!text)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The fake has no such text.");
    vmmap_buffer_append_string(ret, text);
    return vmmap_buffer_status(ret);
}

static struct vmmap_error *fake_core_path(void *context, struct vmmap_buffer *ret)
{
    struct fake_target *fake = context;
    struct vmmap_error *error = begin_call(fake, FAKE_CORE_PATH);
    if (error)
        return error;
    if (!fake->core_path)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The fake has no core file.");
    vmmap_buffer_append_string(ret, fake->core_path);
    return vmmap_buffer_status(ret);
}

static struct vmmap_error *fake_executable_id(void *context, struct vmmap_buffer *ret)
{
    struct fake_target *fake = context;
    struct vmmap_error *error = begin_call(fake, FAKE_EXECUTABLE_ID);
    if (!error && fake->executable_id)
        vmmap_buffer_append_string(ret, fake->executable_id);
    return error;
}

static struct vmmap_error *fake_symbol_address(void *context, const char *name, uint64_t *ret)
{
    struct fake_target *fake = context;
    struct vmmap_error *error = begin_call(fake, FAKE_SYMBOL_ADDRESS);
    if (error)
        return error;
    if (strcmp(name, "__curbrk") != 0 || fake->curbrk == 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The fake has no symbol %s.", name);
    *ret = fake->curbrk;
    return NULL;
}

static struct vmmap_error *fake_symbol_text(void *context, uint64_t address,
                                            struct vmmap_buffer *ret)
{
    struct fake_target *fake = context;
    (void)address;
    struct vmmap_error *error = begin_call(fake, FAKE_SYMBOL_TEXT);
    if (error)
        return error;
    if (!fake->symbol)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The fake has no symbols.");
    vmmap_buffer_append_string(ret, fake->symbol);
    return vmmap_buffer_status(ret);
}

static struct vmmap_error *fake_registers(void *context, struct vmmap_register *ret, size_t limit,
                                          size_t *count)
{
    struct fake_target *fake = context;
    struct vmmap_error *error = begin_call(fake, FAKE_REGISTERS);
    if (error)
        return error;
    *count = fake->register_count < limit ? fake->register_count : limit;
    for (size_t i = 0; i < *count; i++)
        ret[i] = fake->registers[i];
    return NULL;
}

static struct vmmap_error *fake_threads(void *context, struct vmmap_thread **ret, size_t *count)
{
    struct fake_target *fake = context;
    struct vmmap_error *error = begin_call(fake, FAKE_THREADS);
    if (fake->thread_count == 0)
        return error;
    *ret = calloc(fake->thread_count, sizeof(**ret));
    if (!*ret) {
        vmmap_error_destroy(error);
        return &vmmap_error_no_memory;
    }
    *count = fake->thread_count;
    if (!error) /* else it is one in the middle: none has a number or a register */
        memcpy(*ret, fake->threads, fake->thread_count * sizeof(**ret));
    return error;
}

void fake_target_init(struct fake_target *fake)
{
    *fake = (struct fake_target){
        .target =
            {
                .context = fake,
                .describe = fake_describe,
                .poll = fake_poll,
                .read_file = fake_read_file,
                .debugger_text = fake_debugger_text,
                .threads = fake_threads,
                .core_path = fake_core_path,
                .executable_id = fake_executable_id,
                .symbol_address = fake_symbol_address,
                .symbol_text = fake_symbol_text,
                .registers = fake_registers,
            },
        .info =
            {
                .kind = VMMAP_TARGET_REMOTE,
                .inferior = 1,
                .pid = 42,
                .tid = 42,
                .address_bits = 64,
                .generation = 1,
            },
    };
}

void fake_target_reset_calls(struct fake_target *fake)
{
    memset(fake->calls, 0, sizeof(fake->calls));
    fake->total_calls = 0;
}
