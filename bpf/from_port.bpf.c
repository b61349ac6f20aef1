/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets that a port sends: whose is it → neighbours answered → known flow, or route → forward. */
#include "lib/bound.h"
#include "lib/config.h"
#include "lib/denial.h"
#include "lib/drop.h"
#include "lib/ethernet.h"
#include "lib/forward.h"
#include "lib/flow.h"
#include "lib/fragment.h"
#include "lib/gateway.h"
#include "lib/icmp_error.h"
#include "lib/neighbour_port.h"
#include "lib/network.h"
#include "lib/open.h"
#include "lib/packet.h"
#include "lib/pair.h"
#include "lib/port.h"
#include "lib/refusal.h"
#include "lib/related.h"
#include "lib/renew.h"
#include "lib/reset.h"
#include "lib/route.h"
#include "lib/service.h"
#include "lib/trace.h"
#include "lib/trace_source.h"
#include "lib/uplink.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/* The frame is the port's own, or a trace, and for one receiver. ARP says so itself. */
static __always_inline int check_frame(struct __sk_buff *skb, const struct weft_port *port,
				       __be16 *protocol, __u32 *trace)
{
	struct ethhdr *eth = header_at(skb, 0, sizeof(*eth));

	if (!eth)
		return -WEFT_DROP_MALFORMED;
	*protocol = eth->h_proto;
	if (unlikely(!mac_equal(eth->h_source, port->mac))) {
		*trace = trace_take(skb);
		return *trace ? 0 : -WEFT_DROP_SPOOFED_MAC;
	}
	if (skb->vlan_present)
		return -WEFT_DROP_UNSUPPORTED_ETHERTYPE;
	return 0;
}

/* What is decided is told to the sender when a rule says so. */
static __noinline int deny(struct __sk_buff *skb, const struct packet *packet,
			   const struct weft_port *port, __u32 reason)
{
	struct pair *pair = pair_scratch();

	return pair && pair->decision.verdict.drop_reason &&
			       pair->decision.verdict.flags & WEFT_VERDICT_REJECT
		       ? reject(skb, packet, port, reason)
		       : -(int)reason;
}

/* From a port, by a way of its own: outside, or to a virtual IP. */
static __noinline int open_own_way(struct __sk_buff *skb, const struct packet *packet,
				   const struct weft_port *port)
{
	struct pair *pair = pair_begin(skb, packet);
	int verdict;

	if (!pair)
		return -WEFT_DROP_NO_ROUTE;
	if (packet->flags & PACKET_ICMP_ERROR)
		return -WEFT_DROP_REWRITE_FAILED; /* about nothing that is known */
	verdict = take_verdict(skb, packet, pair);
	if (verdict)
		return deny(skb, packet, port, -verdict);
	pair->flow.in_ifindex = skb->ifindex;
	pair->flow.port = port->id;
	pair->max_flows = port->max_flows;
	lead_to_port(&pair->mirror, port->vni, skb->ifindex, port->mac);
	verdict = open_bound();
	if (!verdict && pair->created)
		rule_note(skb, &pair->decision, 1, 0);
	return verdict;
}

/* From a port, to where a route leads: a port of this node or another node. */
static __noinline int open_from_port(struct __sk_buff *skb, const struct packet *packet,
				     const struct weft_port *port)
{
	struct pair *pair = pair_begin(skb, packet);
	const struct weft_route *route;
	int verdict;

	if (!pair)
		return -WEFT_DROP_NO_ROUTE;
	route = &pair->decision.destination.route;
	if (route->action == WEFT_ACTION_LOCAL && !port_is_open(route->ifindex))
		return -WEFT_DROP_PORT_CLOSED;
	verdict = take_verdict(skb, packet, pair);
	if (verdict)
		return deny(skb, packet, port, -verdict);
	lead_by_route(&pair->flow, route);
	pair->flow.in_ifindex = skb->ifindex;
	pair->flow.mirror_vni = route->action == WEFT_ACTION_LOCAL ? route->vni : port->vni;
	pair->mirror.mirror_vni = port->vni;
	pair->flow.port = port->id;
	pair->max_flows = port->max_flows;

	lead_to_port(&pair->mirror, port->vni, skb->ifindex, port->mac);
	if (route->action == WEFT_ACTION_REMOTE) {
		pair->mirror.flags = WEFT_FLOW_FROM_OVERLAY;
		pair->mirror.from_node = route->node;
	} else {
		pair->mirror.in_ifindex = route->ifindex;
	}
	flow_mirror_key(&pair->mirror_key, &packet->key, &pair->flow);
	pair->mirror.generation = pair_mirror_generation(pair, packet);
	verdict = pair_store(packet);
	if (verdict > 0)
		verdict = open_bound();
	if (pair->created && !pair->decision.reversed)
		rule_note(skb, &pair->decision, 1, 0);
	return verdict;
}

