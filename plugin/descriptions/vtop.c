/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/vtop.h"

#include "descriptions/descriptions.h"

static const struct command_option options[] = {
    {.name = "root",
     .value = {VALUE_EXPRESSION, "ROOT", "the physical address of a page table",
               .field = offsetof(struct vtop_arguments, root)},
     .help = "Begin at another root than the selected CPU's, as in\nvmmap."},
    {.name = NULL},
};

static const struct command_positional positionals[] = {
    {.value = {VALUE_EXPRESSION, "ADDRESS-EXPRESSION",
               "an address: any expression, such as \"vtop $pc\"",
               .field = offsetof(struct vtop_arguments, address)}},
    {.value = {.shown = NULL}},
};

static const struct command_example examples[] = {
    {"vtop $pc", "Where the next instruction is in physical memory."},
    {"vtop 0xffffffff81000000", NULL},
    {"vtop --root 0x1f6a000 0x401000", "The same in the address space of another process."},
    {NULL, NULL},
};

const struct command_description vtop_description = {
    .name = "vtop",
    .group = "COMMAND_DATA",
    .summary = "Show how the selected CPU translates an address: each level of the page tables.",
    .text = "For machines under QEMU. Each line is an entry: its name, the table and the\n"
            "index in it, its physical address and value, and what it is. Permissions are\n"
            "those over all levels.",
    .options = options,
    .positionals = positionals,
    .raw = true,
    .examples = examples,
    .arguments_size = sizeof(struct vtop_arguments),
};
