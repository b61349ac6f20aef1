/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What rules did: counted for each, and told in full when the rule logs. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "budget.h"
#include "counter.h"
#include "decision.h"
#include "flow.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct weft_rule_key);
	__type(value, struct weft_counter);
} weft_rule_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 262144);
} weft_events SEC(".maps");

static __always_inline void rule_count(const struct weft_verdict *verdict, __u64 packets,
				       __u64 bytes)
{
	struct weft_rule_key key = {.policy = verdict->policy, .rule = verdict->rule};
	struct weft_counter first = {.packets = packets, .bytes = bytes};
	struct weft_counter *counter = bpf_map_lookup_elem(&weft_rule_counts, &key);

	if (counter) {
		counter->packets += packets;
		counter->bytes += bytes;
	} else {
		bpf_map_update_elem(&weft_rule_counts, &key, &first, BPF_NOEXIST);
	}
}

static __always_inline void rule_tell(struct __sk_buff *skb, const struct decision *decision)
{
	const struct weft_verdict *verdict = &decision->verdict;
	struct weft_event *event = 0;

	if (within_budget(BUDGET_EVENTS))
		event = bpf_ringbuf_reserve(&weft_events, sizeof(*event), 0);
	if (!event) {
		count(WEFT_COUNTER_EVENTS_LOST);
		return;
	}
	event->time_ns = bpf_ktime_get_ns();
	event->ifindex = skb->ifindex;
	event->policy = verdict->policy;
	event->rule = verdict->rule;
	if (decision->reversed) {
		flow_swap_key(&event->key, &decision->key);
		event->key.vni = decision->destination.route.vni;
		event->vni = decision->source.route.vni;
	} else {
		event->key = decision->key;
		event->key.vni = decision->source.route.vni;
		event->vni = decision->destination.route.vni;
	}
	event->icmp_type = decision->icmp_type;
	event->drop_reason = verdict->drop_reason;
	event->pad[0] = event->pad[1] = 0;
	bpf_ringbuf_submit(event, 0);
}

/* A rule has decided: about packets that it denied, or about a connection that it opened. Nothing
 * happened when no rule fitted. Not static: the verifier then walks it once. */
__noinline int rule_note(struct __sk_buff *skb, const struct decision *decision, __u32 packets,
			 __u32 bytes)
{
	if (!decision || !(decision->verdict.policy | decision->verdict.rule))
		return 0;
	rule_count(&decision->verdict, packets, bytes);
	if (decision->verdict.flags & WEFT_VERDICT_LOG)
		rule_tell(skb, decision);
	return 0;
}
