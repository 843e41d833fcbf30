/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/peer.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "formats/net_tcp.h"
#include "formats/scan.h"
#include "host/proc_file.h"

enum {
    MAX_INODES = 256, /* a debugger has a handful of sockets */
    MAX_PIDS = 256,
    DIAG_TIMEOUT_MS = 200,
};

struct inodes {
    uint64_t items[MAX_INODES];
    size_t count;
};

static bool inodes_contain(const struct inodes *inodes, uint64_t inode)
{
    for (size_t i = 0; i < inodes->count; i++) {
        if (inodes->items[i] == inode)
            return true;
    }
    return false;
}

static void inodes_add(struct inodes *inodes, uint64_t inode)
{
    if (inode != 0 && inodes->count < MAX_INODES && !inodes_contain(inodes, inode))
        inodes->items[inodes->count++] = inode;
}

/* Calls `visit` with the inode of each socket that the process has open. False when its
 * descriptors may not be looked at. */
static bool visit_sockets(uint64_t pid, void (*visit)(void *context, uint64_t inode), void *context)
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
        struct vmmap_scan number = {link + sizeof(prefix) - 1, link + size};
        uint64_t inode;
        if (vmmap_scan_decimal(&number, &inode))
            visit(context, inode);
    }
    closedir(folder);
    return true;
}

static void collect_inode(void *context, uint64_t inode)
{
    inodes_add(context, inode);
}

/* The ends of our own TCP sockets, as the other process has them. */
struct tcp_ends {
    struct vmmap_net_tcp_entry items[MAX_INODES];
    size_t count;
};

static void collect_own_ends(const struct vmmap_buffer *table, const struct inodes *own,
                             struct tcp_ends *ends)
{
    struct vmmap_scan text = vmmap_scan_over(table->data, table->size), line;
    while (vmmap_scan_line(&text, &line)) {
        struct vmmap_net_tcp_entry entry;
        if (vmmap_net_tcp_parse(line.at, (size_t)(line.end - line.at), &entry) &&
            inodes_contain(own, entry.inode) && ends->count < MAX_INODES)
            ends->items[ends->count++] = entry;
    }
}

static void collect_other_ends(const struct vmmap_buffer *table, const struct tcp_ends *ends,
                               struct inodes *others)
{
    struct vmmap_scan text = vmmap_scan_over(table->data, table->size), line;
    while (vmmap_scan_line(&text, &line)) {
        struct vmmap_net_tcp_entry entry;
        if (!vmmap_net_tcp_parse(line.at, (size_t)(line.end - line.at), &entry))
            continue;
        for (size_t i = 0; i < ends->count; i++) {
            if (vmmap_net_end_equals(&entry.local, &ends->items[i].remote) &&
                vmmap_net_end_equals(&entry.remote, &ends->items[i].local))
                inodes_add(others, entry.inode);
        }
    }
}

/* A client may speak IPv4 to a server that listens on an IPv6 socket for both, so the ends of one
 * table are looked for in the other as well. */
static struct vmmap_error *follow_tcp(const struct vmmap_target *target, uint64_t pid,
                                      const struct inodes *own, struct inodes *others)
{
    static const char *const names[] = {"net/tcp", "net/tcp6"};
    struct vmmap_buffer tables = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < 2 && !error; i++) {
        error = vmmap_proc_file_read(target, pid, names[i], &tables);
        if (error && !vmmap_error_is_fatal(error)) {
            vmmap_error_destroy(error); /* a machine without IPv6, or without TCP */
            error = NULL;
        }
    }
    struct tcp_ends *ends = error ? NULL : calloc(1, sizeof(*ends));
    if (ends) {
        collect_own_ends(&tables, own, ends);
        collect_other_ends(&tables, ends, others);
    } else if (!error) {
        error = &vmmap_error_no_memory;
    }
    free(ends);
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
                    .udiag_show = UDIAG_SHOW_PEER,
                    .udiag_cookie = {UINT32_MAX, UINT32_MAX}}, /* whichever: the inode decides */
    };
    return send(fd, &message, sizeof(message), 0) == (ssize_t)sizeof(message);
}

