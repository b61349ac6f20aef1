/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets of the fabric: ours? → from a node? → known flow, or routes → outer headers off → port.
 */
#include "lib/bound.h"
#include "lib/config.h"
#include "lib/counter.h"
#include "lib/denial.h"
#include "lib/drop.h"
#include "lib/ecn.h"
#include "lib/ethernet.h"
#include "lib/flow.h"
#include "lib/forward.h"
#include "lib/fragment.h"
#include "lib/network.h"
#include "lib/node.h"
#include "lib/open.h"
#include "lib/overlay.h"
#include "lib/packet.h"
#include "lib/pair.h"
#include "lib/port.h"
#include "lib/refusal.h"
#include "lib/related.h"
#include "lib/renew.h"
#include "lib/route.h"
#include "lib/trace.h"
#include "lib/uplink.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/* From another node, to a port here. */
static __noinline int open_from_overlay(struct __sk_buff *skb, const struct packet *packet)
{
	struct pair *pair = pair_begin(skb, packet);
	const struct weft_route *route, *back;
	struct weft_port *port;
	int verdict;

	if (!pair)
		return -WEFT_DROP_NO_ROUTE;
	route = &pair->decision.destination.route;
	back = &pair->decision.source.route;
	port = port_by_ifindex(route->ifindex);
	if (!port || !(port->flags & WEFT_PORT_OPEN))
		return -WEFT_DROP_PORT_CLOSED;
	verdict = take_verdict(skb, packet, pair);
	if (verdict)
		return verdict;
	lead_by_route(&pair->flow, route);
	pair->flow.flags = WEFT_FLOW_FROM_OVERLAY;
	pair->flow.from_node = back->node;
	pair->flow.mirror_vni = pair->mirror.mirror_vni = packet->key.vni;
	pair->flow.port = port->id;
	pair->max_flows = port->max_flows;

	lead_by_route(&pair->mirror, back);
	pair->mirror.in_ifindex = route->ifindex;
	flow_mirror_key(&pair->mirror_key, &packet->key, &pair->flow);
	pair->mirror.generation = pair_mirror_generation(pair, packet);
	verdict = pair_store(packet);
	return verdict > 0 ? open_bound() : verdict;
}

/* From another node, by a way of its own: to a floating IP of this node, or to a port here from
 * outside. Answers go back to that node. */
static __noinline int open_own_way(struct __sk_buff *skb, const struct packet *packet, __u32 node)
{
	struct pair *pair = pair_begin(skb, packet);
	int verdict;

	if (!pair)
		return -WEFT_DROP_NO_ROUTE;
	if (packet->flags & PACKET_ICMP_ERROR)
		return -WEFT_DROP_REWRITE_FAILED; /* about nothing that is known */
	verdict = take_verdict(skb, packet, pair);
	if (verdict)
		return verdict;
	pair->flow.flags = WEFT_FLOW_FROM_OVERLAY;
	pair->flow.from_node = node;
	pair->mirror.action = WEFT_ACTION_REMOTE;
	pair->mirror.vni = packet->key.vni;
	pair->mirror.node = node;
	return open_bound();
}

/* Of what comes from outside by way of another node: may it be from there, and is it for here? */
static __always_inline int check_way(const struct decision *decision, __u32 node)
{
	const struct weft_route *from = &decision->source.route;
	const struct way *way = &decision->way;

	if (!(way->flags & WAY_INWARD) || way->flags & WAY_OUTWARD)
		return -WEFT_DROP_OVERLAY_NOT_LOCAL;
	if (way->refusal)
		return -way->refusal;
	if (way->flags & WAY_VISITOR)
		return decision->destination.route.action == WEFT_ACTION_LOCAL &&
				       !decision->destination.joined
			       ? 0
			       : -WEFT_DROP_OVERLAY_NOT_LOCAL;
	if (from->action == WEFT_ACTION_UPLINK ||
	    (from->action == WEFT_ACTION_REMOTE && from->node == node))
		return 0;
	return -WEFT_DROP_OVERLAY_SPOOFED;
}

/* Decides, and checks that both ends are where they should be. */
static __always_inline int decide(const struct packet *packet, struct pair *pair, __u32 node,
				  __u8 mode)
{
	const struct found_route *to = &pair->decision.destination;
	const struct found_route *from = &pair->decision.source;
	int verdict = policy_decide(&pair->decision, packet, mode);

	if (verdict)
		return verdict;
	if (unlikely(pair->decision.way.flags))
		return check_way(&pair->decision, node);
	if (!to->exists || to->joined || to->route.action != WEFT_ACTION_LOCAL)
		return -WEFT_DROP_OVERLAY_NOT_LOCAL;
	if (!from->exists || from->route.action != WEFT_ACTION_REMOTE || from->route.node != node)
		return -WEFT_DROP_OVERLAY_SPOOFED;
	return 0;
}

