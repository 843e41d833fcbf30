/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The text of a /proc/PID/status file, as a hostile stub may send it. */

#include "formats/proc_status.h"

#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Each id takes a blank and a digit at least. */
    REQUIRE(vmmap_proc_status_count_pids((const char *)data, size) <= size / 2);
    const char state = vmmap_proc_status_state((const char *)data, size);
    REQUIRE(state == '\0' || memchr(data, state, size));
    return 0;
}
