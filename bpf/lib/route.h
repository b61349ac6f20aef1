/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where an address of a network is: longest prefix match. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct weft_route_key);
	__type(value, struct weft_route);
} weft_routes SEC(".maps");

static __always_inline struct weft_route *route_lookup(__u32 vni,
						       const struct weft_address *address)
{
	struct weft_route_key key = {
		.prefix_length = 32 + 128,
		.vni = bpf_htonl(vni),
	};

	address_copy(&key.address, address);
	return bpf_map_lookup_elem(&weft_routes, &key);
}

/* Whether a route leads to the port at an interface of this node. */
static __always_inline int route_is_port(const struct weft_route *route, __u32 ifindex)
{
	return route && route->action == WEFT_ACTION_LOCAL && route->ifindex == ifindex;
}
