/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The ways to a qemu-user guest's map, with a child of this process in QEMU's place: its memory is
 * the guest's, at guest_base 0, and the stub reads it; its program, this one, has what QEMU's is
 * recognised by. Truth is the child's own /proc/PID/maps; and
 * each allocation, system call and call of the target fails once.
 */

#include "providers/qemu_user/qemu_user.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "providers/kept.h"
#include "providers/maps_text.h"
#include "providers/settings.h"
#include "support.h"

/* host/qemu_program.h */
static const char *const volatile qemu_marks[] = {
    "qemu.sstepbits",
    "Fabrice Bellard and the QEMU Project developers",
};

static pid_t child;
static const unsigned char *random_page; /* of this process and the child, in memory of its own */
static int child_memory;
static unsigned int target_calls, target_fails_at;
static bool target_is_gone;

static struct vmmap_error *count_call(void)
{
    if (++target_calls == target_fails_at)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The target fails.");
    return NULL;
}

static struct vmmap_error *describe(void *context, struct vmmap_target_info *ret)
{
    (void)context;
    ret->kind = target_is_gone ? VMMAP_TARGET_NONE : VMMAP_TARGET_REMOTE;
    return NULL;
}

static struct vmmap_error *read_memory(void *context, uint64_t address, void *buffer, size_t size,
                                       size_t *done)
{
    (void)context;
    *done = 0;
    struct vmmap_error *error = count_call();
    if (error || address > INT64_MAX)
        return error;
    ssize_t count = pread(child_memory, buffer, size, (off_t)address);
    *done = count > 0 ? (size_t)count : 0;
    return NULL;
}

/* Only the auxiliary vector, with what a fork leaves good. */
static struct vmmap_error *send_packet(void *context, const char *packet, struct vmmap_buffer *ret)
{
    static const unsigned long types[] = {AT_PHDR,   AT_PHENT,  AT_PAGESZ,      AT_BASE,
                                          AT_RANDOM, AT_EXECFN, AT_SYSINFO_EHDR};
    (void)context;
    struct vmmap_error *error = count_call();
    if (error || strncmp(packet, "qXfer:auxv", strlen("qXfer:auxv")) != 0)
        return error;
    vmmap_buffer_append(ret, "l", 1);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const uint64_t entry[2] = {types[i], types[i] == AT_RANDOM ? (uintptr_t)random_page
                                                                   : getauxval(types[i])};
        for (size_t j = 0; j < sizeof(entry); j++) {
            const char byte = ((const char *)entry)[j];
            const char escaped[2] = {'}', (char)(byte ^ 0x20)};
            const bool is_special = byte == '}' || byte == '#' || byte == '$' || byte == '*';
            vmmap_buffer_append(ret, is_special ? escaped : &byte, is_special ? 2 : 1);
        }
    }
    return NULL;
}

static const struct vmmap_target target = {
    .describe = describe, .read_memory = read_memory, .send_packet = send_packet};

static void start_child(void)
{
    char path[32];
    ck_assert_str_eq(qemu_marks[0], "qemu.sstepbits");
    unsigned char *page =
        mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(page != MAP_FAILED);
    memcpy(page, (const void *)getauxval(AT_RANDOM), 16);
    random_page = page;
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        for (;;)
            pause();
    }
    snprintf(path, sizeof(path), "/proc/%d/mem", child);
    child_memory = open(path, O_RDONLY);
    ck_assert_int_ge(child_memory, 0);
    target_fails_at = 0;
    target_is_gone = false;
}

