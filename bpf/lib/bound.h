/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes connections whose way is their own: translated, balanced, or from outside by another node.
 * What they are led by is settled by the first packet; renew.h sees that it still holds. */
#pragma once

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "balance.h"
#include "counter.h"
#include "decision.h"
#include "ending.h"
#include "flow.h"
#include "open.h"
#include "outside.h"
#include "packet.h"
#include "pair.h"
#include "policy.h"
#include "port.h"
#include "translation.h"

/* So many ports are tried for one that is free to this destination. */
#define PORT_TRIES 128
/* What may be chosen from where an address is a port's own. */
#define OWN_PORT_FIRST 1024
#define OWN_PORT_LAST 65535

enum port_choice {
	PORT_NONE, /* the protocol has no ports, or its checksum cannot be corrected */
	PORT_SOURCE,
	PORT_ECHO, /* the identifier is both ports */
};

static __always_inline __u32 port_choice(const struct decision *decision)
{
	__u8 protocol = decision->key.protocol, type = decision->icmp_type;

	if (is_icmp(protocol)) {
		if (address_is_v4(&decision->key.source))
			return type == ICMP_ECHO_REQUEST || type == ICMP_ECHO_REPLY ? PORT_ECHO
										    : PORT_NONE;
		return type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY ? PORT_ECHO
										: PORT_NONE;
	}
	/* A later fragment whose first was not seen has none either. */
	return protocol_has_ports(protocol) && protocol != IPPROTO_SCTP && decision->key.source_port
		       ? PORT_SOURCE
		       : PORT_NONE;
}

/* Whether the answers' key is free, or this connection's already: pair->mirror_key. Not static: it
 * is asked in loops, and the verifier then walks it once. */
__noinline int answers_are_told_apart(void)
{
	struct pair *pair = pair_scratch();
	const struct weft_flow_key *key;
	const struct weft_flow *taken;

	if (!pair)
		return 0;
	key = &pair->decision.key;
	flow_mirror_key(&pair->mirror_key, key, &pair->flow);
	/* A port that asks its own address by the port that it asks from. */
	if (pair->mirror_key.vni == key->vni && pair->mirror_key.source_port == key->source_port &&
	    pair->mirror_key.destination_port == key->destination_port &&
	    address_equal(&pair->mirror_key.source, &key->source) &&
	    address_equal(&pair->mirror_key.destination, &key->destination))
		return 0;
	taken = flow_lookup(&pair->mirror_key);
	return !taken || (taken->flags & WEFT_FLOW_BOUND && taken->mirror_vni == key->vni &&
			  rewrites_equal(&taken->rewrite, &pair->mirror.rewrite));
}

/*
 * Chooses the port that the opener has there, so that answers are told apart: its own when that is
 * free, and allowed where others share the address. Not static: the verifier then walks its loop
 * once.
 */
__noinline int choose_port(void)
{
	struct pair *pair = pair_scratch();
	__u32 first = OWN_PORT_FIRST, count, at, choice, own_may;
	const struct way *way;
	struct weft_rewrite *to;
	__u16 own;

	if (!pair)
		return 0;
	way = &pair->decision.way;
	to = &pair->flow.rewrite;
	choice = port_choice(&pair->decision);
	own = bpf_ntohs(pair->decision.key.source_port);
	count = OWN_PORT_LAST + 1 - first;
	pair->flow.flags |= WEFT_FLOW_REWRITE;
	own_may = 1;
	if (way->flags & WAY_SOURCE && translation_is_shared(&way->source)) {
		pair->flow.flags |= WEFT_FLOW_SHARED;
		first = way->source.first_port;
		count = way->source.last_port + 1 - first;
		own_may = choice == PORT_NONE || (own >= first && own < first + count);
	}
	if (own_may && answers_are_told_apart())
		return 1;
	if (choice == PORT_NONE || !count || count > 65536)
		return 0;
	at = bpf_get_prandom_u32() % count;
	for (int i = 0; i < PORT_TRIES; i++) {
		to->source_port = bpf_htons(first + (at + i) % count);
		if (choice == PORT_ECHO)
			to->destination_port = to->source_port;
		if (answers_are_told_apart())
			return 1;
	}
	return 0;
}

