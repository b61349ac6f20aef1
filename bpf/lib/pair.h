/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes the two entries of a connection, or decides them anew. */
#pragma once

#include <stddef.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "counter.h"
#include "decision.h"
#include "ending.h"
#include "flow.h"
#include "packet.h"
#include "port.h"

/* Too big for the stack. One for each CPU: programs of a hook do not interrupt each other. */
struct pair {
	struct weft_flow flow;	 /* the direction of the packet at hand */
	struct weft_flow mirror; /* the other */
	struct weft_flow_key mirror_key;
	struct weft_flow_key left_key; /* where the other has been until now */
	__u32 max_flows;	       /* of the port that pays */
	__u32 created;		       /* by this packet */
	struct decision decision;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pair);
} weft_pairs SEC(".maps");

static __always_inline struct pair *pair_scratch(void)
{
	__u32 slot = 0;

	return bpf_map_lookup_elem(&weft_pairs, &slot);
}

/* An empty pair with the first packet counted. */
static __always_inline struct pair *pair_begin(struct __sk_buff *skb, const struct packet *packet)
{
	struct pair *pair = pair_scratch();

	if (!pair)
		return 0;
	__builtin_memset(pair, 0, offsetof(struct pair, decision));
	pair->flow.packets = packet_segments(skb, packet);
	pair->flow.bytes = packet->length;
	/* To the microsecond, unlike flow_clock(): a handshake is measured from here. */
	pair->flow.started_ns = pair->flow.last_ns = bpf_ktime_get_ns();
	pair->flow.tcp_flags = packet->tcp_flags;
	pair->flow.icmp_type = pair->mirror.icmp_type = packet->icmp_type;
	pair->mirror.started_ns = pair->mirror.last_ns = pair->flow.started_ns;
	pair->flow.generation = packet->generation;
	return pair;
}

/* A change that comes while a packet is being decided must find the entries outdated: so what they
 * carry was read before the decision was made, or with it.
 */
static __always_inline __u32 pair_mirror_generation(const struct pair *pair,
						    const struct packet *packet)
{
	return pair->mirror_key.vni == packet->key.vni ? packet->generation
						       : pair->decision.generation;
}

/* What an earlier entry of the same direction has seen so far. */
static __always_inline void pair_inherit(struct weft_flow *flow, const struct weft_flow *earlier)
{
	flow->packets += earlier->packets;
	flow->bytes += earlier->bytes;
	flow->reported_packets = earlier->reported_packets;
	flow->reported_bytes = earlier->reported_bytes;
	flow->reported_ns = earlier->reported_ns;
	flow->report_flags = earlier->report_flags;
	flow->handshake_us = earlier->handshake_us;
	flow->started_ns = earlier->started_ns;
	flow->tcp_flags |= earlier->tcp_flags;
	flow->flags |= earlier->flags & WEFT_FLOW_CLOSING;
}

/* Same connection, decided again: it keeps its roles, its counts and the port that pays. */
static __always_inline void pair_renew(struct pair *pair, const struct weft_flow *flow,
				       const struct weft_flow *mirror)
{
	const struct weft_flow *earlier = flow ? flow : mirror;
	int reversed =
		flow ? flow->flags & WEFT_FLOW_REVERSE : !(earlier->flags & WEFT_FLOW_REVERSE);

	if (flow)
		pair_inherit(&pair->flow, flow);
	if (mirror)
		pair_inherit(&pair->mirror, mirror);
	pair->flow.flags |= reversed ? WEFT_FLOW_REVERSE : 0;
	pair->mirror.flags |= reversed ? 0 : WEFT_FLOW_REVERSE;
	pair->flow.port = pair->mirror.port = earlier->port;
	pair->flow.icmp_type = pair->mirror.icmp_type = earlier->icmp_type;
	count(WEFT_COUNTER_FLOWS_REDECIDED);
}

static __always_inline int flow_keys_equal(const struct weft_flow_key *a,
					   const struct weft_flow_key *b)
{
	const __u32 *x = (const __u32 *)a, *y = (const __u32 *)b;
	__u32 difference = 0;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < sizeof(*a) / sizeof(*x); i++)
		difference |= x[i] ^ y[i];
	return !difference;
}

/* The entry of the other direction, when that has another key now: as pair->left_key. */
static __always_inline struct weft_flow *
pair_left(struct pair *pair, const struct weft_flow_key *key, const struct weft_flow *flow)
{
	struct weft_flow *left;

	flow_mirror_key(&pair->left_key, key, flow);
	if (likely(flow_keys_equal(&pair->left_key, &pair->mirror_key)))
		return 0;
	left = flow_lookup(&pair->left_key);
	return left && (left->flags ^ flow->flags) & WEFT_FLOW_REVERSE ? left : 0;
}

/* Whether two entries of one key send packets the same way. */
static __always_inline int leads_equal(const struct weft_flow *a, const struct weft_flow *b)
{
	const __u8 own =
		WEFT_FLOW_REVERSE | WEFT_FLOW_CLOSING; /* of the connection, not of its way */
	__u32 difference = (a->vni ^ b->vni) | (a->ifindex ^ b->ifindex) |
			   (a->in_ifindex ^ b->in_ifindex) | (a->node ^ b->node) |
			   (a->from_node ^ b->from_node) | (a->mirror_vni ^ b->mirror_vni) |
			   (a->action ^ b->action) | ((a->flags ^ b->flags) & ~own);

#pragma clang loop unroll(full)
	for (int i = 0; i < WEFT_ETH_ALEN; i++)
		difference |= a->mac[i] ^ b->mac[i];
	return !difference && rewrites_equal(&a->rewrite, &b->rewrite);
}

