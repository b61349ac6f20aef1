/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets that are refused, counted by who sent them to whom, and why. A scan cannot flood: what an
 * interface sends between two sweeps is told in so many keys, and the rest of it together, by
 * sender, and in the end without one. Every packet is in one entry, or counted as lost.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "config.h"
#include "counter.h"
#include "denial_table.h"
#include "drop.h"
#include "flow.h"
#include "packet.h"
#include "pair.h"
#include "report.h"

/* What an interface has had of its share since the last sweep. */
struct denial_share {
	__u32 period;
	__u32 exact;
	__u32 lumped;
	__u32 pad;
};

/* Interfaces come and go; one that is forgotten gets its share once more. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct denial_share);
} weft_denial_shares SEC(".maps");

#define DENIALS_EXACT 256 /* keys of one interface between two sweeps */
#define DENIALS_LUMPED 64 /* senders of one interface that have lumps of their own */

/* The packet at hand. Too big for the stack. One for each CPU: programs of a hook do not interrupt
 * each other. */
struct denied {
	struct weft_denial_key key;
	__u32 vni;     /* of the destination */
	__u64 packets; /* as far as they are still to be counted */
	__u64 bytes;
	struct weft_denial first;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct denied);
} weft_denied SEC(".maps");

static __always_inline struct denial_share *denial_share(__u32 ifindex)
{
	struct denial_share *share = bpf_map_lookup_elem(&weft_denial_shares, &ifindex);
	__u32 *period = denial_period();
	struct denial_share none = {};

	if (!period)
		return 0;
	if (unlikely(!share)) {
		none.period = *period;
		bpf_map_update_elem(&weft_denial_shares, &ifindex, &none, BPF_NOEXIST);
		return bpf_map_lookup_elem(&weft_denial_shares, &ifindex);
	}
	if (share->period != *period) {
		share->period = *period;
		share->exact = share->lumped = 0;
	}
	return share;
}

/* False: there is no such entry. One that is being removed takes nothing more: denial_end(). */
static __always_inline int denial_add(struct denied *denied)
{
	struct weft_denial *denial = bpf_map_lookup_elem(&weft_denials, &denied->key);
	__u64 now = flow_clock();

	if (!denial)
		return 0;
	if (denial->last_ns != now)
		denial->last_ns = now;
	if (denied->packets &&
	    !(__sync_fetch_and_add(&denial->packets, denied->packets) & WEFT_DENIAL_GONE))
		denied->packets = 0;
	if (denied->bytes &&
	    !(__sync_fetch_and_add(&denial->bytes, denied->bytes) & WEFT_DENIAL_GONE))
		denied->bytes = 0;
	return 1;
}

static __always_inline void denial_make(struct denied *denied)
{
	struct weft_denial *first = &denied->first;

	first->packets = denied->packets;
	first->bytes = denied->bytes;
	first->reported_packets = first->reported_bytes = 0;
	first->first_ns = first->last_ns = flow_clock();
	first->vni = denied->vni;
	first->pad = 0;
	if (!bpf_map_update_elem(&weft_denials, &denied->key, first, BPF_NOEXIST))
		denied->packets = denied->bytes = 0;
	else
		denial_add(denied); /* made by another CPU, or no room */
}

static __always_inline int denial_is_counted(const struct denied *denied)
{
	return !(denied->packets | denied->bytes);
}

/* By sender; where there are too many of them, without one. */
static __always_inline void denial_lump(struct denied *denied, struct denial_share *share)
{
	struct weft_denial_key *key = &denied->key;

	__builtin_memset(&key->destination, 0, sizeof(key->destination));
	key->port = 0;
	if (!denial_add(denied) && share &&
	    __sync_fetch_and_add(&share->lumped, 1) < DENIALS_LUMPED)
		denial_make(denied);
	if (denial_is_counted(denied))
		return;
	__builtin_memset(&key->source, 0, sizeof(key->source));
	if (!denial_add(denied))
		denial_make(denied);
}

static __always_inline void denial_count(struct denied *denied)
{
	__u64 packets = denied->packets;
	struct denial_share *share;

	denial_add(denied);
	if (likely(denial_is_counted(denied)))
		return;
	share = denial_share(denied->key.ifindex);
	if (share && __sync_fetch_and_add(&share->exact, 1) < DENIALS_EXACT)
		denial_make(denied);
	if (denial_is_counted(denied))
		return;
	count_more(WEFT_COUNTER_REPORTS_LUMPED, packets);
	denial_lump(denied, share);
	if (!denial_is_counted(denied))
		report_count_lost(denied->packets, denied->bytes);
}

/* Which rule it was, when it was one; and the network that was asked for, when that is known. */
static __always_inline void denial_blame(struct denied *denied, __u32 reason)
{
	const struct pair *pair = pair_scratch();

	if (reason != WEFT_DROP_POLICY_DENIED && reason != WEFT_DROP_POLICY_NO_RULE &&
	    reason != WEFT_DROP_GROUP_DENIED)
		return;
	if (!pair || pair->decision.verdict.drop_reason != reason)
		return;
	denied->key.policy = pair->decision.verdict.policy;
	denied->key.rule = pair->decision.verdict.rule;
	if (pair->decision.destination.exists && !pair->decision.way.flags)
		denied->vni = pair->decision.destination.route.vni;
}

/* Not static: the verifier then walks it once. */
__noinline int denial_note(struct __sk_buff *skb, const struct packet *packet, __u32 reason)
{
	struct weft_denial_key *key;
	struct denied *denied;
	__u32 slot = 0;

	denied = bpf_map_lookup_elem(&weft_denied, &slot);
	if (!denied || !packet)
		return 0;
	key = &denied->key;
	address_copy(&key->source, &packet->key.source);
	address_copy(&key->destination, &packet->key.destination);
	key->vni = denied->vni = packet->key.vni;
	key->ifindex = skb->ifindex;
	key->policy = key->rule = 0;
	key->port = packet->key.protocol == IPPROTO_ICMP || packet->key.protocol == IPPROTO_ICMPV6
			    ? bpf_htons(packet->icmp_type)
			    : packet->key.destination_port;
	key->protocol = packet->key.protocol;
	key->drop_reason = reason;
	denied->packets = packet_segments(skb, packet);
	denied->bytes = packet->length;
	denial_blame(denied, reason);
	denial_count(denied);
	return 0;
}

/* drop(), of a packet whose key is known. Traces are no traffic. */
static __always_inline int deny_packet(struct __sk_buff *skb, const struct packet *packet,
				       __u32 reason)
{
	if (config.reports && reason != WEFT_DROP_TRACED)
		denial_note(skb, packet, reason);
	return drop(skb, reason);
}

/* conclude(), as far as its key is known. */
static __always_inline int conclude_packet(struct __sk_buff *skb, const struct packet *packet,
					   int verdict)
{
	return verdict < 0 ? deny_packet(skb, packet, -verdict) : verdict;
}
