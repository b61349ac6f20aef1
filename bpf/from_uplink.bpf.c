/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets of an external network: to an address of ours → known flow, or frontend → forward. The
 * rest is the host's. */
#include "lib/bound.h"
#include "lib/config.h"
#include "lib/denial.h"
#include "lib/drop.h"
#include "lib/ethernet.h"
#include "lib/floating.h"
#include "lib/flow.h"
#include "lib/forward.h"
#include "lib/fragment.h"
#include "lib/frontend.h"
#include "lib/open.h"
#include "lib/outside.h"
#include "lib/packet.h"
#include "lib/pair.h"
#include "lib/port.h"
#include "lib/refusal.h"
#include "lib/related.h"
#include "lib/renew.h"
#include "lib/route.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/* Who sent the packet on this link, in the shape of a port: answers go back to it. */
static __always_inline int sender_of(struct __sk_buff *skb, const struct weft_uplink *uplink,
				     struct weft_port *sender)
{
	struct ethhdr *eth = header_at(skb, 0, sizeof(*eth));

	if (!eth)
		return 0;
	__builtin_memset(sender, 0, sizeof(*sender));
	sender->vni = uplink->vni;
	mac_copy(sender->mac, eth->h_source);
	mac_copy(sender->gateway_mac, uplink->mac);
	return 1;
}

static __always_inline int open_own_way(struct __sk_buff *skb, const struct packet *packet)
{
	struct pair *pair = pair_begin(skb, packet);
	int verdict;

	if (!pair)
		return -WEFT_DROP_NO_ROUTE;
	verdict = take_verdict(skb, packet, pair);
	if (verdict)
		return verdict;
	pair->flow.in_ifindex = skb->ifindex;
	pair->mirror.action = WEFT_ACTION_UPLINK;
	pair->mirror.vni = packet->key.vni;
	pair->mirror.node = pair->decision.source.route.node;
	verdict = open_bound();
	if (!verdict && pair->created)
		rule_note(skb, &pair->decision, 1, 0);
	return verdict;
}

/* Of what is sent to the host's own address, what is published: of TCP only what opens a
 * connection, since the host's own connections have ports as well. */
static __always_inline int is_published(const struct packet *packet)
{
	const struct weft_flow_key *key = &packet->key;
	__be16 port = protocol_has_ports(key->protocol) ? key->destination_port : 0;

	if (packet->flags & PACKET_ICMP_ERROR ||
	    (key->protocol == IPPROTO_TCP && !tcp_opens(packet->tcp_flags)))
		return 0;
	return frontend_exists(key->vni, &key->destination, key->protocol, port);
}

/* No flow that holds. */
static __noinline int resolve(struct __sk_buff *skb, const struct packet *packet)
{
	struct weft_route *asked = route_lookup(packet->key.vni, &packet->key.destination);
	struct pair *pair = pair_scratch();
	int is_host, verdict;

	if (!pair || !asked ||
	    (asked->action != WEFT_ACTION_FLOATING && asked->action != WEFT_ACTION_HOST))
		return LEFT_TO_HOST;
	is_host = asked->action == WEFT_ACTION_HOST;
	if (is_host && !is_published(packet))
		return LEFT_TO_HOST;
	if (packet->flags & PACKET_ICMP_ERROR)
		return -WEFT_DROP_REWRITE_FAILED;
	verdict = policy_decide(&pair->decision, packet, 0);
	if (verdict)
		return verdict;
	if (is_host && pair->decision.way.refusal == WEFT_DROP_NO_LISTENER)
		return LEFT_TO_HOST;
	if (!pair->decision.source.exists ||
	    pair->decision.source.route.action != WEFT_ACTION_UPLINK ||
	    !(pair->decision.way.flags & WAY_INWARD))
		return -WEFT_DROP_SPOOFED_ADDRESS;
	return pair->decision.way.refusal ? -pair->decision.way.refusal : open_own_way(skb, packet);
}

