/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/ptov.h"

#include "descriptions/descriptions.h"

static const struct command_option options[] = {
    {.name = "root",
     .value = {VALUE_EXPRESSION, "ROOT", "the physical address of a page table",
               .field = offsetof(struct ptov_arguments, root)},
     .help = "Look in the address space of another root than the\nselected CPU's, as in vmmap."},
    {.name = "json",
     .value = {VALUE_NONE, .field = offsetof(struct ptov_arguments, json)},
     .help = "Print one JSON object, for scripts."},
    {.name = NULL},
};

static const struct command_positional positionals[] = {
    {.value = {VALUE_EXPRESSION, "PHYSICAL-ADDRESS",
               "a physical address: any expression, such as \"ptov 0x1000\"",
               .field = offsetof(struct ptov_arguments, address)}},
    {.value = {.shown = NULL}},
};

static const struct command_example examples[] = {
    {"ptov 0x1000000", "Every virtual address of that byte."},
    {"ptov --root 0x1f6a000 0x1000", "The same in the address space of another process."},
    {NULL, NULL},
};

const struct command_description ptov_description = {
    .name = "ptov",
    .group = "COMMAND_DATA",
    .summary =
        "Show every virtual address that the selected CPU's page tables give a physical one.",
    .text = "For machines under QEMU. Each row is a page, or a run of pages that all map the\n"
            "same, cut to the 4 KiB around the address; its label is the virtual address.",
    .options = options,
    .positionals = positionals,
    .raw = true,
    .examples = examples,
    .arguments_size = sizeof(struct ptov_arguments),
};
