/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP errors about translated packets: translated outside, and in the packet that they quote, as
 * if they had been sent about what the receiver of the error knows (RFC 5508 section 4.2). */
#pragma once

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "checksum.h"
#include "icmp.h"
#include "kernel.h"
#include "packet.h"

/* Of the quoted transport: eight bytes are always there, a TCP checksum is often. */
#define QUOTED_LEAST 8
#define QUOTED_MOST 20

/* Transport headers by halfwords. */
enum quoted_at {
	QUOTED_SOURCE_PORT = 0,
	QUOTED_DESTINATION_PORT = 1,
	QUOTED_ICMP_CHECKSUM = 1,
	QUOTED_ECHO_ID = 2,
	QUOTED_UDP_CHECKSUM = 3,
	QUOTED_TCP_CHECKSUM = 8,
};

struct error_v4 {
	struct iphdr ip;
	__be16 transport[QUOTED_MOST / 2];
};

struct error_v6 {
	struct ipv6hdr ip;
	__be16 transport[QUOTED_MOST / 2];
};

/* As it came, and as it is to be: too big for the stack. */
struct error_scratch {
	union {
		struct error_v4 v4;
		struct error_v6 v6;
	} before, after;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct error_scratch);
} weft_errors SEC(".maps");

static __always_inline struct error_scratch *error_scratch(void)
{
	__u32 slot = 0;

	return bpf_map_lookup_elem(&weft_errors, &slot);
}

static __always_inline __u16 checksum_changed(__u16 checksum, __s64 change)
{
	return checksum_fold((__u64)(__u16)~checksum + (__u32)change);
}

/* The quoted packet went the other way: what it came from is what the error goes to. Changes its
 * ports and its transport's checksum; addresses: how those changed. */
static __always_inline void translate_quoted_transport(__be16 *transport, __u8 protocol,
						       const struct weft_rewrite *to,
						       __s64 addresses)
{
	__be16 before[2] = {transport[QUOTED_SOURCE_PORT], transport[QUOTED_DESTINATION_PORT]};
	__be16 after[2] = {to->destination_port, to->source_port};
	__be16 id[2] = {transport[QUOTED_ECHO_ID], 0};
	__u64 change;

	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) {
		transport[QUOTED_ECHO_ID] = to->destination_port;
		change = (__u64)(__u16)~id[0] + (__u16)to->destination_port;
		if (protocol == IPPROTO_ICMPV6)
			change += (__u32)addresses;
		transport[QUOTED_ICMP_CHECKSUM] =
			checksum_fold((__u64)(__u16)~transport[QUOTED_ICMP_CHECKSUM] + change);
		return;
	}
	if (!protocol_has_ports(protocol))
		return;
	change = (__u32)addresses;
	change += (__u64)(__u16)~before[0] + (__u16)after[0];
	change += (__u64)(__u16)~before[1] + (__u16)after[1];
	transport[QUOTED_SOURCE_PORT] = after[0];
	transport[QUOTED_DESTINATION_PORT] = after[1];
	if (protocol == IPPROTO_TCP) {
		transport[QUOTED_TCP_CHECKSUM] =
			checksum_fold((__u64)(__u16)~transport[QUOTED_TCP_CHECKSUM] + change);
	} else if (protocol != IPPROTO_SCTP && transport[QUOTED_UDP_CHECKSUM]) {
		transport[QUOTED_UDP_CHECKSUM] =
			checksum_fold((__u64)(__u16)~transport[QUOTED_UDP_CHECKSUM] + change);
		if (!transport[QUOTED_UDP_CHECKSUM])
			transport[QUOTED_UDP_CHECKSUM] = 0xffff;
	}
}

/* As much as is quoted of a header and twenty bytes; 0: less than eight. */
static __always_inline __u32 load_quoted(struct __sk_buff *skb, const struct packet *packet,
					 void *quoted, __u32 header)
{
	if (!bpf_skb_load_bytes(skb, packet->payload, quoted, header + QUOTED_MOST))
		return QUOTED_MOST;
	return bpf_skb_load_bytes(skb, packet->payload, quoted, header + QUOTED_LEAST)
		       ? 0
		       : QUOTED_LEAST;
}