static void stop_child(void)
{
    close(child_memory);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* Fills a map by one way (or all); the error's message is in `*message`, NULL without one. */
static struct vmmap_map *fill(enum vmmap_qemu_user_way way, const char **message)
{
    static char text[256];
    const struct vmmap_settings settings = {.qemu_user = way, .qemu_pid = (uint64_t)child};
    struct vmmap_kept kept = {.far_proc_pid = 0};
    const struct vmmap_target_info info = {
        .kind = VMMAP_TARGET_QEMU_USER, .address_bits = 64, .settings = &settings, .kept = &kept};
    struct vmmap_map *map = NULL;
    target_calls = 0;
    *message = NULL;
    struct vmmap_error *error = vmmap_map_create(&map);
    if (!error)
        error = vmmap_provider_qemu_user.fill(&target, &info, map);
    if (error) {
        snprintf(text, sizeof(text), "%s", error->message);
        *message = text;
    }
    vmmap_error_destroy(error);
    return map;
}

/* The child's own mappings, of which QEMU's would be the guest's. */
static struct vmmap_map *read_truth(void)
{
    static char text[1 << 18];
    char path[32];
    struct vmmap_map *map;
    snprintf(path, sizeof(path), "/proc/%d/maps", child);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(text, 1, sizeof(text), file);
    fclose(file);
    assert_ok(vmmap_map_create(&map));
    assert_ok(vmmap_map_fill_from_maps_text(map, text, size));
    return map;
}

/* What the kernel names is never a guest's. */
static bool is_special(const struct vmmap_region *region)
{
    return region->name && region->name[0] == '[';
}

START_TEST(all_pages_are_found_in_the_process)
{
    const char *message;
    start_child();
    struct vmmap_map *map = fill(VMMAP_QEMU_USER_HOST, &message), *truth = read_truth();
    ck_assert_msg(!message, "%s", message);
    ck_assert_str_eq(map->provider, "qemu-host");
    for (size_t i = 0; i < truth->count; i++) {
        const struct vmmap_region *region = &truth->regions[i];
        if (is_special(region))
            continue;
        /* All pages, unless a sanitizer has reserved terabytes. */
        const uint64_t step = ((region->last - region->start) >> 22 << 12) + 0x1000;
        for (uint64_t page = region->start; page < region->last; page += step) {
            size_t found = vmmap_map_find(map, page);
            ck_assert_msg(found != VMMAP_NO_REGION, "%" PRIx64 " is missing", page);
            const struct vmmap_region *row = &map->regions[found];
            const bool is_stack = vmmap_region_contains(region, (uintptr_t)random_page);
            const char *wanted = is_stack ? "[stack]" : region->name ? region->name : "";
            ck_assert_str_eq(row->name ? row->name : "", wanted);
            if (region->name && region->name[0] == '/')
                ck_assert_uint_eq(row->offset + (page - row->start),
                                  region->offset + (page - region->start));
        }
    }
    for (size_t i = 0; i < map->count; i++) {
        const size_t found = vmmap_map_find(truth, map->regions[i].start);
        ck_assert_msg(found != VMMAP_NO_REGION && !is_special(&truth->regions[found]),
                      "%" PRIx64 " is the process's own", map->regions[i].start);
    }
    vmmap_map_destroy(truth);
    vmmap_map_destroy(map);
    stop_child();
}
END_TEST

START_TEST(a_process_with_other_memory_is_refused)
{
    /* Of a process that was forked, not started anew, the memory would be the same. */
    const char *message;
    start_child();
    const pid_t guest = child;
    child = fork();
    if (child == 0) {
        execlp("sleep", "sleep", "1000", (char *)NULL);
        _exit(1);
    }
    usleep(100000); /* until it is that program */
    struct vmmap_map *map = fill(VMMAP_QEMU_USER_HOST, &message);
    ck_assert_ptr_nonnull(message);
    ck_assert_ptr_nonnull(strstr(message, "does not hold the memory of this target."));
    ck_assert_uint_eq(map->count, 0);
    vmmap_map_destroy(map);
    stop_child();
    kill(guest, SIGKILL);
    waitpid(guest, NULL, 0);
}
END_TEST

START_TEST(a_target_that_is_gone_has_no_full_range)
{
    const char *message;
    start_child();
    target_is_gone = true;
    target_fails_at = 1;
    struct vmmap_map *map = fill(VMMAP_QEMU_USER_AUTO, &message);
    ck_assert_str_eq(message, "The connection to QEMU was lost.");
    ck_assert_uint_eq(map->count, 0);
    vmmap_map_destroy(map);
    stop_child();
}
END_TEST

/* One fill with a fault: nothing leaks, and there is a map or a sentence. */
static void check_fault(enum vmmap_qemu_user_way way, const struct fault_plan *plan,
                        struct fault_report *ret)
{
    const char *message;
    fault_begin(plan);
    struct vmmap_map *map = fill(way, &message);
    bool has_rows = map && map->count > 0, has_message = message != NULL;
    vmmap_map_destroy(map);
    *ret = fault_end();
    ck_assert_msg(has_rows || has_message || plan->kind == FAULT_ALLOCATION,
                  "way %d, fault %u: neither a map nor a sentence", way, plan->at);
    ck_assert_msg(ret->blocks == 0, "way %d, fault %u: %ld blocks leaked", way, plan->at,
                  ret->blocks);
    ck_assert_msg(ret->descriptors == 0, "way %d, fault %u: %ld descriptors leaked", way, plan->at,
                  ret->descriptors);
}

static const enum vmmap_qemu_user_way all_ways[] = {VMMAP_QEMU_USER_AUTO, VMMAP_QEMU_USER_HOST,
                                                    VMMAP_QEMU_USER_PROBE, VMMAP_QEMU_USER_FULL};

enum { WAY_COUNT = sizeof(all_ways) / sizeof(all_ways[0]) };

START_TEST(each_allocation_fails_once)
{
    start_child();
    for (size_t i = 0; i < WAY_COUNT; i++) {
        struct fault_plan plan = {.kind = FAULT_ALLOCATION};
        struct fault_report report;
        check_fault(all_ways[i], &plan, &report);
        const unsigned int count = report.calls[FAULT_ALLOCATION];
        ck_assert_uint_gt(count, 0);
        for (plan.at = 1; plan.at <= count; plan.at++)
            check_fault(all_ways[i], &plan, &report);
    }
    stop_child();
}
END_TEST

START_TEST(each_system_call_fails_once)
{
    static const int numbers[] = {EACCES, EIO, EINTR};
    start_child();
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct fault_plan plan = {.kind = FAULT_SYSTEM_CALL, .number = numbers[i]};
        struct fault_report report;
        check_fault(VMMAP_QEMU_USER_HOST, &plan, &report);
        const unsigned int count = report.calls[FAULT_SYSTEM_CALL];
        ck_assert_uint_gt(count, 0);
        for (plan.at = 1; plan.at <= count; plan.at++)
            check_fault(VMMAP_QEMU_USER_HOST, &plan, &report);
    }
    stop_child();
}
END_TEST

START_TEST(each_call_of_the_target_fails_once)
{
    const struct fault_plan plan = {.kind = FAULT_ALLOCATION};
    struct fault_report report;
    start_child();
    check_fault(VMMAP_QEMU_USER_HOST, &plan, &report);
    for (unsigned int count = target_calls, at = 1; at <= count; at++) {
        target_fails_at = at;
        check_fault(VMMAP_QEMU_USER_AUTO, &plan, &report);
        check_fault(VMMAP_QEMU_USER_PROBE, &plan, &report);
    }
    stop_child();
}
END_TEST

int main(void)
{
    return RUN_TESTS("qemu_user", all_pages_are_found_in_the_process,
                     a_process_with_other_memory_is_refused,
                     a_target_that_is_gone_has_no_full_range, each_allocation_fails_once,
                     each_system_call_fails_once, each_call_of_the_target_fails_once);
}
