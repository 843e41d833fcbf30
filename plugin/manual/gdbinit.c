/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manual/gdbinit.h"

#include <string.h>

#include "descriptions/settings.h"

static const char loading[] =
    "# gdb-vmmap with all of its settings, as they are without this file: copy into ~/.gdbinit\n"
    "# what is to be in every session.\n"
    "\n"
    "jit-reader-load vmmap.so\n";

static void append_comment(struct vmmap_buffer *ret, const char *text)
{
    for (const char *end; text; text = *end ? end + 1 : NULL) {
        end = strchrnul(text, '\n');
        vmmap_buffer_append_string(ret, end == text ? "#" : "# ");
        vmmap_buffer_append(ret, text, (size_t)(end - text));
        vmmap_buffer_append(ret, "\n", 1);
    }
}

void gdbinit_append(struct vmmap_buffer *ret)
{
    vmmap_buffer_append_string(ret, loading);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        vmmap_buffer_printf(ret, "\n# Set %s.\n", settings[i].what);
        append_comment(ret, settings[i].text);
        vmmap_buffer_printf(ret, "set %s %s\n", settings[i].name, settings[i].initial);
    }
}
