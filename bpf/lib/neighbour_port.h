/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* On a port's link every address is at the gateway's MAC, so every packet is routed. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "cursor.h"
#include "neighbour.h"
#include "packet.h"
#include "route.h"

static __always_inline int arp_is_own_probe(const struct arp *arp, __u32 vni, __u32 ifindex)
{
	struct weft_address target;

	if (arp->sender[0] | arp->sender[1])
		return arp->sender[0] == arp->target[0] && arp->sender[1] == arp->target[1];
	address_set_v4(&target, (__u32)arp->target[1] << 16 | arp->target[0]);
	return route_is_port(route_lookup(vni, &target), ifindex);
}

/* Announcements and probes for the port's own address (RFC 5227) get none. */
static __noinline int answer_arp(struct __sk_buff *skb, const struct weft_port *port)
{
	struct arp *arp = header_at(skb, ETH_HLEN, sizeof(*arp));

	if (!arp || !arp_is_valid(arp))
		return -WEFT_DROP_MALFORMED;
	if (arp->operation != bpf_htons(ARP_REQUEST) ||
	    arp_is_own_probe(arp, port->vni, skb->ifindex))
		return -WEFT_DROP_MULTICAST;
	return arp_reply(skb, arp, port->mac, port->gateway_mac);
}

static __noinline int answer_nd(struct __sk_buff *skb, const struct packet *packet,
				const struct weft_port *port)
{
	struct nd *nd = header_at(skb, ETH_HLEN, sizeof(*nd) - ND_OPTION_BYTES);

	if (packet->icmp_type != ICMPV6_NEIGHBOUR_SOLICITATION)
		return -WEFT_DROP_MULTICAST;
	if (!nd)
		return -WEFT_DROP_MALFORMED;
	if (!nd_is_question(nd, packet))
		return -WEFT_DROP_MULTICAST;
	return nd_reply(skb, nd, port->mac, port->gateway_mac, ND_ROUTER | ND_SOLICITED_OVERRIDE);
}
