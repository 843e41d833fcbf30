/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TARGET_TARGET_H
#define VMMAP_TARGET_TARGET_H

/**
 * @file
 * What the library asks of a debugger: the only way in which providers reach a target.
 *
 * The plugin implements this table with GDB, the tests with a scripted fake; anything else that
 * can read memory and registers could implement it too. Every function but `describe` may be NULL,
 * which means that the target can not do it. None of them may change the target, run code in it,
 * or change what thread or frame the user has selected.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "map/register.h"
#include "map/thread.h"

enum vmmap_target_kind {
    VMMAP_TARGET_NONE,   /**< nothing is being debugged */
    VMMAP_TARGET_NATIVE, /**< a process of this machine, under this debugger */
    VMMAP_TARGET_REMOTE, /**< something behind the remote protocol */
    VMMAP_TARGET_CORE,   /**< a core file */
    VMMAP_TARGET_OTHER,  /**< live, but none of these (a simulator, a recording) */
    /** Kinds of REMOTE that a debugger can not tell: the session asks the stub
     *  (providers/remote.h). */
    VMMAP_TARGET_QEMU_USER,   /**< a program under QEMU's user mode emulation */
    VMMAP_TARGET_QEMU_SYSTEM, /**< a machine under QEMU */
    /** The memory of a machine in a file, whatever is being debugged beside it: the session asks
     * its settings and the core file. */
    VMMAP_TARGET_IMAGE,
};

/** BFD's longest name has 20 letters. */
enum { VMMAP_ARCHITECTURE_SIZE = 32 };

struct vmmap_settings;
struct vmmap_kept;
struct vmmap_guest;

/** What the debugger is looking at right now. */
struct vmmap_target_info {
    enum vmmap_target_kind kind;
    /** The target runs, so that neither registers nor memory can be read. */
    bool running;
    /** It stands for a moment only, while the debugger evaluates the condition of a breakpoint: no
     *  other thread may be selected now. */
    bool momentary;
    unsigned int inferior; /**< GDB's number of it */
    /** Process and selected thread as the target's side numbers them; 0 when not known. They name
     *  a process of this machine only if `kind` is NATIVE. */
    uint64_t pid;
    uint64_t tid;
    unsigned int address_bits; /**< 32 or 64 */
    /** The debugger's name for what the CPU is, as BFD spells it ("i386:x86-64", "s390:64-bit");
     *  empty when not known. Names of registers do not tell: s390x has a cr0 and a cr3 as well. */
    char architecture[VMMAP_ARCHITECTURE_SIZE];
    /** Differs from an earlier answer whenever the target may have changed in between. */
    uint64_t generation;
    /** Differs from an earlier answer whenever the target may have run in between. */
    uint64_t run;
    /** The debugger's number of the connection, which it gives to no other; 0 when not known. */
    uint64_t connection;
    /** It is known that the connection goes through TCP. */
    bool connection_is_tcp;
    /** What the user chose (providers/settings.h). Set by the session, and NULL before that. */
    const struct vmmap_settings *settings;
    /** What providers keep for the time of a connection (providers/kept.h). Set by the session, and
     *  NULL before that. */
    struct vmmap_kept *kept;
    /** What is known of a machine beside its CPU (providers/machine/guest.h). Set by the session,
     * and NULL before that. */
    struct vmmap_guest *guest;
};

/** Texts that only the debugger can produce. */
enum vmmap_debugger_text {
    VMMAP_TEXT_PROC_MAPPINGS,  /**< `info proc mappings` */
    VMMAP_TEXT_SECTIONS,       /**< `maintenance info sections` */
    VMMAP_TEXT_AUXV,           /**< `info auxv` */
    VMMAP_TEXT_FILES,          /**< `info files` */
    VMMAP_TEXT_MEMORY_REGIONS, /**< `info mem` */
};

struct vmmap_target {
    /** Handed to each function as its first argument. */
    void *context;

    VMMAP_CHECKED struct vmmap_error *(*describe)(void *context, struct vmmap_target_info *ret);

    /** An error with code INTERRUPTED once the user pressed Ctrl-C; cheap enough for every loop. */
    VMMAP_CHECKED struct vmmap_error *(*poll)(void *context);

    /** Appends a whole file of the target's side, at most `limit` bytes of it, to `*ret`. */
    VMMAP_CHECKED struct vmmap_error *(*read_file)(void *context, const char *path, size_t limit,
                                                   struct vmmap_buffer *ret);

    /** Appends what the debugger prints. */
    VMMAP_CHECKED struct vmmap_error *(*debugger_text)(void *context,
                                                       enum vmmap_debugger_text which,
                                                       struct vmmap_buffer *ret);

