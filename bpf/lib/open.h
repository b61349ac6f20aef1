/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The slow path's steps: where a direction of a connection leads. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "pair.h"
#include "policy.h"
#include "rule.h"

/* What has been decided about the connection; negative: it may not be. */
static __always_inline int take_verdict(struct __sk_buff *skb, const struct packet *packet,
					struct pair *pair)
{
	const struct weft_verdict *verdict = &pair->decision.verdict;

	pair->flow.policy = pair->mirror.policy = verdict->policy;
	pair->flow.rule = pair->mirror.rule = verdict->rule;
	if (likely(!verdict->drop_reason))
		return 0;
	rule_note(skb, &pair->decision, packet_segments(skb, packet), packet->length);
	return -verdict->drop_reason;
}

/* A direction that ends at the port at an interface of this node. */
static __always_inline void lead_to_port(struct weft_flow *flow, __u32 vni, __u32 ifindex,
					 const __u8 *mac)
{
	flow->action = WEFT_ACTION_LOCAL;
	flow->vni = vni;
	flow->ifindex = ifindex;
	__builtin_memcpy(flow->mac, mac, sizeof(flow->mac));
}

static __always_inline void lead_by_route(struct weft_flow *flow, const struct weft_route *route)
{
	flow->action = route->action;
	flow->vni = route->vni;
	flow->ifindex = route->ifindex;
	flow->node = route->node;
	__builtin_memcpy(flow->mac, route->mac, sizeof(flow->mac));
}

/* The verdict that the slow path has just made. */
static __always_inline const struct weft_flow *opened_flow(void)
{
	struct pair *pair = pair_scratch();

	return pair ? &pair->flow : 0;
}