/* The inode in the attribute UNIX_DIAG_PEER of the `size` bytes, or 0. (RTA_NEXT() mixes signs.) */
static uint64_t find_peer_attribute(const char *at, size_t size)
{
    struct rtattr attribute;
    while (size >= sizeof(attribute)) {
        uint32_t inode;
        memcpy(&attribute, at, sizeof(attribute));
        if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > size)
            return 0;
        if (attribute.rta_type == UNIX_DIAG_PEER &&
            attribute.rta_len >= RTA_LENGTH(sizeof(inode))) {
            memcpy(&inode, at + RTA_LENGTH(0), sizeof(inode));
            return inode;
        }
        size_t whole = RTA_ALIGN(attribute.rta_len);
        whole = whole < size ? whole : size;
        at += whole;
        size -= whole;
    }
    return 0;
}

/* The inode of the other end in the kernel's answer, or 0. */
static uint64_t read_diag(int fd)
{
    union {
        struct nlmsghdr header;
        char bytes[1024];
    } message;
    const size_t fixed = NLMSG_LENGTH(sizeof(struct unix_diag_msg));
    ssize_t size = recv(fd, &message, sizeof(message), 0);
    if (size < (ssize_t)fixed || message.header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
        message.header.nlmsg_len < fixed || message.header.nlmsg_len > (size_t)size)
        return 0;
    return find_peer_attribute(message.bytes + fixed, message.header.nlmsg_len - fixed);
}

static void follow_unix(const struct inodes *own, struct inodes *others)
{
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return;
    const struct timeval timeout = {.tv_usec = DIAG_TIMEOUT_MS * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    for (size_t i = 0; i < own->count; i++) {
        if (send_diag(fd, own->items[i]))
            inodes_add(others, read_diag(fd));
    }
    close(fd);
}

struct owner_search {
    const struct inodes *wanted;
    bool found;
};

static void compare_inode(void *context, uint64_t inode)
{
    struct owner_search *search = context;
    search->found = search->found || inodes_contain(search->wanted, inode);
}

/* Goes through the descriptors of all other processes. */
static struct vmmap_error *find_owners(const struct vmmap_target *target, uint64_t pid,
                                       const struct inodes *wanted, struct vmmap_peers *ret)
{
    DIR *folder = opendir("/proc");
    if (!folder)
        return NULL;
    struct vmmap_error *error = NULL;
    const uint64_t own = (uint64_t)getpid();
    for (const struct dirent *entry; !error && (entry = readdir(folder));) {
        struct vmmap_scan name = {entry->d_name, entry->d_name + strlen(entry->d_name)};
        struct owner_search search = {wanted, false};
        uint64_t candidate;
        if (!vmmap_scan_decimal(&name, &candidate) || candidate == own || candidate == pid)
            continue;
        if (!visit_sockets(candidate, compare_inode, &search))
            ret->hidden_count++;
        if (search.found && ret->count < MAX_PIDS)
            ret->pids[ret->count++] = candidate;
        error = vmmap_target_poll(target);
    }
    closedir(folder);
    return error;
}

struct vmmap_error *vmmap_peers_find(const struct vmmap_target *target, uint64_t pid,
                                     struct vmmap_peers *ret)
{
    struct inodes own = {.count = 0}, others = {.count = 0};
    *ret = (struct vmmap_peers){.pids = NULL};
    (void)visit_sockets(pid, collect_inode, &own);
    if (own.count == 0)
        return NULL;
    follow_unix(&own, &others);
    struct vmmap_error *error = follow_tcp(target, pid, &own, &others);
    ret->socket_count = others.count;
    if (error || others.count == 0)
        return error;
    ret->pids = calloc(MAX_PIDS, sizeof(*ret->pids));
    if (!ret->pids)
        return &vmmap_error_no_memory;
    return find_owners(target, pid, &others, ret);
}

void vmmap_peers_deinit(struct vmmap_peers *peers)
{
    free(peers->pids);
    *peers = (struct vmmap_peers){.pids = NULL};
}
