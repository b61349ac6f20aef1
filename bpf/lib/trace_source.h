/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where traces begin: a frame is known by its source MAC, and marked for the node that it goes to.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "cursor.h"
#include "node.h"
#include "overlay.h"
#include "pair.h"
#include "write.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct weft_trace_key);
	__type(value, struct weft_trace);
} weft_traces SEC(".maps");

/*
 * The id of the trace that a frame belongs to by its source MAC; 0: of none. Taken out at once:
 * whoever watches the frame leave its container has seen a MAC that is good for nothing any more.
 */
static __noinline __u32 trace_take(struct __sk_buff *skb)
{
	struct ethhdr *eth = header_at(skb, 0, sizeof(*eth));
	struct weft_trace_key key = {};
	struct weft_trace *trace;
	__u32 id;

	if (!eth)
		return 0;
	__builtin_memcpy(key.mac, eth->h_source, sizeof(key.mac));
	trace = bpf_map_lookup_elem(&weft_traces, &key);
	if (!trace || trace->ifindex != skb->ifindex)
		return 0;
	id = trace->id;
	return bpf_map_delete_elem(&weft_traces, &key) ? 0 : id;
}

/* Marks a packet that has got its outer headers and is to be sent. */
static __noinline int trace_mark(struct __sk_buff *skb, __u32 id, int verdict)
{
	const struct pair *pair = pair_scratch();
	const struct weft_node *node = pair ? node_by_number(pair->flow.node) : 0;
	struct vxlan vxlan = {};
	__u32 offset = ETH_HLEN + sizeof(struct udphdr);

	if (verdict != TC_ACT_REDIRECT || !node)
		return verdict < 0 ? verdict : -WEFT_DROP_TRACED;
	vxlan.flags = bpf_htonl(VXLAN_TRACED | id >> 8);
	vxlan.vni = bpf_htonl(pair->flow.vni << 8 | (id & 0xff));
	offset += address_is_v4(&node->address) ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	return packet_write(skb, offset, &vxlan, sizeof(vxlan)) ? verdict : -WEFT_DROP_ENCAP_FAILED;
}
