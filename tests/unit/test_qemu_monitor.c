/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/qemu_monitor.h"

#include <inttypes.h>
#include <string.h>

#include "support.h"

/* A copy without a NUL, so that reading on is noticed. */
static char *copy_of(const char *text)
{
    const size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    return copy;
}

static char *mtree_of(const char *text)
{
    char *copy = copy_of(text);
    struct vmmap_buffer rows = VMMAP_BUFFER_INIT;
    struct vmmap_qemu_mtree mtree;
    struct vmmap_qemu_range memory;
    static const char *const kinds[] = {"RAM", "ROM", "device"};
    vmmap_qemu_mtree_init(&mtree, copy, strlen(text));
    while (vmmap_qemu_mtree_next_range(&mtree, &memory))
        vmmap_buffer_printf(&rows, "%" PRIu64 ": %" PRIx64 "-%" PRIx64 " %s%s %" PRIx64 " %.*s\n",
                            mtree.views, memory.start, memory.last, kinds[memory.kind],
                            memory.is_writable ? " w" : "", memory.offset, (int)memory.name_size,
                            memory.name);
    free(copy);
    return take_text(&rows);
}

static char *mem_of(const char *text, bool *off)
{
    char *copy = copy_of(text);
    struct vmmap_buffer rows = VMMAP_BUFFER_INIT;
    struct vmmap_qemu_mem mem;
    struct vmmap_qemu_mem_entry entry;
    vmmap_qemu_mem_init(&mem, copy, strlen(text));
    while (vmmap_qemu_mem_next(&mem, &entry)) {
        char access[4];
        vmmap_access_format(entry.access, access);
        vmmap_buffer_printf(&rows, "%" PRIx64 "-%" PRIx64 " %s%s %s", entry.start, entry.last,
                            access, entry.has_exec ? "" : "?", entry.user ? "user" : "kernel");
        if (entry.has_physical)
            vmmap_buffer_printf(&rows, " %" PRIx64, entry.physical);
        vmmap_buffer_append(&rows, "\n", 1);
    }
    *off = mem.off;
    free(copy);
    return take_text(&rows);
}

static void assert_text(char *text, const char *wanted)
{
    ck_assert_str_eq(text, wanted);
    free(text);
}

/* QEMU 7.2, -M q35, shortened. */
START_TEST(mtree_lists_what_a_cpu_sees)
{
    assert_text(
        mtree_of("FlatView #0\r\n"
                 " AS \"I/O\", root: io\r\n"
                 " Root memory region: io\r\n"
                 "  0000000000000000-0000000000000007 (prio 0, i/o): dma-chan\r\n"
                 "\r\n"
                 "FlatView #1\r\n"
                 " AS \"cpu-smm-0\", root: memory\r\n"
                 " Root memory region: memory\r\n"
                 "  00000000000a0000-00000000000bffff (prio 1, ram): smram\r\n"
                 "\r\n"
                 "FlatView #2\r\n"
                 " AS \"memory\", root: system\r\n"
                 " AS \"cpu-memory-0\", root: system\r\n"
                 " Root memory region: system\r\n"
                 "  0000000000000000-000000000009ffff (prio 0, ram): pc.ram\r\n"
                 "  00000000000a0000-00000000000affff (prio 2, ramd): vga.vram\r\n"
                 "  00000000000c0000-00000000000dffff (prio 1, rom): pc.rom\r\n"
                 "  00000000000e0000-00000000000fffff (prio 0, romd): flash @0000000000020000\r\n"
                 "  00000000fec00000-00000000fec00fff (prio 0, i/o): ioapic, ram): no\r\n"
                 "  00000000fed00000-00000000fed00fff (prio -1, container): a @home\r\n"
                 "  0000000100000000-000000017fffffff (prio 0, nv-ram): /obj/ram-node0 @00 KVM\r\n"
                 "\r\n"
                 "FlatView #3\r\n"
                 " AS \"cpu-memory-1\", root: system\r\n"
                 "  0000000000000000-0000000000000fff (prio 0, nv-rom): @a @1000\r\n"
                 "\r\n"
                 "FlatView #4\r\n"
                 " AS \"cpu-secure-memory-0\", root: secure\r\n"
                 "  000000000e000000-000000000effffff (prio 0, ram): virt.secure-ram\r\n"),
        "1: 0-9ffff RAM w 0 pc.ram\n"
        "1: a0000-affff device 0 vga.vram\n"
        "1: c0000-dffff ROM 0 pc.rom\n"
        "1: e0000-fffff device 20000 flash\n"
        "1: fec00000-fec00fff device 0 ioapic, ram): no\n"
        "1: fed00000-fed00fff device 0 a @home\n"
        "1: 100000000-17fffffff RAM w 0 /obj/ram-node0\n"
        "2: 0-fff ROM 1000 @a\n"
        "2: e000000-effffff RAM w 0 virt.secure-ram\n");
}
END_TEST