static __always_inline int forward(struct __sk_buff *skb, const struct packet *packet,
				   const struct weft_flow *flow, const struct weft_port *sender)
{
	struct weft_port *port;

	if (flow->action == WEFT_ACTION_REMOTE)
		return forward_to_node(skb, packet, flow, sender, sender->gateway_mac);
	port = port_by_ifindex(flow->ifindex);
	if (!port || flow->action != WEFT_ACTION_LOCAL)
		return -WEFT_DROP_PORT_CLOSED;
	return forward_here(skb, packet, flow, port->gateway_mac);
}

static __always_inline int route_parsed(struct __sk_buff *skb, struct packet *packet,
					const struct weft_uplink *uplink,
					const struct weft_port *sender)
{
	const struct weft_flow *flow;
	struct weft_flow *known;
	int verdict = 1;

	if (unlikely(packet->flags & PACKET_ND))
		return answer_nd_outside(skb, packet, uplink);
	packet_defragment(packet);
	known = flow_find(skb, packet, RELATED_ANYONE);
	if (known && flow_holds(known, packet, skb->ifindex)) {
		flow_account(skb, known, packet);
		return forward(skb, packet, known, sender);
	}
	if (unlikely(known && known->in_ifindex == skb->ifindex)) {
		verdict = resume_bound(skb, packet, known);
		known = verdict ? 0 : flow_lookup(&packet->key);
		if (known) {
			flow_account(skb, known, packet);
			return forward(skb, packet, known, sender);
		}
	}
	if (verdict <= 0)
		return verdict;
	packet->generation = generation_of(packet->key.vni);
	verdict = resolve(skb, packet);
	if (verdict)
		return verdict < 0 ? refuse_opener(skb, packet, sender, -verdict) : verdict;
	flow = opened_flow();
	return flow ? forward(skb, packet, flow, sender) : -WEFT_DROP_NO_ROUTE;
}

static __always_inline int route_packet(struct __sk_buff *skb, const struct weft_uplink *uplink)
{
	struct packet packet = {.key.vni = uplink->vni};
	struct weft_port sender;

	if (packet_parse(skb, &packet, 0) || !sender_of(skb, uplink, &sender))
		return LEFT_TO_HOST;
	if (packet.key.protocol == IPPROTO_UDP && packet.key.destination_port == config.vxlan_port)
		return LEFT_TO_HOST; /* the fabric's, which may be behind the same interface */
	return conclude_packet(skb, &packet, route_parsed(skb, &packet, uplink, &sender));
}

/* 0: it is for the host alone; else the protocol of a frame that may be for an address of ours. */
static __always_inline __be16 check_frame(struct __sk_buff *skb, const struct weft_uplink *uplink)
{
	struct ethhdr *eth = header_at(skb, 0, sizeof(*eth));

	if (!eth || skb->vlan_present)
		return 0;
	if (eth->h_dest[0] & 1) /* questions for neighbours only */
		return eth->h_proto == bpf_htons(ETH_P_ARP) || eth->h_proto == bpf_htons(ETH_P_IPV6)
			       ? eth->h_proto
			       : 0;
	return mac_equal(eth->h_dest, uplink->mac) ? eth->h_proto : 0;
}

SEC("tc")
int from_uplink(struct __sk_buff *skb)
{
	struct weft_uplink *uplink = uplink_by_ifindex(skb->ifindex);
	__be16 protocol;
	int verdict;

	if (!uplink)
		return TC_ACT_UNSPEC;
	protocol = check_frame(skb, uplink);
	if (!protocol)
		return TC_ACT_UNSPEC;
	verdict = protocol == bpf_htons(ETH_P_ARP) ? answer_arp_outside(skb, uplink)
						   : route_packet(skb, uplink);
	return verdict == LEFT_TO_HOST ? TC_ACT_UNSPEC : conclude(skb, verdict);
}
