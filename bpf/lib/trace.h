/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets that are sent to see what becomes of them: decided as a first packet, told, never
 * delivered. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "counter.h"
#include "flow.h"
#include "network.h"
#include "packet.h"
#include "pair.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} weft_trace_events SEC(".maps");

/* What a hook has decided, which pair->flow and the verdict say; node: see weft_trace_event. */
static __always_inline void trace_tell(struct __sk_buff *skb, const struct packet *packet,
				       const struct pair *pair, __u32 id, __u8 hook, int verdict,
				       __u32 node)
{
	const struct weft_flow *known = flow_lookup(&packet->key);
	struct weft_trace_event *event = bpf_ringbuf_reserve(&weft_trace_events, sizeof(*event), 0);

	if (!event) {
		count(WEFT_COUNTER_EVENTS_LOST);
		return;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->time_ns = bpf_ktime_get_ns();
	event->id = id;
	event->ifindex = skb->ifindex;
	event->vni = packet->key.vni;
	event->to_vni = pair->flow.vni;
	event->to_ifindex = pair->flow.ifindex;
	event->node = node;
	event->policy = pair->decision.verdict.policy;
	event->rule = pair->decision.verdict.rule;
	event->hook = hook;
	event->action = verdict ? WEFT_ACTION_DROP : pair->flow.action;
	event->drop_reason = -verdict;
	if (verdict && pair->decision.verdict.flags & WEFT_VERDICT_REJECT)
		event->flags |= WEFT_TRACE_REJECT;
	if (known) {
		event->flags |= WEFT_TRACE_KNOWN;
		if (known->generation != generation_of(packet->key.vni))
			event->flags |= WEFT_TRACE_OUTDATED;
		event->flow_policy = known->policy;
		event->flow_rule = known->rule;
	}
	bpf_ringbuf_submit(event, 0);
}
