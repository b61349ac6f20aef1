/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ethernet headers: who sent a frame, and to whom it goes next. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "cursor.h"
#include "kernel.h"
#include "write.h"

/* By halfwords: MAC addresses are aligned to two bytes everywhere. */
static __always_inline void mac_copy(void *to, const void *from)
{
	__u16 *target = to;
	const __u16 *source = from;

	target[0] = source[0];
	target[1] = source[1];
	target[2] = source[2];
}

static __always_inline int mac_equal(const void *a, const void *b)
{
	const __u16 *x = a, *y = b;

	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2])) == 0;
}

/* Writes the header of a frame; false when the packet is shorter. */
static __always_inline int ethernet_write(struct __sk_buff *skb, const void *to, const void *from,
					  __be16 protocol)
{
	struct ethhdr eth;

	mac_copy(eth.h_dest, to);
	mac_copy(eth.h_source, from);
	eth.h_proto = protocol;
	return packet_write(skb, 0, &eth, sizeof(eth));
}

/* Back out of the interface that the packet came in by. */
static __always_inline int send_back(struct __sk_buff *skb)
{
	return bpf_redirect(skb->ifindex, 0);
}

/* Into the namespace at the other end of a veth, without another turn through a queue. */
static __always_inline int send_to_peer(struct __sk_buff *skb, __u32 ifindex)
{
	/* The frame was addressed to the gateway, whose MAC the host's end need not have. */
	if (unlikely(skb->pkt_type != PACKET_HOST))
		bpf_skb_change_type(skb, PACKET_HOST);
	return bpf_redirect_peer(ifindex, 0);
}
