/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_REMOTE_PACKET_H
#define VMMAP_PLUGIN_REMOTE_PACKET_H

/**
 * @file
 * Packets of the remote protocol to the selected inferior's stub.
 */

#include "object.h"

/**
 * Sends a packet and appends the reply, nothing if it is empty. GDB has a function for it since
 * version 12; before that, `maint packet` prints a reply, and one with a NUL in it is cut there.
 * False with an exception set on failure.
 */
bool remote_packet_send(const char *packet, struct vmmap_buffer *ret);

#endif
