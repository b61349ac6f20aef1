/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections whose way is their own, after a change: what each was led by still holds, and only
 * the rules are asked; or it ends. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "bound.h"
#include "counter.h"
#include "decision.h"
#include "ending.h"
#include "flow.h"
#include "outside.h"
#include "packet.h"
#include "pair.h"
#include "policy.h"
#include "translation.h"

/* Whether the opener is still who may send such packets, by where its answers go. */
static __always_inline int opener_holds(const struct pair *pair)
{
	const struct found_route *from = &pair->decision.source;

	if (pair->mirror.action == WEFT_ACTION_LOCAL)
		return !from->joined && route_is_port(&from->route, pair->flow.in_ifindex);
	if (from->route.action == WEFT_ACTION_REMOTE)
		return pair->mirror.action == WEFT_ACTION_REMOTE &&
		       from->route.node == pair->flow.from_node;
	return from->route.action == WEFT_ACTION_UPLINK;
}

static __always_inline int source_holds(const struct pair *pair, const struct weft_rewrite *was)
{
	const struct decision *decision = &pair->decision;
	const struct way *way = &decision->way;
	__u16 port = bpf_ntohs(was->source_port);

	if (!(way->flags & WAY_SOURCE))
		return address_equal(&decision->key.source, &was->source);
	if (!address_equal(&way->source.address, &was->source) ||
	    translation_is_shared(&way->source) != !!(pair->flow.flags & WEFT_FLOW_SHARED))
		return 0;
	return !(pair->flow.flags & WEFT_FLOW_SHARED) || port_choice(decision) == PORT_NONE ||
	       (port >= way->source.first_port && port <= way->source.last_port);
}

static __always_inline int target_holds(const struct pair *pair, const struct weft_rewrite *was)
{
	const struct decision *decision = &pair->decision;
	const struct way *way = &decision->way;

	if (!(way->flags & WAY_TARGET))
		return address_equal(&decision->key.destination, &was->destination);
	return address_equal(&way->target, &was->destination) &&
	       (way->target_port == was->destination_port || port_choice(decision) == PORT_ECHO);
}

/* Whether it still leads where it did. Only the exit may be another. */
static __always_inline int lead_holds(const struct pair *pair)
{
	const struct weft_route *to = &pair->decision.destination.route;
	const struct weft_flow *flow = &pair->flow;

	if (to->action != flow->action || way_mirror_vni(&pair->decision) != flow->mirror_vni)
		return 0;
	if (to->action == WEFT_ACTION_LOCAL)
		return to->ifindex == flow->ifindex;
	return to->action == WEFT_ACTION_UPLINK || to->node == flow->node;
}

static __always_inline int bound_holds(const struct pair *pair)
{
	const struct decision *decision = &pair->decision;
	struct weft_rewrite was = pair->flow.rewrite;

	if (!(pair->flow.flags & WEFT_FLOW_REWRITE)) {
		address_copy(&was.source, &decision->key.source);
		address_copy(&was.destination, &decision->key.destination);
		was.source_port = decision->key.source_port;
		was.destination_port = decision->key.destination_port;
	}
	return decision->source.exists && decision->destination.exists && !decision->way.refusal &&
	       opener_holds(pair) && source_holds(pair, &was) && target_holds(pair, &was) &&
	       lead_holds(pair);
}

/* Turns keys round so that decision.key is the opener's. False: half of the connection is lost. */
static __always_inline int recall_bound(struct pair *pair)
{
	struct weft_flow_key key = pair->decision.key;
	const struct weft_flow *flow = flow_lookup(&key), *other;

	if (!flow)
		return 0;
	flow_mirror_key(&pair->mirror_key, &key, flow);
	other = flow_lookup(&pair->mirror_key);
	if (!other || !!(other->flags & WEFT_FLOW_REVERSE) == !!(flow->flags & WEFT_FLOW_REVERSE))
		return 0;
	if (flow->flags & WEFT_FLOW_REVERSE) {
		pair->decision.key = pair->mirror_key;
		pair->mirror_key = key;
		pair->flow = *other;
		pair->mirror = *flow;
	} else {
		pair->flow = *flow;
		pair->mirror = *other;
	}
	return 1;
}

