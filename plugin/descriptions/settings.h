/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_SETTINGS_H
#define VMMAP_PLUGIN_DESCRIPTIONS_SETTINGS_H

/**
 * @file
 * What can be set (`set vmmap ...`), as data. To add a setting is to add a field and an entry.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What is set at the moment. */
struct setting_values {
    unsigned int source; /**< 0 for "auto", else 1 + index of a source of the session */
    bool labels;
    unsigned int qemu_user; /**< enum vmmap_qemu_user_way */
    uint64_t qemu_pid;      /**< 0 for "auto" */
    unsigned int phys_via;  /**< enum vmmap_phys_via */
    unsigned int explore;   /**< enum vmmap_explore_when */
    bool mpu_select;
    bool page_tables;
    char *image; /**< NULL for none */
    uint64_t image_base;
    uint64_t snapshots;   /**< 0 for the default */
    unsigned int on_stop; /**< enum on_stop */
};

/** The setting that acts as it is set. */
#define ON_STOP_SETTING "vmmap on-stop"

/** What is shown at each stop, in the order of the words. */
enum on_stop {
    ON_STOP_OFF,
    ON_STOP_DIFF,
    ON_STOP_MAP,
};

/** What a value is, and so the type of its field. */
enum setting_kind {
    SETTING_SWITCH,  /**< bool: "on" or "off" */
    SETTING_WORD,    /**< unsigned int: index of one of the words */
    SETTING_NUMBER,  /**< uint64_t: "auto", which is 0, or a decimal number from 1 to `max` */
    SETTING_ADDRESS, /**< uint64_t: hexadecimal, with or without 0x */
    SETTING_FILE,    /**< char *: the name of a file, NULL for none */
};

struct setting {
    const char *name; /**< after "set " */
    enum setting_kind kind;
    const char *initial;
    size_t field; /**< offset in struct setting_values */
    /** The words of a SETTING_WORD; NULL beyond the last. */
    const char *(*word)(unsigned int index);
    uint64_t max;
    const char *takes; /**< of a SETTING_NUMBER, in the sentence that refuses a value */
    const char *what;  /**< "Set <what>." and "Show <what>." */
    const char *text;  /**< paragraphs, lines of at most 80 characters */
    const char *shown; /**< what `show` prints before the value */
    /** Another extension may have it already, with the same meaning: then that one is used. */
    bool is_shared;
};

enum { SETTING_COUNT = 12 };

/** In the order in which `show vmmap` lists them. */
extern const struct setting settings[SETTING_COUNT];

#endif