START_TEST(mtree_of_something_else_has_no_rows)
{
    assert_text(mtree_of(""), "");
    assert_text(mtree_of("unknown command: 'info mtree'\r\n"), "");
    assert_text(mtree_of("  0000000000000000-000000000009ffff (prio 0, ram): pc.ram\n"), "");
    assert_text(mtree_of(" AS \"cpu-memory-0\", root: system\n"
                         "  2-1 (prio 0, ram): reversed\n"
                         "  0-1 (prio x, ram): no number\n"
                         "  0-1 (prio 0, ram)\n"
                         "  0-1 (prio 0, ram"),
                "");
}
END_TEST

/* The CPU and V, or nothing. */
static void assert_virtual(const char *text, const char *wanted)
{
    char *copy = copy_of(text);
    struct vmmap_buffer answer = VMMAP_BUFFER_INIT;
    uint64_t cpu = 0;
    bool is_virtual = false;
    if (vmmap_qemu_riscv_virtual_parse(copy, strlen(text), &cpu, &is_virtual))
        vmmap_buffer_printf(&answer, "%" PRIu64 " %d", cpu, is_virtual);
    free(copy);
    assert_text(take_text(&answer), wanted);
}

/* QEMU 7.2, -cpu rv64,h=true, shortened. */
START_TEST(riscv_tells_whether_it_is_virtual)
{
    assert_virtual("\r\nCPU#0\r\n V      =   0\r\n pc       0000000000001000\r\n", "0 0");
    assert_virtual("\nCPU#3\n V      =   1\n pc       0000000000001000\n", "3 1");
    assert_virtual("CPU#1\r\n priv          S\r\n V             1\r\n", "1 1"); /* QEMU 11.1 */
    assert_virtual("CPU#3\n V      =   2\n", "");
    assert_virtual("CPU#3\n pc       0000000000001000\n V-extension = 1\n", "");
    assert_virtual(" V      =   1\n", "");
    assert_virtual("CPU#x\n V      =   1\n", "");
    assert_virtual("", "");
}
END_TEST

static enum vmmap_qemu_hva hva_of(const char *text, uint64_t *ret)
{
    char *copy = copy_of(text);
    *ret = 0;
    enum vmmap_qemu_hva answer = vmmap_qemu_hva_parse(copy, strlen(text), ret);
    free(copy);
    return answer;
}

START_TEST(gpa2hva_answers)
{
    uint64_t host;
    ck_assert_int_eq(hva_of("Host virtual address for 0x0 (pc.ram) is 0x7fb37be00000\r\n", &host),
                     VMMAP_QEMU_HVA_RAM);
    ck_assert_uint_eq(host, 0x7fb37be00000);
    ck_assert_int_eq(hva_of("Host virtual address for 0x0 (a is 0x1 b) is 0x7fb37be00000", &host),
                     VMMAP_QEMU_HVA_RAM);
    ck_assert_uint_eq(host, 0x7fb37be00000);
    ck_assert_int_eq(hva_of("Memory at address 0x9000000 is not RAM\r\n", &host),
                     VMMAP_QEMU_HVA_NOT_RAM);
    ck_assert_int_eq(hva_of("No memory is mapped at address 0x40000000\r\n", &host),
                     VMMAP_QEMU_HVA_NOT_RAM);
    ck_assert_int_eq(hva_of("unknown command: 'gpa2hva'\r\n", &host), VMMAP_QEMU_HVA_UNKNOWN);
    ck_assert_int_eq(hva_of("Host virtual address for 0x0 (pc.ram) is 0x", &host),
                     VMMAP_QEMU_HVA_UNKNOWN);
    ck_assert_int_eq(hva_of("", &host), VMMAP_QEMU_HVA_UNKNOWN);
}
END_TEST

