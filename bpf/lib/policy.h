/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* May the opener of a connection open it? The one place where that is settled. */
#pragma once

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "crossing.h"
#include "decision.h"
#include "flow.h"
#include "packet.h"
#include "pair.h"

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

static __always_inline int is_icmp(__u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static __always_inline struct weft_verdict *verdict_lookup(__u64 table, __u8 protocol, __be16 port)
{
	struct weft_verdict_key key = {
		.prefix_length = WEFT_VERDICT_ONE_PORT,
		.table = {table, table >> 32},
		.protocol = protocol,
		.port = port,
	};

	return bpf_map_lookup_elem(&weft_verdicts, &key);
}

/*
 * The rule table of a pair; 0: it has none. From kernel 6.1 on the memory of an entry that is
 * replaced or removed serves the next one at once, also while it is being read here, so what was
 * read is read again the way it was found: equal answers are the pair's own.
 */
static __always_inline __u64 policy_table(struct decision *decision,
					  const struct weft_policy_key *pair, __u32 slot)
{
	const volatile struct weft_policy *policy = bpf_map_lookup_elem(&weft_policies, pair);
	__u64 table = policy ? policy->table[slot] : 0;

	policy = bpf_map_lookup_elem(&weft_policies, pair);
	if ((policy ? policy->table[slot] : 0) != table)
		decision->unsure = 1;
	return table;
}

/* Who asks whom for what. */
struct question {
	struct weft_policy_key pair;
	__be16 port;
	__be16 source_port;
	__u32 no_rule; /* the answer when none fits */
};

static __always_inline void policy_answer(struct decision *decision, struct question *question)
{
	const struct weft_flow_key *key = &decision->key;
	__u64 table = policy_table(decision, &question->pair, decision->epoch & 1);
	const struct weft_verdict *verdict;

	__builtin_memset(&decision->verdict, 0, sizeof(decision->verdict));
	decision->verdict.drop_reason = question->no_rule;
	/* More extension headers than are parsed hide what they carry: no rule can fit it. */
	if (!table || (is_extension(key->protocol) && !address_is_v4(&key->source)))
		return;
	if (is_icmp(key->protocol)) {
		question->port = bpf_htons(decision->icmp_type);
		question->source_port = 0;
	}
	verdict = verdict_lookup(table, key->protocol, question->port);
	if (verdict && verdict->source_ports)
		verdict =
			verdict_lookup(verdict->source_ports, key->protocol, question->source_port);
	if (verdict)
		decision->verdict = *verdict;
}

/* The verdict on a connection that the packet's sender opens; reversed: that its receiver does. */
static __always_inline void policy_ask(struct decision *decision, int reversed)
{
	const struct weft_flow_key *key = &decision->key;
	const struct found_route *opener = reversed ? &decision->destination : &decision->source;
	const struct found_route *asked = reversed ? &decision->source : &decision->destination;
	__u32 slot = decision->epoch & 1;
	struct question question = {
		.pair = {opener->route.identity[slot], asked->route.identity[slot]},
		.port = reversed ? key->source_port : key->destination_port,
		.source_port = reversed ? key->destination_port : key->source_port,
		.no_rule = opener->route.vni == asked->route.vni ? WEFT_DROP_GROUP_DENIED
								 : WEFT_DROP_POLICY_NO_RULE,
	};

	policy_answer(decision, &question);
}

/* The entry that says who opened the connection: of this direction, or else of the other. */
static __always_inline const struct weft_flow *policy_memory(const struct decision *decision,
							     int *reversed)
{
	const struct weft_route *to = &decision->destination.route;
	const struct weft_flow *flow = flow_lookup(&decision->key);
	struct weft_flow_key mirror_key;

	if (flow) {
		*reversed = !!(flow->flags & WEFT_FLOW_REVERSE);
	} else {
		mirror_key.vni =
			to->action == WEFT_ACTION_LOCAL && !(decision->mode & DECISION_FROM_OVERLAY)
				? to->vni
				: decision->key.vni;
		flow_swap_key(&mirror_key, &decision->key);
		flow = flow_lookup(&mirror_key);
		/* Of another connection, whose addresses are translated. */
		if (flow && flow->flags & WEFT_FLOW_BOUND)
			flow = 0;
		*reversed = flow && !(flow->flags & WEFT_FLOW_REVERSE);
	}
	return flow && !flow_begins_anew(flow, decision->tcp_flags) ? flow : 0;
}

/*
 * Asks about the connection's opener, whoever sends this packet. Who opened is known from the
 * connection's entries; without any, it was the sender. But TCP other than a bare SYN opens
 * nothing: it passes when either side may have.
 */
static __noinline void policy_settle(struct decision *decision)
{
	int reversed = 0, either = 0;
	const struct weft_flow *flow = 0;
	struct weft_verdict first;

	if (likely(!(decision->mode & DECISION_TRACED)))
		flow = policy_memory(decision, &reversed);
	if (flow) {
		decision->icmp_type = flow->icmp_type;
	} else {
		either = decision->key.protocol == IPPROTO_TCP && !tcp_opens(decision->tcp_flags);
		reversed = either && tcp_accepts(decision->tcp_flags);
	}
	policy_ask(decision, reversed);
	if (either && decision->verdict.drop_reason) {
		first = decision->verdict;
		policy_ask(decision, !reversed);
		/* Neither: what is said is about the packet itself. */
		if (decision->verdict.drop_reason && !reversed)
			decision->verdict = first;
		reversed = !decision->verdict.drop_reason && !reversed;
	}
	decision->reversed = reversed;
}

/* Inside one network everything may talk, unless a port there has security groups. */
static __always_inline int policy_concerns(const struct decision *decision)
{
	const struct weft_route *from = &decision->source.route, *to = &decision->destination.route;
	__u32 slot = decision->epoch & 1;

	return from->vni != to->vni ||
	       (from->identity[slot] | to->identity[slot]) & WEFT_IDENTITY_GUARDED;
}

/* Where no rule fits, and no other gate is closed either, having a way out or publishing is the
 * permission. Identity 0 is nobody outside that rules know of yet. */
static __always_inline void policy_permit(struct decision *decision, int permitted, __u64 outside)
{
	if (permitted && outside && decision->verdict.drop_reason == WEFT_DROP_POLICY_NO_RULE)
		decision->verdict.drop_reason = WEFT_DROP_NONE;
}

/*
 * About a connection that crosses to or from the outside, or is balanced: its opener is who sends
 * this packet, since the translation is made for it. Rules look at what is behind translations. One
 * that goes out and comes in on this node is asked about both times.
 */
static __noinline void policy_settle_way(struct decision *decision)
{
	struct way *way = &decision->way;
	__u32 slot = decision->epoch & 1;
	struct question question = {
		.pair = {decision->source.route.identity[slot], way->asked_identity},
		.port = decision->key.destination_port,
		.source_port = decision->key.source_port,
		.no_rule = WEFT_DROP_POLICY_NO_RULE,
	};
	struct weft_verdict outward = {};

	if (way->flags & WAY_OUTWARD) {
		policy_answer(decision, &question);
		policy_permit(decision, 1, way->asked_identity);
		if (decision->verdict.drop_reason || !(way->flags & WAY_INWARD))
			return;
		outward = decision->verdict;
	}
	question.pair.source = way->opener_identity;
	question.pair.destination = decision->destination.route.identity[slot];
	question.port = way->target_port;
	question.source_port = decision->key.source_port;
	if (!(way->flags & WAY_INWARD)) {
		question.pair.source = decision->source.route.identity[slot];
		if (decision->source.route.vni == decision->destination.route.vni)
			question.no_rule = WEFT_DROP_GROUP_DENIED;
	}
	policy_answer(decision, &question);
	/* The node that has sent a visitor on has asked too, and only that knows what is open. */
	if (way->flags & WAY_INWARD)
		policy_permit(decision, way->flags & (WAY_PUBLISHED | WAY_VISITOR),
			      way->opener_identity);
	if (!decision->verdict.drop_reason && !(decision->verdict.policy | decision->verdict.rule))
		decision->verdict = outward;
}

/* The network whose hook sees the answers; 0: it leads nowhere. */
static __always_inline __u32 way_mirror_vni(const struct decision *decision)
{
	const struct weft_route *to = &decision->destination.route;

	return to->action == WEFT_ACTION_REMOTE && !decision->way.external ? decision->key.vni
									   : to->vni;
}

static __always_inline void policy_look_way(struct decision *decision)
{
	way_look();
	if (decision->way.refusal)
		return;
	decision->generation = generation_of(way_mirror_vni(decision));
	if (decision->way.flags & (WAY_OUTWARD | WAY_INWARD) || policy_concerns(decision))
		policy_settle_way(decision);
}

/* One look at routes and rules. Not static: the verifier then walks it once. It finds the decision
 * itself: before kernel 6.2 keys of maps may not lie in memory that a function was handed. */
__noinline int policy_look(void)
{
	struct pair *pair = pair_scratch();
	struct decision *decision;

	if (!pair)
		return 0;
	decision = &pair->decision;
	route_find(&decision->source, decision->key.vni, &decision->key.source);
	route_find(&decision->destination, decision->key.vni, &decision->key.destination);
	decision->reversed = decision->unsure = 0;
	__builtin_memset(&decision->verdict, 0, sizeof(decision->verdict));
	decision->way.flags = decision->way.refusal = 0;
	decision->way.external = 0;
	if (!decision->source.exists || !decision->destination.exists)
		return 0;
	if (unlikely(decision_crosses(decision))) {
		decision->way.backend = decision->way.listener = decision->way.pool = 0;
		policy_look_way(decision);
		return 0;
	}
	if (decision->destination.joined)
		decision->generation = generation_of(decision->destination.route.vni);
	if (policy_concerns(decision))
		policy_settle(decision);
	return 0;
}

/* So often is a look repeated that a change has overtaken. */
#define DECISION_TRIES 8

/*
 * Decides by one state of routes and rules. User space moves the epoch on when the next state is
 * complete, before it removes anything of the last one and before it raises generations; so a look
 * that began and ended in one epoch saw one state, and a flow that it makes carries a generation
 * that the next change outdates.
 */
static __always_inline int policy_decide_again(struct decision *decision, __u8 icmp_type)
{
	for (int i = 0; i < DECISION_TRIES; i++) {
		decision->icmp_type = icmp_type;
		decision->epoch = epoch_begin(decision);
		policy_look();
		if (epoch_end(decision) == decision->epoch && !decision->unsure)
			return 0;
	}
	return -WEFT_DROP_POLICY_NO_RULE;
}

static __always_inline int policy_decide(struct decision *decision, const struct packet *packet,
					 __u8 mode)
{
	decision->key = packet->key;
	decision->tcp_flags = packet->tcp_flags;
	decision->mode = mode;
	return policy_decide_again(decision, packet->icmp_type);
}
