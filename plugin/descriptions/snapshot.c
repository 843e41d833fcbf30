/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/snapshot.h"

#include "descriptions/descriptions.h"

#define FIELD(name) .field = offsetof(struct vmmap_snapshot_arguments, name)

enum { EXCLUSIVE_ACTION = 1 };

static const struct command_option options[] = {
    {.name = "list",
     .letter = 'l',
     .exclusive = EXCLUSIVE_ACTION,
     .value = {VALUE_NONE, FIELD(list)},
     .help = "List the snapshots, and take none."},
    {.name = "delete",
     .letter = 'd',
     .exclusive = EXCLUSIVE_ACTION,
     .value = {VALUE_NONE, FIELD(delete)},
     .help = "Forget the snapshot NAME, or the one without a name."},
    {.name = NULL},
};

static const struct command_positional positionals[] = {
    {.value = {VALUE_TEXT, "NAME", "a name", FIELD(name)}, .optional = true},
    {.value = {.shown = NULL}},
};

static const struct command_example examples[] = {
    {"vmmap_snapshot", "From now on \"vmmap --diff\" compares with this map."},
    {"vmmap_snapshot before", "To be compared with by \"vmmap --diff before\"."},
    {"vmmap_snapshot --delete before", "It is kept no longer."},
    {NULL, NULL},
};

const struct command_description vmmap_snapshot_description = {
    .name = "vmmap_snapshot",
    .group = "COMMAND_DATA",
    .summary = "Keep the memory map as it is now, for \"vmmap --diff\".",
    .text = "A snapshot with the same name is replaced. How many are kept at most is what \"set\n"
            "vmmap snapshots\" says; then the oldest is forgotten.",
    .options = options,
    .positionals = positionals,
    .examples = examples,
    .arguments_size = sizeof(struct vmmap_snapshot_arguments),
};
