/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The flow table: a pair of entries for each connection, one for each direction. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "network.h"
#include "packet.h"

/* Preallocated: an insert never waits for memory, and a full table says so. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__type(key, struct weft_flow_key);
	__type(value, struct weft_flow);
} weft_flows SEC(".maps");

#define SECOND_NS 1000000000ULL

/* Coarse: a tick of the kernel is exact enough for timeouts, and costs one load. */
static __always_inline __u64 flow_clock(void)
{
	return bpf_ktime_get_coarse_ns();
}

static __always_inline struct weft_flow *flow_lookup(const struct weft_flow_key *key)
{
	return bpf_map_lookup_elem(&weft_flows, key);
}

/* A key the other way round, but for the network. */
static __always_inline void flow_swap_key(struct weft_flow_key *swapped,
					  const struct weft_flow_key *key)
{
	swapped->protocol = key->protocol;
	swapped->pad[0] = swapped->pad[1] = swapped->pad[2] = 0;
	address_copy(&swapped->source, &key->destination);
	address_copy(&swapped->destination, &key->source);
	swapped->source_port = key->destination_port;
	swapped->destination_port = key->source_port;
}

/*
 * The key of the other direction, from an entry alone: what the packet becomes, swapped, in the
 * network whose hook sees the answer:
 *   to the agent's services            → the services' pseudo network
 *   from a port to a port (or back from a service) → the network of the receiving port
 *   to or from another node            → the network at this node's port, the same both ways;
 *                                        what crosses the border, the external network
 *   to the outside                     → the external network
 */
static __always_inline void flow_mirror_key(struct weft_flow_key *mirror,
					    const struct weft_flow_key *key,
					    const struct weft_flow *flow)
{
	mirror->vni = flow->mirror_vni;
	flow_swap_key(mirror, key);
	if (flow->flags & WEFT_FLOW_REWRITE) {
		address_copy(&mirror->source, &flow->rewrite.destination);
		address_copy(&mirror->destination, &flow->rewrite.source);
		mirror->source_port = flow->rewrite.destination_port;
		mirror->destination_port = flow->rewrite.source_port;
	}
}

static __always_inline int rewrites_equal(const struct weft_rewrite *a,
					  const struct weft_rewrite *b)
{
	return address_equal(&a->source, &b->source) &&
	       address_equal(&a->destination, &b->destination) &&
	       a->source_port == b->source_port && a->destination_port == b->destination_port;
}

/* How long TCP's handshake takes to here: the answers' half of it until SYN-ACK, all of it until
 * the opener's first ACK. */
static __always_inline void flow_time_handshake(struct weft_flow *flow, __u8 tcp_flags)
{
	int ends = flow->flags & WEFT_FLOW_REVERSE
			   ? tcp_accepts(tcp_flags)
			   : tcp_opens(flow->tcp_flags) &&
				     (tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_ACK;
	__u64 taken;

	if (!ends || flow->handshake_us)
		return;
	taken = (bpf_ktime_get_ns() - flow->started_ns) / 1000;
	flow->handshake_us = taken < 1 ? 1 : taken > 0xffffffff ? 0xffffffff : taken;
}

/* TCP ends: RST either way, or FIN both ways. */
static __noinline void flow_track_tcp(struct weft_flow *flow, const struct weft_flow_key *key,
				      __u8 tcp_flags)
{
	struct weft_flow_key mirror_key;
	struct weft_flow *mirror;

	flow_time_handshake(flow, tcp_flags);
	flow->tcp_flags |= tcp_flags;
	if (!(tcp_flags & (TCP_FIN | TCP_RST)))
		return;
	flow_mirror_key(&mirror_key, key, flow);
	mirror = flow_lookup(&mirror_key);
	if (!mirror || !(tcp_flags & TCP_RST || (flow->tcp_flags & mirror->tcp_flags & TCP_FIN)))
		return;
	flow->flags |= WEFT_FLOW_CLOSING;
	mirror->flags |= WEFT_FLOW_CLOSING;
}

static __always_inline void flow_account(struct __sk_buff *skb, struct weft_flow *flow,
					 const struct packet *packet)
{
	__u64 now = flow_clock();

	__sync_fetch_and_add(&flow->packets, packet_segments(skb, packet));
	__sync_fetch_and_add(&flow->bytes, packet->length);
	if (flow->last_ns != now)
		flow->last_ns = now;
	if (unlikely(packet->tcp_flags & ~flow->tcp_flags))
		flow_track_tcp(flow, &packet->key, packet->tcp_flags);
}

/* A new connection on the ports of one that has ended. */
static __always_inline int flow_begins_anew(const struct weft_flow *flow, __u8 tcp_flags)
{
	return flow->flags & WEFT_FLOW_CLOSING && tcp_opens(tcp_flags);
}

static __always_inline int flow_is_restarted(const struct weft_flow *flow,
					     const struct packet *packet)
{
	return flow_begins_anew(flow, packet->tcp_flags);
}

/* An answer to the agent's question whether the port is well (probe.h): no rule was asked, so none
 * can have changed. */
static __always_inline int flow_is_probed(const struct weft_flow *flow)
{
	return flow->action == WEFT_ACTION_SERVICE && flow->flags & WEFT_FLOW_REVERSE;
}

/* Whether an entry still decides for a packet that came in by a port. */
static __always_inline int flow_holds(const struct weft_flow *flow, const struct packet *packet,
				      __u32 ifindex)
{
	return flow->in_ifindex == ifindex &&
	       (likely(flow->generation == generation_of(packet->key.vni)) ||
		flow_is_probed(flow)) &&
	       !unlikely(flow_is_restarted(flow, packet));
}
