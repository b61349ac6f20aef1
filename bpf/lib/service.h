/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The agent's own services (names): reached at a well-known port, told apart by the caller. */
#pragma once

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "flow.h"
#include "open.h"
#include "packet.h"
#include "pair.h"
#include "port.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct weft_service_key);
	__type(value, struct weft_service);
} weft_services SEC(".maps");

/* The service that a packet asks for, if any. */
static __always_inline struct weft_service *service_of(const struct packet *packet)
{
	struct weft_service_key key = {
		.protocol = packet->key.protocol,
		.family = packet->family,
		.port = packet->key.destination_port,
	};

	if (key.protocol != IPPROTO_UDP && key.protocol != IPPROTO_TCP)
		return 0;
	return bpf_map_lookup_elem(&weft_services, &key);
}

static __always_inline void caller_address(struct weft_address *caller,
					   const struct weft_service *service, __u32 port)
{
	address_copy(caller, &service->caller_prefix);
	caller->bytes[13] = port >> 16;
	caller->bytes[14] = port >> 8;
	caller->bytes[15] = port;
}

#define SERVICE_PORT_TRIES 8
#define SERVICE_PORT_FIRST 32768
#define SERVICE_PORT_COUNT 28232

/*
 * To the service, two connections of a port differ in the source port alone. When the port asks
 * two resolvers from one source port, the second gets another one.
 */
static __always_inline int choose_source_port(struct pair *pair, const struct packet *packet)
{
	struct weft_flow *earlier = flow_lookup(&pair->decision.key), *taken;

	if (earlier && earlier->action == WEFT_ACTION_SERVICE)
		pair->flow.rewrite.source_port = earlier->rewrite.source_port;
	for (int i = 0; i < SERVICE_PORT_TRIES; i++) {
		flow_mirror_key(&pair->mirror_key, &packet->key, &pair->flow);
		taken = flow_lookup(&pair->mirror_key);
		if (!taken || rewrites_equal(&taken->rewrite, &pair->mirror.rewrite))
			return 1;
		pair->flow.rewrite.source_port =
			bpf_htons(SERVICE_PORT_FIRST + bpf_get_prandom_u32() % SERVICE_PORT_COUNT);
	}
	return 0;
}

/* Not static: the verifier then walks its loop once. */
__noinline int open_to_service(struct __sk_buff *skb, const struct packet *packet,
			       const struct weft_port *port, const struct weft_service *service)
{
	struct weft_rewrite *to, *back;
	struct pair *pair;

	if (!packet || !port || !service)
		return -WEFT_DROP_NO_ROUTE;
	pair = pair_begin(skb, packet);
	if (!pair)
		return -WEFT_DROP_NO_ROUTE;
	pair->flow.action = WEFT_ACTION_SERVICE;
	pair->flow.flags = WEFT_FLOW_REWRITE;
	pair->flow.vni = pair->flow.mirror_vni = WEFT_SERVICE_VNI;
	pair->flow.ifindex = service->ifindex;
	pair->flow.in_ifindex = skb->ifindex;
	pair->flow.port = port->id;
	pair->max_flows = port->max_flows;
	__builtin_memcpy(pair->flow.mac, service->mac, sizeof(service->mac));
	to = &pair->flow.rewrite;
	caller_address(&to->source, service, port->id);
	address_copy(&to->destination, &service->address);
	to->source_port = packet->key.source_port;
	to->destination_port = packet->key.destination_port;

	lead_to_port(&pair->mirror, port->vni, skb->ifindex, port->mac);
	pair->mirror.flags = WEFT_FLOW_REWRITE;
	pair->mirror.in_ifindex = service->ifindex;
	pair->mirror.mirror_vni = port->vni;
	back = &pair->mirror.rewrite;
	address_copy(&back->source, &packet->key.destination);
	address_copy(&back->destination, &packet->key.source);
	back->source_port = packet->key.destination_port;
	back->destination_port = packet->key.source_port;
	if (!choose_source_port(pair, packet))
		return -WEFT_DROP_REWRITE_FAILED;
	return pair_store(packet);
}
