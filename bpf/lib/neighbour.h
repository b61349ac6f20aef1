/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ARP and neighbour discovery: the messages, and what answers look like. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "checksum.h"
#include "counter.h"
#include "cursor.h"
#include "ethernet.h"
#include "packet.h"
#include "write.h"

#define ARP_ETHERNET 1
#define ARP_REQUEST 1
#define ARP_REPLY 2

/* RFC 826 for Ethernet and IPv4. Addresses by halfwords: they are aligned to two bytes only. */
struct arp {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_length;
	__u8 protocol_length;
	__be16 operation;
	__u8 sender_mac[ETH_ALEN];
	__be16 sender[2];
	__u8 target_mac[ETH_ALEN];
	__be16 target[2];
};

static __always_inline int arp_is_valid(const struct arp *arp)
{
	return arp->hardware == bpf_htons(ARP_ETHERNET) && arp->protocol == bpf_htons(ETH_P_IP) &&
	       arp->hardware_length == ETH_ALEN && arp->protocol_length == 4;
}

/* Turns a request into its answer, that the target is at `mac`, and sends it to `to`. */
static __always_inline int arp_reply(struct __sk_buff *skb, const struct arp *arp, const __u8 *to,
				     const __u8 *mac)
{
	struct arp answer = *arp;

	answer.operation = bpf_htons(ARP_REPLY);
	mac_copy(answer.sender_mac, mac);
	mac_copy(answer.target_mac, arp->sender_mac);
	answer.sender[0] = arp->target[0];
	answer.sender[1] = arp->target[1];
	answer.target[0] = arp->sender[0];
	answer.target[1] = arp->sender[1];
	if (!packet_write(skb, ETH_HLEN, &answer, sizeof(answer)) ||
	    !ethernet_write(skb, to, mac, bpf_htons(ETH_P_ARP)))
		return -WEFT_DROP_MALFORMED;
	count(WEFT_COUNTER_ARP_ANSWERED);
	return send_back(skb);
}

/* Neighbour solicitation, and advertisement with the target's address (RFC 4861 sections 4.3, 4.4).
 */
struct nd {
	struct ipv6hdr ip;
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be32 flags;
	struct in6_addr target;
	__u8 option_type;
	__u8 option_length; /* in eights of bytes */
	__u8 mac[ETH_ALEN];
};

#define ND_BYTES (sizeof(struct nd) - sizeof(struct ipv6hdr))
#define ND_OPTION_BYTES 8
#define ND_OPTION_TARGET_MAC 2
#define ND_HOP_LIMIT 255
#define ND_ROUTER 0x80000000
#define ND_SOLICITED_OVERRIDE 0x60000000

static __always_inline void write_advertisement(struct nd *nd, const __u8 *mac, __u32 flags)
{
	__u64 sum;

	nd->ip.daddr = nd->ip.saddr;
	nd->ip.saddr = nd->target;
	nd->ip.payload_len = bpf_htons(ND_BYTES);
	nd->type = ICMPV6_NEIGHBOUR_ADVERTISEMENT;
	nd->checksum = 0;
	nd->flags = bpf_htonl(flags);
	nd->option_type = ND_OPTION_TARGET_MAC;
	nd->option_length = 1;
	mac_copy(nd->mac, mac);
	sum = checksum_words(&nd->ip.saddr, sizeof(struct in6_addr));
	sum += checksum_words(&nd->type, ND_BYTES / 2);
	nd->checksum = checksum_fold(sum + bpf_htons(ND_BYTES) + bpf_htons(IPPROTO_ICMPV6));
}

/* A solicitation is worth an answer unless it looks for duplicates of the port's own address. */
static __always_inline int nd_is_question(const struct nd *nd, const struct packet *packet)
{
	return packet->l4 == packet->l3 + sizeof(struct ipv6hdr) &&
	       nd->ip.hop_limit == ND_HOP_LIMIT && nd->code == 0 &&
	       !address_is_zero((const void *)&nd->ip.saddr);
}

/* Turns a solicitation into its answer, that the target is at `mac`, and sends it to `to`. */
static __always_inline int nd_reply(struct __sk_buff *skb, const struct nd *nd, const __u8 *to,
				    const __u8 *mac, __u32 flags)
{
	struct nd answer = {};

	__builtin_memcpy(&answer, nd, sizeof(*nd) - ND_OPTION_BYTES);
	write_advertisement(&answer, mac, flags);
	if (bpf_skb_change_tail(skb, ETH_HLEN + sizeof(answer), 0) ||
	    !packet_write(skb, ETH_HLEN, &answer, sizeof(answer)) ||
	    !ethernet_write(skb, to, mac, bpf_htons(ETH_P_IPV6)))
		return -WEFT_DROP_MALFORMED;
	count(WEFT_COUNTER_ND_ANSWERED);
	return send_back(skb);
}
