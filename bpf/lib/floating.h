/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* On the link of an external network: floating IPs of this node are at the uplink's MAC. All other
 * addresses, the host's own among them, are the host's to answer for. */
#pragma once

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "cursor.h"
#include "ethernet.h"
#include "neighbour.h"
#include "packet.h"
#include "route.h"

/* What steps hand up about a packet that is the host's: neither a drop reason nor a TC action. */
#define LEFT_TO_HOST 256

static __always_inline int is_floating(__u32 vni, const struct weft_address *address)
{
	const struct weft_route *route = route_lookup(vni, address);

	return route && route->action == WEFT_ACTION_FLOATING;
}

/* Announcements get no answer; a probe for duplicates (RFC 5227) does: the address is taken. */
static __noinline int answer_arp_outside(struct __sk_buff *skb, const struct weft_uplink *uplink)
{
	struct arp *arp = header_at(skb, ETH_HLEN, sizeof(*arp));
	struct weft_address target;
	__u8 asker[ETH_ALEN];

	if (!arp || !arp_is_valid(arp) || arp->operation != bpf_htons(ARP_REQUEST) ||
	    (arp->sender[0] == arp->target[0] && arp->sender[1] == arp->target[1]))
		return LEFT_TO_HOST;
	address_set_v4(&target, (__u32)arp->target[1] << 16 | arp->target[0]);
	if (!is_floating(uplink->vni, &target))
		return LEFT_TO_HOST;
	mac_copy(asker, arp->sender_mac);
	return arp_reply(skb, arp, asker, uplink->mac);
}

/* To an asker that has an address. One that looks for duplicates is left to find none: floating IPs
 * are given out by the server, which knows of no other. */
static __noinline int answer_nd_outside(struct __sk_buff *skb, const struct packet *packet,
					const struct weft_uplink *uplink)
{
	struct ethhdr *eth = header_at(skb, 0, ETH_HLEN);
	struct nd *nd = header_at(skb, ETH_HLEN, sizeof(*nd) - ND_OPTION_BYTES);
	struct weft_address target;
	__u8 asker[ETH_ALEN];

	if (!eth || !nd || packet->icmp_type != ICMPV6_NEIGHBOUR_SOLICITATION ||
	    !nd_is_question(nd, packet))
		return LEFT_TO_HOST;
	address_copy(&target, &nd->target);
	if (!is_floating(uplink->vni, &target))
		return LEFT_TO_HOST;
	mac_copy(asker, eth->h_source);
	return nd_reply(skb, nd, asker, uplink->mac, ND_SOLICITED_OVERRIDE);
}
