/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/vmmap.h"

#include "descriptions/descriptions.h"

#define FIELD(name) .field = offsetof(struct vmmap_arguments, name)

enum { EXCLUSIVE_MEANING = 1, EXCLUSIVE_FORMAT = 2, EXCLUSIVE_ROWS = 4, EXCLUSIVE_SPACE = 8 };

/* In the order of enum vmmap_sort. */
static const char *const sort_words[] = {"start", "size", "name", NULL};

static const struct command_option options[] = {
    OPTION_WRITABLE(struct vmmap_arguments),
    OPTION_EXECUTABLE(struct vmmap_arguments),
    {.name = "lines-after",
     .letter = 'A',
     .value = {VALUE_COUNT, "N", "a number of pages", FIELD(after), .initial = UINT64_MAX},
     .help = "Show N pages after each match (default 1)."},
    {.name = "lines-before",
     .letter = 'B',
     .value = {VALUE_COUNT, "N", "a number of pages", FIELD(before), .initial = UINT64_MAX},
     .help = "Show N pages before each match (default 1)."},
    {.name = "gaps",
     .value = {VALUE_NONE, FIELD(gaps)},
     .help = "Show unmapped gaps, guard pages and runs of adjacent\npages."},
    {.name = "json",
     .exclusive = EXCLUSIVE_FORMAT,
     .value = {VALUE_NONE, FIELD(json)},
     .help = "Print one JSON object, for scripts."},
    {.name = "address",
     .other = "addr",
     .letter = 'a',
     .exclusive = EXCLUSIVE_MEANING,
     .value = {VALUE_NONE, FIELD(is_address)},
     .help = "The argument is an expression, never a name."},
    {.name = "name",
     .letter = 'n',
     .exclusive = EXCLUSIVE_MEANING,
     .value = {VALUE_NONE, FIELD(is_name)},
     .help = "The argument is a name, never an expression."},
    {.name = "context",
     .letter = 'C',
     .value = {VALUE_COUNT, "N", "a number of pages", FIELD(context), .initial = 1},
     .help = "As -A N -B N."},
    OPTION_PERMS(struct vmmap_arguments),
    OPTION_REGEX(struct vmmap_arguments),
    {.name = "sort",
     .value = {VALUE_CHOICE, "start|size|name", "start, size or name", sort_words, FIELD(sort)},
     .help = "Sort the pages, smallest first."},
    {.name = "sum",
     .exclusive = EXCLUSIVE_ROWS,
     .value = {VALUE_NONE, FIELD(sum)},
     .help =
         "Show totals by name and by permissions, the largest\npage and the largest gap, instead "
         "of pages."},
    {.name = "csv",
     .exclusive = EXCLUSIVE_FORMAT | EXCLUSIVE_ROWS,
     .value = {VALUE_NONE, FIELD(csv)},
     .help = "Print a line of column names and one for each page,\nfields separated by commas."},
    {.name = "diff",
     .value = {VALUE_NONE, FIELD(diff)},
     .help = "Show what has changed since the map was last looked\nat at an earlier stop, or "
             "since \"vmmap_snapshot\"."},
    {.name = "since",
     .value = {VALUE_TEXT, "SNAPSHOT", "the name of a snapshot", FIELD(since)},
     .help = "Show what has changed since that snapshot. \"vmmap\n--diff SNAPSHOT\" is the same."},
    {.name = "registers",
     .value = {VALUE_NONE, FIELD(registers)},
     .help = "Show which general registers point into a page."},
    {.name = "physical",
     .value = {VALUE_NONE, FIELD(physical)},
     .help = "Show the physical address, where page tables tell."},
    {.name = "root",
     .value = {VALUE_EXPRESSION, "ROOT", "the physical address of a page table", FIELD(root)},
     .help = "On a machine: the address space of another root (x86\nCR3, satp, TTBR0) than the "
             "selected CPU's; \"kernel\"\nor \"user\" where the kernel isolates page tables;\n"
             "\"ttbr1:ADDRESS\"; \"ept:EPTP\" and \"npt:NCR3\" for what a\nguest takes for "
             "physical memory, \"cr3/ept:EPTP\" and\n\"cr3/npt:NCR3\" for the CPU's own below "
             "that."},
    {.name = "kernel",
     .exclusive = EXCLUSIVE_SPACE,
     .value = {VALUE_NONE, FIELD(kernel)},
     .help = "On a machine: what the privileged mode may do."},
    {.name = "user",
     .exclusive = EXCLUSIVE_SPACE,
     .value = {VALUE_NONE, FIELD(user)},
     .help = "On a machine: what user mode can reach, and may do."},
    {.name = "physical-map",
     .exclusive = EXCLUSIVE_SPACE,
     .value = {VALUE_NONE, FIELD(physical_map)},
     .help = "On a machine: RAM, ROM and devices in physical\nmemory."},
    {.name = NULL},
};

static const struct command_positional positionals[] = {
    {.value = {VALUE_PAGES, "ADDRESS-EXPRESSION | NAME", "an expression or a name",
               .field = offsetof(struct vmmap_arguments, what)},
     .optional = true},
    {.value = {.shown = NULL}},
};

static const struct command_example examples[] = {
    {"vmmap", "All pages."},
    {"vmmap $sp", "The page that the stack pointer points to."},
    {"vmmap libc", "The pages of every file with \"libc\" in its path."},
    {"vmmap -w -A 3 heap", "The heap and three pages after it, if writable."},
    {"vmmap --gaps", "What lies between the pages."},
    {"vmmap rwx", "Pages that are readable, writable and executable."},
    {"vmmap buf,+0x100", "The pages that these bytes lie in."},
    {"vmmap --registers -C 0 $sp", "What else points to the stack."},
    {"vmmap --diff", "What changed since the last look at an earlier stop."},
    {"pipe vmmap | grep rwx", "The table, through a shell command."},
    {NULL, NULL},
};

static const char *const aliases[] = {"lm", "address", "vprot", "libs", NULL};

const struct command_description vmmap_description = {
    .name = "vmmap",
    .aliases = aliases,
    .group = "COMMAND_DATA",
    .summary = "Show the memory map of the program: every page range with permissions and name.",
    .text = "Without an argument all pages are shown. With an expression, the page that holds\n"
            "its value, marked with an arrow and its offset in the page; arrays and functions\n"
            "stand for their address. What does not evaluate is a name: all pages whose name\n"
            "or label contains it (\"vmmap TLS\"); \"binary\" is the program's executable.\n"
            "START-END, as pasted from a maps file, and EXPRESSION,+SIZE are the pages that\n"
            "overlap that range; a word like rw-p that no page has as a name is that pattern\n"
            "of permissions. A permission that is not known is shown as \"?\".\n"
            "\n"
            "Options may follow the name as well.",
    .options = options,
    .positionals = positionals,
    .raw = true,
    .examples = examples,
    .arguments_size = sizeof(struct vmmap_arguments),
};