/* Writes what a renewed connection is led by into its two entries. */
static __always_inline void write_renewed(struct pair *pair, __u32 generation)
{
	struct weft_flow *flow = flow_lookup(&pair->decision.key);
	struct weft_flow *mirror = flow_lookup(&pair->mirror_key);
	const struct decision *decision = &pair->decision;
	const struct weft_route *from = &decision->source.route, *to = &decision->destination.route;
	struct weft_exit *exit;

	if (!flow || !mirror)
		return;
	flow->policy = mirror->policy = decision->verdict.policy;
	flow->rule = mirror->rule = decision->verdict.rule;
	if (to->action == WEFT_ACTION_UPLINK) {
		flow->node = to->node;
		exit = exit_by_number(to->node);
		if (exit)
			mirror->in_ifindex = exit->ifindex;
	}
	if (mirror->action == WEFT_ACTION_UPLINK)
		mirror->node = from->node;
	__builtin_memcpy(flow->mac, to->mac, sizeof(flow->mac));
	flow->generation = generation;
	mirror->generation =
		flow->mirror_vni == decision->key.vni ? generation : decision->generation;
}

/*
 * Decides anew about the connection of a packet; negative: why it must not pass. What is no more
 * allowed keeps its entries and asks again; what leads elsewhere now has ended. Not static: the
 * verifier then walks it once.
 */
__noinline int renew_bound(const struct packet *packet)
{
	struct pair *pair = pair_scratch();
	struct decision *decision;
	__u32 generation;
	int verdict;

	if (!pair || !packet)
		return -WEFT_DROP_NO_ROUTE;
	decision = &pair->decision;
	decision->key = packet->key;
	__builtin_memset(&decision->verdict, 0, sizeof(decision->verdict));
	if (!recall_bound(pair)) {
		end_pair(&decision->key, WEFT_FLOW_END_CHANGED);
		return -WEFT_DROP_NO_TRANSLATION;
	}
	decision->tcp_flags = packet->tcp_flags;
	decision->mode = DECISION_RENEWED;
	if (pair->flow.flags & WEFT_FLOW_FROM_OVERLAY)
		decision->mode |= DECISION_FROM_OVERLAY;
	decision->bound_listener = pair->flow.listener;
	decision->bound_backend = pair->flow.backend;
	generation = generation_of(decision->key.vni);
	verdict = policy_decide_again(decision, pair->flow.icmp_type);
	if (verdict)
		return verdict;
	if (!bound_holds(pair)) {
		end_pair(&decision->key, WEFT_FLOW_END_CHANGED);
		return -(decision->way.refusal ? decision->way.refusal : WEFT_DROP_NO_TRANSLATION);
	}
	count(WEFT_COUNTER_FLOWS_REDECIDED);
	if (decision->verdict.drop_reason)
		return -decision->verdict.drop_reason;
	write_renewed(pair, generation);
	return 0;
}

/* What becomes of a connection that a change has overtaken; positive: the packet opens one. */
static __always_inline int resume_bound(struct __sk_buff *skb, const struct packet *packet,
					const struct weft_flow *known)
{
	struct pair *pair;
	int verdict;

	if (flow_is_restarted(known, packet)) {
		end_pair(&packet->key, WEFT_FLOW_END_REPLACED);
		return 1;
	}
	verdict = renew_bound(packet);
	pair = verdict < 0 ? pair_scratch() : 0;
	if (pair && pair->decision.verdict.drop_reason)
		rule_note(skb, &pair->decision, packet_segments(skb, packet), packet->length);
	return verdict;
}
