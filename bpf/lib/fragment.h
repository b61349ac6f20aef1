/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ports of a first fragment, remembered for the fragments after it. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "packet.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct weft_fragment_key);
	__type(value, struct weft_fragment);
} weft_fragments SEC(".maps");

static __noinline void fragment_resolve(struct packet *packet)
{
	struct weft_fragment ports = {
		.source_port = packet->key.source_port,
		.destination_port = packet->key.destination_port,
	};
	struct weft_fragment_key key = {
		.vni = packet->key.vni,
		.id = packet->fragment_id,
		.protocol = packet->key.protocol,
	};
	struct weft_fragment *first;

	address_copy(&key.source, &packet->key.source);
	address_copy(&key.destination, &packet->key.destination);
	if (packet->flags & PACKET_FIRST_FRAGMENT) {
		bpf_map_update_elem(&weft_fragments, &key, &ports, BPF_ANY);
		return;
	}
	first = bpf_map_lookup_elem(&weft_fragments, &key);
	if (!first)
		return;
	packet->key.source_port = first->source_port;
	packet->key.destination_port = first->destination_port;
}

/* Gives a later fragment the ports of its first one. One that overtook it keeps ports of zero: a
 * flow by addresses alone, decided as such, so reordering loses nothing. */
static __always_inline void packet_defragment(struct packet *packet)
{
	if (unlikely(packet->flags & (PACKET_FIRST_FRAGMENT | PACKET_LATER_FRAGMENT)))
		fragment_resolve(packet);
}
