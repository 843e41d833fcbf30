/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/remote.h"

#include <elf.h>
#include <string.h>

#include "support.h"

/* A stub with fixed answers: to each packet the reply of the first entry that begins it. */
struct answer {
    const char *packet;
    const char *reply;
    size_t size; /* 0: a string; SIZE_MAX: sending fails */
};

struct stub {
    const struct answer *answers; /* ends with a NULL packet */
    const char *text;             /* of `info auxv`, or NULL */
    size_t packet_count;
    struct vmmap_target target;
};

static struct vmmap_error *send_packet(void *context, const char *packet, struct vmmap_buffer *ret)
{
    struct stub *stub = context;
    stub->packet_count++;
    for (const struct answer *answer = stub->answers; answer->packet; answer++) {
        if (strncmp(packet, answer->packet, strlen(answer->packet)) != 0)
            continue;
        if (answer->size == SIZE_MAX)
            return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "Gone.");
        vmmap_buffer_append(ret, answer->reply,
                            answer->size ? answer->size : strlen(answer->reply));
        break;
    }
    return NULL;
}

static struct vmmap_error *debugger_text(void *context, enum vmmap_debugger_text which,
                                         struct vmmap_buffer *ret)
{
    const struct stub *stub = context;
    ck_assert_int_eq(which, VMMAP_TEXT_AUXV);
    if (!stub->text)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "No.");
    vmmap_buffer_append_string(ret, stub->text);
    return NULL;
}

static void begin(struct stub *stub, const struct answer *answers)
{
    *stub = (struct stub){.answers = answers};
    stub->target = (struct vmmap_target){
        .context = stub, .send_packet = send_packet, .debugger_text = debugger_text};
}

