/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The slow path's steps: where a direction of a connection leads. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "pair.h"
#include "policy.h"
#include "rule.h"

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
	policy_settle(flow, route);
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
