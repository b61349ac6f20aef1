/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* VXLAN (RFC 7348) to and from other nodes, written and removed in place. */
#pragma once

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "checksum.h"
#include "config.h"
#include "cursor.h"
#include "ethernet.h"
#include "kernel.h"
#include "node.h"
#include "packet.h"
#include "write.h"

struct vxlan {
	__be32 flags;
	__be32 vni; /* in the upper 24 bits */
};

#define VXLAN_HAS_VNI 0x08000000
/* A traced packet: the reserved bits hold its id. It does not say that it has a VNI: whoever does
 * not know of traces takes it for no valid VXLAN, and can deliver it to nobody. */
#define VXLAN_TRACED 0x40000000
#define VXLAN_KIND 0x48000000
#define VXLAN_RESERVED 0x00ffffff
#define OVERLAY_TTL 64
#define OVERLAY_V4_BYTES                                                                           \
	(sizeof(struct iphdr) + sizeof(struct udphdr) + sizeof(struct vxlan) + ETH_HLEN)
#define OVERLAY_V6_BYTES                                                                           \
	(sizeof(struct ipv6hdr) + sizeof(struct udphdr) + sizeof(struct vxlan) + ETH_HLEN)
#define OVERLAY_FLAGS                                                                              \
	(BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET | BPF_F_ADJ_ROOM_ENCAP_L4_UDP |   \
	 BPF_F_ADJ_ROOM_ENCAP_L2_ETH | BPF_F_ADJ_ROOM_ENCAP_L2(ETH_HLEN))

/* Dynamic ports (RFC 6335), so that the fabric spreads flows over its paths. */
static __always_inline __be16 overlay_source_port(struct __sk_buff *skb)
{
	__u32 hash = bpf_get_hash_recalc(skb);

	return bpf_htons(49152 | ((hash ^ hash >> 16) & 0x3fff));
}

/* Bytes of L3 of one packet on the wire. */
static __always_inline __u32 overlay_segment_bytes(struct __sk_buff *skb,
						   const struct packet *packet)
{
	__u32 size = skb->gso_size;

	return likely(!size) ? packet->length : packet->payload - packet->l3 + size;
}

/*
 * A packet that already carries an offloaded tunnel, as one that a container forwards after it
 * came from another node, is refused with EALREADY. Room without the flags is right for it: its
 * inner headers are marked already, and stay where they are.
 */
static __always_inline int overlay_make_room(struct __sk_buff *skb, const struct packet *packet,
					     __u32 bytes, __u64 l3)
{
	__u8 family = l3 == BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 ? 4 : 6;

	if (likely(!bpf_skb_adjust_room(skb, bytes, BPF_ADJ_ROOM_MAC, OVERLAY_FLAGS | l3)))
		return 0;
	if (packet->family != family)
		return -1;
	return bpf_skb_adjust_room(skb, bytes, BPF_ADJ_ROOM_MAC,
				   BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET);
}

/* What both families have behind their IP header. Checksum zero: RFC 7348, RFC 6935. */
struct overlay_tail {
	struct udphdr udp;
	struct vxlan vxlan;
};

/* What lies between the outer Ethernet header and the inner IP header; padding at the end does not.
 */
struct overlay_v4 {
	struct iphdr ip;
	struct overlay_tail tail;
	struct ethhdr eth;
};

struct overlay_v6 {
	struct ipv6hdr ip;
	struct overlay_tail tail;
	struct ethhdr eth;
};

static __always_inline void overlay_write_tail(struct overlay_tail *tail, __be16 source_port,
					       __u32 length, __u32 vni)
{
	tail->udp.source = source_port;
	tail->udp.dest = config.vxlan_port;
	tail->udp.len = bpf_htons(length);
	tail->udp.check = 0;
	tail->vxlan.flags = bpf_htonl(VXLAN_HAS_VNI);
	tail->vxlan.vni = bpf_htonl(vni << 8);
}

static __always_inline void overlay_write_eth(struct ethhdr *eth, const struct packet *packet,
					      const __u8 *gateway_mac)
{
	mac_copy(eth->h_dest, gateway_mac);
	mac_copy(eth->h_source, gateway_mac);
	eth->h_proto = packet->family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
}

static __always_inline int overlay_send_v4(struct __sk_buff *skb, const struct packet *packet,
					   const struct weft_node *node, __u32 vni,
					   const __u8 *gateway_mac)
{
	__be16 source_port = overlay_source_port(skb);
	struct bpf_redir_neigh next = {.nh_family = AF_INET,
				       .ipv4_nh = address_v4(&node->next_hop)};
	struct overlay_v4 outer;
	__u32 length;

	if (overlay_make_room(skb, packet, OVERLAY_V4_BYTES, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4))
		return -WEFT_DROP_ENCAP_FAILED;
	length = skb->len - ETH_HLEN;
	outer.ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tos = packet->tos,
		.tot_len = bpf_htons(length),
		.frag_off = bpf_htons(0x4000), /* never fragmented, so the id is zero: RFC 6864 */
		.ttl = OVERLAY_TTL,
		.protocol = IPPROTO_UDP,
		.saddr = address_v4(&node->local),
		.daddr = address_v4(&node->address),
	};
	outer.ip.check = checksum_ipv4(&outer.ip);
	overlay_write_tail(&outer.tail, source_port, length - sizeof(outer.ip), vni);
	overlay_write_eth(&outer.eth, packet, gateway_mac);
	if (!packet_write(skb, ETH_HLEN, &outer, OVERLAY_V4_BYTES))
		return -WEFT_DROP_ENCAP_FAILED;
	return bpf_redirect_neigh(node->ifindex, &next, sizeof(next), 0);
}

