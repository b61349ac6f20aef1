/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a connection leads that crosses to or from an external network, or asks for a virtual IP.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "balance.h"
#include "config.h"
#include "decision.h"
#include "frontend.h"
#include "packet.h"
#include "pair.h"
#include "translation.h"

static __always_inline int route_is_here(const struct found_route *found)
{
	return found->exists && (found->route.action == WEFT_ACTION_FLOATING ||
				 found->route.action == WEFT_ACTION_HOST);
}

/* Whether more has to be looked up than the routes of the two addresses. */
static __always_inline int decision_crosses(const struct decision *decision)
{
	return decision->destination.route.action == WEFT_ACTION_OUTSIDE ||
	       decision->destination.route.action == WEFT_ACTION_BALANCER ||
	       decision->destination.route.action == WEFT_ACTION_FLOATING ||
	       decision->destination.route.action == WEFT_ACTION_HOST ||
	       decision->source.route.action == WEFT_ACTION_OUTSIDE;
}

/* Follows one frontend of way.target in a network: way.pool, or else target and *vni, say where to.
 * Not static: the verifier then walks it once. */
__noinline int target_step(__u32 vni)
{
	struct pair *pair = pair_scratch();
	const struct weft_frontend *frontend;
	struct decision *decision;
	struct way *way;

	if (!pair)
		return 0;
	decision = &pair->decision;
	way = &decision->way;
	frontend = &decision->frontend;
	if (!frontend_find(decision, vni, &way->target, way->target_port)) {
		way->refusal = WEFT_DROP_NO_LISTENER;
		return 0;
	}
	way->flags |= frontend->flags & WEFT_FRONTEND_PUBLISHED ? WAY_PUBLISHED : 0;
	way->pool = frontend->pool;
	way->listener = frontend->listener;
	way->listener_max = frontend->max_connections;
	if (frontend->port && way->target_port)
		way->target_port = frontend->port;
	if (frontend->pool)
		return 0;
	address_copy(&way->target, &frontend->address);
	return frontend->vni;
}

/* A virtual IP of a network, as way.target: its member. A connection that has one goes on without
 * its listener, but not by another's. */
static __always_inline void target_balanced(struct decision *decision, __u32 vni)
{
	struct way *way = &decision->way;
	int bound = decision->mode & DECISION_RENEWED && decision->bound_backend;

	target_step(vni);
	if (bound && way->refusal == WEFT_DROP_NO_LISTENER)
		way->refusal = 0;
	else if (bound && way->listener != decision->bound_listener)
		way->refusal = WEFT_DROP_NO_LISTENER;
	if (way->refusal || !(way->pool || bound))
		return;
	/* What a member knows of a connection, no other does. */
	if (!bound && decision->key.protocol == IPPROTO_TCP && !tcp_opens(decision->tcp_flags))
		way->refusal = WEFT_DROP_NO_CONNECTION;
	else
		member_choose();
}

/* ICMP is asked for by address: what stands for its ports is none. */
static __always_inline void target_begin(struct decision *decision)
{
	struct way *way = &decision->way;

	way->flags |= WAY_TARGET;
	address_copy(&way->target, &decision->key.destination);
	way->target_port =
		protocol_has_ports(decision->key.protocol) ? decision->key.destination_port : 0;
}

static __always_inline void target_end(struct decision *decision, __u32 vni)
{
	struct way *way = &decision->way;

	if (way->refusal)
		return;
	if (!way->target_port)
		way->target_port = decision->key.destination_port;
	route_find(&decision->destination, vni, &way->target);
	/* Families are not translated into each other. */
	if (!decision->destination.exists ||
	    address_is_v4(&way->target) != address_is_v4(&decision->key.destination) ||
	    (decision->destination.route.action != WEFT_ACTION_LOCAL &&
	     decision->destination.route.action != WEFT_ACTION_REMOTE))
		way->refusal = way->backend ? WEFT_DROP_NO_MEMBER : WEFT_DROP_NO_LISTENER;
}

/* To a floating IP or a published port of this node: on to a port, or by a virtual IP to a member.
 */
