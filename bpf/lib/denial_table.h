/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was denied of whom, until the agent is told. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct weft_denial_key);
	__type(value, struct weft_denial);
} weft_denials SEC(".maps");

/* Counts sweeps: how much detail a sender's interface may have, it may have in each. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} weft_denial_period SEC(".maps");

static __always_inline __u32 *denial_period(void)
{
	__u32 slot = 0;

	return bpf_map_lookup_elem(&weft_denial_period, &slot);
}
