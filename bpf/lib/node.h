/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Other nodes: where to send to, and who may send to us. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct weft_node);
} weft_nodes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct weft_address);
	__type(value, struct weft_peer);
} weft_peers SEC(".maps");

static __always_inline struct weft_node *node_by_number(__u32 number)
{
	return bpf_map_lookup_elem(&weft_nodes, &number);
}

static __always_inline struct weft_peer *peer_by_address(const struct weft_address *address)
{
	return bpf_map_lookup_elem(&weft_peers, address);
}
