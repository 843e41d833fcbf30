/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "filter_options.h"

bool filter_options_add(const struct filter_arguments *arguments, struct vmmap_filter *filter,
                        struct vmmap_regex **regex)
{
    *regex = NULL;
    if (arguments->writable)
        filter->perms |= VMMAP_PERM_WRITE;
    if (arguments->executable)
        filter->perms |= VMMAP_PERM_EXEC;
    if (arguments->perms && !vmmap_perms_pattern_parse(arguments->perms, &filter->pattern)) {
        raise_user_error("Option --perms takes %s, not \"%s\".", PERMS_TAKES, arguments->perms);
        return false;
    }
    if (!arguments->regex)
        return true;
    struct vmmap_error *error = vmmap_regex_create(arguments->regex, regex);
    filter->regex = *regex;
    return exception_unless_ok(error);
}
