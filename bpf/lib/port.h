/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ports of this node, and how much of the flow table each of them holds. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct weft_port);
} weft_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct weft_port_usage);
} weft_port_usage SEC(".maps");

static __always_inline struct weft_port *port_by_ifindex(__u32 ifindex)
{
	return bpf_map_lookup_elem(&weft_ports, &ifindex);
}

static __always_inline int port_is_open(__u32 ifindex)
{
	struct weft_port *port = port_by_ifindex(ifindex);

	return port && port->flags & WEFT_PORT_OPEN;
}

static __always_inline struct weft_port_usage *port_usage(__u32 id)
{
	return bpf_map_lookup_elem(&weft_port_usage, &id);
}

/* Takes one connection from the port's share; false when it has none left. Id 0 is no port's. */
static __always_inline int port_charge(__u32 id, __u32 max_flows)
{
	struct weft_port_usage none = {};
	struct weft_port_usage *usage = port_usage(id);

	if (!id)
		return 1;
	if (!usage) {
		bpf_map_update_elem(&weft_port_usage, &id, &none, BPF_NOEXIST);
		usage = port_usage(id);
		if (!usage)
			return 1;
	}
	if (max_flows && usage->flows >= max_flows) {
		__sync_fetch_and_add(&usage->refused, 1);
		return 0;
	}
	__sync_fetch_and_add(&usage->flows, 1);
	return 1;
}

/* Whether a connection more would be refused. Counts nothing. */
static __always_inline int port_is_full(__u32 id, __u32 max_flows)
{
	struct weft_port_usage *usage = port_usage(id);

	return max_flows && usage && usage->flows >= max_flows;
}

static __always_inline void port_release(__u32 id)
{
	struct weft_port_usage *usage = port_usage(id);

	if (usage && usage->flows)
		__sync_fetch_and_add(&usage->flows, -1);
}

/* Takes one of the port's translations, after port_charge(); false when it has none left. */
static __always_inline int port_charge_translation(__u32 id, __u32 max_translated)
{
	struct weft_port_usage *usage = port_usage(id);

	if (!usage)
		return 1;
	if (max_translated && usage->translated >= max_translated) {
		__sync_fetch_and_add(&usage->refused, 1);
		return 0;
	}
	__sync_fetch_and_add(&usage->translated, 1);
	return 1;
}

static __always_inline void port_release_translation(__u32 id)
{
	struct weft_port_usage *usage = port_usage(id);

	if (usage && usage->translated)
		__sync_fetch_and_add(&usage->translated, -1);
}
