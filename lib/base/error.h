/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_BASE_ERROR_H
#define VMMAP_BASE_ERROR_H

/**
 * @file
 * The one way in which a function of this library fails.
 *
 * A function that can fail returns `struct vmmap_error *`: NULL is success, anything else belongs
 * to the caller, who hands it on or destroys it. Running out of memory is a static object, so
 * reporting it allocates nothing. The message is a sentence for the user.
 */

enum vmmap_error_code {
    VMMAP_ERROR_NO_MEMORY = 1,
    /** The user pressed Ctrl-C. Never turned into a note: it goes all the way up. */
    VMMAP_ERROR_INTERRUPTED,
    /** The target can not do this at all (no such packet, no such file, not that kind). */
    VMMAP_ERROR_UNSUPPORTED,
    /** The target could, but not here or not now (permission, process gone, I/O error). */
    VMMAP_ERROR_UNAVAILABLE,
    /** What the caller passed makes no sense. */
    VMMAP_ERROR_INVALID,
};

struct vmmap_error {
    enum vmmap_error_code code;
    const char *message;
};

#define VMMAP_CHECKED __attribute__((warn_unused_result))

/** The out-of-memory error; destroying it does nothing. */
extern struct vmmap_error vmmap_error_no_memory;

/**
 * A new error with a printf-style message. Never returns NULL: when there is no memory for it, the
 * answer is &vmmap_error_no_memory.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_error_create(enum vmmap_error_code code, const char *format,
                                                     ...) __attribute__((format(printf, 2, 3)));

/** Accepts NULL. */
void vmmap_error_destroy(struct vmmap_error *error);

/** Whether the work as a whole has to stop: out of memory or interrupted. */
int vmmap_error_is_fatal(const struct vmmap_error *error);

/**
 * For several tries of which one has to succeed: keeps the first error in `*kept`, or a later one
 * that is fatal, and destroys the other. `error` may be NULL. Returns whether it was fatal.
 */
int vmmap_error_keep(struct vmmap_error **kept, struct vmmap_error *error);

#endif