/* No flow that holds. A packet is never sent on to another node: no loops, and no node's routes
 * count twice.
 */
static __noinline int resolve(struct __sk_buff *skb, const struct packet *packet, __u32 node)
{
	struct pair *pair = pair_scratch();
	int verdict;

	if (!pair)
		return -WEFT_DROP_NO_ROUTE;
	verdict = decide(packet, pair, node, DECISION_FROM_OVERLAY);
	if (verdict)
		return verdict;
	if (unlikely(pair->decision.way.flags))
		return open_own_way(skb, packet, node);
	return open_from_overlay(skb, packet);
}

/* On to where the flow leads, by a packet without its outer headers; only what comes from outside
 * goes further than to a port here. */
static __noinline int forward(struct __sk_buff *skb, const struct packet *packet,
			      const struct weft_flow *flow)
{
	struct weft_port *port;
	struct ethhdr *eth;
	__u8 mac[ETH_ALEN];

	if (likely(flow->action == WEFT_ACTION_LOCAL)) {
		port = port_by_ifindex(flow->ifindex);
		return port ? forward_here(skb, packet, flow, port->gateway_mac)
			    : -WEFT_DROP_OVERLAY_NOT_LOCAL;
	}
	if (flow->action == WEFT_ACTION_UPLINK)
		return forward_out(skb, packet, flow, 0);
	eth = header_at(skb, 0, sizeof(*eth));
	if (!eth)
		return -WEFT_DROP_MALFORMED;
	mac_copy(mac, eth->h_dest);
	return forward_to_node(skb, packet, flow, 0, mac);
}

/* Takes the outer headers off: what was found in the packet is nearer to its begin then. */
static __always_inline int unwrap(struct __sk_buff *skb, const struct outer *outer,
				  struct packet *packet)
{
	if (overlay_remove(skb, outer, packet))
		return 0;
	packet->l3 -= outer->bytes;
	packet->l4 -= outer->bytes;
	packet->payload -= outer->bytes;
	return 1;
}

/* An answer of ours, back to the node that the packet came from. A function of its own: the frames
 * of a chain of calls share 512 bytes. */
static __noinline int wrap_answer(struct __sk_buff *skb, const struct packet *packet, __u32 number,
				  __u32 vni)
{
	struct weft_node *node = node_by_number(number);
	struct ethhdr *eth = header_at(skb, 0, sizeof(*eth));
	__u8 mac[ETH_ALEN];

	if (!node || !eth)
		return -WEFT_DROP_NO_ROUTE;
	mac_copy(mac, eth->h_source);
	return address_is_v4(&node->address) ? overlay_send_v4(skb, packet, node, vni, mac)
					     : overlay_send_v6(skb, packet, node, vni, mac);
}

/* A port of another node that asked for a floating IP here is told, as a client outside would be.
 */
static __noinline int refuse_remote(struct __sk_buff *skb, const struct outer *outer,
				    struct packet *packet, __u32 reason, __u32 number)
{
	struct pair *pair = pair_scratch();
	struct weft_port sender = {.vni = outer->vni};
	struct ethhdr *eth;
	int verdict;

	if (!pair || !(pair->decision.way.flags & WAY_INWARD) ||
	    pair->decision.way.flags & WAY_VISITOR)
		return -(int)reason;
	if (!unwrap(skb, outer, packet))
		return -WEFT_DROP_ENCAP_FAILED;
	eth = header_at(skb, 0, sizeof(*eth));
	if (!eth)
		return -WEFT_DROP_MALFORMED;
	mac_copy(sender.mac, eth->h_dest);
	mac_copy(sender.gateway_mac, eth->h_dest);
	verdict = refuse_opener(skb, packet, &sender, reason);
	if (verdict != TC_ACT_REDIRECT)
		return verdict;
	return wrap_answer(skb, packet, number, outer->vni);
}

static __always_inline int deliver(struct __sk_buff *skb, const struct outer *outer,
				   struct packet *packet, const struct weft_flow *flow)
{
	int verdict;

	if (flow->action != WEFT_ACTION_LOCAL && !(flow->flags & WEFT_FLOW_BOUND))
		return -flow->drop_reason;
	if (!unwrap(skb, outer, packet))
		return -WEFT_DROP_ENCAP_FAILED;
	verdict = ecn_propagate(skb, outer->tos, packet);
	return verdict ? verdict : forward(skb, packet, flow);
}

/* The known flow of a packet that a change has overtaken, if it holds all the same; *verdict: what
 * becomes of the packet otherwise, positive: it opens a connection. */
