/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a connection is decided by, and the answer: where its two ends are, and the verdict. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "config.h"
#include "route.h"
#include "way.h"

/* Counts changes of what connections are decided by; the lowest bit says which slot of routes and
 * policies counts. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} weft_epoch SEC(".maps");

struct found_route {
	struct weft_route route; /* a copy */
	__u8 exists;
	__u8 joined; /* it is of another network, which is joined */
};

/* How a decision is made. */
enum decision_mode {
	DECISION_FROM_OVERLAY = 1 << 0, /* at the receiver's node */
	DECISION_TRACED = 1 << 1,	/* as about a first packet, whatever flows there are */
	DECISION_FROM_UPLINK = 1 << 2,	/* from outside */
	DECISION_RENEWED = 1 << 3,	/* about a connection that `bound` remembers */
};

struct decision {
	struct weft_flow_key key; /* of the packet */
	__u8 tcp_flags;
	__u8 icmp_type; /* of the packet that opened the connection */
	__u8 mode;	/* decision_mode */
	__u8 reversed;	/* the packet answers: its receiver opened the connection */
	__u8 unsure;	/* what was read may have been another pair's: look again */
	__u32 epoch;
	__u32 generation; /* of the destination's network */
	struct found_route source;
	struct found_route destination;
	struct way way;
	/* Copies of what is being looked at: too big for the stack. */
	struct weft_frontend frontend;
	struct weft_backend backend;
	struct weft_pool pool;
	struct weft_verdict verdict;
	__u64 fence;
	/* RENEWED: what was settled when it was opened. */
	__u32 bound_listener;
	__u32 bound_backend;
};

/* Orders what is read before it against what is read after it. */
static __always_inline void decision_fence(struct decision *decision)
{
	if (config.weak_memory)
		__sync_lock_test_and_set(&decision->fence, 0);
}

static __always_inline __u32 epoch_read(void)
{
	__u32 slot = 0;
	const volatile __u32 *epoch = bpf_map_lookup_elem(&weft_epoch, &slot);

	return epoch ? *epoch : 0;
}

static __always_inline __u32 epoch_begin(struct decision *decision)
{
	__u32 epoch = epoch_read();

	decision_fence(decision);
	return epoch;
}

static __always_inline __u32 epoch_end(struct decision *decision)
{
	decision_fence(decision);
	return epoch_read();
}

/*
 * From kernel 6.1 on the memory of an entry of a hash table that is replaced or removed serves the
 * next one at once, also while it is being read. So what was copied is read again the way it was
 * found: when the two are equal, it was the key's own.
 */
static __always_inline void decision_same(struct decision *decision, const void *again,
					  const void *copied, __u32 words)
{
	const volatile __u32 *now = again;
	const __u32 *then = copied;
	__u32 difference = 0;

	if (!now) {
		decision->unsure = 1;
		return;
	}
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < words; i++)
		difference |= now[i] ^ then[i];
	if (difference)
		decision->unsure = 1;
}

/* Where an address is, as a network sees it: in itself, or in one that is joined to it. */
static __always_inline void route_find(struct found_route *found, __u32 vni,
				       const struct weft_address *address)
{
	const struct weft_route *route = route_lookup(vni, address);

	found->joined = route && route->action == WEFT_ACTION_NETWORK;
	if (found->joined) {
		route = route_lookup(route->vni, address);
		if (route && route->action != WEFT_ACTION_LOCAL &&
		    route->action != WEFT_ACTION_REMOTE && route->action != WEFT_ACTION_BALANCER)
			route = 0; /* joined are ports, not gateways, nor networks beyond */
	}
	found->exists = !!route;
	if (route)
		found->route = *route;
}
