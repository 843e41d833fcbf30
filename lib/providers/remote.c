/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/remote.h"

#include <stdio.h>
#include <string.h>

#include "formats/scan.h"

enum {
    AUXV_PIECE = 0x1000,   /* QEMU's stub takes no more */
    AUXV_LIMIT = 1 << 14,  /* the kernel's is some 400 bytes */
    AUXV_MAX_PACKETS = 32, /* a stub may hand out one byte at a time, but not for ever */
    REPLY_ESCAPE = 0x7d,   /* '}': the next byte is XORed (GDB manual, "Binary Data") */
    REPLY_ESCAPE_XOR = 0x20,
};

static bool reply_contains(const struct vmmap_buffer *reply, const char *text)
{
    return reply->size > 0 && memmem(reply->data, reply->size, text, strlen(text));
}

/* Replaces `*reply` by the stub's reply to `packet`. */
static struct vmmap_error *ask(const struct vmmap_target *target, const char *packet,
                               struct vmmap_buffer *reply)
{
    reply->size = 0;
    struct vmmap_error *error = target->send_packet(target->context, packet, reply);
    return error ? error : vmmap_buffer_status(reply);
}

/*
 * gdbstub.c of QEMU: `qqemu.Supported` came with 4.2 and names PhyMemMode in system mode only.
 * Before that `qqemu.sstepbits` (since 0.10) is QEMU's own, and qOffsets is known in user mode
 * only.
 */
static struct vmmap_error *identify(const struct vmmap_target *target, struct vmmap_buffer *reply,
                                    enum vmmap_target_kind *ret)
{
    struct vmmap_error *error = ask(target, "qqemu.Supported", reply);
    if (error)
        return error;
    if (reply_contains(reply, "sstepbits")) {
        *ret =
            reply_contains(reply, "PhyMemMode") ? VMMAP_TARGET_QEMU_SYSTEM : VMMAP_TARGET_QEMU_USER;
        return NULL;
    }
    error = ask(target, "qqemu.sstepbits", reply);
    if (error || !reply_contains(reply, "ENABLE="))
        return error;
    error = ask(target, "qOffsets", reply);
    if (!error)
        *ret = reply_contains(reply, "Text=") ? VMMAP_TARGET_QEMU_USER : VMMAP_TARGET_QEMU_SYSTEM;
    return error;
}

struct vmmap_error *vmmap_remote_identify(const struct vmmap_target *target,
                                          enum vmmap_target_kind *ret)
{
    *ret = VMMAP_TARGET_REMOTE;
    if (!target->send_packet)
        return NULL;
    struct vmmap_buffer reply = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = identify(target, &reply, ret);
    vmmap_buffer_deinit(&reply);
    return error;
}

/* Where the link of "/" leads: nowhere, which only a stub that knows the packet can say. */
struct vmmap_error *vmmap_remote_reads_all(const struct vmmap_target *target, bool *ret)
{
    *ret = false;
    if (!target->send_packet)
        return NULL;
    struct vmmap_buffer reply = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = ask(target, "vFile:readlink:2f", &reply);
    *ret = !error && reply.size > 0 && reply.data[0] == 'F';
    vmmap_buffer_deinit(&reply);
    return error;
}

/* Appends the data of a reply "m..." or "l...", with its escapes undone. */
static void append_unescaped(struct vmmap_buffer *ret, const struct vmmap_buffer *reply)
{
    for (size_t i = 1; i < reply->size; i++) {
        char byte = reply->data[i];
        if (byte == REPLY_ESCAPE && i + 1 < reply->size)
            byte = (char)(reply->data[++i] ^ REPLY_ESCAPE_XOR);
        vmmap_buffer_append(ret, &byte, 1);
    }
}

/* Reads with qXfer packets until the stub says that it was the last one, or says nothing. */
static struct vmmap_error *read_auxv_packets(const struct vmmap_target *target,
                                             struct vmmap_buffer *reply, struct vmmap_buffer *ret)
{
    struct vmmap_error *error = NULL;
    for (unsigned int i = 0; !error && i < AUXV_MAX_PACKETS && ret->size < AUXV_LIMIT; i++) {
        char packet[64];
        const size_t before = ret->size;
        snprintf(packet, sizeof(packet), "qXfer:auxv:read::%zx,%x", before, AUXV_PIECE);
        error = ask(target, packet, reply);
        if (error || reply->size == 0 || (reply->data[0] != 'm' && reply->data[0] != 'l'))
            break;
        append_unescaped(ret, reply);
        if (reply->data[0] == 'l' || ret->size == before)
            break;
        error = vmmap_target_poll(target);
    }
    return error ? error : vmmap_buffer_status(ret);
}

static struct vmmap_error *read_auxv_text(const struct vmmap_target *target, struct vmmap_auxv *ret,
                                          bool *found)
{
    if (!target->debugger_text)
        return NULL;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = target->debugger_text(target->context, VMMAP_TEXT_AUXV, &text);
    if (!error)
        *found = vmmap_auxv_parse_text(text.data, text.size, ret);
    vmmap_buffer_deinit(&text);
    return error;
}

/* Leaves out an error that only says that this way does not work. */
static struct vmmap_error *keep_fatal(struct vmmap_error *error)
{
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

struct vmmap_error *vmmap_remote_auxv(const struct vmmap_target *target, struct vmmap_auxv *ret)
{
    struct vmmap_buffer reply = VMMAP_BUFFER_INIT, bytes = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    bool found = false;
    if (target->send_packet)
        error = keep_fatal(read_auxv_packets(target, &reply, &bytes));
    if (!error)
        found = vmmap_auxv_recognise(bytes.data, bytes.size, ret);
    vmmap_buffer_deinit(&bytes);
    vmmap_buffer_deinit(&reply);
    /* Packets can be out of reach (GDB before 12), but GDB itself reads the vector. */
    if (!error && !found)
        error = keep_fatal(read_auxv_text(target, ret, &found));
    if (!error && !found)
        error = vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                   "The stub tells no auxiliary vector that makes sense.");
    return error;
}
