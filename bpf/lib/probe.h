/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The agent asks a port whether it is well: from the service namespace, as if by the network's
 * gateway. No rule is asked. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "counter.h"
#include "cursor.h"
#include "flow.h"
#include "packet.h"
#include "pair.h"
#include "port.h"

/* Written by user space only, so without memory set aside. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct weft_address);
	__type(value, struct weft_probe);
} weft_probes SEC(".maps");

static __always_inline void probe_lead_back(struct __sk_buff *skb, struct pair *pair,
					    const struct packet *packet,
					    const struct weft_probe *probe,
					    const struct ethhdr *eth)
{
	struct weft_rewrite *back = &pair->mirror.rewrite;

	pair->mirror.action = WEFT_ACTION_SERVICE;
	pair->mirror.flags = WEFT_FLOW_REWRITE | WEFT_FLOW_REVERSE;
	pair->mirror.vni = pair->mirror.mirror_vni = WEFT_SERVICE_VNI;
	pair->mirror.ifindex = skb->ifindex;
	pair->mirror.in_ifindex = probe->ifindex;
	__builtin_memcpy(pair->mirror.mac, eth->h_source, sizeof(pair->mirror.mac));
	address_copy(&back->source, &packet->key.destination);
	address_copy(&back->destination, &packet->key.source);
	back->source_port = packet->key.destination_port;
	back->destination_port = packet->key.source_port;
}

/* The pair of a question, as pair->flow; negative: the address asks nobody. Nobody pays for it. Not
 * static: the verifier then walks it once. */
__noinline int open_probe(struct __sk_buff *skb, const struct packet *packet)
{
	const struct weft_probe *probe;
	struct weft_rewrite *to;
	struct weft_flow_key key;
	struct weft_port *port;
	struct ethhdr *eth;
	struct pair *pair;

	if (!packet)
		return -WEFT_DROP_SERVICE_UNKNOWN;
	key = packet->key;
	probe = bpf_map_lookup_elem(&weft_probes, &key.destination);
	eth = header_at(skb, 0, sizeof(*eth));
	if (!probe || !eth)
		return -WEFT_DROP_SERVICE_UNKNOWN;
	port = port_by_ifindex(probe->ifindex);
	pair = pair_begin(skb, packet);
	if (!pair || !port || port->vni != probe->vni || !(port->flags & WEFT_PORT_OPEN))
		return -WEFT_DROP_SERVICE_UNKNOWN;
	pair->flow.action = WEFT_ACTION_LOCAL;
	pair->flow.vni = port->vni;
	pair->flow.ifindex = probe->ifindex;
	__builtin_memcpy(pair->flow.mac, port->mac, sizeof(pair->flow.mac));
	pair->flow.flags = WEFT_FLOW_REWRITE;
	pair->flow.in_ifindex = skb->ifindex;
	pair->flow.mirror_vni = port->vni;
	to = &pair->flow.rewrite;
	address_copy(&to->source, &probe->source);
	address_copy(&to->destination, &probe->address);
	to->source_port = key.source_port;
	to->destination_port = key.destination_port;
	probe_lead_back(skb, pair, packet, probe, eth);
	flow_mirror_key(&pair->mirror_key, &key, &pair->flow);
	if (bpf_map_update_elem(&weft_flows, &pair->mirror_key, &pair->mirror, BPF_ANY))
		return -WEFT_DROP_SERVICE_UNKNOWN;
	if (bpf_map_update_elem(&weft_flows, &key, &pair->flow, BPF_ANY)) {
		bpf_map_delete_elem(&weft_flows, &pair->mirror_key);
		return -WEFT_DROP_SERVICE_UNKNOWN;
	}
	count(WEFT_COUNTER_FLOWS_CREATED);
	return 0;
}
