/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP and ICMPv6 errors to the sender of a packet (RFC 1812 section 4.3.2, RFC 4443 section 2.4).
 */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "budget.h"
#include "checksum.h"
#include "counter.h"
#include "cursor.h"
#include "denial.h"
#include "ethernet.h"
#include "icmp.h"
#include "network.h"
#include "packet.h"
#include "port.h"
#include "write.h"

enum icmp_error_kind {
	ICMP_ERROR_NO_ROUTE,
	ICMP_ERROR_NO_PORT,
	ICMP_ERROR_TOO_BIG,
	ICMP_ERROR_PROHIBITED,
};

struct icmp_error {
	__u32 kind;
	__u32 mtu;
	__u32 reason; /* weft_drop_reason that the packet itself is counted under */
};

#define ICMP_QUOTE_V4 (576 - sizeof(struct iphdr) - sizeof(struct icmp))
#define ICMP_QUOTE_V6 (1280 - sizeof(struct ipv6hdr) - sizeof(struct icmp))
#define ICMP_TTL 64

/* Never about an error, about a later fragment, or to what is no single host. */
static __always_inline int icmp_error_allowed(const struct packet *packet)
{
	const struct weft_address *source = &packet->key.source;

	return !(packet->flags & (PACKET_ICMP_ERROR | PACKET_LATER_FRAGMENT)) &&
	       !address_is_multicast(&packet->key.destination) && !address_is_multicast(source) &&
	       !address_is_zero(source) && !address_is_link_local(source);
}

/* The longest that a packet of our own making gets is IPv6's minimum MTU; summed by blocks, which
 * keeps the verifier's walk through the loop short. */
#define CHECKSUM_BLOCK_WORDS 32
#define CHECKSUM_BLOCKS_MAX (1280 / 2 / CHECKSUM_BLOCK_WORDS)

/* Sum of everything from an offset to the end of a packet that is linear. Not static: the verifier
 * then looks at it once, not again for every way to it. */
__noinline __u64 checksum_tail(struct __sk_buff *skb, __u32 offset)
{
	struct cursor cursor = cursor_at(skb, offset & 0xff);
	__u64 sum = 0;
	__u16 *words;
	__u8 *last;

	for (int i = 0; i < CHECKSUM_BLOCKS_MAX; i++) {
		words = cursor_pull(&cursor, CHECKSUM_BLOCK_WORDS * sizeof(*words));
		if (!words)
			break;
		sum += checksum_words(words, CHECKSUM_BLOCK_WORDS);
	}
	for (int i = 0; i < CHECKSUM_BLOCK_WORDS; i++) {
		words = PULL(&cursor, __u16);
		if (!words)
			break;
		sum += *words;
	}
	last = PULL(&cursor, __u8);
	return last ? sum + bpf_htons((__u16)*last << 8) : sum;
}

/* Cuts the packet to what is quoted, gives up its offloads, and makes room in front of it. */
static __always_inline int icmp_make_room(struct __sk_buff *skb, const struct packet *packet,
					  __u32 quote, __u32 room)
{
	if (packet->length < quote)
		quote = packet->length;
	return bpf_skb_change_tail(skb, ETH_HLEN + quote, 0) ||
	       bpf_skb_adjust_room(skb, room, BPF_ADJ_ROOM_MAC, 0);
}

static __always_inline int icmp_write_checksum(struct __sk_buff *skb, __u32 ip_bytes,
					       __u16 checksum)
{
	return packet_write(skb, ETH_HLEN + ip_bytes + offsetof(struct icmp, checksum), &checksum,
			    sizeof(checksum));
}

static __always_inline void icmp_write_v4(struct icmp *icmp, const struct icmp_error *error)
{
	icmp->type = ICMP_UNREACHABLE;
	icmp->code = error->kind == ICMP_ERROR_TOO_BIG	    ? ICMP_UNREACHABLE_TOO_BIG
		     : error->kind == ICMP_ERROR_NO_PORT    ? ICMP_UNREACHABLE_PORT
		     : error->kind == ICMP_ERROR_PROHIBITED ? ICMP_UNREACHABLE_PROHIBITED
							    : ICMP_UNREACHABLE_HOST;
	icmp->checksum = 0;
	icmp->unused = 0;
	if (error->kind == ICMP_ERROR_TOO_BIG)
		icmp->too_big_v4.mtu = bpf_htons(error->mtu);
}