/* Decides, and checks that the sender is who it says. */
static __always_inline int decide(struct __sk_buff *skb, const struct packet *packet,
				  struct pair *pair, __u8 mode)
{
	const struct found_route *from = &pair->decision.source;
	int verdict;

	if (address_is_multicast(&packet->key.destination))
		return -WEFT_DROP_MULTICAST;
	verdict = policy_decide(&pair->decision, packet, mode);
	if (verdict)
		return verdict;
	if (!from->exists || from->joined || !route_is_port(&from->route, skb->ifindex))
		return -WEFT_DROP_SPOOFED_ADDRESS;
	return 0;
}

/* No flow that holds: answered by the vrouter itself, given to a service, or opened along a route.
 */
static __noinline int resolve(struct __sk_buff *skb, const struct packet *packet,
			      const struct weft_port *port)
{
	struct pair *pair = pair_scratch();
	const struct found_route *to;
	const struct way *way;
	const struct weft_service *service;
	int verdict;

	if (!pair)
		return -WEFT_DROP_NO_ROUTE;
	verdict = decide(skb, packet, pair, 0);
	if (verdict)
		return verdict;
	to = &pair->decision.destination;
	way = &pair->decision.way;
	/* A virtual IP is there, as a gateway is, whatever it is asked for. */
	if (way->refusal == WEFT_DROP_NO_LISTENER && !(way->flags & WAY_INWARD) && is_echo(packet))
		return answer_gateway(skb, packet, port);
	if (way->flags && !(way->flags & WAY_OUTWARD && service_of(packet))) {
		return way->refusal ? -way->refusal : open_own_way(skb, packet, port);
	}
	if (!way->flags && to->exists &&
	    (to->route.action == WEFT_ACTION_LOCAL || to->route.action == WEFT_ACTION_REMOTE))
		return open_from_port(skb, packet, port);
	if (!way->flags && to->exists && to->route.action != WEFT_ACTION_GATEWAY)
		return -WEFT_DROP_NO_ROUTE;
	service = service_of(packet);
	if (service)
		return open_to_service(skb, packet, port, service);
	return to->exists ? answer_gateway(skb, packet, port) : -WEFT_DROP_NO_ROUTE;
}

/* Where resolve() would lead a traced packet, as pair->flow; negative: it would lose it. Nothing is
 * written, counted or answered. */
static __always_inline int trace_resolve(struct __sk_buff *skb, const struct packet *packet,
					 const struct weft_port *port, struct pair *pair)
{
	const struct found_route *to = &pair->decision.destination;
	int verdict = decide(skb, packet, pair, DECISION_TRACED);

	if (verdict)
		return verdict;
	if (pair->decision.way.flags & WAY_OUTWARD && service_of(packet)) {
		pair->flow.action = WEFT_ACTION_SERVICE;
		return 0;
	}
	if (pair->decision.way.refusal)
		return -pair->decision.way.refusal;
	if (pair->decision.way.flags) {
		pair->flow.flags = WEFT_FLOW_REWRITE;
		rewrite_bound(pair);
	}
	if (to->exists && to->route.action == WEFT_ACTION_UPLINK) {
		lead_by_route(&pair->flow, &to->route);
		return -pair->decision.verdict.drop_reason;
	}
	if (to->exists &&
	    (to->route.action == WEFT_ACTION_LOCAL || to->route.action == WEFT_ACTION_REMOTE)) {
		lead_by_route(&pair->flow, &to->route);
		if (to->route.action == WEFT_ACTION_LOCAL && !port_is_open(to->route.ifindex))
			return -WEFT_DROP_PORT_CLOSED;
		if (pair->decision.verdict.drop_reason)
			return -pair->decision.verdict.drop_reason;
		if (port_is_full(port->id, port->max_flows))
			return -WEFT_DROP_PORT_FLOW_LIMIT;
		return to->route.action == WEFT_ACTION_REMOTE && !node_by_number(to->route.node)
			       ? -WEFT_DROP_NO_ROUTE
			       : 0;
	}
	if (to->exists && to->route.action != WEFT_ACTION_GATEWAY)
		return -WEFT_DROP_NO_ROUTE;
	if (service_of(packet))
		pair->flow.action = WEFT_ACTION_SERVICE;
	else if (to->exists && is_echo(packet))
		pair->flow.action = WEFT_ACTION_GATEWAY;
	else
		return -WEFT_DROP_NO_ROUTE;
	return 0;
}