static __always_inline struct weft_flow *resume(struct __sk_buff *skb, const struct packet *packet,
						const struct weft_flow *known, __u32 node,
						int *verdict)
{
	*verdict = 1;
	if (!known || !(known->flags & WEFT_FLOW_BOUND) ||
	    !(known->flags & WEFT_FLOW_FROM_OVERLAY) || known->from_node != node)
		return 0;
	*verdict = resume_bound(skb, packet, known);
	return *verdict ? 0 : flow_lookup(&packet->key);
}

static __always_inline int receive_parsed(struct __sk_buff *skb, const struct outer *outer,
					  struct packet *packet, __u32 node)
{
	const struct weft_flow *flow;
	struct weft_flow *known;
	int verdict;

	packet_defragment(packet);
	known = flow_find(skb, packet, RELATED_ANYONE);
	if (known && known->flags & WEFT_FLOW_FROM_OVERLAY && known->from_node == node &&
	    flow_holds(known, packet, 0)) {
		flow_account(skb, known, packet);
		return deliver(skb, outer, packet, known);
	}
	known = resume(skb, packet, known, node, &verdict);
	if (known) {
		flow_account(skb, known, packet);
		return deliver(skb, outer, packet, known);
	}
	if (verdict <= 0)
		return verdict ? verdict : -WEFT_DROP_NO_TRANSLATION;
	packet->generation = generation_of(packet->key.vni);
	verdict = resolve(skb, packet, node);
	if (verdict)
		return verdict < 0 ? refuse_remote(skb, outer, packet, -verdict, node) : verdict;
	flow = opened_flow();
	return flow ? deliver(skb, outer, packet, flow) : -WEFT_DROP_NO_ROUTE;
}

static __always_inline int receive(struct __sk_buff *skb, const struct outer *outer, __u32 node)
{
	struct packet packet = {.key.vni = outer->vni};
	int verdict = packet_parse(skb, &packet, outer->bytes);

	if (verdict)
		return verdict;
	return conclude_packet(skb, &packet, receive_parsed(skb, outer, &packet, node));
}

/* As resolve() would decide; nothing is written, counted or delivered. */
static __always_inline int trace_resolve(const struct packet *packet, struct pair *pair, __u32 node)
{
	const struct weft_route *route = &pair->decision.destination.route;
	int verdict = decide(packet, pair, node, DECISION_FROM_OVERLAY | DECISION_TRACED);
	struct weft_port *port;

	if (verdict)
		return verdict;
	lead_by_route(&pair->flow, route);
	if (route->action == WEFT_ACTION_REMOTE) /* a member on a third node */
		return -pair->decision.verdict.drop_reason;
	port = port_by_ifindex(route->ifindex);
	if (!port || !(port->flags & WEFT_PORT_OPEN))
		return -WEFT_DROP_PORT_CLOSED;
	if (pair->decision.verdict.drop_reason)
		return -pair->decision.verdict.drop_reason;
	return port_is_full(port->id, port->max_flows) ? -WEFT_DROP_PORT_FLOW_LIMIT : 0;
}

/* A traced packet ends here, whatever is decided. */
static __noinline int trace_from_overlay(struct __sk_buff *skb, const struct outer *outer,
					 __u32 node)
{
	struct packet packet = {.key.vni = outer->vni};
	int verdict = packet_parse(skb, &packet, outer->bytes);
	struct pair *pair;

	if (verdict)
		return verdict;
	pair = pair_begin(skb, &packet);
	if (!pair)
		return -WEFT_DROP_TRACED;
	__builtin_memset(&pair->decision, 0, sizeof(pair->decision));
	verdict = trace_resolve(&packet, pair, node);
	trace_tell(skb, &packet, pair, outer->trace, WEFT_TRACE_FROM_OVERLAY, verdict, node);
	return -WEFT_DROP_TRACED;
}

SEC("tc")
int from_overlay(struct __sk_buff *skb)
{
	struct weft_peer *peer;
	struct outer outer;

	/* What is not ours is the host's, and of whoever else is attached here. */
	if (!outer_read(skb, &outer))
		return TC_ACT_UNSPEC;
	peer = peer_by_address(&outer.source);
	/* A node that sends a trace here in error is told so. */
	if (!network_by_vni(outer.vni) && !(outer.traced && peer)) {
		count(WEFT_COUNTER_OVERLAY_PASSED);
		return TC_ACT_UNSPEC;
	}
	if (!peer)
		return drop(skb, WEFT_DROP_UNKNOWN_PEER);
	if (unlikely(outer.traced))
		return conclude(skb, trace_from_overlay(skb, &outer, peer->node));
	return conclude(skb, receive(skb, &outer, peer->node));
}
