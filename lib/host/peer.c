/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/peer.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "formats/net_tcp.h"
#include "formats/scan.h"
#include "host/proc_file.h"

enum {
    MAX_INODES = 256, /* a debugger has a handful of sockets */
    MAX_PIDS = 256,
    DIAG_TIMEOUT_MS = 200,
    STANDARD_STREAMS = 3, /* may be sockets, of whoever started the debugger */
};

struct inodes {
    uint64_t items[MAX_INODES];
    size_t count;
};

/* A socket that may be the connection. */
struct candidate {
    uint64_t other; /* the inode of its other end; 0 where that is not on this machine */
    bool is_unix;
    bool has_name; /* the other end is bound to one, whose last part is */
    char basename[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    size_t basename_size;
};

struct search {
    const struct vmmap_connection *connection;
    struct inodes own;
    struct candidate candidates[VMMAP_PEERS_MAX_SOCKETS];
    size_t count;
    bool has_more;
};

static bool inodes_contain(const struct inodes *inodes, uint64_t inode)
{
    for (size_t i = 0; i < inodes->count; i++) {
        if (inodes->items[i] == inode)
            return true;
    }
    return false;
}

static void add_candidate(struct search *search, const struct candidate *candidate)
{
    if (search->count < VMMAP_PEERS_MAX_SOCKETS)
        search->candidates[search->count++] = *candidate;
    else
        search->has_more = true;
}

/* Calls `visit` with the number and the inode of each socket that the process has open. False when
 * its descriptors may not be looked at. */
static bool visit_sockets(uint64_t pid,
                          void (*visit)(void *context, uint64_t number, uint64_t inode),
                          void *context)
{
    char path[48];
    snprintf(path, sizeof(path), "/proc/%" PRIu64 "/fd", pid);
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    static const char prefix[] = "socket:[";
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char link[64];
        ssize_t size = readlinkat(dirfd(folder), entry->d_name, link, sizeof(link));
        if (size < (ssize_t)sizeof(prefix) || memcmp(link, prefix, sizeof(prefix) - 1) != 0)
            continue;
        struct vmmap_scan number = {entry->d_name, entry->d_name + strlen(entry->d_name)};
        struct vmmap_scan text = {link + sizeof(prefix) - 1, link + size};
        uint64_t descriptor, inode;
        if (vmmap_scan_decimal(&number, &descriptor) && vmmap_scan_decimal(&text, &inode) &&
            inode != 0)
            visit(context, descriptor, inode);
    }
    closedir(folder);
    return true;
}

static void collect_inode(void *context, uint64_t number, uint64_t inode)
{
    struct search *search = context;
    struct inodes *own = &search->own;
    if (number < STANDARD_STREAMS || inodes_contain(own, inode))
        return;
    if (own->count < MAX_INODES)
        own->items[own->count++] = inode;
    else
        search->has_more = true;
}

/* The inode of the socket with these ends swapped, or 0. */
static uint64_t find_other_end(const struct vmmap_buffer *tables,
                               const struct vmmap_net_tcp_entry *own)
{
    struct vmmap_scan text = vmmap_scan_over(tables->data, tables->size), line;
    while (vmmap_scan_line(&text, &line)) {
        struct vmmap_net_tcp_entry entry;
        if (vmmap_net_tcp_parse(line.at, (size_t)(line.end - line.at), &entry) &&
            vmmap_net_end_equals(&entry.local, &own->remote) &&
            vmmap_net_end_equals(&entry.remote, &own->local))
            return entry.inode;
    }
    return 0;
}

/* One that listens, or is not connected yet, has no port at the other end. */
static bool may_be_tcp_connection(const struct vmmap_connection *connection,
                                  const struct vmmap_net_tcp_entry *entry)
{
    if (entry->remote.port == 0)
        return false;
    if (connection->kind == VMMAP_CONNECTION_ANY)
        return true;
    return connection->kind == VMMAP_CONNECTION_TCP &&
           (connection->port == 0 || connection->port == entry->remote.port);
}

/* A client may speak IPv4 to a server that listens on an IPv6 socket for both, so the ends of one
 * table are looked for in the other as well. */
