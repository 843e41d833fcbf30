/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/by_hand.h"

#include "descriptions/descriptions.h"

static const struct command_option no_options[] = {
    {.name = NULL},
};

#define FIELD(name) .field = offsetof(struct vmmap_add_arguments, name)

static const struct command_positional add_positionals[] = {
    {.value = {VALUE_EXPRESSION, "START", "an address, a size, and what else is known of a page",
               FIELD(start)}},
    {.value = {VALUE_EXPRESSION, "SIZE", "a size in bytes", FIELD(size)}},
    {.value = {VALUE_TEXT, "FLAGS", "any of the letters r, w and x", FIELD(flags)},
     .optional = true},
    {.value = {VALUE_EXPRESSION, "OFFSET", "an offset in the file", FIELD(offset)},
     .optional = true},
    {.value = {VALUE_TEXT, "NAME", "a name", FIELD(name)}, .optional = true},
    {.value = {.shown = NULL}},
};

static const struct command_example add_examples[] = {
    {"vmmap_add 0x20000000 0x10000 rw", "RAM."},
    {"vmmap_add &_start 1<<20 rx 0 /tmp/firmware.elf", "Code, and the file that it is from."},
    {"vmmap_add 0x40000000 0x1000", "Something of which no permission is known."},
    {NULL, NULL},
};

const struct command_description vmmap_add_description = {
    .name = "vmmap_add",
    .group = "COMMAND_DATA",
    .summary = "Add a page to the memory map by hand.",
    .text = "START, SIZE and OFFSET are expressions; blanks in them belong into parentheses.\n"
            "FLAGS are any of r, w and x, or \"-\" for none of them; without FLAGS no\n"
            "permission is known. NAME is the rest of the line.\n"
            "\n"
            "Such pages lie over what else is known of the map, and cut it where they\n"
            "overlap. They are kept for the inferior until \"vmmap_clear\", or the end of GDB.",
    .options = no_options,
    .positionals = add_positionals,
    .raw = true,
    .examples = add_examples,
    .arguments_size = sizeof(struct vmmap_add_arguments),
};

static const struct command_positional clear_positionals[] = {
    {.value = {VALUE_EXPRESSION, "ADDRESS", "an address in the page that is to be cleared",
               .field = offsetof(struct vmmap_clear_arguments, address)},
     .optional = true},
    {.value = {.shown = NULL}},
};

static const struct command_example clear_examples[] = {
    {"vmmap_clear", "All of them."},
    {"vmmap_clear 0x20000000", "The one that holds this address."},
    {NULL, NULL},
};

const struct command_description vmmap_clear_description = {
    .name = "vmmap_clear",
    .group = "COMMAND_DATA",
    .summary = "Forget pages that were added by hand, loaded or explored.",
    .text = "Without an address all of the inferior's are forgotten; what the target itself\n"
            "tells of its map is seen again.",
    .options = no_options,
    .positionals = clear_positionals,
    .raw = true,
    .examples = clear_examples,
    .arguments_size = sizeof(struct vmmap_clear_arguments),
};

static const struct command_option explore_options[] = {
    {.name = "write",
     .value = {VALUE_NONE, .field = offsetof(struct vmmap_explore_arguments, write)},
     .help = "Find out what can be written, too: this WRITES to the target. The\n"
             "first byte of each page is inverted, read, and put back."},
    {.name = NULL},
};

static const struct command_positional explore_positionals[] = {
    {.value = {VALUE_EXPRESSION, "ADDRESS", "an address",
               .field = offsetof(struct vmmap_explore_arguments, address)}},
    {.value = {.shown = NULL}},
};

static const struct command_example explore_examples[] = {
    {"vmmap_explore $sp", "How far the memory that holds the stack goes."},
    {NULL, NULL},
};

const struct command_description vmmap_explore_description = {
    .name = "vmmap_explore",
    .group = "COMMAND_DATA",
    .summary = "Look for memory around an address by reading the target.",
    .text =
        "For targets that tell nothing of their memory. The run of pages that can be read is\n"
        "added to the map as \"<explored>\", below what is known otherwise; what else may be\n"
        "done with them is not known. It never reads where devices may be: outside of GDB's\n"
        "memory regions (\"info mem\") if there are any, or in what a Cortex-M has for devices.\n"
        "Ctrl-C ends it.",
    .options = explore_options,
    .positionals = explore_positionals,
    .raw = true,
    .examples = explore_examples,
    .arguments_size = sizeof(struct vmmap_explore_arguments),
};

static const struct command_option load_options[] = {
    {.name = "offset",
     .letter = 'o',
     .value = {VALUE_EXPRESSION, "OFFSET", "a number of bytes",
               .field = offsetof(struct vmmap_load_arguments, offset)},
     .help = "Add OFFSET to every address of an ELF file."},
    {.name = NULL},
};

static const struct command_positional load_positionals[] = {
    {.value = {VALUE_FILE, "FILE", "the name of a file",
               .field = offsetof(struct vmmap_load_arguments, file)},
     .optional = true},
    {.value = {.shown = NULL}},
};

static const struct command_example load_examples[] = {
    {"vmmap_load", "The loadable parts of the program that is debugged."},
    {"vmmap_load -o 0x8000000 boot.elf", "Those of another file, somewhere else."},
    {"vmmap_load board.json", "A map that was saved."},
    {NULL, NULL},
};

const struct command_description vmmap_load_description = {
    .name = "vmmap_load",
    .group = "COMMAND_DATA",
    .summary = "Add pages to the memory map from a file.",
    .text = "The file's content says what it is:\n"
            "  an ELF file          its loadable parts, with the names of their sections\n"
            "  a map of vmmap_save  everything that was saved\n"
            "  a /proc/PID/maps     its lines\n"
            "Without a file it is the program that is debugged. The pages are like those of\n"
            "\"vmmap_add\"; where one overlaps a page that was added before, none is added.",
    .options = load_options,
    .positionals = load_positionals,
    .examples = load_examples,
    .arguments_size = sizeof(struct vmmap_load_arguments),
};

static const struct command_option save_options[] = {
    {.name = "force",
     .letter = 'f',
     .value = {VALUE_NONE, .field = offsetof(struct vmmap_save_arguments, force)},
     .help = "Replace a file that is there already."},
    {.name = "csv",
     .value = {VALUE_NONE, .field = offsetof(struct vmmap_save_arguments, csv)},
     .help = "Save a line of column names and one for each page,\nfields separated by commas."},
    {.name = NULL},
};

static const struct command_positional save_positionals[] = {
    {.value = {VALUE_FILE, "FILE", "the name of a file",
               .field = offsetof(struct vmmap_save_arguments, file)}},
    {.value = {.shown = NULL}},
};

static const struct command_example save_examples[] = {
    {"vmmap_save board.json", NULL},
    {"vmmap_save --csv map.csv", "For a spreadsheet."},
    {NULL, NULL},
};

const struct command_description vmmap_save_description = {
    .name = "vmmap_save",
    .group = "COMMAND_DATA",
    .summary = "Write the whole memory map to a file, from which \"vmmap_load\" reads it.",
    .text = "What is written is what \"vmmap --json\" prints, or with --csv what\n"
            "\"vmmap --csv\" does, which can not be loaded again. The file is written whole\n"
            "or not at all, and one that is there already is kept unless --force is given.",
    .options = save_options,
    .positionals = save_positionals,
    .examples = save_examples,
    .arguments_size = sizeof(struct vmmap_save_arguments),
};
