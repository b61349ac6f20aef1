/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What floating IPs, published ports and virtual IPs lead to. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "decision.h"

/* Written by user space only, so without memory set aside. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct weft_frontend_key);
	__type(value, struct weft_frontend);
} weft_frontends SEC(".maps");

/* Copies what is found, and looks again: see decision_same(). */
static __always_inline int frontend_read(struct decision *decision,
					 const struct weft_frontend_key *key)
{
	struct weft_frontend *to = &decision->frontend;
	const struct weft_frontend *found = bpf_map_lookup_elem(&weft_frontends, key);

	if (!found)
		return 0;
	*to = *found;
	found = bpf_map_lookup_elem(&weft_frontends, key);
	decision_same(decision, found, to, sizeof(*to) / sizeof(__u32));
	return 1;
}

/* By port, then by protocol, then by address alone: as decision.frontend. */
static __always_inline int frontend_find(struct decision *decision, __u32 vni,
					 const struct weft_address *address, __be16 port)
{
	struct weft_frontend_key key = {
		.vni = vni,
		.port = port,
		.protocol = decision->key.protocol,
	};

	address_copy(&key.address, address);
	if (port && frontend_read(decision, &key))
		return 1;
	key.port = 0;
	if (frontend_read(decision, &key))
		return 1;
	key.protocol = 0;
	return frontend_read(decision, &key);
}

/* Whether anything may lead on from there. */
static __always_inline int frontend_exists(__u32 vni, const struct weft_address *address,
					   __u8 protocol, __be16 port)
{
	struct weft_frontend_key key = {.vni = vni, .port = port, .protocol = protocol};

	address_copy(&key.address, address);
	if (bpf_map_lookup_elem(&weft_frontends, &key))
		return 1;
	key.port = 0;
	if (bpf_map_lookup_elem(&weft_frontends, &key))
		return 1;
	key.protocol = 0;
	return !!bpf_map_lookup_elem(&weft_frontends, &key);
}
