/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints what is made from the descriptions while the plugin is built, besides its help texts:
 *
 *     manual man VERSION
 *     manual gdbinit
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manual/gdbinit.h"
#include "manual/man_page.h"

static int print(const struct vmmap_buffer *text)
{
    if (text->failed || fwrite(text->data, 1, text->size, stdout) != text->size ||
        fflush(stdout) != 0) {
        perror("manual: the text could not be written");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    if (argc == 3 && strcmp(argv[1], "man") == 0) {
        man_page_append(argv[2], &text);
    } else if (argc == 2 && strcmp(argv[1], "gdbinit") == 0) {
        gdbinit_append(&text);
    } else {
        fprintf(stderr, "Usage: %s man VERSION | gdbinit\n", argv[0]);
        return EXIT_FAILURE;
    }
    int status = print(&text);
    vmmap_buffer_deinit(&text);
    return status;
}