static struct vmmap_error *follow_tcp(const struct vmmap_target *target, struct search *search)
{
    static const char *const names[] = {"net/tcp", "net/tcp6"};
    const enum vmmap_connection_kind kind = search->connection->kind;
    struct vmmap_buffer tables = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    if (kind != VMMAP_CONNECTION_TCP && kind != VMMAP_CONNECTION_ANY)
        return NULL;
    for (size_t i = 0; i < 2 && !error; i++) {
        error = vmmap_proc_file_read(target, (uint64_t)getpid(), names[i], &tables);
        if (error && !vmmap_error_is_fatal(error)) {
            vmmap_error_destroy(error); /* a machine without IPv6, or without TCP */
            error = NULL;
        }
    }
    struct vmmap_scan text = vmmap_scan_over(tables.data, error ? 0 : tables.size), line;
    while (vmmap_scan_line(&text, &line)) {
        struct vmmap_net_tcp_entry entry;
        if (!vmmap_net_tcp_parse(line.at, (size_t)(line.end - line.at), &entry) ||
            !inodes_contain(&search->own, entry.inode) ||
            !may_be_tcp_connection(search->connection, &entry))
            continue;
        const struct candidate candidate = {.other = find_other_end(&tables, &entry)};
        add_candidate(search, &candidate);
    }
    vmmap_buffer_deinit(&tables);
    return error;
}

/* Asks about one Unix socket. False when it is none, or the kernel does not answer. */
static bool send_diag(int fd, uint64_t inode)
{
    struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } message = {
        .header = {.nlmsg_len = sizeof(message),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST},
        .request = {.sdiag_family = AF_UNIX,
                    .udiag_states = UINT32_MAX,
                    .udiag_ino = (uint32_t)inode,
                    .udiag_show = UDIAG_SHOW_PEER | UDIAG_SHOW_NAME,
                    .udiag_cookie = {UINT32_MAX, UINT32_MAX}}, /* whichever: the inode decides */
    };
    return send(fd, &message, sizeof(message), 0) == (ssize_t)sizeof(message);
}

/* What the kernel says of a socket. */
struct diag {
    uint64_t peer; /* inode; 0 for none */
    const char *name;
    size_t name_size;
    union {
        struct nlmsghdr header;
        char bytes[1024];
    } message;
};

/* The attributes in the `size` bytes. (RTA_NEXT() mixes signs.) */
static void read_attributes(const char *at, size_t size, struct diag *ret)
{
    struct rtattr attribute;
    while (size >= sizeof(attribute)) {
        uint32_t inode;
        memcpy(&attribute, at, sizeof(attribute));
        if (attribute.rta_len < RTA_LENGTH(0) || attribute.rta_len > size)
            return;
        const size_t length = attribute.rta_len - RTA_LENGTH(0);
        if (attribute.rta_type == UNIX_DIAG_PEER && length >= sizeof(inode)) {
            memcpy(&inode, at + RTA_LENGTH(0), sizeof(inode));
            ret->peer = inode;
        } else if (attribute.rta_type == UNIX_DIAG_NAME) {
            ret->name = at + RTA_LENGTH(0);
            ret->name_size = length;
        }
        size_t whole = RTA_ALIGN(attribute.rta_len);
        whole = whole < size ? whole : size;
        at += whole;
        size -= whole;
    }
}

/* False when the kernel does not know the socket: it is none of this kind, or of another network
 * namespace. */
static bool ask_diag(int fd, uint64_t inode, struct diag *ret)
{
    const size_t fixed = NLMSG_LENGTH(sizeof(struct unix_diag_msg));
    ret->peer = 0;
    ret->name_size = 0;
    ssize_t size = send_diag(fd, inode) ? recv(fd, &ret->message, sizeof(ret->message), 0) : -1;
    if (size < (ssize_t)fixed || ret->message.header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
        ret->message.header.nlmsg_len < fixed || ret->message.header.nlmsg_len > (size_t)size)
        return false;
    read_attributes(ret->message.bytes + fixed, ret->message.header.nlmsg_len - fixed, ret);
    return true;
}

/* The last part of a path; abstract names begin with a NUL. */
static void set_basename(struct candidate *candidate, const struct diag *diag)
{
    size_t size = strnlen(diag->name, diag->name_size);
    const char *slash = memrchr(diag->name, '/', size);
    const char *base = slash ? slash + 1 : diag->name;
    size -= (size_t)(base - diag->name);
    candidate->has_name = true;
    candidate->basename_size =
        size < sizeof(candidate->basename) ? size : sizeof(candidate->basename);
    memcpy(candidate->basename, base, candidate->basename_size);
}