static size_t xp_of(const char *text, uint64_t physical, uint64_t *ret, size_t limit)
{
    char *copy = copy_of(text);
    size_t count = vmmap_qemu_xp_parse(copy, strlen(text), physical, ret, limit);
    free(copy);
    return count;
}

START_TEST(xp_answers)
{
    static const char text[] = "0000000000200000: 0x0000000000201027 0x0000000000000001\r\n"
                               "0000000000200010: 0x8000000000000000 0xffffffffffffffff\r\n";
    uint64_t values[5] = {0};
    ck_assert_uint_eq(xp_of(text, 0x200000, values, 4), 4);
    ck_assert_uint_eq(values[0], 0x201027);
    ck_assert_uint_eq(values[1], 1);
    ck_assert_uint_eq(values[2], UINT64_C(1) << 63);
    ck_assert_uint_eq(values[3], UINT64_MAX);
    ck_assert_uint_eq(xp_of(text, 0x200000, values, 3), 3);
    ck_assert_uint_eq(xp_of(text, 0x200000, values, 5), 4);
    ck_assert_uint_eq(xp_of(text, 0x300000, values, 4), 0);
    ck_assert_uint_eq(xp_of("0000000000200000: Cannot access memory\r\n", 0x200000, values, 4), 0);
    ck_assert_uint_eq(xp_of("", 0, values, 4), 0);
    /* A line that is missing ends it. */
    ck_assert_uint_eq(
        xp_of("0000000000200000: 0x01 0x02\n0000000000200020: 0x03 0x04\n", 0x200000, values, 4),
        2);
}
END_TEST

START_TEST(info_mem_of_x86)
{
    bool off;
    assert_text(mem_of("0000000000100000-0000000000101000 0000000000001000 -r-\r\n"
                       "0000000040000000-0000000040001000 0000000000001000 urw\r\n"
                       "00007ffffffff000-ffff800000000000 0000000000001000 urw\r\n"
                       "00fffffffffff000-ff00000000000000 0000000000001000 urw\r\n"
                       "fffffffffffff000-0001000000000000 0000000000001000 -rw\r\n"
                       "fffffffffffff000-0200000000000000 0000000000001000 -rw\r\n"
                       "fffffffffffff000-0000000000000000 0000000000001000 -rw\r\n",
                       &off),
                "100000-100fff r--? kernel\n"
                "40000000-40000fff rw-? user\n"
                "7ffffffff000-7fffffffffff rw-? user\n"
                "fffffffffff000-ffffffffffffff rw-? user\n"
                "fffffffffffff000-ffffffffffffffff rw-? kernel\n"
                "fffffffffffff000-ffffffffffffffff rw-? kernel\n"
                "fffffffffffff000-ffffffffffffffff rw-? kernel\n");
    ck_assert(!off);
    assert_text(mem_of("PG disabled\r\n", &off), "");
    ck_assert(off);
}
END_TEST

START_TEST(info_mem_of_riscv)
{
    bool off;
    assert_text(mem_of("vaddr            paddr            size             attr\r\n"
                       "---------------- ---------------- ---------------- -------\r\n"
                       "0000000010004000 0000000080308000 0000000000001000 --x--ad\r\n"
                       "fffffffffffff000 0000000080403000 0000000000001000 rw-u-ad\r\n",
                       &off),
                "10004000-10004fff --x kernel 80308000\n"
                "fffffffffffff000-ffffffffffffffff rw- user 80403000\n");
    assert_text(mem_of("vaddr    paddr            size     attr\r\n"
                       "-------- ---------------- -------- -------\r\n"
                       "10000000 0000000080300000 00001000 r----ad\r\n",
                       &off),
                "10000000-10000fff r-- kernel 80300000\n");
    ck_assert(!off);
    assert_text(mem_of("No translation or protection\r\n", &off), "");
    ck_assert(off);
}
END_TEST

START_TEST(info_mem_of_something_else_has_no_rows)
{
    bool off;
    assert_text(mem_of("unknown command: 'info mem'\n"
                       "0-1000 0 -rw\n"
                       "1000-2000 ffffffffffffffff -rw\n"
                       "1000-2000 1000 xrw\n"
                       "5-0 4 urw\n" /* it ends below its start, */
                       "5-a 4 urw\n" /* not where its size says, */
                       "5-9 4 u\n"   /* without rights, */
                       "5-9 4 urx\n" /* and with one that is none */
                       "fffffffffffff000-1000 1000 urw\n"
                       "5 0 4 \n"
                       "5 0 4 rwxu\n"
                       "5 0 0 rwxugad\n",
                       &off),
                "");
    ck_assert(!off);
}
END_TEST