static __always_inline void way_inward(struct decision *decision, __u32 external)
{
	struct way *way = &decision->way;
	__u32 vni;

	way->external = external;
	way->flags |= WAY_INWARD;
	target_begin(decision);
	vni = target_step(external);
	if (way->refusal)
		return;
	if (way->pool) {
		way->refusal = WEFT_DROP_NO_LISTENER; /* pools are of virtual IPs */
		return;
	}
	route_find(&decision->destination, vni, &way->target);
	if (decision->destination.exists &&
	    decision->destination.route.action == WEFT_ACTION_BALANCER)
		target_balanced(decision, vni);
	target_end(decision, vni);
}

/* From a port to an external network. */
static __always_inline void way_outward(struct decision *decision)
{
	__u32 external = decision->destination.route.vni, slot = decision->epoch & 1;
	struct found_route *to = &decision->destination;
	struct way *way = &decision->way;
	const struct weft_route *outside;

	way->external = external;
	way->flags |= WAY_OUTWARD | WAY_SOURCE;
	/* With its node's address it would be an overlay packet of that node, in any network. */
	if (decision->key.protocol == IPPROTO_UDP &&
	    decision->key.destination_port == config.vxlan_port) {
		way->refusal = WEFT_DROP_FABRIC;
		return;
	}
	if (!translation_find(decision, decision->key.vni, external, &decision->key.source) ||
	    address_is_v4(&way->source.address) != address_is_v4(&decision->key.source)) {
		way->refusal = WEFT_DROP_NO_TRANSLATION;
		return;
	}
	route_find(to, external, &decision->key.destination);
	if (!to->exists) {
		way->refusal = WEFT_DROP_NO_ROUTE;
		return;
	}
	way->asked_identity = to->route.identity[slot];
	if (route_is_here(to)) {
		outside = route_lookup(external, &way->source.address);
		way->opener_identity = outside ? outside->identity[slot] : 0;
		way_inward(decision, external);
	} else if (to->route.action != WEFT_ACTION_UPLINK &&
		   to->route.action != WEFT_ACTION_REMOTE) {
		way->refusal = WEFT_DROP_NO_ROUTE;
	}
}

/* From a port to a virtual IP. A member that is its own client would not take its own address for
 * another's. */
static __always_inline void way_balanced(struct decision *decision)
{
	struct way *way = &decision->way;

	target_begin(decision);
	target_balanced(decision, decision->destination.route.vni);
	target_end(decision, decision->key.vni);
	if (way->refusal || !address_equal(&way->target, &decision->key.source))
		return;
	way->flags |= WAY_SOURCE;
	__builtin_memset(&way->source, 0, sizeof(way->source));
	address_copy(&way->source.address, &decision->key.destination);
}

/* From outside, sent on by the node that has the floating IP. */
static __always_inline void way_visit(struct decision *decision)
{
	__u32 external = decision->source.route.vni, slot = decision->epoch & 1;
	struct way *way = &decision->way;

	way->external = external;
	way->flags |= WAY_INWARD | WAY_VISITOR;
	address_copy(&way->target, &decision->key.destination);
	way->target_port = decision->key.destination_port;
	route_find(&decision->source, external, &decision->key.source);
	/* It may be an address of this node, whose port has asked that one. */
	if (!decision->source.exists)
		way->refusal = WEFT_DROP_OVERLAY_SPOOFED;
	way->opener_identity = decision->source.route.identity[slot];
}

/* Fills in decision.way, and leads decision.destination to what is behind. Not static: the verifier
 * then walks it once. */
__noinline int way_look(void)
{
	struct pair *pair = pair_scratch();
	struct decision *decision;

	if (!pair)
		return 0;
	decision = &pair->decision;
	switch (decision->destination.route.action) {
	case WEFT_ACTION_OUTSIDE:
		way_outward(decision);
		return 0;
	case WEFT_ACTION_BALANCER:
		way_balanced(decision);
		return 0;
	case WEFT_ACTION_FLOATING:
	case WEFT_ACTION_HOST:
		decision->way.opener_identity =
			decision->source.route.identity[decision->epoch & 1];
		way_inward(decision, decision->key.vni);
		return 0;
	}
	way_visit(decision);
	return 0;
}
