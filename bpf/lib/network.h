/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Networks that have ports here, and the generation of what was decided in them. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct weft_network);
} weft_networks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEFT_GENERATIONS);
	__type(key, __u32);
	__type(value, __u32);
} weft_generations SEC(".maps");

static __always_inline struct weft_network *network_by_vni(__u32 vni)
{
	return bpf_map_lookup_elem(&weft_networks, &vni);
}

static __always_inline __u32 generation_of(__u32 vni)
{
	__u32 slot = vni % WEFT_GENERATIONS;
	__u32 *generation = bpf_map_lookup_elem(&weft_generations, &slot);

	return generation ? *generation : 0;
}