static __noinline int icmp_build_v4(struct __sk_buff *skb, const struct packet *packet,
				    const struct weft_address *from, const struct icmp_error *error)
{
	__u16 checksum;
	struct {
		struct iphdr ip;
		struct icmp icmp;
	} answer = {};

	if (icmp_make_room(skb, packet, ICMP_QUOTE_V4, sizeof(answer)))
		return 0;
	answer.ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tos = 0xc0, /* internetwork control: RFC 1812 section 4.3.2.5 */
		.tot_len = bpf_htons(skb->len - ETH_HLEN),
		.ttl = ICMP_TTL,
		.protocol = IPPROTO_ICMP,
		.saddr = address_v4(from),
		.daddr = address_v4(&packet->key.source),
	};
	answer.ip.check = checksum_ipv4(&answer.ip);
	icmp_write_v4(&answer.icmp, error);
	if (!packet_write(skb, ETH_HLEN, &answer, sizeof(answer)))
		return 0;
	checksum = checksum_fold(checksum_tail(skb, ETH_HLEN + sizeof(struct iphdr)));
	return icmp_write_checksum(skb, sizeof(struct iphdr), checksum);
}

static __always_inline void icmp_write_v6(struct icmp *icmp, const struct icmp_error *error)
{
	icmp->type = error->kind == ICMP_ERROR_TOO_BIG ? ICMPV6_TOO_BIG : ICMPV6_UNREACHABLE;
	icmp->code = error->kind == ICMP_ERROR_NO_PORT	    ? ICMPV6_UNREACHABLE_PORT
		     : error->kind == ICMP_ERROR_PROHIBITED ? ICMPV6_UNREACHABLE_PROHIBITED
							    : ICMPV6_UNREACHABLE_NO_ROUTE;
	icmp->checksum = 0;
	icmp->mtu_v6 = error->kind == ICMP_ERROR_TOO_BIG ? bpf_htonl(error->mtu) : 0;
}

static __noinline int icmp_build_v6(struct __sk_buff *skb, const struct packet *packet,
				    const struct weft_address *from, const struct icmp_error *error)
{
	__u16 length, checksum;
	struct {
		struct ipv6hdr ip;
		struct icmp icmp;
	} answer = {};

	if (icmp_make_room(skb, packet, ICMP_QUOTE_V6, sizeof(answer)))
		return 0;
	length = skb->len - ETH_HLEN - sizeof(struct ipv6hdr);
	*(__be32 *)&answer.ip = bpf_htonl(6 << 28);
	answer.ip.payload_len = bpf_htons(length);
	answer.ip.nexthdr = IPPROTO_ICMPV6;
	answer.ip.hop_limit = ICMP_TTL;
	address_copy((void *)&answer.ip.saddr, from);
	address_copy((void *)&answer.ip.daddr, &packet->key.source);
	icmp_write_v6(&answer.icmp, error);
	if (!packet_write(skb, ETH_HLEN, &answer, sizeof(answer)))
		return 0;
	/* The pseudo header's addresses lie right before what is summed anyway. */
	checksum = checksum_fold(checksum_tail(skb, ETH_HLEN + offsetof(struct ipv6hdr, saddr)) +
				 bpf_htons(length) + bpf_htons(IPPROTO_ICMPV6));
	return icmp_write_checksum(skb, sizeof(struct ipv6hdr), checksum);
}

/* The network's gateway speaks; where there is none, the address that was asked for. */
static __always_inline void icmp_error_source(struct weft_address *from,
					      const struct packet *packet)
{
	struct weft_network *network = network_by_vni(packet->key.vni);
	const struct weft_address *gateway = 0;

	address_copy(from, &packet->key.destination);
	if (network)
		gateway = packet->family == 4 ? &network->gateway_v4 : &network->gateway_v6;
	if (gateway && !address_is_zero(gateway))
		address_copy(from, gateway);
}

/* Refuses a packet of a port, and tells its sender why. Not static: the verifier then walks it
 * once.
 */
__noinline int refuse(struct __sk_buff *skb, const struct packet *packet,
		      const struct weft_port *port, const struct icmp_error *error)
{
	struct weft_address from;
	__be16 protocol;
	int verdict, built;

	if (!packet || !port || !error)
		return TC_ACT_SHOT;
	verdict = deny_packet(skb, packet, error->reason);
	protocol = packet->family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	if (!icmp_error_allowed(packet))
		return verdict;
	if (!within_budget(BUDGET_ICMP_ERRORS)) {
		count(WEFT_COUNTER_ICMP_ERRORS_LIMITED);
		return verdict;
	}
	icmp_error_source(&from, packet);
	built = packet->family == 4 ? icmp_build_v4(skb, packet, &from, error)
				    : icmp_build_v6(skb, packet, &from, error);
	if (!built || !ethernet_write(skb, port->mac, port->gateway_mac, protocol))
		return verdict;
	count(WEFT_COUNTER_ICMP_ERRORS_SENT);
	return send_back(skb);
}
