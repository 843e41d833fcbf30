/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/scan.h"

/* While GDB redirects its output (pipe, to_string, and whatever else uses
 * execute_fn_to_ui_file()) it behaves as with -batch: width and height are unlimited. */
static bool is_unlimited(const char *parameter)
{
    OWNED PyObject *value = PyObject_CallMethod(gdb_module, "parameter", "s", parameter);
    if (!value)
        exception_forget();
    return !value || value == Py_None;
}

/* "  123  vmmap -w": the command that was typed last, in `*ret`. */
static bool find_last_typed(const struct vmmap_buffer *history, struct vmmap_scan *ret)
{
    struct vmmap_scan text = vmmap_scan_over(history->data, history->size);
    uint64_t number;
    bool found = false;
    for (struct vmmap_scan line; vmmap_scan_line(&text, &line);) {
        vmmap_scan_skip_blanks(&line);
        if (!vmmap_scan_decimal(&line, &number))
            continue;
        vmmap_scan_skip_blanks(&line);
        *ret = line;
        found = true;
    }
    return found;
}

static bool is_equal(struct vmmap_scan scan, const char *text)
{
    size_t size = (size_t)(scan.end - scan.at);
    return size == strlen(text) && memcmp(scan.at, text, size) == 0;
}

/* Whether a word is one of the command's names, with `-` for `_` or "gdb-" before it too. */
static bool is_name_of(const struct command_description *command, struct vmmap_scan word)
{
    for (const char *const *alias = command->aliases; alias && *alias; alias++) {
        if (is_equal(word, *alias))
            return true;
    }
    const char *name = command->name;
    size_t size = (size_t)(word.end - word.at), prefix = strlen("gdb-");
    if (size > prefix && memcmp(word.at, "gdb-", prefix) == 0)
        word.at += prefix;
    for (; word.at < word.end && *name; word.at++, name++) {
        if (*word.at != *name && (*name != '_' || *word.at != '-'))
            return false;
    }
    return word.at == word.end && !*name;
}

/* Whether the line is the command that was called, by its full name. */
static bool is_call(struct vmmap_scan line, const struct command_call *call)
{
    struct vmmap_scan word;
    if (!vmmap_scan_word(&line, &word))
        return false;
    vmmap_scan_skip_blanks(&line);
    while (line.end > line.at && line.end[-1] == ' ')
        line.end--;
    return is_equal(line, call->line) && is_name_of(call->description, word);
}

/* Whether the last command in GDB's history is this very one. */
static bool was_typed(const struct command_call *call)
{
    struct vmmap_buffer history = VMMAP_BUFFER_INIT;
    struct vmmap_scan line;
    bool typed = gdb_capture("show commands", &history) && history.size > 0 &&
                 find_last_typed(&history, &line) && is_call(line, call);
    exception_forget();
    vmmap_buffer_deinit(&history);
    return typed;
}

/* A file that GDB itself opened, which no other program inherits (gdb_fopen_cloexec()). */
static bool is_written_file(int fd)
{
    struct stat status;
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && (fcntl(fd, F_GETFD) & FD_CLOEXEC) &&
           fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* In doubt there is one. */
static bool any_file_is_written(void)
{
    DIR *files = opendir("/proc/self/fd");
    bool found = !files;
    for (const struct dirent *file; !found && (file = readdir(files));) {
        struct vmmap_scan name = vmmap_scan_over(file->d_name, strlen(file->d_name));
        uint64_t fd;
        found = vmmap_scan_decimal(&name, &fd) && fd > STDERR_FILENO && is_written_file((int)fd);
    }
    if (files)
        closedir(files);
    return found;
}

/* GDB before 12 has no parameter for it; nor does its `show logging` tell, but a log is a file that
 * is written. */
static bool is_logging(void)
{
    OWNED PyObject *enabled = PyObject_CallMethod(gdb_module, "parameter", "s", "logging enabled");
    if (enabled)
        return PyObject_IsTrue(enabled) != 0;
    exception_forget();
    return any_file_is_written();
}

bool output_is_colored(const struct command_call *call)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (!call->from_tty || (no_color && *no_color) || !terminal || strcmp(terminal, "dumb") == 0 ||
        !isatty(STDOUT_FILENO) || !gdb_parameter_is_on("style enabled"))
        return false;
    /* With both limits off nothing distinguishes a redirection but what the user typed. */
    if (is_unlimited("width") && is_unlimited("height") && !was_typed(call))
        return false;
    return !is_logging();
}

bool output_write(const char *text, size_t size)
{
    if (PyErr_CheckSignals() < 0)
        return false;
    OWNED PyObject *string = object_from_text(text, size);
    OWNED PyObject *written = string ? PyObject_CallMethod(gdb_module, "write", "O", string) : NULL;
    return written != NULL;
}

struct vmmap_error *output_drain(void *context, const char *text, size_t size)
{
    (void)context;
    return output_write(text, size) ? NULL : error_from_exception();
}

bool output_finish(struct vmmap_buffer *text, struct vmmap_error *error)
{
    vmmap_buffer_drain(text);
    if (!error)
        error = vmmap_buffer_status(text);
    vmmap_buffer_deinit(text);
    return exception_unless_ok(error);
}
