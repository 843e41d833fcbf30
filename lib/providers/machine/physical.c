/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/physical.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libiberty/hashtab.h>

#include "formats/qemu_monitor.h"
#include "host/guest_memory.h"
#include "providers/kept.h"

enum {
    PAGE = VMMAP_PHYSICAL_PAGE,
    CACHE_PAGES =
        64, /* direct mapped; a walk meets each table once, translations meet them again */
    PACKET_BYTES = 0x800, /* two digits a byte; the most that QEMU sends (MAX_PACKET_LENGTH) */
    XP_VALUES = 64,       /* 32 lines */
    RESTORE_TRIES = 3,
    MAX_PAGES_TO_COMPARE = 1024, /* of a block; reading them takes some 2 ms */
};

struct vmmap_physical_page {
    uint64_t address;
    bool is_filled;
    unsigned char bytes[PAGE];
};

static const char *const via_names[] = {
    [VMMAP_PHYS_VIA_AUTO] = "auto",
    [VMMAP_PHYS_VIA_PROC_MEM] = "proc-mem",
    [VMMAP_PHYS_VIA_PACKET] = "packet",
    [VMMAP_PHYS_VIA_MONITOR] = "monitor",
};

const char *vmmap_phys_via_name(unsigned int via)
{
    return via < sizeof(via_names) / sizeof(via_names[0]) ? via_names[via] : NULL;
}

struct vmmap_error *vmmap_physical_init(struct vmmap_physical *physical,
                                        const struct vmmap_target *target,
                                        const struct vmmap_target_info *info,
                                        struct vmmap_map *notes)
{
    *physical = (struct vmmap_physical){
        .target = target,
        .info = info,
        .notes = notes,
        .process = VMMAP_STUB_PROCESS_INIT,
        .pages = calloc(CACHE_PAGES, sizeof(*physical->pages)),
    };
    vmmap_guest_ram_init(&physical->ram, target, info);
    physical->ram.max_lines = vmmap_physical_monitor_lines(physical);
    return physical->pages ? NULL : &vmmap_error_no_memory;
}

static struct vmmap_error *send(const struct vmmap_physical *physical, const char *packet,
                                struct vmmap_buffer *reply)
{
    if (!physical->target->send_packet)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "No packets can be sent.");
    reply->size = 0;
    struct vmmap_error *error =
        physical->target->send_packet(physical->target->context, packet, reply);
    return error ? error : vmmap_buffer_status(reply);
}

/* By the monitor, 16 bytes a line. Values are printed as the CPU reads them; every architecture
 * that has a walker here is little-endian to QEMU. */
static struct vmmap_error *read_with_monitor(struct vmmap_physical *physical, uint64_t address,
                                             unsigned char *bytes, size_t count, bool *done)
{
    uint64_t values[XP_VALUES];
    char command[64];
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    snprintf(command, sizeof(command), "xp /%zuxg 0x%" PRIx64, count, address);
    struct vmmap_error *error =
        physical->target->monitor(physical->target->context, command, &text);
    if (!error)
        error = vmmap_buffer_status(&text);
    *done = !error && vmmap_qemu_xp_parse(text.data, text.size, address, values, count) == count;
    for (size_t i = 0; *done && i < count * sizeof(uint64_t); i++)
        bytes[i] = (unsigned char)(values[i / sizeof(uint64_t)] >> 8 * (i % sizeof(uint64_t)));
    vmmap_buffer_deinit(&text);
    return error;
}

