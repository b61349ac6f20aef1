/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* drop(): the only way to refuse a packet. Counts by interface and reason. */
#pragma once

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct weft_drop_key);
	__type(value, struct weft_counter);
} weft_drops SEC(".maps");

static __noinline int drop(struct __sk_buff *skb, __u32 reason)
{
	struct weft_drop_key key = {.ifindex = skb->ifindex, .reason = reason};
	struct weft_counter first = {.packets = 1, .bytes = skb->len};
	struct weft_counter *counter = bpf_map_lookup_elem(&weft_drops, &key);

	if (counter) {
		counter->packets += 1;
		counter->bytes += skb->len;
	} else {
		bpf_map_update_elem(&weft_drops, &key, &first, BPF_NOEXIST);
	}
	return TC_ACT_SHOT;
}

/* Ends a program with what a step handed up: -WEFT_DROP_* or a TC action. */
static __always_inline int conclude(struct __sk_buff *skb, int verdict)
{
	return verdict < 0 ? drop(skb, -verdict) : verdict;
}