/* Where the direction of the packet at hand leads, and by which interface or node answers come. */
static __always_inline int lead_bound(struct pair *pair)
{
	const struct weft_route *to = &pair->decision.destination.route;
	struct weft_port *port;
	struct weft_exit *exit;

	lead_by_route(&pair->flow, to);
	pair->flow.mirror_vni = way_mirror_vni(&pair->decision);
	pair->mirror.mirror_vni = pair->decision.key.vni;
	if (to->action == WEFT_ACTION_REMOTE) {
		pair->mirror.flags |= WEFT_FLOW_FROM_OVERLAY;
		pair->mirror.from_node = to->node;
		return 0;
	}
	if (to->action == WEFT_ACTION_UPLINK) {
		exit = exit_by_number(to->node);
		if (!exit)
			return -WEFT_DROP_NO_ROUTE;
		pair->mirror.in_ifindex = exit->ifindex;
		return 0;
	}
	port = port_by_ifindex(to->ifindex);
	if (!port || !(port->flags & WEFT_PORT_OPEN))
		return -WEFT_DROP_PORT_CLOSED;
	pair->mirror.in_ifindex = to->ifindex;
	/* Nobody here has opened it: it is charged to who gets it. */
	if (!pair->flow.port) {
		pair->flow.port = port->id;
		pair->max_flows = port->max_flows;
	}
	return 0;
}

static __always_inline void rewrite_bound(struct pair *pair)
{
	const struct decision *decision = &pair->decision;
	const struct weft_flow_key *key = &decision->key;
	struct weft_rewrite *to = &pair->flow.rewrite, *back = &pair->mirror.rewrite;
	const struct way *way = &decision->way;

	address_copy(&to->source, way->flags & WAY_SOURCE ? &way->source.address : &key->source);
	address_copy(&to->destination, way->flags & WAY_TARGET ? &way->target : &key->destination);
	to->source_port = key->source_port;
	to->destination_port = way->flags & WAY_TARGET ? way->target_port : key->destination_port;
	address_copy(&back->source, &key->destination);
	address_copy(&back->destination, &key->source);
	back->source_port = key->destination_port;
	back->destination_port = key->source_port;
}

/* All or nothing; negative: what has none left. */
static __noinline int charge_bound(struct pair *pair)
{
	const struct way *way = &pair->decision.way;
	struct weft_flow *flow = &pair->flow;

	if (!port_charge(flow->port, pair->max_flows))
		return -WEFT_DROP_PORT_FLOW_LIMIT;
	if (flow->flags & WEFT_FLOW_SHARED &&
	    !port_charge_translation(flow->port, way->source.max_connections)) {
		port_release(flow->port);
		return -WEFT_DROP_PORTS_EXHAUSTED;
	}
	if (usage_charge(&weft_listener_usage, way->listener, way->listener_max)) {
		if (usage_charge(&weft_backend_usage, way->backend, way->backend_max)) {
			flow->listener = pair->mirror.listener = way->listener;
			flow->backend = pair->mirror.backend = way->backend;
			return 0;
		}
		usage_take_back(&weft_listener_usage, way->listener);
		usage_refuse(&weft_backend_usage, way->backend);
	}
	give_back(flow->flags, flow->port, 0, 0);
	return -WEFT_DROP_LISTENER_LIMIT;
}

static __always_inline void uncharge_bound(const struct weft_flow *flow)
{
	if (flow->flags & WEFT_FLOW_SHARED)
		port_release_translation(flow->port);
	port_release(flow->port);
	usage_take_back(&weft_listener_usage, flow->listener);
	usage_take_back(&weft_backend_usage, flow->backend);
}