static struct vmmap_error *read_page_with_monitor(struct vmmap_physical *physical, uint64_t address,
                                                  unsigned char *bytes, bool *done)
{
    struct vmmap_error *error = NULL;
    const size_t piece = XP_VALUES * sizeof(uint64_t);
    *done = true;
    for (size_t at = 0; !error && *done && at < PAGE; at += piece)
        error = read_with_monitor(physical, address + at, bytes + at, XP_VALUES, done);
    return error;
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The reply to an "m" packet: exactly `size` bytes, or it was an error. */
static bool decode_reply(const struct vmmap_buffer *reply, unsigned char *bytes, size_t size)
{
    if (reply->size != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit_value(reply->data[2 * i]), low = digit_value(reply->data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool is_zero(const unsigned char *bytes, size_t size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* Where there is no memory the stub's answer is zeros as well; the monitor says that it can not. */
static struct vmmap_error *check_zeros(struct vmmap_physical *physical, uint64_t address,
                                       const unsigned char *bytes, bool *done)
{
    unsigned char ignored[sizeof(uint64_t)];
    if (!*done || !is_zero(bytes, PAGE))
        return NULL;
    return read_with_monitor(physical, address, ignored, 1, done);
}

static struct vmmap_error *read_page_with_packets(struct vmmap_physical *physical, uint64_t address,
                                                  unsigned char *bytes, bool *done)
{
    struct vmmap_buffer reply = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    *done = true;
    for (size_t at = 0; !error && *done && at < PAGE; at += PACKET_BYTES) {
        char packet[64];
        snprintf(packet, sizeof(packet), "m%" PRIx64 ",%x", address + at, PACKET_BYTES);
        error = send(physical, packet, &reply);
        *done = !error && decode_reply(&reply, bytes + at, PACKET_BYTES);
    }
    vmmap_buffer_deinit(&reply);
    return error ? error : check_zeros(physical, address, bytes, done);
}

/* Sets the stub's mode; `*done` is whether it said so. */
static struct vmmap_error *set_mode(struct vmmap_physical *physical, char mode, bool *done)
{
    char packet[] = "Qqemu.PhyMemMode:?";
    struct vmmap_buffer reply = VMMAP_BUFFER_INIT;
    packet[sizeof(packet) - 2] = mode;
    struct vmmap_error *error = send(physical, packet, &reply);
    *done = !error && reply.size == 2 && memcmp(reply.data, "OK", 2) == 0;
    vmmap_buffer_deinit(&reply);
    return error;
}

/* Only a user who set it by hand has the stub in that mode already. */
static struct vmmap_error *enter_mode(struct vmmap_physical *physical)
{
    struct vmmap_buffer reply = VMMAP_BUFFER_INIT;
    bool done = false;
    struct vmmap_error *error = send(physical, "qqemu.PhyMemMode", &reply);
    physical->mode_before = !error && reply.size == 1 && reply.data[0] == '1' ? '1' : '0';
    vmmap_buffer_deinit(&reply);
    if (error)
        return error;
    physical->mode_is_set = true; /* from here on it may be, whatever the answer is */
    error = set_mode(physical, '1', &done);
    if (error || done)
        return error;
    physical->mode_is_set = false;
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "QEMU's stub has no physical memory mode (QEMU 4.1 and later do).");
}

/* Ctrl-C may come in the middle of this as well: tries again. */
static void leave_mode(struct vmmap_physical *physical)
{
    bool done = false;
    for (int i = 0; physical->mode_is_set && !done && i < RESTORE_TRIES; i++)
        vmmap_error_destroy(set_mode(physical, physical->mode_before, &done));
    if (physical->mode_is_set && !done)
        vmmap_error_destroy(vmmap_map_add_note(
            physical->notes,
            "QEMU's stub could not be taken out of its physical memory mode; if it is still there, "
            "\"maintenance packet Qqemu.PhyMemMode:0\" helps."));
    physical->mode_is_set = false;
}

void vmmap_physical_deinit(struct vmmap_physical *physical)
{
    leave_mode(physical);
    vmmap_stub_process_deinit(&physical->process);
    vmmap_guest_ram_deinit(&physical->ram);
    vmmap_error_destroy(physical->failure);
    free(physical->pages);
    physical->pages = NULL;
}

/* Compares 16 bytes of what was read from the process with what the monitor says, if it can read
 * them. Bytes that are all 0 are found everywhere: then the next page is compared as well. */
static struct vmmap_error *compare_page(struct vmmap_physical *physical, uint64_t address,
                                        const unsigned char *bytes, bool *readable, bool *same)
{
    unsigned char other[2 * sizeof(uint64_t)];
    size_t at = 0;
    while (at < PAGE - sizeof(other) && is_zero(bytes + at, sizeof(other)))
        at += sizeof(other);
    struct vmmap_error *error = read_with_monitor(physical, address + at, other, 2, readable);
    *same = !error && *readable && memcmp(bytes + at, other, sizeof(other)) == 0;
    physical->is_verified = *same && !is_zero(other, sizeof(other));
    return error;
}

/* Only what can be a guest's RAM is read, whatever address the monitor names. */
static bool read_process(const struct vmmap_stub_process *process, uint64_t host, void *bytes,
                         size_t size)
{
    return host <= UINT64_MAX - (size - 1) &&
           vmmap_host_range_may_be_ram(process->mappings, host, host + (size - 1)) &&
           vmmap_process_memory_read(&process->memory, host, bytes, size) == size;
}

/* The first page of a block, of not too many, that tells something; `*found` if there is one. */
static struct vmmap_error *find_page_that_tells(struct vmmap_physical *physical, size_t block,
                                                uint64_t *address, unsigned char *bytes,
                                                bool *found)
{
    const uint64_t start = physical->ram.blocks[block].start;
    const uint64_t last = physical->ram.blocks[block].last;
    uint64_t host;
    *found = false;
    for (uint64_t i = 0; !*found && i < MAX_PAGES_TO_COMPARE && last - start >= (i + 1) * PAGE - 1;
         i++) {
        *address = start + i * PAGE;
        struct vmmap_error *error = vmmap_guest_ram_find(&physical->ram, *address, &host, found);
        if (!error)
            error = vmmap_target_poll(physical->target);
        if (error)
            return error;
        *found =
            *found && read_process(&physical->process, host, bytes, PAGE) && !is_zero(bytes, PAGE);
    }
    return NULL;
}

/* The monitor reads as a device in the normal world does, and knows nothing of memory that only the
 * secure one has. Then the process is known by memory that both can read. */
static struct vmmap_error *compare_elsewhere(struct vmmap_physical *physical, bool *same)
{
    unsigned char *bytes = malloc(PAGE);
    if (!bytes)
        return &vmmap_error_no_memory;
    bool readable = false;
    struct vmmap_error *error = vmmap_guest_ram_list(&physical->ram);
    for (size_t i = 0; !error && !readable && i < physical->ram.count; i++) {
        uint64_t address;
        bool found;
        error = find_page_that_tells(physical, i, &address, bytes, &found);
        if (!error && found)
            error = compare_page(physical, address, bytes, &readable, same);
    }
    free(bytes);
    return error;
}

static struct vmmap_error *compare(struct vmmap_physical *physical, uint64_t address,
                                   const unsigned char *bytes, bool *same)
{
    bool readable;
    struct vmmap_error *error = compare_page(physical, address, bytes, &readable, same);
    return error || readable ? error : compare_elsewhere(physical, same);
}

/* The page to recognise the process by. */
struct sample {
    struct vmmap_physical *physical;
    uint64_t address;
    uint64_t host;
    unsigned char *bytes;
};

static struct vmmap_error *visit_process(void *context, struct vmmap_stub_process *process,
                                         bool *found)
{
    struct sample *sample = context;
    *found = false;
    if (!read_process(process, sample->host, sample->bytes, PAGE))
        return NULL;
    return compare(sample->physical, sample->address, sample->bytes, found);
}

static struct vmmap_error *find_process(struct vmmap_physical *physical,
                                        const struct vmmap_stub_visitor *visitor)
{
    struct vmmap_error *error =
        vmmap_stub_find(physical->target, physical->info, visitor, &physical->process);
    return error ? error : vmmap_stub_process_note(&physical->process, physical->notes);
}

/* Opens a way and reads the first page with it. */
static struct vmmap_error *try_via(struct vmmap_physical *physical, enum vmmap_phys_via via,
                                   uint64_t address, uint64_t host, unsigned char *bytes,
                                   bool *done)
{
    struct sample sample = {physical, address, host, bytes};
    const struct vmmap_stub_visitor visitor = {&sample, visit_process};
    struct vmmap_error *error = NULL;
    *done = true;
    physical->via = via;
    if (via == VMMAP_PHYS_VIA_PROC_MEM)
        error = find_process(physical, &visitor);
    /* A process that was believed, and is no longer, must not leave its limit behind. */
    physical->ram.max_lines = vmmap_physical_monitor_lines(physical);
    if (via == VMMAP_PHYS_VIA_PROC_MEM)
        return error;
    if (via == VMMAP_PHYS_VIA_MONITOR)
        return read_page_with_monitor(physical, address, bytes, done);
    error = enter_mode(physical);
    return error ? error : read_page_with_packets(physical, address, bytes, done);
}

/* Whether it is the first time in this connection that this is said of `via`. */
static bool is_news(struct vmmap_kept *kept, enum vmmap_phys_via via, const char *reason)
{
    const unsigned int hash = htab_hash_string(reason) | 1;
    if (kept->failures_told[via] == hash)
        return false;
    kept->failures_told[via] = hash;
    kept->has_just_told = true;
    return true;
}

/* What takes the place of `via`, said after the reason; briefly if that is known. */
static struct vmmap_error *note_fallback(struct vmmap_physical *physical, enum vmmap_phys_via via,
                                         struct vmmap_error *reason)
{
    const bool is_process = via == VMMAP_PHYS_VIA_PROC_MEM;
    struct vmmap_error *error;
    if (vmmap_error_is_fatal(reason))
        return reason;
    if (is_news(physical->info->kept, via, reason->message))
        error = vmmap_map_add_note(
            physical->notes,
            "%s So physical memory is read with %s, and a Linux kernel's rows have names only if "
            "GDB has its symbols.",
            reason->message,
            is_process ? "packets, which takes some 0.5 ms a page" : "the monitor, which is slow");
    else
        error = vmmap_map_add_note(physical->notes,
                                   "Physical memory is read with %s, as was said before.",
                                   is_process ? "packets" : "the monitor");
    vmmap_error_destroy(reason);
    return error;
}

/* The first read: finds out by which way. */
static struct vmmap_error *choose(struct vmmap_physical *physical, enum vmmap_phys_via first,
                                  uint64_t address, uint64_t host, unsigned char *bytes, bool *done)
{
    for (enum vmmap_phys_via via = first;; via++) {
        struct vmmap_error *error = try_via(physical, via, address, host, bytes, done);
        if (!error || via == VMMAP_PHYS_VIA_MONITOR ||
            physical->info->settings->phys_via != VMMAP_PHYS_VIA_AUTO)
            return error;
        error = note_fallback(physical, via, error);
        if (error)
            return error;
    }
}

static struct vmmap_error *read_from_process(struct vmmap_physical *physical, uint64_t address,
                                             uint64_t host, unsigned char *bytes, bool *done)
{
    struct vmmap_error *error = NULL;
    bool same = read_process(&physical->process, host, bytes, PAGE);
    *done = same;
    if (same && !physical->is_verified)
        error = compare(physical, address, bytes, &same);
    if (error || same)
        return error;
    error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                               "Process %" PRIu64 " does not hold the guest's memory.",
                               physical->process.pid);
    if (physical->info->settings->phys_via == VMMAP_PHYS_VIA_PROC_MEM)
        return error;
    error = note_fallback(physical, VMMAP_PHYS_VIA_PROC_MEM, error);
    return error ? error : choose(physical, VMMAP_PHYS_VIA_PACKET, address, host, bytes, done);
}

static struct vmmap_error *fetch(struct vmmap_physical *physical, uint64_t address,
                                 unsigned char *bytes, bool *done)
{
    uint64_t host;
    const enum vmmap_phys_via wanted = physical->info->settings->phys_via;
    struct vmmap_error *error = vmmap_guest_ram_find(&physical->ram, address, &host, done);
    if (error || !*done)
        return error;
    physical->page_reads++;
    switch (physical->via) {
    case VMMAP_PHYS_VIA_PROC_MEM:
        return read_from_process(physical, address, host, bytes, done);
    case VMMAP_PHYS_VIA_PACKET:
        return read_page_with_packets(physical, address, bytes, done);
    case VMMAP_PHYS_VIA_MONITOR:
        return read_page_with_monitor(physical, address, bytes, done);
    case VMMAP_PHYS_VIA_AUTO:
        break;
    }
    return choose(physical, wanted == VMMAP_PHYS_VIA_AUTO ? VMMAP_PHYS_VIA_PROC_MEM : wanted,
                  address, host, bytes, done);
}

static struct vmmap_error *find_page(struct vmmap_physical *physical, uint64_t address,
                                     const struct vmmap_physical_page **ret)
{
    struct vmmap_physical_page *page = &physical->pages[address / PAGE % CACHE_PAGES];
    *ret = NULL;
    if (page->is_filled && page->address == address) {
        *ret = page;
        return NULL;
    }
    page->is_filled = false;
    page->address = address;
    struct vmmap_error *error = fetch(physical, address, page->bytes, &page->is_filled);
    if (error)
        page->is_filled = false;
    else if (page->is_filled)
        *ret = page;
    return error;
}

/* A transport that failed once is not tried again: poll() ends the walk with the reason. */
static struct vmmap_error *remember(struct vmmap_physical *physical, struct vmmap_error *error)
{
    if (vmmap_error_is_fatal(error))
        return error;
    physical->failure = error;
    return vmmap_physical_status(physical);
}

struct vmmap_error *vmmap_physical_read(void *context, uint64_t physical_address, void *bytes,
                                        size_t size)
{
    struct vmmap_physical *physical = context;
    if (physical->failure)
        return vmmap_physical_status(physical);
    for (size_t done = 0; done < size;) {
        const struct vmmap_physical_page *page;
        uint64_t address = physical_address + done;
        size_t inside = (size_t)(address % PAGE);
        size_t piece = PAGE - inside < size - done ? PAGE - inside : size - done;
        struct vmmap_error *error = find_page(physical, address - inside, &page);
        if (error)
            return remember(physical, error);
        if (!page)
            return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                      "There is no RAM at physical address 0x%" PRIx64 ".",
                                      address);
        memcpy((char *)bytes + done, page->bytes + inside, piece);
        done += piece;
    }
    return NULL;
}

/* Where QEMU has both ends, if that is one piece of its memory. */
static struct vmmap_error *find_span(struct vmmap_physical *physical, uint64_t address, size_t size,
                                     uint64_t *host, bool *found)
{
    const uint64_t first = address & ~(uint64_t)(PAGE - 1);
    const uint64_t last = (address + size - 1) & ~(uint64_t)(PAGE - 1);
    uint64_t host_last = 0;
    struct vmmap_error *error = vmmap_guest_ram_find(&physical->ram, first, host, found);
    if (!error && *found)
        error = vmmap_guest_ram_find(&physical->ram, last, &host_last, found);
    *found = !error && *found && host_last - *host == last - first;
    *host += address - first;
    return error;
}

struct vmmap_error *vmmap_physical_peek(void *context, uint64_t address, void *bytes, size_t size)
{
    struct vmmap_physical *physical = context;
    uint64_t host;
    bool found;
    if (physical->failure)
        return vmmap_physical_status(physical);
    if (physical->via != VMMAP_PHYS_VIA_PROC_MEM || !physical->is_verified)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "Physical memory is not read from QEMU's process.");
    struct vmmap_error *error = find_span(physical, address, size, &host, &found);
    if (error)
        return remember(physical, error);
    if (found && read_process(&physical->process, host, bytes, size))
        return NULL;
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                              "There is no RAM from physical address 0x%" PRIx64 " on.", address);
}

uint64_t vmmap_physical_monitor_lines(const struct vmmap_physical *physical)
{
    enum { SHORT = 400, LONG = 8000 };
    bool is_direct = physical->via == VMMAP_PHYS_VIA_PROC_MEM && physical->process.is_peer;
    return is_direct && physical->info->connection_is_tcp ? LONG : SHORT;
}

struct vmmap_error *vmmap_physical_status(const struct vmmap_physical *physical)
{
    return physical->failure
               ? vmmap_error_create(physical->failure->code, "%s", physical->failure->message)
               : NULL;
}

struct vmmap_error *vmmap_physical_poll(void *context)
{
    const struct vmmap_physical *physical = context;
    struct vmmap_error *error = vmmap_physical_status(physical);
    return error ? error : vmmap_target_poll(physical->target);
}
