/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What one packet says about itself: the key of its flow, and where its headers are. */
#pragma once

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "cursor.h"
#include "icmp.h"
#include "kernel.h"

enum packet_flag {
	PACKET_FIRST_FRAGMENT = 1 << 0,
	PACKET_LATER_FRAGMENT = 1 << 1, /* has no transport header */
	PACKET_ICMP_ERROR = 1 << 2,	/* speaks about another packet */
	PACKET_ND = 1 << 3,		/* neighbour discovery: for this link only */
};

enum tcp_flag {
	TCP_FIN = 1 << 0,
	TCP_SYN = 1 << 1,
	TCP_RST = 1 << 2,
	TCP_ACK = 1 << 4,
};

/* A bare SYN: the one packet of TCP that opens a connection. */
static __always_inline int tcp_opens(__u8 flags)
{
	return (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* The answer to a bare SYN. */
static __always_inline int tcp_accepts(__u8 flags)
{
	return (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
}

struct packet {
	struct weft_flow_key key; /* key.vni is the caller's to set */
	__u32 length;		  /* of L3 */
	__u32 fragment_id;
	__u32 generation; /* of key.vni, read before the packet's way was looked up */
	__u16 l3;	  /* offset of the IP header */
	__u16 l4;	  /* offset of what follows it and its options */
	__u16 payload;	  /* offset behind the transport header */
	__u8 family;	  /* 4 or 6 */
	__u8 tos;
	__u8 tcp_flags;
	__u8 icmp_type;
	__u8 flags; /* packet_flag */
	__u8 pad;   /* none unseen: global functions take only what is initialized throughout */
};

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OFFSET 0x1fff
#define IPV6_OFFSET 0xfff8
#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_EXTENSIONS_MAX 6
/* Where a transport header may begin at most; a power of two, so that the verifier sees the bound.
 */
#define TRANSPORT_OFFSET_MAX 1024

static __always_inline int parse_tcp(struct packet *packet, struct cursor *cursor)
{
	struct tcphdr *tcp = PULL(cursor, struct tcphdr);

	if (!tcp)
		return -WEFT_DROP_MALFORMED;
	packet->key.source_port = tcp->source;
	packet->key.destination_port = tcp->dest;
	packet->tcp_flags = ((__u8 *)tcp)[13];
	packet->payload = packet->l4 + tcp->doff * 4;
	return 0;
}

static __always_inline int parse_udp(struct packet *packet, struct cursor *cursor)
{
	struct udphdr *udp = PULL(cursor, struct udphdr);

	if (!udp)
		return -WEFT_DROP_MALFORMED;
	packet->key.source_port = udp->source;
	packet->key.destination_port = udp->dest;
	packet->payload = packet->l4 + sizeof(*udp);
	return 0;
}

/* ICMP's own idea of ports: the identifier of an echo on both sides, else type and code. */
static __always_inline void set_icmp_ports(struct packet *packet, struct icmp *icmp, int echo)
{
	packet->icmp_type = icmp->type;
	packet->payload = packet->l4 + sizeof(*icmp);
	packet->key.source_port =
		echo ? icmp->echo.id : bpf_htons((__u16)icmp->type << 8 | icmp->code);
	packet->key.destination_port = echo ? icmp->echo.id : 0;
}

static __always_inline int parse_icmp(struct packet *packet, struct cursor *cursor)
{
	struct icmp *icmp = PULL(cursor, struct icmp);

	if (!icmp)
		return -WEFT_DROP_MALFORMED;
	set_icmp_ports(packet, icmp,
		       icmp->type == ICMP_ECHO_REQUEST || icmp->type == ICMP_ECHO_REPLY);
	if (icmp->type == ICMP_UNREACHABLE || icmp->type == ICMP_SOURCE_QUENCH ||
	    icmp->type == ICMP_REDIRECT || icmp->type == ICMP_TIME_EXCEEDED ||
	    icmp->type == ICMP_PARAMETER_PROBLEM)
		packet->flags |= PACKET_ICMP_ERROR;
	return 0;
}

static __always_inline int parse_icmpv6(struct packet *packet, struct cursor *cursor)
{
	struct icmp *icmp = PULL(cursor, struct icmp); /* the same first eight bytes */

	if (!icmp)
		return -WEFT_DROP_MALFORMED;
	set_icmp_ports(packet, icmp,
		       icmp->type == ICMPV6_ECHO_REQUEST || icmp->type == ICMPV6_ECHO_REPLY);
	if (icmp->type < 128)
		packet->flags |= PACKET_ICMP_ERROR;
	if (icmp->type >= ICMPV6_ROUTER_SOLICITATION && icmp->type <= ICMPV6_ND_REDIRECT)
		packet->flags |= PACKET_ND;
	return 0;
}

/* SCTP (RFC 9260), UDP-Lite (RFC 3828) and DCCP (RFC 4340) begin with their ports, as UDP does. */
static __always_inline int protocol_has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_UDPLITE || protocol == IPPROTO_DCCP;
}

static __always_inline int parse_ports(struct packet *packet, struct cursor *cursor)
{
	struct {
		__be16 source;
		__be16 destination;
	} *ports = cursor_pull(cursor, sizeof(*ports));

	if (!ports)
		return -WEFT_DROP_MALFORMED;
	packet->key.source_port = ports->source;
	packet->key.destination_port = ports->destination;
	return 0;
}

static __always_inline int parse_transport(struct packet *packet, struct cursor *cursor)
{
	packet->payload = packet->l4;
	packet->key.source_port = 0;
	packet->key.destination_port = 0;
	if (unlikely(packet->flags & PACKET_LATER_FRAGMENT))
		return 0;
	switch (packet->key.protocol) {
	case IPPROTO_TCP:
		return parse_tcp(packet, cursor);
	case IPPROTO_UDP:
		return parse_udp(packet, cursor);
	case IPPROTO_ICMP:
		return packet->family == 4 ? parse_icmp(packet, cursor) : 0;
	case IPPROTO_ICMPV6:
		return packet->family == 6 ? parse_icmpv6(packet, cursor) : 0;
	}
	return protocol_has_ports(packet->key.protocol) ? parse_ports(packet, cursor) : 0;
}

static __always_inline int parse_ipv4(struct __sk_buff *skb, struct packet *packet,
				      struct cursor *cursor)
{
	struct iphdr *ip = PULL(cursor, struct iphdr);
	__u32 header, total, fragment;

	if (!ip || ip->version != 4)
		return -WEFT_DROP_MALFORMED;
	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	/* A packet that is still to be segmented may be longer than its length field can say. */
	if (header < sizeof(*ip) || (!skb->gso_size && (total < header || total > packet->length)))
		return -WEFT_DROP_MALFORMED;
	packet->family = 4;
	packet->tos = ip->tos;
	packet->key.protocol = ip->protocol;
	address_set_v4(&packet->key.source, ip->saddr);
	address_set_v4(&packet->key.destination, ip->daddr);
	packet->l4 = packet->l3 + header;
	fragment = bpf_ntohs(ip->frag_off);
	if (unlikely(fragment & (IPV4_MORE_FRAGMENTS | IPV4_OFFSET))) {
		packet->fragment_id = ip->id;
		packet->flags |=
			fragment & IPV4_OFFSET ? PACKET_LATER_FRAGMENT : PACKET_FIRST_FRAGMENT;
	}
	cursor->at = (void *)ip + header;
	return parse_transport(packet, cursor);
}

/* One extension header (RFC 8200 section 4). Positive: another header follows, *next says which. */
static __always_inline int parse_extension(struct __sk_buff *skb, struct packet *packet, __u8 *next)
{
	__u8 header[8];
	__u16 fragment;

	switch (*next) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_FRAGMENT:
		break;
	default:
		return 0;
	}
	if (bpf_skb_load_bytes(skb, packet->l4, header, sizeof(header)))
		return -WEFT_DROP_MALFORMED;
	if (*next == IPPROTO_ROUTING && header[2] == 0) /* RFC 5095 */
		return -WEFT_DROP_MALFORMED;
	if (*next == IPPROTO_FRAGMENT) {
		fragment = (__u16)header[2] << 8 | header[3];
		packet->fragment_id = *(__u32 *)(header + 4);
		if (fragment & IPV6_OFFSET)
			packet->flags |= PACKET_LATER_FRAGMENT;
		else if (fragment & IPV6_MORE_FRAGMENTS)
			packet->flags |= PACKET_FIRST_FRAGMENT;
		packet->l4 += sizeof(header);
	} else {
		packet->l4 += sizeof(header) + header[1] * 8;
	}
	*next = header[0];
	return 1;
}

static __noinline int parse_extensions(struct __sk_buff *skb, struct packet *packet)
{
	__u8 next = packet->key.protocol;
	int more = 1;

	for (int i = 0; i < IPV6_EXTENSIONS_MAX && more > 0; i++) {
		more = parse_extension(skb, packet, &next);
		if (more < 0)
			return more;
		if (packet->flags & PACKET_LATER_FRAGMENT)
			break;
	}
	packet->key.protocol = next;
	return packet->l4 < TRANSPORT_OFFSET_MAX ? 0 : -WEFT_DROP_MALFORMED;
}

static __always_inline int is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_DSTOPTS || protocol == IPPROTO_FRAGMENT;
}