    /**
     * Reads memory of the target: `*done` is how many of the `size` bytes could be read before the
     * first that could not. Unreadable memory is not an error; a target that is gone is.
     */
    VMMAP_CHECKED struct vmmap_error *(*read_memory)(void *context, uint64_t address, void *buffer,
                                                     size_t size, size_t *done);

    /** Sends a packet of the remote protocol and appends the reply as it came: nothing if the stub
     *  does not know the packet. */
    VMMAP_CHECKED struct vmmap_error *(*send_packet)(void *context, const char *packet,
                                                     struct vmmap_buffer *ret);

    /** Appends the name by which the user connected to the remote target: HOST:PORT, |COMMAND, or a
     *  path. Nothing where the debugger does not tell. */
    VMMAP_CHECKED struct vmmap_error *(*connection_name)(void *context, struct vmmap_buffer *ret);

    /** Runs a command of the stub's monitor (`monitor COMMAND`) and appends what it prints. Long
     *  answers can hang QEMU and GDB for good: see vmmap_physical_monitor_lines(). */
    VMMAP_CHECKED struct vmmap_error *(*monitor)(void *context, const char *command,
                                                 struct vmmap_buffer *ret);

    /** A register of the selected thread by the debugger's name for it. `*found` is false when
     *  there is none of that name, or it has no value, or that is not a number. */
    VMMAP_CHECKED struct vmmap_error *(*read_register)(void *context, const char *name,
                                                       uint64_t *ret, bool *found);

    /** The selected thread's first `limit` general registers that have a number in them, in the
     *  debugger's order. */
    VMMAP_CHECKED struct vmmap_error *(*registers)(void *context, struct vmmap_register *ret,
                                                   size_t limit, size_t *count);

    /** Tells the user, beside the answer, that something lasts. */
    void (*progress)(void *context, const char *sentence);

    /** Asks the user a question that is answered with yes or no; no where there is nobody to ask.
     */
    VMMAP_CHECKED struct vmmap_error *(*confirm)(void *context, const char *question, bool *ret);

    /**
     * Appends the path, on this machine, of the core file that is being debugged, without a NUL.
     */
    VMMAP_CHECKED struct vmmap_error *(*core_path)(void *context, struct vmmap_buffer *ret);

    /** Writes memory: `write_memory` alone changes the target, and is called only where the user
     *  asked for exactly that. An error says that not all bytes were taken. */
    VMMAP_CHECKED struct vmmap_error *(*write_memory)(void *context, uint64_t address,
                                                      const void *bytes, size_t size);

    /** Appends the path, on this machine, of the program that is being debugged, without a NUL;
     *  nothing without one. */
    VMMAP_CHECKED struct vmmap_error *(*executable_path)(void *context, struct vmmap_buffer *ret);

    /** Appends the GNU build-id of the debugger's executable in hexadecimal; nothing without one.
     */
    VMMAP_CHECKED struct vmmap_error *(*executable_id)(void *context, struct vmmap_buffer *ret);

    /** The address of a variable of the program, by its linker name. */
    VMMAP_CHECKED struct vmmap_error *(*symbol_address)(void *context, const char *name,
                                                        uint64_t *ret);

    /** Appends what the debugger says of the symbol at an address (`info symbol`). */
    VMMAP_CHECKED struct vmmap_error *(*symbol_text)(void *context, uint64_t address,
                                                     struct vmmap_buffer *ret);

    /** How many threads the selected inferior has, without reading any register. */
    VMMAP_CHECKED struct vmmap_error *(*count_threads)(void *context, size_t *ret);

    /**
     * The threads of the selected inferior and their registers, in `*ret`, which the caller frees.
     * A thread whose registers can not be read is listed without them.
     */
    VMMAP_CHECKED struct vmmap_error *(*threads)(void *context, struct vmmap_thread **ret,
                                                 size_t *count);
};

/** poll(), or success where the target has none. */
VMMAP_CHECKED struct vmmap_error *vmmap_target_poll(const struct vmmap_target *target);

/** threads(), or none where the target has no such function, or where the error is fatal. `*ret`
 * may be NULL; free() it, also after another error: it has the threads that were read. */
VMMAP_CHECKED struct vmmap_error *vmmap_target_threads(const struct vmmap_target *target,
                                                       struct vmmap_thread **ret, size_t *count);

/** Whether it is a machine, with physical memory and page tables: under QEMU, or in an image. */
bool vmmap_target_is_machine(const struct vmmap_target_info *info);

/** The `target` word of the JSON output. */
const char *vmmap_target_kind_name(enum vmmap_target_kind kind);

#endif
