/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The network's gateway address: answers echo, has nothing else. */
#pragma once

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "counter.h"
#include "ethernet.h"
#include "icmp.h"
#include "icmp_error.h"
#include "packet.h"

/* Later fragments of an echo have no header to change: turning them round is their answer. */
static __always_inline int is_echo(const struct packet *packet)
{
	if (packet->family == 4 && packet->key.protocol == IPPROTO_ICMP)
		return packet->flags & PACKET_LATER_FRAGMENT ||
		       packet->icmp_type == ICMP_ECHO_REQUEST;
	if (packet->family == 6 && packet->key.protocol == IPPROTO_ICMPV6)
		return packet->flags & PACKET_LATER_FRAGMENT ||
		       packet->icmp_type == ICMPV6_ECHO_REQUEST;
	return 0;
}

/* Swapping addresses leaves every checksum as it is. */
static __always_inline int swap_addresses(struct __sk_buff *skb, const struct packet *packet)
{
	struct weft_address swapped[2];
	__be32 swapped_v4[2];

	if (packet->family == 4) {
		swapped_v4[0] = address_v4(&packet->key.destination);
		swapped_v4[1] = address_v4(&packet->key.source);
		return bpf_skb_store_bytes(skb, packet->l3 + offsetof(struct iphdr, saddr),
					   swapped_v4, sizeof(swapped_v4), 0);
	}
	address_copy(&swapped[0], &packet->key.destination);
	address_copy(&swapped[1], &packet->key.source);
	return bpf_skb_store_bytes(skb, packet->l3 + offsetof(struct ipv6hdr, saddr), swapped,
				   sizeof(swapped), 0);
}

static __always_inline int turn_echo(struct __sk_buff *skb, const struct packet *packet)
{
	__be16 asked =
		bpf_htons(packet->family == 4 ? ICMP_ECHO_REQUEST << 8 : ICMPV6_ECHO_REQUEST << 8);
	__be16 answer =
		bpf_htons(packet->family == 4 ? ICMP_ECHO_REPLY << 8 : ICMPV6_ECHO_REPLY << 8);

	if (packet->flags & PACKET_LATER_FRAGMENT)
		return 0;
	return bpf_l4_csum_replace(skb, packet->l4 + offsetof(struct icmp, checksum), asked, answer,
				   sizeof(answer)) ||
	       bpf_skb_store_bytes(skb, packet->l4, &answer, 1, 0);
}

static __noinline int answer_gateway(struct __sk_buff *skb, const struct packet *packet,
				     const struct weft_port *port)
{
	struct icmp_error no_port = {.kind = ICMP_ERROR_NO_PORT, .reason = WEFT_DROP_NO_ROUTE};
	__be16 protocol = packet->family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);

	if (!is_echo(packet))
		return refuse(skb, packet, port, &no_port);
	count_more(WEFT_COUNTER_ECHOES_ANSWERED, packet_segments(skb, packet));
	count_more(WEFT_COUNTER_ECHO_BYTES_ANSWERED, packet->length);
	if (turn_echo(skb, packet) || swap_addresses(skb, packet) ||
	    !ethernet_write(skb, port->mac, port->gateway_mac, protocol))
		return -WEFT_DROP_MALFORMED;
	return send_back(skb);
}
