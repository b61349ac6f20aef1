/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many connections listeners and backends have, and what went through them. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "kernel.h"

/* Entries are as many as there are listeners and backends, so without memory set aside. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, __u32);
	__type(value, struct weft_balance_usage);
} weft_listener_usage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, __u32);
	__type(value, struct weft_balance_usage);
} weft_backend_usage SEC(".maps");

static __always_inline struct weft_balance_usage *usage_find(void *map, __u32 number)
{
	return bpf_map_lookup_elem(map, &number);
}

/* Made by the first connection. Null: there is no room, and nothing is counted. */
static __always_inline struct weft_balance_usage *usage_make(void *map, __u32 number)
{
	struct weft_balance_usage *usage = usage_find(map, number);
	struct weft_balance_usage none = {};

	if (likely(usage))
		return usage;
	bpf_map_update_elem(map, &number, &none, BPF_NOEXIST);
	return usage_find(map, number);
}

/* Takes one connection of a number's share; false when it has none left. Number 0 is nobody's. */
static __always_inline int usage_charge(void *map, __u32 number, __u32 max_connections)
{
	struct weft_balance_usage *usage = number ? usage_make(map, number) : 0;

	if (!usage)
		return 1;
	if (__sync_fetch_and_add(&usage->connections, 1) >= max_connections && max_connections) {
		__sync_fetch_and_add(&usage->connections, -1);
		return 0;
	}
	__sync_fetch_and_add(&usage->total, 1);
	return 1;
}

/* As if it had not been. */
static __always_inline void usage_take_back(void *map, __u32 number)
{
	struct weft_balance_usage *usage = number ? usage_find(map, number) : 0;

	if (!usage)
		return;
	__sync_fetch_and_add(&usage->connections, -1);
	__sync_fetch_and_add(&usage->total, -1);
}

static __always_inline void usage_refuse(void *map, __u32 number)
{
	struct weft_balance_usage *usage = number ? usage_make(map, number) : 0;

	if (usage)
		__sync_fetch_and_add(&usage->refused, 1);
}

static __always_inline int usage_is_full(void *map, __u32 number, __u32 max_connections)
{
	struct weft_balance_usage *usage = max_connections ? usage_find(map, number) : 0;

	return usage && usage->connections >= max_connections;
}

/* What a direction has carried since it was told last. */
struct carried {
	__u64 packets;
	__u64 bytes;
};

static __always_inline struct carried carried_since(struct weft_flow *flow)
{
	struct carried carried = {};
	__u64 packets, bytes;

	if (!flow)
		return carried;
	packets = flow->packets;
	bytes = flow->bytes;
	carried.packets = packets - flow->told_packets;
	carried.bytes = bytes - flow->told_bytes;
	flow->told_packets = packets;
	flow->told_bytes = bytes;
	return carried;
}

static __always_inline void usage_add(void *map, __u32 number, const struct carried *in,
				      const struct carried *out)
{
	struct weft_balance_usage *usage = number ? usage_find(map, number) : 0;

	if (!usage)
		return;
	__sync_fetch_and_add(&usage->packets_in, in->packets);
	__sync_fetch_and_add(&usage->bytes_in, in->bytes);
	__sync_fetch_and_add(&usage->packets_out, out->packets);
	__sync_fetch_and_add(&usage->bytes_out, out->bytes);
}

/* Tells listener and backend what a connection has carried since they were told last. */
static __always_inline void usage_tell(struct weft_flow *opener, struct weft_flow *answer)
{
	struct carried in, out;

	if (likely(!(opener->listener | opener->backend)))
		return;
	in = carried_since(opener);
	out = carried_since(answer);
	usage_add(&weft_listener_usage, opener->listener, &in, &out);
	usage_add(&weft_backend_usage, opener->backend, &in, &out);
}

static __always_inline void usage_release(void *map, __u32 number)
{
	struct weft_balance_usage *usage = number ? usage_find(map, number) : 0;

	if (usage && usage->connections)
		__sync_fetch_and_add(&usage->connections, -1);
}
