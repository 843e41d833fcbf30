/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_DESCRIPTION_H
#define VMMAP_PLUGIN_DESCRIPTIONS_DESCRIPTION_H

/**
 * @file
 * What a command is to its user, as data: its name, words, options and texts. Parsing, sentences
 * about bad input, completion and help all come from it, and other programs may read it too: this
 * folder knows neither Python nor GDB.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a value is, and so the type of its field in the command's arguments. */
enum value_kind {
    VALUE_NONE,       /**< bool: an option without a value, true when given */
    VALUE_COUNT,      /**< uint64_t, 0 to UINT32_MAX: sums of counts can not overflow */
    VALUE_TEXT,       /**< char *: one word, unquoted as GDB does it */
    VALUE_REGEX,      /**< char *: one word with its backslashes, without quotes around it */
    VALUE_FILE,       /**< char *: one word, unquoted; completed as a file name */
    VALUE_CHOICE,     /**< unsigned int: index of one of `words` */
    VALUE_EXPRESSION, /**< char *: as it was typed, for GDB to evaluate */
    VALUE_PAGES,      /**< char *: as it was typed, an expression or a name of pages */
};

/** A value that is typed, and where it goes. */
struct command_value {
    enum value_kind kind;
    const char *shown;        /**< in the usage line: "N" */
    const char *takes;        /**< in sentences: "a number of pages" */
    const char *const *words; /**< of a choice; ends with NULL */
    size_t field;             /**< offset in the command's arguments; strings there are owned */
    uint64_t initial;         /**< of a count or choice that is not given */
};

struct command_option {
    const char *name;  /**< without dashes */
    const char *other; /**< another name for it, in no help text; or NULL */
    char letter;       /**< or 0 */
    /** Options of one command with a common bit here exclude each other. */
    unsigned char exclusive;
    struct command_value value;
    const char *help; /**< one sentence; further lines after \n */
};

struct command_positional {
    struct command_value value;
    bool optional; /**< all after it are, too */
};

struct command_example {
    const char *line;
    const char *meaning; /**< a sentence, or NULL */
};

struct command_description {
    const char *name;           /**< a name with `_` is registered with `-` instead, too */
    const char *const *aliases; /**< names that people type by habit; ends with NULL; or NULL */
    const char *group;          /**< the gdb.COMMAND_ constant that `help` lists it under */
    const char *summary;        /**< one sentence */
    const char *text;           /**< paragraphs, lines of at most 80 bytes */
    /** Ends without a name. Every command has -h and --help besides. */
    const struct command_option *options;
    /** Ends without a `shown`. */
    const struct command_positional *positionals;
    /** The last positional is all that remains of the line, as it was typed. */
    bool raw;
    const struct command_example *examples; /**< ends without a line */
    size_t arguments_size;                  /**< of the struct that the fields are in */
};

#endif