static void follow_unix(struct search *search)
{
    const enum vmmap_connection_kind kind = search->connection->kind;
    if (kind == VMMAP_CONNECTION_TCP || kind == VMMAP_CONNECTION_NONE)
        return;
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return;
    const struct timeval timeout = {.tv_usec = DIAG_TIMEOUT_MS * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    for (size_t i = 0; i < search->own.count; i++) {
        struct diag diag;
        struct candidate candidate = {.is_unix = true};
        /* One without another end is not connected, or that end was closed. */
        if (!ask_diag(fd, search->own.items[i], &diag) || diag.peer == 0)
            continue;
        candidate.other = diag.peer;
        if (ask_diag(fd, candidate.other, &diag) && diag.name_size > 0)
            set_basename(&candidate, &diag);
        add_candidate(search, &candidate);
    }
    close(fd);
}

/* Whether the other end has the connection's own name. A pair has none. */
static bool has_wanted_name(const struct vmmap_connection *connection,
                            const struct candidate *candidate)
{
    if (connection->kind == VMMAP_CONNECTION_PAIR)
        return !candidate->has_name;
    return candidate->has_name && candidate->basename_size == connection->basename_size &&
           memcmp(candidate->basename, connection->basename, connection->basename_size) == 0;
}

/* Leaves out Unix sockets with another name, unless none is left then: a link, or another network
 * namespace, hides the name. */
static void compare_names(struct search *search)
{
    const struct vmmap_connection *connection = search->connection;
    size_t count = 0;
    if (connection->kind != VMMAP_CONNECTION_PAIR && connection->kind != VMMAP_CONNECTION_UNIX)
        return;
    for (size_t i = 0; i < search->count; i++)
        count += has_wanted_name(connection, &search->candidates[i]);
    if (count == 0)
        return;
    count = 0;
    for (size_t i = 0; i < search->count; i++) {
        if (has_wanted_name(connection, &search->candidates[i]))
            search->candidates[count++] = search->candidates[i];
    }
    search->count = count;
}

/* Which of the candidates' other ends a process has. */
struct owner_search {
    const struct search *search;
    uint64_t sockets;
};

static void compare_inode(void *context, uint64_t number, uint64_t inode)
{
    struct owner_search *owner = context;
    (void)number;
    for (size_t i = 0; i < owner->search->count; i++) {
        if (owner->search->candidates[i].other == inode)
            owner->sockets |= (uint64_t)1 << i;
    }
}

/* Signal 0 is none, and may be sent to processes of one's own user (kill(2)). */
static bool is_own(uint64_t pid)
{
    return kill((pid_t)pid, 0) == 0;
}

static void visit_process(const struct search *search, uint64_t pid, struct vmmap_peers *ret)
{
    struct owner_search owner = {search, 0};
    if (!visit_sockets(pid, compare_inode, &owner)) {
        ret->hidden_count++;
        ret->undumpable_count += is_own(pid);
    }
    if (owner.sockets != 0 && ret->count < MAX_PIDS)
        ret->items[ret->count++] = (struct vmmap_peer){pid, owner.sockets};
    ret->reached |= owner.sockets;
}

/* Goes through the descriptors of all other processes. */
static struct vmmap_error *find_owners(const struct vmmap_target *target,
                                       const struct search *search, struct vmmap_peers *ret)
{
    DIR *folder = opendir("/proc");
    if (!folder)
        return NULL;
    struct vmmap_error *error = NULL;
    const uint64_t own = (uint64_t)getpid();
    for (const struct dirent *entry; !error && (entry = readdir(folder));) {
        struct vmmap_scan name = {entry->d_name, entry->d_name + strlen(entry->d_name)};
        uint64_t candidate;
        if (!vmmap_scan_decimal(&name, &candidate) || candidate == own)
            continue;
        visit_process(search, candidate, ret);
        error = vmmap_target_poll(target);
    }
    closedir(folder);
    return error;
}

static void count_local(const struct search *search, struct vmmap_peers *ret)
{
    ret->socket_count = search->count;
    ret->has_more_sockets = search->has_more;
    for (size_t i = 0; i < search->count; i++) {
        if (search->candidates[i].other != 0)
            ret->local |= (uint64_t)1 << i;
    }
}

static struct vmmap_error *find_processes(const struct vmmap_target *target,
                                          const struct search *search, struct vmmap_peers *ret)
{
    ret->items = calloc(MAX_PIDS, sizeof(*ret->items));
    return ret->items ? find_owners(target, search, ret) : &vmmap_error_no_memory;
}

/* Whether one process has all other ends: then that is noted. */
static void note_known(const struct search *search, const struct vmmap_peers *peers,
                       struct vmmap_peers_known *ret)
{
    *ret = (struct vmmap_peers_known){.pid = 0};
    if (peers->count != 1 || search->has_more || search->count > VMMAP_PEERS_MAX_KNOWN ||
        search->own.count > VMMAP_PEERS_MAX_KNOWN ||
        __builtin_popcountll(peers->items[0].sockets) != (int)search->count)
        return;
    ret->pid = peers->items[0].pid;
    ret->own_count = search->own.count;
    ret->other_count = search->count;
    memcpy(ret->own, search->own.items, sizeof(ret->own[0]) * ret->own_count);
    for (size_t i = 0; i < search->count; i++)
        ret->others[i] = search->candidates[i].other;
}

/* Makes the candidates those that were known, if nothing can have changed. */
static bool is_known(struct search *search, const struct vmmap_peers_known *known)
{
    if (known->pid == 0 || search->has_more || search->own.count != known->own_count)
        return false;
    for (size_t i = 0; i < known->own_count; i++) {
        if (!inodes_contain(&search->own, known->own[i]))
            return false;
    }
    for (size_t i = 0; i < known->other_count; i++)
        search->candidates[i] = (struct candidate){.other = known->others[i]};
    search->count = known->other_count;
    struct owner_search owner = {search, 0};
    if (visit_sockets(known->pid, compare_inode, &owner) &&
        __builtin_popcountll(owner.sockets) == (int)known->other_count)
        return true;
    search->count = 0;
    return false;
}

static struct vmmap_error *use_known(const struct search *search, uint64_t pid,
                                     struct vmmap_peers *ret)
{
    count_local(search, ret);
    ret->items = calloc(1, sizeof(*ret->items));
    if (!ret->items)
        return &vmmap_error_no_memory;
    ret->items[ret->count++] = (struct vmmap_peer){pid, ret->local};
    ret->reached = ret->local;
    return NULL;
}

static struct vmmap_error *find_sockets(const struct vmmap_target *target, struct search *search)
{
    if (search->own.count == 0)
        return NULL;
    follow_unix(search);
    compare_names(search);
    return follow_tcp(target, search);
}

static struct vmmap_error *find(const struct vmmap_target *target, struct search *search,
                                struct vmmap_peers_known *known, struct vmmap_peers *ret)
{
    (void)visit_sockets((uint64_t)getpid(), collect_inode, search);
    if (is_known(search, known))
        return use_known(search, known->pid, ret);
    struct vmmap_error *error = find_sockets(target, search);
    count_local(search, ret);
    if (!error && ret->local != 0)
        error = find_processes(target, search, ret);
    if (!error)
        note_known(search, ret, known);
    return error;
}

struct vmmap_error *vmmap_peers_find(const struct vmmap_target *target,
                                     const struct vmmap_connection *connection,
                                     struct vmmap_peers_known *known, struct vmmap_peers *ret)
{
    *ret = (struct vmmap_peers){.items = NULL};
    struct search *search = calloc(1, sizeof(*search));
    if (!search)
        return &vmmap_error_no_memory;
    search->connection = connection;
    struct vmmap_error *error = find(target, search, known, ret);
    free(search);
    return error;
}

bool vmmap_peers_are_all(const struct vmmap_peers *peers, uint64_t sockets)
{
    const size_t count = peers->socket_count;
    const uint64_t all = count < 64 ? ((uint64_t)1 << count) - 1 : UINT64_MAX;
    return count > 0 && !peers->has_more_sockets && sockets == all;
}

void vmmap_peers_deinit(struct vmmap_peers *peers)
{
    free(peers->items);
    *peers = (struct vmmap_peers){.items = NULL};
}
