/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/settings.h"

#include "providers/settings.h"
#include "session/session.h"

#define FIELD(name) .field = offsetof(struct setting_values, name)

static const char *source_word(unsigned int index)
{
    if (index == 0)
        return "auto";
    return index <= vmmap_session_source_count() ? vmmap_session_source_name(index - 1) : NULL;
}

static const char *on_stop_word(unsigned int index)
{
    static const char *const words[] = {
        [ON_STOP_OFF] = "off", [ON_STOP_DIFF] = "diff", [ON_STOP_MAP] = "map"};
    return index < sizeof(words) / sizeof(words[0]) ? words[index] : NULL;
}

const struct setting settings[SETTING_COUNT] = {
    {
        .name = "vmmap source",
        .kind = SETTING_WORD,
        .initial = "auto",
        FIELD(source),
        .word = source_word,
        .what = "where memory maps come from",
        .text = "\"auto\" takes the best source that works; the other words use that one only:\n"
                "  procfs       /proc/PID/maps of this machine, for processes under this GDB\n"
                "  bare-metal   memory regions and protection unit of a processor without an\n"
                "               operating system\n"
                "  vfile        the same file of the remote side, through gdbserver\n"
                "  qemu-user    several ways for programs under qemu-user (\"set vmmap "
                "qemu-user\")\n"
                "  linux-tasks  the regions of a chosen process of a Linux guest (\"cc\")\n"
                "  page-tables  the page tables of a machine under QEMU\n"
                "  monitor      what QEMU's monitor lists of them (\"info mem\")\n"
                "  core         the core file itself\n"
                "  probe        what reading finds of a remote process whose stub serves no files\n"
                "  gdb          what GDB's own \"info proc mappings\" lists",
        .shown = "The source of memory maps is",
    },
    {
        .name = "vmmap labels",
        .kind = SETTING_SWITCH,
        .initial = "on",
        FIELD(labels),
        .what = "whether vmmap labels the stacks, guard pages and TLS blocks of threads",
        .text = "That takes the registers of every thread: some 50 microseconds a thread for a\n"
                "local process, a round trip each for a remote one. Off, no register is read.",
        .shown = "Labels for the memory of threads are",
    },
    {
        .name = "vmmap qemu-user",
        .kind = SETTING_WORD,
        .initial = "auto",
        FIELD(qemu_user),
        .word = vmmap_qemu_user_way_name,
        .what = "which way to take to the memory map of a program under qemu-user",
        .text = "\"auto\" takes the first way that works; the other words use that one only:\n"
                "  vfile  the guest's own /proc/self/maps, which QEMU 8.1 and later serve\n"
                "  host   derived from the mappings of the QEMU process on this machine\n"
                "  probe  found by reading memory through QEMU's stub\n"
                "  full   the whole address space as one row",
        .shown = "The way to the memory map of a program under qemu-user is",
    },
    {
        .name = "vmmap qemu-pid",
        .kind = SETTING_NUMBER,
        .initial = "auto",
        FIELD(qemu_pid),
        .max = INT32_MAX,
        .takes = "\"auto\" or the number of a process",
        .what = "which process of this machine is the QEMU that runs the target",
        .text = "\"auto\" finds it by the connection. A process that is named here is used only\n"
                "if its memory holds what the target's does.",
        .shown = "The QEMU process that runs the target is",
    },
    {
        .name = "vmmap phys-via",
        .kind = SETTING_WORD,
        .initial = "auto",
        FIELD(phys_via),
        .word = vmmap_phys_via_name,
        .what = "which way to take to the physical memory of a machine under QEMU",
        .text = "\"auto\" takes the first way that works; the other words use that one only:\n"
                "  proc-mem  /proc/PID/mem of the QEMU process on this machine\n"
                "  packet    packets, with QEMU's stub in its physical memory mode\n"
                "  monitor   the monitor's \"xp\"",
        .shown = "The way to the physical memory of a machine under QEMU is",
    },
    {
        .name = "vmmap explore",
        .kind = SETTING_WORD,
        .initial = "off",
        FIELD(explore),
        .word = vmmap_explore_when_name,
        .what = "whether to look for memory by reading where nothing tells what there is",
        .text =
            "Around what the registers point at, when a map is asked for; never at a stop, nor\n"
            "where devices may be (\"help vmmap_explore\"):\n"
            "  off  never\n"
            "  ask  if the question is answered with yes\n"
            "  on   without asking",
        .shown = "Looking for memory by reading is",
    },
    {
        .name = "vmmap mpu-select",
        .kind = SETTING_SWITCH,
        .initial = "off",
        FIELD(mpu_select),
        .what = "whether the register that selects a region of a Cortex-M's MPU may be written",
        .text = "MPU_RNR says which of the regions the other registers show. On, each is selected\n"
                "in turn and MPU_RNR is put back. Off, nothing is written, and the permissions\n"
                "are not known where a region that is not shown may change them.",
        .shown = "Writing the MPU's register for selecting is",
    },
    {
        .name = "kernel-vmmap-via-page-tables",
        .kind = SETTING_SWITCH,
        .initial = "on",
        FIELD(page_tables),
        .what = "whether the map of a machine under QEMU is read from its page tables",
        .text = "Off, it is what QEMU's monitor lists (\"info mem\"), if that is short: less is\n"
                "known then.",
        .shown = "Reading the map of a machine under QEMU from its page tables is",
        .is_shared = true,
    },
    {
        .name = "vmmap snapshots",
        .kind = SETTING_NUMBER,
        .initial = "16",
        FIELD(snapshots),
        .max = VMMAP_HISTORY_MAX_LIMIT,
        .takes = "a number from 1 to 1000",
        .what = "how many snapshots of memory maps are kept",
        .text = "Beyond that the oldest is forgotten. As many maps of earlier stops are kept, one\n"
                "for each process.",
        .shown = "The number of snapshots that are kept is",
    },
    {
        .name = ON_STOP_SETTING,
        .kind = SETTING_WORD,
        .initial = "off",
        FIELD(on_stop),
        .word = on_stop_word,
        .what = "what of the memory map is shown at each stop",
        .text = "  off   nothing\n"
                "  diff  what has changed, as \"vmmap --diff\", if anything has\n"
                "  map   all of it",
        .shown = "At each stop is shown of the memory map:",
    },
    {
        .name = "vmmap image",
        .kind = SETTING_FILE,
        .initial = "",
        FIELD(image),
        .what = "which memory image is asked, whatever is being debugged",
        .text =
            "A file with the physical memory of a machine: an ELF core of QEMU or kdump, a\n"
            "kdump-compressed file, LiME, a crash dump of Windows, or raw memory. Empty: none.\n"
            "An ELF image that GDB has open as its core is used by itself.",
        .shown = "The memory image that is asked is",
    },
    {
        .name = "vmmap image-base",
        .kind = SETTING_ADDRESS,
        .initial = "0",
        FIELD(image_base),
        .takes = "an address in hexadecimal",
        .what = "where a raw memory image begins in physical memory",
        .text =
            "Raw images have no header that tells. RAM of an AArch64 machine of QEMU begins at\n"
            "0x40000000, for example.",
        .shown = "The physical address at which a raw memory image begins is",
    },
};
