/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP errors belong to the connection that they speak about. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "flow.h"
#include "packet.h"

struct quoted_v4 {
	struct iphdr ip;
	__be16 ports[4];
};

struct quoted_v6 {
	struct ipv6hdr ip;
	__be16 ports[4];
};

/* An error about A→B travels to A, in the direction of B→A: the key is the quoted packet's,
 * swapped. Ports of an ICMP echo are its identifier, the third of the quoted halfwords. */
static __always_inline void quoted_ports(struct weft_flow_key *key, const __be16 *ports)
{
	int echo = key->protocol == IPPROTO_ICMP || key->protocol == IPPROTO_ICMPV6;
	int has_ports = protocol_has_ports(key->protocol);

	key->source_port = echo ? ports[2] : has_ports ? ports[1] : 0;
	key->destination_port = echo ? ports[2] : has_ports ? ports[0] : 0;
}

static __always_inline int related_key_v4(struct __sk_buff *skb, const struct packet *packet,
					  struct weft_flow_key *key)
{
	struct quoted_v4 quoted;

	if (bpf_skb_load_bytes(skb, packet->payload, &quoted, sizeof(quoted)))
		return 0;
	/* With options the ports lie elsewhere; later fragments have none. */
	if (quoted.ip.version != 4 || quoted.ip.ihl != 5 ||
	    quoted.ip.frag_off & bpf_htons(IPV4_OFFSET))
		return 0;
	key->protocol = quoted.ip.protocol;
	address_set_v4(&key->source, quoted.ip.daddr);
	address_set_v4(&key->destination, quoted.ip.saddr);
	quoted_ports(key, quoted.ports);
	return 1;
}

static __always_inline int related_key_v6(struct __sk_buff *skb, const struct packet *packet,
					  struct weft_flow_key *key)
{
	struct quoted_v6 quoted;

	if (bpf_skb_load_bytes(skb, packet->payload, &quoted, sizeof(quoted)))
		return 0;
	if (quoted.ip.version != 6)
		return 0;
	key->protocol = quoted.ip.nexthdr;
	address_copy(&key->source, &quoted.ip.daddr);
	address_copy(&key->destination, &quoted.ip.saddr);
	quoted_ports(key, quoted.ports);
	return 1;
}

/* Who may speak about a connection: */
enum related_sender {
	RELATED_ENDS,	/* its ends */
	RELATED_ANYONE, /* also routers on its way, when that leads outside */
};

static __noinline struct weft_flow *flow_related(struct __sk_buff *skb, struct packet *packet,
						 __u32 sender)
{
	struct weft_flow_key key = {.vni = packet->key.vni};
	int known = packet->family == 4 ? related_key_v4(skb, packet, &key)
					: related_key_v6(skb, packet, &key);
	struct weft_flow *flow;

	/* Between other parties, as from a router inside a container: a flow of its own. */
	if (!known || !address_equal(&key.destination, &packet->key.destination))
		return 0;
	flow = flow_lookup(&key);
	if (!flow || (!address_equal(&key.source, &packet->key.source) &&
		      (sender == RELATED_ENDS || !(flow->flags & WEFT_FLOW_BOUND))))
		return 0;
	packet->key = key;
	return flow;
}

/* The entry that a packet belongs to. An error takes on the key of the connection that it is
 * about, so that whatever is decided, is decided for that. */
static __always_inline struct weft_flow *flow_find(struct __sk_buff *skb, struct packet *packet,
						   __u32 sender)
{
	struct weft_flow *flow;

	if (unlikely(packet->flags & PACKET_ICMP_ERROR)) {
		flow = flow_related(skb, packet, sender);
		if (flow)
			return flow;
	}
	return flow_lookup(&packet->key);
}
