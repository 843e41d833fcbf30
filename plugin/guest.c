/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/guest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "formats/scan.h"
#include "output.h"
#include "session/memmap.h"

enum { NUMBERS_MAX = 256 };

/* Numbers that were typed with commas between them. */
struct numbers {
    uint64_t items[NUMBERS_MAX];
    size_t count;
};

/* "7", "0x7", and for addresses hexadecimal in any case. */
static bool parse_number(struct vmmap_scan *scan, bool is_address, uint64_t *ret)
{
    const bool is_hex = vmmap_scan_text(scan, "0x") || is_address;
    return is_hex ? vmmap_scan_hex(scan, ret) : vmmap_scan_decimal(scan, ret);
}

/* What was typed at an option; NULL is no number. False with a user error set. */
static bool parse_numbers(const char *option, const char *what, const char *text, bool is_address,
                          struct numbers *ret)
{
    struct vmmap_scan scan = vmmap_scan_over(text, text ? strlen(text) : 0);
    ret->count = 0;
    if (!text)
        return true;
    do {
        if (ret->count == NUMBERS_MAX) {
            raise_user_error("%s takes at most %d %s.", option, NUMBERS_MAX, what);
            return false;
        }
        if (!parse_number(&scan, is_address, &ret->items[ret->count++])) {
            raise_user_error("%s takes %s with commas between them, not \"%s\".", option, what,
                             text);
            return false;
        }
    } while (vmmap_scan_char(&scan, ','));
    if (scan.at == scan.end)
        return true;
    raise_user_error("%s takes %s with commas between them, not \"%s\".", option, what, text);
    return false;
}

static bool find_method(const char *name, size_t size, uint32_t *methods)
{
    for (enum vmmap_process_method i = 0; i < VMMAP_METHOD_COUNT; i++) {
        const char *known = vmmap_process_method_name(i);
        if (strlen(known) == size && strncasecmp(known, name, size) == 0) {
            *methods |= 1u << i;
            return true;
        }
    }
    return false;
}

static bool parse_methods(const char *text, uint32_t *ret)
{
    *ret = 0;
    while (text) {
        const char *end = strchrnul(text, ',');
        if (!find_method(text, (size_t)(end - text), ret)) {
            raise_user_error("There is no method \"%.*s\": there are PsActiveProcessHead, CSRSS, "
                             "PspCidTable, Sessions, Handles and tasks.",
                             (int)(end - text), text);
            return false;
        }
        text = *end ? end + 1 : NULL;
    }
    return true;
}

bool memmap_run(const struct command_call *call)
{
    const struct memmap_arguments *arguments = call->arguments;
    struct numbers pids, addresses;
    struct vmmap_memmap_query query = {
        .coalesce = arguments->coalesce,
        .all = arguments->all,
        .list = arguments->list,
        .json = arguments->json,
    };
    if (!parse_numbers("Option --pids", "numbers of processes", arguments->pids, false, &pids) ||
        !parse_numbers("Option --eprocess", "addresses", arguments->addresses, true, &addresses) ||
        !parse_methods(arguments->methods, &query.choice.methods))
        return false;
    query.choice.name = arguments->regex;
    query.choice.pids = pids.items;
    query.choice.pid_count = pids.count;
    query.choice.addresses = addresses.items;
    query.choice.address_count = addresses.count;
    struct vmmap_buffer text = OUTPUT_BUFFER_INIT;
    return output_finish(&text, vmmap_session_memmap(call->session, &query, &text));
}

bool cc_run(const struct command_call *call)
{
    const struct cc_arguments *arguments = call->arguments;
    const bool kernel = arguments->pid && strcmp(arguments->pid, "kernel") == 0;
    struct vmmap_buffer text = OUTPUT_BUFFER_INIT;
    struct numbers pids, addresses;
    if (arguments->pid && (arguments->regex || arguments->address)) {
        raise_user_error("\"cc\" takes either a number, or -r, or -e.");
        return false;
    }
    if (!arguments->pid && !arguments->regex && !arguments->address)
        return output_finish(&text, vmmap_session_tell_process(call->session, &text));
    if (!parse_numbers("\"cc\"", "the number of one process", kernel ? NULL : arguments->pid, false,
                       &pids) ||
        !parse_numbers("Option --eprocess", "one address", arguments->address, true, &addresses))
        return false;
    const struct vmmap_process_choice choice = {
        .pids = pids.items,
        .pid_count = pids.count,
        .name = arguments->regex,
        .addresses = addresses.items,
        .address_count = addresses.count,
    };
    return output_finish(&text,
                         vmmap_session_choose_process(call->session, &choice, kernel, &text));
}
