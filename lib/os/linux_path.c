/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Paths as d_path() of Linux makes them (fs/d_path.c): names of dentries from a file upwards,
 * across mounts, until the root folder of who asks, or the end of what is mounted.
 */

#include <string.h>

#include "os/linux_memory.h"

enum { PARTS_MAX = 4096 }; /* each takes two bytes of a path at least */

struct dentry {
    uint64_t address;
    uint64_t parent;
    uint64_t name;
    uint64_t operations;
    uint64_t hash; /* 0: unlinked */
};

static struct vmmap_error *read_dentry(const struct vmmap_linux_guest *guest, uint64_t address,
                                       struct dentry *ret, bool *done)
{
    const struct vmmap_linux_types *types = &guest->types;
    const uint64_t offsets[] = {types->dentry_parent, types->dentry_name, types->dentry_ops,
                                types->dentry_hash};
    uint64_t words[4];
    struct vmmap_error *error = vmmap_linux_read_words(guest, address, offsets, 4, words, done);
    *ret = (struct dentry){address, words[0], words[1], words[2], words[3]};
    return error;
}

/* A path that grows at its beginning. */
struct path {
    char text[VMMAP_LINUX_STRING_MAX];
    size_t start;
};

static bool prepend(struct path *path, const char *text, size_t size)
{
    if (size > path->start)
        return false;
    path->start -= size;
    memcpy(path->text + path->start, text, size);
    return true;
}

/* Adds "/NAME" in front. */
static struct vmmap_error *prepend_name(const struct vmmap_linux_guest *guest, uint64_t name,
                                        struct path *path, bool *done)
{
    char text[VMMAP_LINUX_NAME_MAX];
    struct vmmap_error *error = vmmap_linux_read_string(guest, name, text, sizeof(text), done);
    *done = !error && *done && prepend(path, text, strlen(text)) && prepend(path, "/", 1);
    return error;
}

/* The mount above one, and where it is mounted; `*top` where there is none. */
static struct vmmap_error *go_up(const struct vmmap_linux_guest *guest, uint64_t *mnt,
                                 uint64_t *dentry, bool *top, bool *done)
{
    const struct vmmap_linux_types *types = &guest->types;
    const uint64_t mount = *mnt - types->mount_vfsmount;
    const uint64_t offsets[] = {types->mount_parent, types->mount_mountpoint};
    uint64_t words[2];
    struct vmmap_error *error = vmmap_linux_read_words(guest, mount, offsets, 2, words, done);
    *top = !error && *done && words[0] == mount;
    if (!error && *done && !*top) {
        *mnt = words[0] + types->mount_vfsmount;
        *dentry = words[1];
    }
    return error;
}

/* All parts up to the root. `*done` is false where something on the way can not be read. */
static struct vmmap_error *prepend_path(const struct vmmap_linux_guest *guest, uint64_t mnt,
                                        uint64_t at, struct path *path, bool *done)
{
    *done = true;
    for (size_t parts = 0; at != guest->root_dentry || mnt != guest->root_mnt; parts++) {
        struct dentry dentry;
        uint64_t mount_root;
        bool top = false;
        if (parts == PARTS_MAX) {
            *done = false;
            return NULL;
        }
        struct vmmap_error *error =
            vmmap_linux_read_words(guest, mnt, &guest->types.vfsmount_root, 1, &mount_root, done);
        if (!error && *done && at == mount_root) {
            error = go_up(guest, &mnt, &at, &top, done);
        } else if (!error && *done) {
            error = read_dentry(guest, at, &dentry, done);
            top = dentry.parent == at;
            if (!error && *done && !top)
                error = prepend_name(guest, dentry.name, path, done);
            at = dentry.parent;
        }
        if (error || !*done || top)
            return error;
    }
    return NULL;
}

/* The function by which a file system of its own makes names; 0 for an ordinary file. */
static struct vmmap_error *find_dname(const struct vmmap_linux_guest *guest, uint64_t mnt,
                                      const struct dentry *dentry, uint64_t *ret, bool *done)
{
    uint64_t mount_root;
    *ret = 0;
    *done = true;
    if (!dentry->operations)
        return NULL;
    struct vmmap_error *error = vmmap_linux_read_words(
        guest, dentry->operations, &guest->types.dentry_ops_dname, 1, ret, done);
    if (error || !*done || !*ret || dentry->parent != dentry->address)
        return error;
    error = vmmap_linux_read_words(guest, mnt, &guest->types.vfsmount_root, 1, &mount_root, done);
    if (!error && *done && mount_root == dentry->address)
        *ret = 0;
    return error;
}

/* memfd, System V shared memory, shared anonymous memory: "/NAME (deleted)"; those of
 * anon_inode_getfile(): "anon_inode:NAME". */
static struct vmmap_error *append_special(const struct vmmap_linux_guest *guest, uint64_t dname,
                                          uint64_t name, struct vmmap_buffer *ret, bool *known)
{
    const bool is_simple = guest->simple_dname && dname == guest->simple_dname;
    const bool is_anon = guest->anon_inodefs_dname && dname == guest->anon_inodefs_dname;
    char text[VMMAP_LINUX_NAME_MAX];
    *known = is_simple || is_anon;
    struct vmmap_error *error =
        *known ? vmmap_linux_read_string(guest, name, text, sizeof(text), known) : NULL;
    if (error || !*known)
        return error;
    vmmap_buffer_append_string(ret, is_simple ? "/" : "anon_inode:");
    vmmap_buffer_append_string(ret, text);
    vmmap_buffer_append_string(ret, is_simple ? " (deleted)" : "");
    return vmmap_buffer_status(ret);
}

struct vmmap_error *vmmap_linux_path(const struct vmmap_linux_guest *guest, uint64_t mnt,
                                     uint64_t address, struct vmmap_buffer *ret, bool *known)
{
    struct path path = {.start = sizeof(path.text)};
    struct dentry dentry;
    uint64_t dname;
    struct vmmap_error *error = read_dentry(guest, address, &dentry, known);
    if (!error && *known)
        error = find_dname(guest, mnt, &dentry, &dname, known);
    if (!error && *known && dname)
        return append_special(guest, dname, dentry.name, ret, known);
    if (!error && *known)
        error = prepend_path(guest, mnt, address, &path, known);
    if (error || !*known)
        return error;
    if (path.start == sizeof(path.text))
        prepend(&path, "/", 1);
    vmmap_buffer_append(ret, path.text + path.start, sizeof(path.text) - path.start);
    if (!dentry.hash && dentry.parent != dentry.address)
        vmmap_buffer_append_string(ret, " (deleted)");
    return vmmap_buffer_status(ret);
}
