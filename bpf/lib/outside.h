/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* External networks as this node has them: interfaces to them, and ways out. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct weft_uplink);
} weft_uplinks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weft_exit);
} weft_exits SEC(".maps");

static __always_inline struct weft_uplink *uplink_by_ifindex(__u32 ifindex)
{
	return bpf_map_lookup_elem(&weft_uplinks, &ifindex);
}

static __always_inline struct weft_exit *exit_by_number(__u32 number)
{
	return bpf_map_lookup_elem(&weft_exits, &number);
}