/* Both entries, or none. Positive: another connection has just taken the answers' key. */
static __noinline int insert_bound(struct pair *pair)
{
	const struct weft_flow_key *key = &pair->decision.key;
	struct weft_flow *other;
	int made, failed;

	made = bpf_map_update_elem(&weft_flows, &pair->mirror_key, &pair->mirror, BPF_NOEXIST);
	if (made && made != -EEXIST)
		return -WEFT_DROP_REWRITE_FAILED;
	if (made && !answers_are_told_apart())
		return 1;
	failed = bpf_map_update_elem(&weft_flows, key, &pair->flow, BPF_NOEXIST);
	if (!failed) {
		count(WEFT_COUNTER_FLOWS_CREATED);
		pair->created = 1;
		return 0;
	}
	other = failed == -EEXIST ? flow_lookup(key) : 0;
	if (!made && (!other || !rewrites_equal(&other->rewrite, &pair->flow.rewrite)))
		bpf_map_delete_elem(&weft_flows, &pair->mirror_key);
	if (!other)
		return -WEFT_DROP_REWRITE_FAILED;
	/* By another CPU, which has charged for it; what that has chosen counts. */
	uncharge_bound(&pair->flow);
	__sync_fetch_and_add(&other->packets, pair->flow.packets);
	__sync_fetch_and_add(&other->bytes, pair->flow.bytes);
	pair->flow = *other;
	return 0;
}

static __always_inline int is_rewritten(const struct weft_flow_key *key,
					const struct weft_rewrite *to)
{
	return key->source_port != to->source_port ||
	       key->destination_port != to->destination_port ||
	       !address_equal(&key->source, &to->source) ||
	       !address_equal(&key->destination, &to->destination);
}

/* Another connection's entry of this key: of a way that holds no more, or of another sender. */
static __noinline void displace_bound(struct pair *pair)
{
	const struct weft_flow *other = flow_lookup(&pair->decision.key);

	if (other &&
	    (!(other->flags & WEFT_FLOW_BOUND) || other->in_ifindex != pair->flow.in_ifindex ||
	     other->from_node != pair->flow.from_node))
		end_pair(&pair->decision.key, WEFT_FLOW_END_CHANGED);
}

#define INSERT_TRIES 4

static __always_inline int insert_chosen(struct pair *pair)
{
	int verdict = 1;

	for (int i = 0; i < INSERT_TRIES && verdict > 0; i++) {
		if (!choose_port())
			return -WEFT_DROP_PORTS_EXHAUSTED;
		if (!is_rewritten(&pair->decision.key, &pair->flow.rewrite)) {
			pair->flow.flags &= ~WEFT_FLOW_REWRITE;
			pair->mirror.flags &= ~WEFT_FLOW_REWRITE;
		}
		/* Charged once, when it is known whether the port is one of a shared address. */
		if (!i)
			verdict = charge_bound(pair);
		if (verdict < 0 && !i)
			return verdict;
		verdict = insert_bound(pair);
	}
	if (!verdict)
		return 0;
	uncharge_bound(&pair->flow);
	if (verdict < 0)
		count(WEFT_COUNTER_FLOWS_UNTRACKED);
	return verdict < 0 ? verdict : -WEFT_DROP_PORTS_EXHAUSTED;
}

/*
 * Makes the pair that the decision is about. The caller has begun it, and said in pair->flow where
 * packets of this direction come from and who is charged, in pair->mirror where answers go. Not
 * static: the verifier then walks it once.
 */
__noinline int open_bound(void)
{
	struct pair *pair = pair_scratch();
	int verdict;

	if (!pair)
		return -WEFT_DROP_NO_ROUTE;
	pair->flow.flags |= WEFT_FLOW_BOUND;
	pair->mirror.flags |= WEFT_FLOW_BOUND | WEFT_FLOW_REVERSE | WEFT_FLOW_REWRITE;
	verdict = lead_bound(pair);
	if (verdict)
		return verdict;
	rewrite_bound(pair);
	pair->mirror.port = pair->flow.port;
	pair->mirror.generation = pair->flow.mirror_vni == pair->decision.key.vni
					  ? pair->flow.generation
					  : pair->decision.generation;
	displace_bound(pair);
	verdict = insert_chosen(pair);
	if (!verdict)
		affinity_keep(&pair->decision);
	return verdict;
}
