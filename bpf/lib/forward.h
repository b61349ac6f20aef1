/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sends a packet where its flow says. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "ethernet.h"
#include "icmp_error.h"
#include "node.h"
#include "overlay.h"
#include "packet.h"
#include "port.h"
#include "rewrite.h"

static __always_inline __be16 packet_protocol(const struct packet *packet)
{
	return packet->family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
}

/* To a port of this node, or to the services' namespace. */
static __always_inline int forward_here(struct __sk_buff *skb, const struct packet *packet,
					const struct weft_flow *flow, const __u8 *gateway_mac)
{
	int verdict;

	if (unlikely(flow->flags & WEFT_FLOW_REWRITE)) {
		verdict = rewrite(skb, packet, &flow->rewrite);
		if (verdict)
			return verdict;
	}
	if (!ethernet_write(skb, flow->mac, gateway_mac, packet_protocol(packet)))
		return -WEFT_DROP_MALFORMED;
	return send_to_peer(skb, flow->ifindex);
}

/* To another node. What does not fit is refused here: the fabric would lose it in silence. port:
 * who is told, null: nobody. */
static __always_inline int forward_to_node(struct __sk_buff *skb, const struct packet *packet,
					   const struct weft_flow *flow,
					   const struct weft_port *port, const __u8 *gateway_mac)
{
	struct weft_node *node = node_by_number(flow->node);
	struct icmp_error too_big = {.kind = ICMP_ERROR_TOO_BIG, .reason = WEFT_DROP_TOO_LARGE};

	int verdict;

	if (!node)
		return -WEFT_DROP_NO_ROUTE;
	if (unlikely(overlay_segment_bytes(skb, packet) > node->mtu)) {
		too_big.mtu = node->mtu;
		return port ? refuse(skb, packet, port, &too_big) : -WEFT_DROP_TOO_LARGE;
	}
	if (unlikely(flow->flags & WEFT_FLOW_REWRITE)) {
		verdict = rewrite(skb, packet, &flow->rewrite);
		if (verdict)
			return verdict;
	}
	if (address_is_v4(&node->address))
		return overlay_send_v4(skb, packet, node, flow->vni, gateway_mac);
	return overlay_send_v6(skb, packet, node, flow->vni, gateway_mac);
}
