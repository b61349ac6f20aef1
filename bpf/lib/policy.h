/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* May the opener of a connection open it? The one place where that is settled. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

/* Written by user space only, so without memory set aside. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct weft_policy_key);
	__type(value, struct weft_policy);
} weft_policies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1048576);
	__type(key, struct weft_verdict_key);
	__type(value, struct weft_verdict);
} weft_verdicts SEC(".maps");

/* Counts changes of what connections are decided by; its lowest bit says which slot counts. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} weft_epoch SEC(".maps");

/*
 * Routes join nothing by themselves: a network's routes lead to its own ports only, and inside a
 * network everything may talk. So a route is the permission, and no rule has decided.
 */
static __always_inline void policy_settle(struct weft_flow *flow, const struct weft_route *route)
{
	flow->action = route->action;
	flow->rule = 0;
}
