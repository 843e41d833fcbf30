/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/stub_process.h"

#include <inttypes.h>
#include <unistd.h>

#include "host/peer.h"

enum {
    MAX_CANDIDATES = 32,
    MAX_HOPS = 1, /* from the peer to a process that the peer itself talks to */
};

/* The processes to look at, those found first before those found through them. */
struct candidates {
    uint64_t pids[MAX_CANDIDATES];
    size_t count;
    size_t socket_count;
    size_t hidden_count;
};

static struct vmmap_error *visit_named(uint64_t pid, const struct vmmap_stub_visitor *visitor)
{
    bool found = false;
    struct vmmap_error *error = visitor->visit(visitor->context, pid, &found);
    if (!error && !found)
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                   "Process %" PRIu64 " (\"set vmmap qemu-pid\") does not hold the "
                                   "memory of this target.",
                                   pid);
    return error;
}

static struct vmmap_error *add_peers(const struct vmmap_target *target, uint64_t pid,
                                     struct candidates *candidates)
{
    struct vmmap_peers peers;
    struct vmmap_error *error = vmmap_peers_find(target, pid, &peers);
    candidates->socket_count += peers.socket_count;
    candidates->hidden_count += peers.hidden_count;
    for (size_t i = 0; i < peers.count && candidates->count < MAX_CANDIDATES; i++) {
        bool is_new = true;
        for (size_t j = 0; j < candidates->count; j++)
            is_new = is_new && candidates->pids[j] != peers.pids[i];
        if (is_new)
            candidates->pids[candidates->count++] = peers.pids[i];
    }
    vmmap_peers_deinit(&peers);
    return error;
}

/* Why no candidate was it; `refusal`, if any, is that one could not be looked at. */
static struct vmmap_error *explain(const struct candidates *candidates, struct vmmap_error *refusal)
{
    if (refusal)
        return refusal;
    if (candidates->count > 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "Process %" PRIu64 ", to which GDB is connected, does not hold "
                                  "the guest's memory; if QEMU runs on this machine, name it with "
                                  "\"set vmmap qemu-pid\".",
                                  candidates->pids[0]);
    if (candidates->socket_count > 0 && candidates->hidden_count > 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "The process to which GDB is connected runs on this machine, but "
                                  "as another user: run GDB as that user or as root.");
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                              "The process to which GDB is connected can not be seen on this "
                              "machine; if QEMU runs here, name it with \"set vmmap qemu-pid\".");
}

/* Shows candidates [first, end). `*refusal` keeps the first reason why one could not be looked at.
 */
static struct vmmap_error *visit_candidates(const struct candidates *candidates, size_t first,
                                            size_t end, const struct vmmap_stub_visitor *visitor,
                                            struct vmmap_error **refusal, bool *found)
{
    for (size_t i = first; i < end && !*found; i++) {
        struct vmmap_error *error = visitor->visit(visitor->context, candidates->pids[i], found);
        if (error && vmmap_error_is_fatal(error))
            return error;
        (void)vmmap_error_keep(refusal, error);
    }
    return NULL;
}

struct vmmap_error *vmmap_stub_find(const struct vmmap_target *target, uint64_t named,
                                    const struct vmmap_stub_visitor *visitor, bool *is_peer)
{
    struct candidates candidates = {.count = 0};
    struct vmmap_error *refusal = NULL;
    bool found = false;
    if (is_peer)
        *is_peer = false;
    if (named)
        return visit_named(named, visitor);
    struct vmmap_error *error = add_peers(target, (uint64_t)getpid(), &candidates);
    for (size_t hop = 0, first = 0, end; !error && !found && hop <= MAX_HOPS; hop++, first = end) {
        end = candidates.count;
        error = visit_candidates(&candidates, first, end, visitor, &refusal, &found);
        if (is_peer)
            *is_peer = found && hop == 0;
        for (size_t i = first; !error && !found && hop < MAX_HOPS && i < end; i++)
            error = add_peers(target, candidates.pids[i], &candidates);
    }
    if (!error && !found)
        return explain(&candidates, refusal);
    vmmap_error_destroy(refusal);
    return error;
}
