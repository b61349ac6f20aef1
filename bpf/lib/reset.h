/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet that a rule rejects is answered as if by whom it was addressed to: TCP with a reset
 * (RFC 9293 section 3.10.7.1), the rest with an ICMP error. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "checksum.h"
#include "counter.h"
#include "denial.h"
#include "ethernet.h"
#include "icmp_error.h"
#include "packet.h"
#include "port.h"
#include "write.h"

#define RESET_TTL 64

struct reset_v4 {
	struct iphdr ip;
	struct tcphdr tcp;
};

struct reset_v6 {
	struct ipv6hdr ip;
	struct tcphdr tcp;
};

/* Bytes of L3 by the header: the frame may be padded. */
static __always_inline __u32 reset_length(struct __sk_buff *skb, const struct packet *packet)
{
	__be16 length = 0;

	if (skb->gso_size)
		return packet->length;
	if (packet->family == 4) {
		bpf_skb_load_bytes(skb, packet->l3 + offsetof(struct iphdr, tot_len), &length,
				   sizeof(length));
		return bpf_ntohs(length);
	}
	bpf_skb_load_bytes(skb, packet->l3 + offsetof(struct ipv6hdr, payload_len), &length,
			   sizeof(length));
	return bpf_ntohs(length) + sizeof(struct ipv6hdr);
}

/* What a host without the connection answers; the checksum is still to be made. */
static __always_inline void reset_answer(struct tcphdr *answer, const struct tcphdr *asked,
					 __u32 payload)
{
	__u32 next = bpf_ntohl(asked->seq) + payload + asked->syn + asked->fin;

	__builtin_memset(answer, 0, sizeof(*answer));
	answer->source = asked->dest;
	answer->dest = asked->source;
	answer->doff = sizeof(*answer) / 4;
	answer->rst = 1;
	if (asked->ack) {
		answer->seq = asked->ack_seq;
	} else {
		answer->ack = 1;
		answer->ack_seq = bpf_htonl(next);
	}
}

static __always_inline __u64 reset_sum(const struct tcphdr *tcp)
{
	return checksum_words(tcp, sizeof(*tcp) / 2) + bpf_htons(IPPROTO_TCP) +
	       bpf_htons(sizeof(*tcp));
}

static __always_inline int reset_write_v4(struct __sk_buff *skb, const struct packet *packet,
					  const struct tcphdr *tcp)
{
	struct reset_v4 reset = {.tcp = *tcp};

	reset.ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(sizeof(reset)),
		.frag_off = bpf_htons(0x4000),
		.ttl = RESET_TTL,
		.protocol = IPPROTO_TCP,
		.saddr = address_v4(&packet->key.destination),
		.daddr = address_v4(&packet->key.source),
	};
	reset.ip.check = checksum_ipv4(&reset.ip);
	reset.tcp.check = checksum_fold(reset_sum(tcp) + checksum_words(&reset.ip.saddr, 4));
	return !bpf_skb_change_tail(skb, ETH_HLEN + sizeof(reset), 0) &&
	       packet_write(skb, ETH_HLEN, &reset, sizeof(reset));
}

static __always_inline int reset_write_v6(struct __sk_buff *skb, const struct packet *packet,
					  const struct tcphdr *tcp)
{
	struct reset_v6 reset = {.tcp = *tcp};

	*(__be32 *)&reset.ip = bpf_htonl(6 << 28);
	reset.ip.payload_len = bpf_htons(sizeof(*tcp));
	reset.ip.nexthdr = IPPROTO_TCP;
	reset.ip.hop_limit = RESET_TTL;
	address_copy((void *)&reset.ip.saddr, &packet->key.destination);
	address_copy((void *)&reset.ip.daddr, &packet->key.source);
	reset.tcp.check = checksum_fold(reset_sum(tcp) + checksum_words(&reset.ip.saddr, 16));
	return !bpf_skb_change_tail(skb, ETH_HLEN + sizeof(reset), 0) &&
	       packet_write(skb, ETH_HLEN, &reset, sizeof(reset));
}

/* Fragments get none: what follows the first is not known. Not static: as refuse(). */
__noinline int reset(struct __sk_buff *skb, const struct packet *packet,
		     const struct weft_port *port, __u32 reason)
{
	struct tcphdr asked, answer;
	__u32 length, headers;
	int verdict, written;
	__be16 protocol;

	if (!packet || !port)
		return TC_ACT_SHOT;
	verdict = deny_packet(skb, packet, reason);
	protocol = packet->family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	length = reset_length(skb, packet);
	headers = packet->payload - packet->l3;
	if (packet->flags & (PACKET_FIRST_FRAGMENT | PACKET_LATER_FRAGMENT) || length < headers ||
	    bpf_skb_load_bytes(skb, packet->l4, &asked, sizeof(asked)) || asked.rst)
		return verdict;
	reset_answer(&answer, &asked, length - headers);
	written = packet->family == 4 ? reset_write_v4(skb, packet, &answer)
				      : reset_write_v6(skb, packet, &answer);
	if (!written || !ethernet_write(skb, port->mac, port->gateway_mac, protocol))
		return verdict;
	count(WEFT_COUNTER_RESETS_SENT);
	return send_back(skb);
}

static __always_inline int reject(struct __sk_buff *skb, const struct packet *packet,
				  const struct weft_port *port, __u32 reason)
{
	struct icmp_error prohibited = {.kind = ICMP_ERROR_PROHIBITED, .reason = reason};

	if (packet->key.protocol == IPPROTO_TCP && !(packet->flags & PACKET_ICMP_ERROR))
		return reset(skb, packet, port, reason);
	return refuse(skb, packet, port, &prohibited);
}
