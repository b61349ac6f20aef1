/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pools of a load balancer: which member gets a connection. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "backend.h"
#include "decision.h"
#include "pair.h"
#include "usage.h"

/* Written by user space only, so without memory set aside. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct weft_pool);
} weft_pools SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WEFT_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} weft_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct weft_affinity_key);
	__type(value, struct weft_affinity);
} weft_affinities SEC(".maps");

/* Whose turn it is, for each pool. Pools that share one only change each other's order. */
#define TURNS 4096

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TURNS);
	__type(key, __u32);
	__type(value, __u32);
} weft_turns SEC(".maps");

/* So many slots are looked at for a member that may have the connection. */
#define MEMBER_STEPS 256

/* As decision.backend. */
static __always_inline int backend_read(struct decision *decision, __u32 number)
{
	struct weft_backend *to = &decision->backend;
	const struct weft_backend *found = bpf_map_lookup_elem(&weft_backends, &number);

	if (!found)
		return 0;
	*to = *found;
	found = bpf_map_lookup_elem(&weft_backends, &number);
	decision_same(decision, found, to, sizeof(*to) / sizeof(__u32));
	return 1;
}

static __always_inline void member_set(struct decision *decision, __u32 number)
{
	const struct weft_backend *backend = &decision->backend;
	struct way *way = &decision->way;

	way->backend = number;
	way->backend_max = backend->max_connections;
	address_copy(&way->target, &backend->address);
	if (backend->port)
		way->target_port = backend->port;
}

/* Gives the connection to a member, if it takes new ones. Not static: the verifier then walks it
 * once. */
__noinline int member_take(__u32 number)
{
	struct pair *pair = pair_scratch();
	struct decision *decision;

	if (!pair)
		return 0;
	decision = &pair->decision;
	if (!number || !backend_read(decision, number) ||
	    !(decision->backend.flags & WEFT_BACKEND_UP))
		return 0;
	if (usage_is_full(&weft_backend_usage, number, decision->backend.max_connections)) {
		decision->way.refusal = WEFT_DROP_LISTENER_LIMIT;
		return 0;
	}
	member_set(decision, number);
	return 1;
}

static __always_inline __u32 slot_read(const struct weft_pool *pool, __u32 slot)
{
	__u32 index = pool->offset + slot % pool->slots;
	__u32 *backend = bpf_map_lookup_elem(&weft_slots, &index);

	return backend ? *backend : 0;
}

/* Spreads addresses that differ little (the finalizer of MurmurHash3 over each word). */
static __always_inline __u32 address_hash(const struct weft_address *address)
{
	const __u32 *words = address_words(address);
	__u32 hash = 0;

#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++) {
		hash ^= words[i];
		hash ^= hash >> 16;
		hash *= 0x85ebca6b;
		hash ^= hash >> 13;
		hash *= 0xc2b2ae35;
		hash ^= hash >> 16;
	}
	return hash;
}

static __always_inline __u32 turn_take(const struct decision *decision)
{
	__u32 slot = decision->way.pool % TURNS;
	__u32 *turn = bpf_map_lookup_elem(&weft_turns, &slot);

	if (!turn)
		return 0;
	return decision->mode & DECISION_TRACED ? *turn : __sync_fetch_and_add(turn, 1);
}

/* Connections for each unit of weight, as far as the order goes. */
static __always_inline __u64 member_load(__u32 number, __u32 other_weight)
{
	struct weft_balance_usage *usage = usage_find(&weft_backend_usage, number);

	return usage ? usage->connections * (other_weight ? other_weight : 1) : 0;
}

static __always_inline __u32 member_weight(__u32 number)
{
	const volatile struct weft_backend *backend = bpf_map_lookup_elem(&weft_backends, &number);

	return backend ? backend->weight : 1;
}

/* Of two different ones that are drawn at random the one with fewer connections for its weight. */
static __noinline __u32 member_draw(const struct weft_pool *pool)
{
	__u32 first = bpf_get_prandom_u32() % pool->slots, second = first, one, other;

	if (pool->slots > 1)
		second += 1 + bpf_get_prandom_u32() % (pool->slots - 1);
	one = slot_read(pool, first);
	other = slot_read(pool, second);

	/* a / wa <= b / wb, without dividing */
	return member_load(one, member_weight(other)) <= member_load(other, member_weight(one))
		       ? first
		       : second;
}

static __always_inline int affinity_take(struct decision *decision, const struct weft_pool *pool)
{
	struct weft_affinity_key key = {.pool = decision->way.pool};
	const struct weft_affinity *affinity;

	if (!pool->affinity_s)
		return 0;
	address_copy(&key.client, &decision->key.source);
	affinity = bpf_map_lookup_elem(&weft_affinities, &key);
	if (!affinity ||
	    bpf_ktime_get_coarse_ns() - affinity->last_ns > pool->affinity_s * SECOND_NS)
		return 0;
	return member_take(affinity->backend);
}

static __always_inline void affinity_keep(const struct decision *decision)
{
	struct weft_affinity_key key = {.pool = decision->way.pool};
	struct weft_affinity affinity = {
		.last_ns = bpf_ktime_get_coarse_ns(),
		.backend = decision->way.backend,
	};

	if (!decision->way.affinity_s || !affinity.backend)
		return;
	address_copy(&key.client, &decision->key.source);
	bpf_map_update_elem(&weft_affinities, &key, &affinity, BPF_ANY);
}

/* A connection keeps its member as long as that is there. */
static __always_inline void member_keep(struct decision *decision)
{
	if (backend_read(decision, decision->bound_backend) &&
	    decision->backend.flags & (WEFT_BACKEND_UP | WEFT_BACKEND_KEEPS))
		member_set(decision, decision->bound_backend);
	else
		decision->way.refusal = WEFT_DROP_NO_MEMBER;
}

/* The member of way.pool that the connection goes to, or way.refusal. Not static: the verifier then
 * walks its loop once. */
__noinline int member_choose(void)
{
	struct pair *pair = pair_scratch();
	struct decision *decision;
	const struct weft_pool *found;
	struct weft_pool *pool;
	__u32 slot;

	if (!pair)
		return 0;
	decision = &pair->decision;
	if (decision->bound_backend && decision->mode & DECISION_RENEWED) {
		member_keep(decision);
		return 0;
	}
	decision->way.refusal = WEFT_DROP_NO_MEMBER;
	found = bpf_map_lookup_elem(&weft_pools, &decision->way.pool);
	if (!found)
		return 0;
	pool = &decision->pool;
	*pool = *found;
	found = bpf_map_lookup_elem(&weft_pools, &decision->way.pool);
	decision_same(decision, found, pool, sizeof(*pool) / sizeof(__u32));
	decision->way.affinity_s = pool->affinity_s;
	if (!pool->slots)
		return 0;
	if (affinity_take(decision, pool)) {
		decision->way.refusal = 0;
		return 0;
	}
	slot = pool->balance == WEFT_BALANCE_SOURCE_HASH   ? address_hash(&decision->key.source)
	       : pool->balance == WEFT_BALANCE_ROUND_ROBIN ? turn_take(decision)
							   : member_draw(pool);
	slot %= pool->slots;
	for (__u32 i = 0; i < MEMBER_STEPS && i < pool->slots; i++) {
		if (member_take(slot_read(pool, slot + i))) {
			decision->way.refusal = 0;
			return 0;
		}
	}
	return 0;
}