START_TEST(info_cpus_marks_one)
{
    uint64_t cpu = 77;
    static const char marked[] = "  CPU #0: thread_id=1765\r\n* CPU #12: thread_id=1766\r\n";
    static const char unmarked[] = "  CPU #0: thread_id=1765\n", broken[] = "* CPU #x\n";
    ck_assert(vmmap_qemu_cpus_parse(marked, sizeof(marked) - 1, &cpu));
    ck_assert_uint_eq(cpu, 12);
    ck_assert(!vmmap_qemu_cpus_parse(unmarked, sizeof(unmarked) - 1, &cpu));
    ck_assert(!vmmap_qemu_cpus_parse(broken, sizeof(broken) - 1, &cpu));
    ck_assert(!vmmap_qemu_cpus_parse("", 0, &cpu));
}
END_TEST

START_TEST(info_registers_of_x86)
{
    struct vmmap_qemu_x86_state state;
    static const char at_reset[] =
        "EAX=00000000 EBX=00000000 ECX=00000000 EDX=00060fb1\r\n"
        "EIP=0000fff0 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n"
        "ES =0000 00000000 0000ffff 00009300\r\n"
        "CS =f000 ffff0000 0000ffff 00009b00\r\n"
        "SS =0010 00000100 0000ffff 00009300\r\n";
    static const char in_smm[] =
        "RIP=0000000000008000 RFL=00000002 [-------] CPL=3 II=0 A20=1 SMM=1 HLT=0\n"
        "CS =3000 0000000000030000 ffffffff 00809300\n"
        "SS =0000 0000000000000000 ffffffff 00809300 DPL=0 DS16 [-WA]\n";
    ck_assert(vmmap_qemu_x86_state_parse(at_reset, sizeof(at_reset) - 1, &state));
    ck_assert_uint_eq(state.code_base, 0xffff0000);
    ck_assert_uint_eq(state.stack_base, 0x100);
    ck_assert_uint_eq(state.level, 0);
    ck_assert(!state.smm);
    ck_assert(vmmap_qemu_x86_state_parse(in_smm, sizeof(in_smm) - 1, &state));
    ck_assert_uint_eq(state.code_base, 0x30000);
    ck_assert_uint_eq(state.stack_base, 0);
    ck_assert_uint_eq(state.level, 3);
    ck_assert(state.smm);
    for (size_t size = 0; size < (size_t)(strstr(at_reset, "00000100") - at_reset); size++) {
        char *part = malloc(size ? size : 1); /* so that reading on is noticed */
        memcpy(part, at_reset, size);
        ck_assert(!vmmap_qemu_x86_state_parse(part, size, &state));
        free(part);
    }
}
END_TEST

START_TEST(info_registers_of_something_else)
{
    struct vmmap_qemu_x86_state state;
    static const char *const texts[] = {
        "pc       0000000080000000\n mhartid  0000000000000000\n",
        "EIP=0 CPL=4 II=0 A20=1 SMM=0\nCS =f000 0\nSS =0 0\n",
        "EIP=0 CPL=0 II=0 A20=1 SMM=2\nCS =f000 0\nSS =0 0\n",
        "EIP=0 CPL=0 II=0 A20=1 SMM=0\nCS =f000 x\nSS =0 0\n",
        "EIP=0 CPL=0 II=0 A20=1 SMM=0\nCS f000 0\nSS =0 0\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ck_assert(!vmmap_qemu_x86_state_parse(texts[i], strlen(texts[i]), &state));
}
END_TEST

int main(void)
{
    return RUN_TESTS("qemu_monitor", riscv_tells_whether_it_is_virtual, mtree_lists_what_a_cpu_sees,
                     mtree_of_something_else_has_no_rows, gpa2hva_answers, xp_answers,
                     info_mem_of_x86, info_mem_of_riscv, info_mem_of_something_else_has_no_rows,
                     info_cpus_marks_one, info_registers_of_x86, info_registers_of_something_else);
}
