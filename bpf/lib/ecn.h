/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Explicit congestion notification through the overlay (RFC 6040, normal mode). */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include "abi.h"
#include "checksum.h"
#include "cursor.h"
#include "packet.h"

#define ECN_MASK 3
#define ECN_CE 3

static __always_inline int ecn_mark_v4(struct __sk_buff *skb)
{
	struct iphdr *ip = header_at(skb, ETH_HLEN, sizeof(*ip));
	__u64 sum;

	if (!ip)
		return -WEFT_DROP_MALFORMED;
	/* RFC 1624: the new sum is the old one, less the old word, plus the new. */
	sum = (__u16)~ip->check + (__u16) ~*(__be16 *)ip;
	ip->tos |= ECN_CE;
	ip->check = checksum_fold(sum + *(__be16 *)ip);
	return 0;
}

static __always_inline int ecn_mark_v6(struct __sk_buff *skb)
{
	struct ipv6hdr *ip = header_at(skb, ETH_HLEN, sizeof(*ip));

	if (!ip)
		return -WEFT_DROP_MALFORMED;
	*(__be32 *)ip |= bpf_htonl(ECN_CE << 20);
	return 0;
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
