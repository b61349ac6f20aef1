/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counts of what happened on the node. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WEFT_COUNTER_ID_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} weft_counters SEC(".maps");

static __always_inline void count_more(__u32 id, __u64 amount)
{
	__u64 *counter = bpf_map_lookup_elem(&weft_counters, &id);

	if (counter)
		*counter += amount;
}

static __always_inline void count(__u32 id)
{
	count_more(id, 1);
}