START_TEST(stubs_are_told_apart)
{
    static const struct {
        struct answer answers[4];
        enum vmmap_target_kind kind;
        size_t packet_count;
    } cases[] = {
        {{{"qqemu.Supported", "sstepbits;sstep", 0}}, VMMAP_TARGET_QEMU_USER, 1},
        {{{"qqemu.Supported", "sstepbits;sstep;PhyMemMode", 0}}, VMMAP_TARGET_QEMU_SYSTEM, 1},
        /* QEMU before 4.2 */
        {{{"qqemu.sstepbits", "ENABLE=1,NOIRQ=2,NOTIMER=4", 0}, {"qOffsets", "Text=0;Data=0", 0}},
         VMMAP_TARGET_QEMU_USER,
         3},
        {{{"qqemu.sstepbits", "ENABLE=1,NOIRQ=2,NOTIMER=4", 0}}, VMMAP_TARGET_QEMU_SYSTEM, 3},
        /* not QEMU */
        {{{"qOffsets", "Text=0;Data=0;Bss=0", 0}}, VMMAP_TARGET_REMOTE, 2},
        {{{"q", "E01", 0}}, VMMAP_TARGET_REMOTE, 2},
        {{{"none", "", 0}}, VMMAP_TARGET_REMOTE, 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stub stub;
        enum vmmap_target_kind kind = VMMAP_TARGET_NONE;
        begin(&stub, cases[i].answers);
        assert_ok(vmmap_remote_identify(&stub.target, &kind));
        ck_assert_msg(kind == cases[i].kind, "case %zu: %d", i, kind);
        ck_assert_uint_eq(stub.packet_count, cases[i].packet_count);
    }
}
END_TEST

START_TEST(without_packets_it_is_just_remote)
{
    const struct vmmap_target target = {.context = NULL};
    enum vmmap_target_kind kind = VMMAP_TARGET_NONE;
    assert_ok(vmmap_remote_identify(&target, &kind));
    ck_assert_int_eq(kind, VMMAP_TARGET_REMOTE);
}
END_TEST

START_TEST(a_stub_that_is_gone_is_an_error)
{
    static const struct answer gone[] = {{"q", "", SIZE_MAX}, {NULL, NULL, 0}};
    struct stub stub;
    enum vmmap_target_kind kind;
    begin(&stub, gone);
    assert_error(vmmap_remote_identify(&stub.target, &kind), VMMAP_ERROR_UNAVAILABLE, "Gone.");
}
END_TEST

/* 32-bit, little-endian; the value 0x7d7d escaped. */
#define VECTOR                                                                                     \
    "\x04\0\0\0\x20\0\0\0"                                                                         \
    "\x06\0\0\0\0\x10\0\0"                                                                         \
    "\x09\0\0\0}\x5d}\x5d\0\0"

static void assert_entry(const struct vmmap_auxv *auxv)
{
    uint64_t entry = 0;
    ck_assert(vmmap_auxv_get(auxv, AT_ENTRY, &entry));
    ck_assert_uint_eq(entry, 0x7d7d);
}

START_TEST(the_vector_comes_in_one_packet)
{
    static const char reply[] = "l" VECTOR;
    static const struct answer answers[] = {{"qXfer:auxv:read::0,1000", reply, sizeof(reply) - 1},
                                            {NULL, NULL, 0}};
    struct stub stub;
    struct vmmap_auxv auxv;
    begin(&stub, answers);
    assert_ok(vmmap_remote_auxv(&stub.target, &auxv));
    assert_entry(&auxv);
    ck_assert_uint_eq(stub.packet_count, 1);
}
END_TEST

START_TEST(the_vector_comes_in_pieces)
{
    static const char whole[] = VECTOR;
    char first[9], second[sizeof(whole)];
    first[0] = 'm';
    memcpy(first + 1, whole, 8);
    second[0] = 'l';
    memcpy(second + 1, whole + 8, sizeof(whole) - 1 - 8);
    const struct answer answers[] = {{"qXfer:auxv:read::0,", first, 9},
                                     {"qXfer:auxv:read::8,", second, sizeof(whole) - 8},
                                     {NULL, NULL, 0}};
    struct stub stub;
    struct vmmap_auxv auxv;
    begin(&stub, answers);
    assert_ok(vmmap_remote_auxv(&stub.target, &auxv));
    assert_entry(&auxv);
    ck_assert_uint_eq(stub.packet_count, 2);
}
END_TEST

START_TEST(endless_pieces_end)
{
    static const struct answer answers[] = {{"qXfer:auxv", "mx", 0}, {NULL, NULL, 0}};
    struct stub stub;
    struct vmmap_auxv auxv;
    begin(&stub, answers);
    assert_error(vmmap_remote_auxv(&stub.target, &auxv), VMMAP_ERROR_UNSUPPORTED,
                 "The stub tells no auxiliary vector that makes sense.");
    ck_assert_uint_le(stub.packet_count, 64);
}
END_TEST

START_TEST(gdbs_own_copy_serves_instead)
{
    static const struct answer replies[][2] = {
        {{"qXfer", "", 0}},  {{"qXfer", "E01", 0}},       {{"qXfer", "m", 0}},
        {{"qXfer", "l", 0}}, {{"qXfer", "lgarbage}", 0}}, {{"qXfer", "", SIZE_MAX}}};
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        struct stub stub;
        struct vmmap_auxv auxv;
        begin(&stub, replies[i]);
        stub.text = "9    AT_ENTRY             Entry point of program         0x7d7d\n";
        assert_ok(vmmap_remote_auxv(&stub.target, &auxv));
        assert_entry(&auxv);
        stub.text = NULL;
        assert_error(vmmap_remote_auxv(&stub.target, &auxv), VMMAP_ERROR_UNSUPPORTED,
                     "The stub tells no auxiliary vector that makes sense.");
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("remote", stubs_are_told_apart, without_packets_it_is_just_remote,
                     a_stub_that_is_gone_is_an_error, the_vector_comes_in_one_packet,
                     the_vector_comes_in_pieces, endless_pieces_end, gdbs_own_copy_serves_instead);
}
