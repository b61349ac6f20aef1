/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Explicit congestion notification through the overlay (RFC 6040, normal mode). */
#pragma once

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "cursor.h"
#include "packet.h"
#include "write.h"

#define ECN_MASK 3
#define ECN_CE 3

static __always_inline int ecn_mark_v4(struct __sk_buff *skb)
{
	struct iphdr *ip = header_at(skb, ETH_HLEN, sizeof(*ip));
	__be16 before, after;

	if (!ip)
		return -WEFT_DROP_MALFORMED;
	before = *(__be16 *)ip;
	after = before | bpf_htons(ECN_CE);
	if (bpf_l3_csum_replace(skb, ETH_HLEN + offsetof(struct iphdr, check), before, after,
				sizeof(after)) ||
	    !packet_write(skb, ETH_HLEN, &after, sizeof(after)))
		return -WEFT_DROP_MALFORMED;
	return 0;
}

static __always_inline int ecn_mark_v6(struct __sk_buff *skb)
{
	struct ipv6hdr *ip = header_at(skb, ETH_HLEN, sizeof(*ip));
	__be32 after;

	if (!ip)
		return -WEFT_DROP_MALFORMED;
	after = *(__be32 *)ip | bpf_htonl(ECN_CE << 20);
	return packet_write(skb, ETH_HLEN, &after, sizeof(after)) ? 0 : -WEFT_DROP_MALFORMED;
}

/* What the fabric marked becomes the inner packet's mark. One that cannot carry it is lost, as it
 * would have been on a congested path without marks. The outer header is off already. */
static __always_inline int ecn_propagate(struct __sk_buff *skb, __u8 outer_tos,
					 const struct packet *packet)
{
	if (likely((outer_tos & ECN_MASK) != ECN_CE) || (packet->tos & ECN_MASK) == ECN_CE)
		return 0;
	if (!(packet->tos & ECN_MASK))
		return -WEFT_DROP_CONGESTION_MARK;
	return packet->family == 4 ? ecn_mark_v4(skb) : ecn_mark_v6(skb);
}
