/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the ports of a network are outside. */
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
	__uint(max_entries, 131072);
	__type(key, struct weft_translation_key);
	__type(value, struct weft_translation);
} weft_translations SEC(".maps");

/* Copies what is found, and looks again: see decision_same(). */
static __always_inline int translation_read(struct decision *decision,
					    const struct weft_translation_key *key)
{
	struct weft_translation *to = &decision->way.source;
	const struct weft_translation *found = bpf_map_lookup_elem(&weft_translations, key);

	if (!found)
		return 0;
	*to = *found;
	found = bpf_map_lookup_elem(&weft_translations, key);
	decision_same(decision, found, to, sizeof(*to) / sizeof(__u32));
	return 1;
}

/* What an address of a network is in an external one: its own translation, or that of all others.
 */
static __always_inline int translation_find(struct decision *decision, __u32 vni, __u32 external,
					    const struct weft_address *address)
{
	struct weft_translation_key key = {.vni = vni, .external = external};

	address_copy(&key.address, address);
	if (translation_read(decision, &key))
		return 1;
	/* The zero address of either family: IPv4's is mapped. */
	if (address_is_v4(address))
		address_words(&key.address)[3] = 0;
	else
		__builtin_memset(&key.address, 0, sizeof(key.address));
	return translation_read(decision, &key);
}

/* Whether connections get a port of an address that others have as well. */
static __always_inline int translation_is_shared(const struct weft_translation *translation)
{
	return translation->first_port != 0;
}
