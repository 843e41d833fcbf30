/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_FILTER_OPTIONS_H
#define VMMAP_PLUGIN_FILTER_OPTIONS_H

#include "descriptions/filter.h"
#include "map/filter.h"
#include "object.h"

/**
 * Adds to a filter what the options by which commands choose pages say. `*regex` is what
 * filter->regex points to then, for the caller to destroy whatever the outcome. False with a user
 * error set for a bad pattern or regular expression.
 */
bool filter_options_add(const struct filter_arguments *arguments, struct vmmap_filter *filter,
                        struct vmmap_regex **regex);

#endif