static __always_inline int overlay_send_v6(struct __sk_buff *skb, const struct packet *packet,
					   const struct weft_node *node, __u32 vni,
					   const __u8 *gateway_mac)
{
	__be16 source_port = overlay_source_port(skb);
	struct bpf_redir_neigh next = {.nh_family = AF_INET6};
	struct overlay_v6 outer;
	__u32 length;

	address_copy((void *)next.ipv6_nh, &node->next_hop);
	if (overlay_make_room(skb, packet, OVERLAY_V6_BYTES, BPF_F_ADJ_ROOM_ENCAP_L3_IPV6))
		return -WEFT_DROP_ENCAP_FAILED;
	length = skb->len - ETH_HLEN - sizeof(outer.ip);
	*(__be32 *)&outer.ip = bpf_htonl(6 << 28 | (__u32)packet->tos << 20);
	outer.ip.payload_len = bpf_htons(length);
	outer.ip.nexthdr = IPPROTO_UDP;
	outer.ip.hop_limit = OVERLAY_TTL;
	address_copy((void *)&outer.ip.saddr, &node->local);
	address_copy((void *)&outer.ip.daddr, &node->address);
	overlay_write_tail(&outer.tail, source_port, length, vni);
	overlay_write_eth(&outer.eth, packet, gateway_mac);
	if (!packet_write(skb, ETH_HLEN, &outer, OVERLAY_V6_BYTES))
		return -WEFT_DROP_ENCAP_FAILED;
	return bpf_redirect_neigh(node->ifindex, &next, sizeof(next), 0);
}

/* An overlay packet: who sent it, in which network, and where its inner packet is. */
struct outer {
	struct weft_address source;
	struct weft_address destination;
	__u32 vni;
	__u32 trace; /* id of a traced packet */
	__u32 bytes; /* between the outer Ethernet header and the inner IP header */
	__u8 family;
	__u8 tos;
	__u8 traced;
};

static __always_inline int outer_parse_v4(struct cursor *cursor, struct outer *outer)
{
	struct iphdr *ip = PULL(cursor, struct iphdr);

	if (!ip || ip->version != 4 || ip->ihl != 5 || ip->protocol != IPPROTO_UDP ||
	    ip->frag_off & bpf_htons(IPV4_MORE_FRAGMENTS | IPV4_OFFSET))
		return 0;
	address_set_v4(&outer->source, ip->saddr);
	address_set_v4(&outer->destination, ip->daddr);
	outer->tos = ip->tos;
	outer->family = 4;
	outer->bytes = OVERLAY_V4_BYTES;
	return 1;
}

static __always_inline int outer_parse_v6(struct cursor *cursor, struct outer *outer)
{
	struct ipv6hdr *ip = PULL(cursor, struct ipv6hdr);

	if (!ip || ip->version != 6 || ip->nexthdr != IPPROTO_UDP)
		return 0;
	address_copy(&outer->source, &ip->saddr);
	address_copy(&outer->destination, &ip->daddr);
	outer->tos = ip->priority << 4 | ip->flow_lbl[0] >> 4;
	outer->family = 6;
	outer->bytes = OVERLAY_V6_BYTES;
	return 1;
}

/* False: not VXLAN as other nodes send it (no fragments, no options). */
static __always_inline int outer_parse(struct __sk_buff *skb, struct outer *outer)
{
	struct cursor cursor = cursor_at(skb, 0);
	struct ethhdr *eth = PULL(&cursor, struct ethhdr);
	struct overlay_tail *tail;
	int known;

	if (!eth)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		known = outer_parse_v4(&cursor, outer);
	else if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		known = outer_parse_v6(&cursor, outer);
	else
		return 0;
	if (!known)
		return 0;
	tail = PULL(&cursor, struct overlay_tail);
	if (!tail || tail->udp.dest != config.vxlan_port ||
	    !(tail->vxlan.flags & bpf_htonl(VXLAN_KIND)))
		return 0;
	outer->vni = bpf_ntohl(tail->vxlan.vni) >> 8;
	outer->traced = !(tail->vxlan.flags & bpf_htonl(VXLAN_HAS_VNI));
	outer->trace = (bpf_ntohl(tail->vxlan.flags) & VXLAN_RESERVED) << 8 |
		       (bpf_ntohl(tail->vxlan.vni) & 0xff);
	return 1;
}

/* Headers of a packet that lie in pages are brought to where they can be read. */
static __always_inline int outer_read(struct __sk_buff *skb, struct outer *outer)
{
	if (outer_parse(skb, outer))
		return 1;
	if (likely((__u32)(skb->data_end - skb->data) >= skb->len) ||
	    skb->data_end - skb->data >= ETH_HLEN + OVERLAY_V6_BYTES)
		return 0;
	if (bpf_skb_pull_data(skb, skb->len < LINEAR_BYTES ? skb->len : LINEAR_BYTES))
		return 0;
	return outer_parse(skb, outer);
}

/*
 * Takes the outer headers off. Where the families differ, the outer header is first turned into one
 * of the inner family: that tells the packet its protocol, on every kernel. (The flags DECAP_L3_*
 * do it too, from 6.3 on; without either, a segmentation offload would be cut by the wrong family.)
 */
static __always_inline int overlay_remove(struct __sk_buff *skb, const struct outer *outer,
					  const struct packet *packet)
{
	__s32 bytes = packet->family == 4 ? -(__s32)OVERLAY_V4_BYTES : -(__s32)OVERLAY_V6_BYTES;
	__be16 protocol = packet->family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);

	if (packet->family != outer->family && bpf_skb_change_proto(skb, protocol, 0))
		return -1;
	return bpf_skb_adjust_room(skb, bytes, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
}