static __always_inline int parse_ipv6(struct __sk_buff *skb, struct packet *packet,
				      struct cursor *cursor)
{
	struct ipv6hdr *ip = PULL(cursor, struct ipv6hdr);
	int verdict;

	if (!ip || ip->version != 6)
		return -WEFT_DROP_MALFORMED;
	if (!skb->gso_size && bpf_ntohs(ip->payload_len) + sizeof(*ip) > packet->length)
		return -WEFT_DROP_MALFORMED;
	packet->family = 6;
	packet->tos = ip->priority << 4 | ip->flow_lbl[0] >> 4;
	packet->key.protocol = ip->nexthdr;
	address_copy(&packet->key.source, &ip->saddr);
	address_copy(&packet->key.destination, &ip->daddr);
	packet->l4 = packet->l3 + sizeof(*ip);
	if (unlikely(is_extension(ip->nexthdr))) {
		verdict = parse_extensions(skb, packet);
		if (verdict)
			return verdict;
		*cursor = cursor_at(skb, packet->l4 & (TRANSPORT_OFFSET_MAX - 1));
	}
	return parse_transport(packet, cursor);
}

/* A power of two, so that the verifier sees the bound. */
#define FRAME_OFFSET_MAX 128

/* Reads the packet in the Ethernet frame that begins at an offset: not 0 for what is tunnelled. */
static __noinline int parse_linear(struct __sk_buff *skb, struct packet *packet, __u32 frame)
{
	struct cursor cursor = cursor_at(skb, frame & (FRAME_OFFSET_MAX - 1));
	struct ethhdr *eth = PULL(&cursor, struct ethhdr);

	if (!eth)
		return -WEFT_DROP_MALFORMED;
	packet->l3 = frame + ETH_HLEN;
	packet->length = skb->len - packet->l3;
	packet->flags = 0;
	packet->tcp_flags = 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return parse_ipv4(skb, packet, &cursor);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(skb, packet, &cursor);
	return -WEFT_DROP_UNSUPPORTED_ETHERTYPE;
}

#define LINEAR_BYTES 256

/* As parse_linear(); when headers lie in pages, brings them to where they can be read. */
static __always_inline int packet_parse(struct __sk_buff *skb, struct packet *packet, __u32 frame)
{
	int verdict = parse_linear(skb, packet, frame);

	if (likely(!verdict) || (__u32)(skb->data_end - skb->data) >= skb->len)
		return verdict;
	if (bpf_skb_pull_data(skb, skb->len < LINEAR_BYTES ? skb->len : LINEAR_BYTES))
		return verdict;
	return parse_linear(skb, packet, frame);
}

/* Packets on the wire that this one stands for. */
static __always_inline __u32 packet_segments(struct __sk_buff *skb, const struct packet *packet)
{
	__u32 size = skb->gso_size;

	if (likely(!size))
		return 1;
	return (skb->len - packet->payload + size - 1) / size;
}