static __always_inline int store_quoted(struct __sk_buff *skb, const struct packet *packet,
					void *before, void *after, __u32 header, __u32 loaded)
{
	__s64 change = loaded == QUOTED_MOST ? bpf_csum_diff(before, header + QUOTED_MOST, after,
							     header + QUOTED_MOST, 0)
					     : bpf_csum_diff(before, header + QUOTED_LEAST, after,
							     header + QUOTED_LEAST, 0);

	if (bpf_l4_csum_replace(skb, packet->l4 + offsetof(struct icmp, checksum), 0, change, 0))
		return -WEFT_DROP_REWRITE_FAILED;
	if (loaded == QUOTED_MOST
		    ? bpf_skb_store_bytes(skb, packet->payload, after, header + QUOTED_MOST, 0)
		    : bpf_skb_store_bytes(skb, packet->payload, after, header + QUOTED_LEAST, 0))
		return -WEFT_DROP_REWRITE_FAILED;
	return 0;
}

static __noinline int translate_error_v4(struct __sk_buff *skb, const struct packet *packet,
					 const struct weft_rewrite *to)
{
	struct error_scratch *scratch = error_scratch();
	struct error_v4 *before, *after;
	__be32 was[2], now[2];
	__u32 loaded;
	__s64 change;

	if (!scratch)
		return -WEFT_DROP_REWRITE_FAILED;
	before = &scratch->before.v4;
	after = &scratch->after.v4;
	loaded = load_quoted(skb, packet, before, sizeof(struct iphdr));
	if (!loaded)
		return -WEFT_DROP_REWRITE_FAILED;
	*after = *before;
	after->ip.saddr = address_v4(&to->destination);
	after->ip.daddr = address_v4(&to->source);
	change = bpf_csum_diff(&before->ip.saddr, sizeof(was), &after->ip.saddr, sizeof(now), 0);
	after->ip.check = checksum_changed(before->ip.check, change);
	translate_quoted_transport(after->transport, before->ip.protocol, to, change);
	if (store_quoted(skb, packet, before, after, sizeof(struct iphdr), loaded))
		return -WEFT_DROP_REWRITE_FAILED;
	/* A router on the way keeps its own address. */
	if (bpf_skb_load_bytes(skb, packet->l3 + offsetof(struct iphdr, saddr), was, sizeof(was)))
		return -WEFT_DROP_REWRITE_FAILED;
	now[0] = was[0] == address_v4(&packet->key.source) ? address_v4(&to->source) : was[0];
	now[1] = address_v4(&to->destination);
	change = bpf_csum_diff(was, sizeof(was), now, sizeof(now), 0);
	if (bpf_l3_csum_replace(skb, packet->l3 + offsetof(struct iphdr, check), 0, change, 0) ||
	    bpf_skb_store_bytes(skb, packet->l3 + offsetof(struct iphdr, saddr), now, sizeof(now),
				0))
		return -WEFT_DROP_REWRITE_FAILED;
	return 0;
}

static __noinline int translate_error_v6(struct __sk_buff *skb, const struct packet *packet,
					 const struct weft_rewrite *to)
{
	struct error_scratch *scratch = error_scratch();
	struct error_v6 *before, *after;
	struct weft_address was[2], now[2];
	__u32 loaded;
	__s64 change;

	if (!scratch)
		return -WEFT_DROP_REWRITE_FAILED;
	before = &scratch->before.v6;
	after = &scratch->after.v6;
	loaded = load_quoted(skb, packet, before, sizeof(struct ipv6hdr));
	if (!loaded)
		return -WEFT_DROP_REWRITE_FAILED;
	*after = *before;
	address_copy((void *)&after->ip.saddr, &to->destination);
	address_copy((void *)&after->ip.daddr, &to->source);
	change = bpf_csum_diff((void *)&before->ip.saddr, sizeof(was), (void *)&after->ip.saddr,
			       sizeof(now), 0);
	translate_quoted_transport(after->transport, before->ip.nexthdr, to, change);
	if (store_quoted(skb, packet, before, after, sizeof(struct ipv6hdr), loaded))
		return -WEFT_DROP_REWRITE_FAILED;
	if (bpf_skb_load_bytes(skb, packet->l3 + offsetof(struct ipv6hdr, saddr), was, sizeof(was)))
		return -WEFT_DROP_REWRITE_FAILED;
	now[0] = was[0];
	if (address_equal(&was[0], &packet->key.source))
		address_copy(&now[0], &to->source);
	address_copy(&now[1], &to->destination);
	change = bpf_csum_diff((void *)was, sizeof(was), (void *)now, sizeof(now), 0);
	if (l4_change_addresses_v6(skb, packet->l4 + offsetof(struct icmp, checksum), change, 0) ||
	    bpf_skb_store_bytes(skb, packet->l3 + offsetof(struct ipv6hdr, saddr), now, sizeof(now),
				0))
		return -WEFT_DROP_REWRITE_FAILED;
	return 0;
}