/* Renewed where they are: what other CPUs count in the entries meanwhile is not lost. */
static __always_inline void pair_confirm(const struct pair *pair, struct weft_flow *flow,
					 struct weft_flow *mirror)
{
	__sync_fetch_and_add(&flow->packets, pair->flow.packets);
	__sync_fetch_and_add(&flow->bytes, pair->flow.bytes);
	flow->last_ns = pair->flow.last_ns;
	flow->policy = mirror->policy = pair->flow.policy;
	flow->rule = mirror->rule = pair->flow.rule;
	if (pair->flow.tcp_flags & ~flow->tcp_flags)
		flow_track_tcp(flow, &pair->decision.key, pair->flow.tcp_flags);
	flow->generation = pair->flow.generation;
	mirror->generation = pair->mirror.generation;
	count(WEFT_COUNTER_FLOWS_REDECIDED);
}

/* A known connection's entries, of which there is at least one. */
static __noinline int pair_redecide(struct pair *pair, struct weft_flow *flow,
				    struct weft_flow *mirror)
{
	const struct weft_flow_key *key = &pair->decision.key;
	struct weft_flow *left = flow && !mirror ? pair_left(pair, key, flow) : 0;

	if (flow && mirror && (flow->flags ^ mirror->flags) & WEFT_FLOW_REVERSE &&
	    leads_equal(flow, &pair->flow) && leads_equal(mirror, &pair->mirror)) {
		pair_confirm(pair, flow, mirror);
		return 0;
	}
	pair_renew(pair, flow, mirror ? mirror : left);
	bpf_map_update_elem(&weft_flows, &pair->mirror_key, &pair->mirror, BPF_ANY);
	bpf_map_update_elem(&weft_flows, key, &pair->flow, BPF_ANY);
	if (left)
		bpf_map_delete_elem(&weft_flows, &pair->left_key);
	return 0;
}

#define EEXIST 17

/* Both halves, or none; false when the table is full. */
static __always_inline int pair_insert(struct pair *pair, const struct weft_flow_key *key)
{
	struct weft_flow *made_meanwhile;
	int made;

	/* One that is there already, another CPU has just made, and it may have counted answers. */
	made = bpf_map_update_elem(&weft_flows, &pair->mirror_key, &pair->mirror, BPF_NOEXIST);
	if (made && made != -EEXIST)
		return 0;
	if (!bpf_map_update_elem(&weft_flows, key, &pair->flow, BPF_NOEXIST)) {
		count(WEFT_COUNTER_FLOWS_CREATED);
		pair->created = 1;
		return 1;
	}
	made_meanwhile = flow_lookup(key);
	if (!made_meanwhile) {
		if (!made)
			bpf_map_delete_elem(&weft_flows, &pair->mirror_key);
		return 0;
	}
	/* By another CPU, which charged the port for it. */
	port_release(pair->flow.port);
	__sync_fetch_and_add(&made_meanwhile->packets, pair->flow.packets);
	__sync_fetch_and_add(&made_meanwhile->bytes, pair->flow.bytes);
	return 1;
}

/* No room: each packet is decided anew. */
static __always_inline int pair_untracked(const struct pair *pair)
{
	count(WEFT_COUNTER_FLOWS_UNTRACKED);
	if (pair->flow.flags & WEFT_FLOW_REWRITE)
		return -WEFT_DROP_REWRITE_FAILED;
	count_more(WEFT_COUNTER_UNTRACKED_PACKETS, pair->flow.packets);
	count_more(WEFT_COUNTER_UNTRACKED_BYTES, pair->flow.bytes);
	return 0;
}

/*
 * Puts the pair into the table; positive: it must have a way of its own (bound.h). The verdict in
 * pair->flow holds for this packet also when there is no room: then each packet is decided anew and
 * FLOWS_UNTRACKED counts it, except for rewritten ones, whose answer would find no way back. Not
 * static: the verifier then walks it once. It finds the pair itself: before kernel 6.2 keys of maps
 * may not lie in memory that a function was handed.
 */
__noinline int pair_store(const struct packet *packet)
{
	struct pair *pair = pair_scratch();
	const struct weft_flow_key *key;
	struct weft_flow *flow, *mirror;

	if (!pair || !packet)
		return -WEFT_DROP_NO_ROUTE;
	key = &pair->decision.key;
	flow = flow_lookup(key);
	if (unlikely(flow && flow->flags & WEFT_FLOW_BOUND)) {
		end_pair(key, WEFT_FLOW_END_CHANGED); /* led elsewhere by now: bound.h */
		flow = 0;
	}
	if (flow && flow_is_restarted(flow, packet)) {
		end_pair(key, WEFT_FLOW_END_REPLACED);
		flow = 0;
	}
	mirror = flow_lookup(&pair->mirror_key);
	/* The answers' key is that of a connection whose addresses are translated. */
	if (!flow && mirror && mirror->flags & WEFT_FLOW_BOUND)
		return 1;
	if (!flow && mirror && flow_is_restarted(mirror, packet)) {
		end_pair(&pair->mirror_key, WEFT_FLOW_END_REPLACED);
		mirror = 0;
	}
	/* Apart: the compiler would else ask about both pointers in one, which the verifier
	 * refuses. */
	if (flow)
		return pair_redecide(pair, flow, mirror);
	if (mirror)
		return pair_redecide(pair, flow, mirror);
	if (pair->decision.reversed)
		pair->flow.flags |= WEFT_FLOW_REVERSE;
	else
		pair->mirror.flags |= WEFT_FLOW_REVERSE;
	pair->mirror.port = pair->flow.port;
	if (!port_charge(pair->flow.port, pair->max_flows))
		return -WEFT_DROP_PORT_FLOW_LIMIT;
	if (pair_insert(pair, key))
		return 0;
	port_release(pair->flow.port);
	return pair_untracked(pair);
}
