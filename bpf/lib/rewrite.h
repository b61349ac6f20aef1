/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Translates addresses and ports of a packet, checksums included. */
#pragma once

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "checksum.h"
#include "icmp.h"
#include "icmp_translate.h"
#include "packet.h"

/* Where the transport's checksum is, and how to correct it; offset 0: it has none. */
struct transport_checksum {
	__u32 offset;
	__u64 flags;
};

static __always_inline struct transport_checksum transport_checksum(const struct packet *packet)
{
	struct transport_checksum sum = {};

	if (packet->flags & PACKET_LATER_FRAGMENT)
		return sum;
	if (packet->key.protocol == IPPROTO_TCP)
		sum.offset = packet->l4 + offsetof(struct tcphdr, check);
	if (packet->key.protocol == IPPROTO_UDP || packet->key.protocol == IPPROTO_UDPLITE ||
	    packet->key.protocol == IPPROTO_DCCP) {
		sum.offset = packet->l4 + offsetof(struct udphdr, check);
		sum.flags = BPF_F_MARK_MANGLED_0; /* zero means none, and stays none */
	}
	if (packet->key.protocol == IPPROTO_ICMPV6 && packet->family == 6)
		sum.offset = packet->l4 + offsetof(struct icmp, checksum);
	return sum;
}

static __always_inline int rewrite_v4(struct __sk_buff *skb, const struct packet *packet,
				      const struct weft_rewrite *to, struct transport_checksum sum)
{
	__be32 before[2] = {address_v4(&packet->key.source), address_v4(&packet->key.destination)};
	__be32 after[2] = {address_v4(&to->source), address_v4(&to->destination)};
	__s64 change = bpf_csum_diff(before, sizeof(before), after, sizeof(after), 0);

	if (sum.offset &&
	    bpf_l4_csum_replace(skb, sum.offset, 0, change, sum.flags | BPF_F_PSEUDO_HDR))
		return -WEFT_DROP_REWRITE_FAILED;
	if (bpf_l3_csum_replace(skb, packet->l3 + offsetof(struct iphdr, check), 0, change, 0) ||
	    bpf_skb_store_bytes(skb, packet->l3 + offsetof(struct iphdr, saddr), after,
				sizeof(after), 0))
		return -WEFT_DROP_REWRITE_FAILED;
	return 0;
}

static __always_inline int rewrite_v6(struct __sk_buff *skb, const struct packet *packet,
				      const struct weft_rewrite *to, struct transport_checksum sum)
{
	struct weft_address before[2], after[2];
	__s64 change;

	address_copy(&before[0], &packet->key.source);
	address_copy(&before[1], &packet->key.destination);
	address_copy(&after[0], &to->source);
	address_copy(&after[1], &to->destination);
	change = bpf_csum_diff((void *)before, sizeof(before), (void *)after, sizeof(after), 0);
	if (sum.offset && l4_change_addresses_v6(skb, sum.offset, change, sum.flags))
		return -WEFT_DROP_REWRITE_FAILED;
	if (bpf_skb_store_bytes(skb, packet->l3 + offsetof(struct ipv6hdr, saddr), after,
				sizeof(after), 0))
		return -WEFT_DROP_REWRITE_FAILED;
	return 0;
}

/* All protocols with ports have them at the same place. */
static __always_inline int rewrite_port(struct __sk_buff *skb, __u32 offset, __be16 before,
					__be16 after, struct transport_checksum sum)
{
	if (before == after)
		return 0;
	if (!sum.offset ||
	    bpf_l4_csum_replace(skb, sum.offset, before, after, sum.flags | sizeof(after)) ||
	    bpf_skb_store_bytes(skb, offset, &after, sizeof(after), 0))
		return -WEFT_DROP_REWRITE_FAILED;
	return 0;
}

/* The identifier of an echo stands for both of its ports. */
static __always_inline int rewrite_echo(struct __sk_buff *skb, const struct packet *packet,
					const struct weft_rewrite *to)
{
	struct transport_checksum sum = {.offset = packet->l4 + offsetof(struct icmp, checksum)};

	return rewrite_port(skb, packet->l4 + offsetof(struct icmp, echo.id),
			    packet->key.source_port, to->source_port, sum);
}

static __noinline int rewrite(struct __sk_buff *skb, const struct packet *packet,
			      const struct weft_rewrite *to)
{
	struct transport_checksum sum = transport_checksum(packet);
	int verdict;

	if (unlikely(packet->flags & PACKET_ICMP_ERROR))
		return packet->family == 4 ? translate_error_v4(skb, packet, to)
					   : translate_error_v6(skb, packet, to);
	verdict = packet->family == 4 ? rewrite_v4(skb, packet, to, sum)
				      : rewrite_v6(skb, packet, to, sum);
	if (verdict || packet->flags & PACKET_LATER_FRAGMENT)
		return verdict;
	if (packet->key.protocol == IPPROTO_ICMP || packet->key.protocol == IPPROTO_ICMPV6)
		return rewrite_echo(skb, packet, to);
	if (!protocol_has_ports(packet->key.protocol))
		return 0;
	return rewrite_port(skb, packet->l4, packet->key.source_port, to->source_port, sum)
		       ?: rewrite_port(skb, packet->l4 + 2, packet->key.destination_port,
				       to->destination_port, sum);
}