/* Decides about a traced packet and tells it; 0: pair->flow says to which node it goes on. */
static __noinline int trace_from_port(struct __sk_buff *skb, const struct packet *packet,
				      const struct weft_port *port, __u32 id)
{
	struct pair *pair = pair_begin(skb, packet);
	int verdict;

	if (!pair)
		return -WEFT_DROP_TRACED;
	__builtin_memset(&pair->decision, 0, sizeof(pair->decision));
	verdict = trace_resolve(skb, packet, port, pair);
	trace_tell(skb, packet, pair, id, WEFT_TRACE_FROM_PORT, verdict, pair->flow.node);
	return verdict || pair->flow.action != WEFT_ACTION_REMOTE ? -WEFT_DROP_TRACED : 0;
}

static __always_inline int forward(struct __sk_buff *skb, const struct packet *packet,
				   const struct weft_flow *flow, const struct weft_port *port)
{
	if (flow->action == WEFT_ACTION_REMOTE)
		return forward_to_node(skb, packet, flow, port, port->gateway_mac);
	if (flow->action == WEFT_ACTION_LOCAL || flow->action == WEFT_ACTION_SERVICE)
		return forward_here(skb, packet, flow, port->gateway_mac);
	if (flow->action == WEFT_ACTION_UPLINK)
		return forward_out(skb, packet, flow, port);
	return -flow->drop_reason;
}

static __always_inline int route_parsed(struct __sk_buff *skb, struct packet *packet,
					const struct weft_port *port, __u32 trace)
{
	const struct weft_flow *flow;
	struct weft_flow *known;
	int verdict;

	if (unlikely(trace)) {
		verdict = trace_from_port(skb, packet, port, trace);
		if (verdict)
			return verdict;
		goto send;
	}
	if (unlikely(packet->flags & PACKET_ND))
		return answer_nd(skb, packet, port);
	packet_defragment(packet);
	known = flow_find(skb, packet, RELATED_ENDS);
	if (known && flow_holds(known, packet, skb->ifindex)) {
		flow_account(skb, known, packet);
		return forward(skb, packet, known, port);
	}
	if (unlikely(known && known->flags & WEFT_FLOW_BOUND &&
		     known->in_ifindex == skb->ifindex)) {
		verdict = resume_bound(skb, packet, known);
		if (verdict < 0)
			return deny(skb, packet, port, -verdict);
		known = verdict ? 0 : flow_lookup(&packet->key);
		if (known) {
			flow_account(skb, known, packet);
			return forward(skb, packet, known, port);
		}
	}
	packet->generation = generation_of(packet->key.vni);
	verdict = resolve(skb, packet, port);
	if (verdict)
		return verdict < 0 ? refuse_opener(skb, packet, port, -verdict) : verdict;
send:
	flow = opened_flow();
	verdict = flow ? forward(skb, packet, flow, port) : -WEFT_DROP_NO_ROUTE;
	return likely(!trace) ? verdict : trace_mark(skb, trace, verdict);
}

static __always_inline int route_packet(struct __sk_buff *skb, const struct weft_port *port,
					__u32 trace)
{
	struct packet packet = {.key.vni = port->vni};
	int verdict = packet_parse(skb, &packet, 0);

	if (verdict)
		return verdict;
	verdict = route_parsed(skb, &packet, port, trace);
	return likely(!trace) ? conclude_packet(skb, &packet, verdict) : verdict;
}

SEC("tc")
int from_port(struct __sk_buff *skb)
{
	struct weft_port *port = port_by_ifindex(skb->ifindex);
	__be16 protocol = 0;
	__u32 trace = 0;
	int verdict;

	if (!port)
		return drop(skb, WEFT_DROP_UNKNOWN_PORT);
	if (!(port->flags & WEFT_PORT_OPEN))
		return drop(skb, WEFT_DROP_PORT_CLOSED);
	verdict = check_frame(skb, port, &protocol, &trace);
	if (!verdict)
		verdict = protocol == bpf_htons(ETH_P_ARP) ? answer_arp(skb, port)
							   : route_packet(skb, port, trace);
	return conclude(skb, verdict);
}
