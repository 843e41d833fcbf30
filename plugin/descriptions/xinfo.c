/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/xinfo.h"

#include "descriptions/descriptions.h"

#define FIELD(name) .field = offsetof(struct xinfo_arguments, name)

static const struct command_option options[] = {
    {.name = "json",
     .value = {VALUE_NONE, FIELD(json)},
     .help = "Print one JSON object, for scripts."},
    {.name = NULL},
};

static const struct command_positional positionals[] = {
    {.value = {VALUE_EXPRESSION, "ADDRESS-EXPRESSION",
               "an address: any expression, such as \"xinfo $pc\"", FIELD(address)}},
    {.value = {.shown = NULL}},
};

static const struct command_example examples[] = {
    {"xinfo $pc", "What is known of the next instruction's address."},
    {"xinfo --json buf", "The same of an array, for scripts."},
    {NULL, NULL},
};

const struct command_description xinfo_description = {
    .name = "xinfo",
    .group = "COMMAND_DATA",
    .summary = "Show all that is known of one address: page, file, section, symbol, thread.",
    .text = "A line each: the page that holds it and the distance from the page's start,\n"
            "from the lowest page of its file and in the file; section and symbol; the\n"
            "threads whose stack or TLS block is there; for machines the physical address,\n"
            "and what user mode and the kernel may do. What is not known has no line.",
    .options = options,
    .positionals = positionals,
    .raw = true,
    .examples = examples,
    .arguments_size = sizeof(struct xinfo_arguments),
};
