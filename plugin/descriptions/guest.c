/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/guest.h"

#include "descriptions/descriptions.h"

static const struct command_option memmap_options[] = {
    {.name = "pids",
     .letter = 'p',
     .value = {VALUE_TEXT, "PID[,PID...]", "numbers of processes",
               .field = offsetof(struct memmap_arguments, pids)},
     .help = "The processes with these numbers."},
    {.name = "proc-regex",
     .letter = 'r',
     .value = {VALUE_REGEX, "REGEX", "a regular expression",
               .field = offsetof(struct memmap_arguments, regex)},
     .help = "The processes whose name begins with a match (POSIX extended)."},
    {.name = "eprocess",
     .letter = 'e',
     .value = {VALUE_TEXT, "ADDRESS[,ADDRESS...]", "addresses of processes' structures",
               .field = offsetof(struct memmap_arguments, addresses)},
     .help = "The processes whose structures are there\n(EPROCESS, task_struct)."},
    {.name = "method",
     .letter = 'm',
     .value = {VALUE_TEXT, "METHOD[,METHOD...]", "names of methods",
               .field = offsetof(struct memmap_arguments, methods)},
     .help = "Only processes that one of these sees:\nPsActiveProcessHead CSRSS PspCidTable\n"
             "Sessions Handles (Windows), tasks (Linux)."},
    {.name = "coalesce",
     .letter = 'c',
     .value = {VALUE_NONE, .field = offsetof(struct memmap_arguments, coalesce)},
     .help = "Join pages that are adjacent in both address spaces."},
    {.name = "all",
     .letter = 'a',
     .value = {VALUE_NONE, .field = offsetof(struct memmap_arguments, all)},
     .help = "The other half of the space, too: the kernel's."},
    {.name = "list",
     .value = {VALUE_NONE, .field = offsetof(struct memmap_arguments, list)},
     .help = "List the processes instead."},
    {.name = "json",
     .value = {VALUE_NONE, .field = offsetof(struct memmap_arguments, json)},
     .help = "Print one JSON object, for scripts."},
    {.name = NULL},
};

static const struct command_positional no_positionals[] = {{.value = {.shown = NULL}}};

static const struct command_example memmap_examples[] = {
    {"memmap --list", "The processes of the machine's operating system."},
    {"memmap -p 1 -c", "Which physical memory process 1 has, in runs."},
    {"memmap", "The kernel's address space."},
    {NULL, NULL},
};

const struct command_description memmap_description = {
    .name = "memmap",
    .group = "COMMAND_DATA",
    .summary = "Show which physical page is behind each virtual page of a guest's processes.",
    .text = "For machines under QEMU and memory images (\"set vmmap image\"). A row is a page:\n"
            "virtual address, physical address, size. A page that is in memory though no CPU\n"
            "maps it now has a word behind it. Without a process: the kernel's address space.",
    .options = memmap_options,
    .positionals = no_positionals,
    .examples = memmap_examples,
    .arguments_size = sizeof(struct memmap_arguments),
};

static const struct command_option cc_options[] = {
    {.name = "regex",
     .letter = 'r',
     .exclusive = 1,
     .value = {VALUE_REGEX, "REGEX", "a regular expression",
               .field = offsetof(struct cc_arguments, regex)},
     .help = "The process whose name begins with a match."},
    {.name = "eprocess",
     .letter = 'e',
     .exclusive = 1,
     .value = {VALUE_TEXT, "ADDRESS", "the address of a process's structure",
               .field = offsetof(struct cc_arguments, address)},
     .help = "The process whose structure is there\n(EPROCESS, task_struct)."},
    {.name = NULL},
};

static const struct command_positional cc_positionals[] = {
    {.value = {VALUE_TEXT, "PID | kernel", "the number of a process, or \"kernel\"",
               .field = offsetof(struct cc_arguments, pid)},
     .optional = true},
    {.value = {.shown = NULL}},
};

static const struct command_example cc_examples[] = {
    {"cc 1", "Speak of process 1 of the guest from now on."},
    {"cc -r sshd", "Of the process whose name begins with \"sshd\"."},
    {"cc kernel", "Of the CPU again."},
    {"cc", "Say which process is chosen."},
    {NULL, NULL},
};

const struct command_description cc_description = {
    .name = "cc",
    .group = "COMMAND_DATA",
    .summary = "Choose a process of the guest that vmmap, vtop and xinfo speak of.",
    .text = "On Linux the map is then that of the process, with the names of files, as its own\n"
            "/proc/PID/maps has it. \"memmap --list\" lists the processes.",
    .options = cc_options,
    .positionals = cc_positionals,
    .examples = cc_examples,
    .arguments_size = sizeof(struct cc_arguments),
};
