/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sends packets out by an exit, and tells senders outside why theirs are not taken. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "icmp_error.h"
#include "kernel.h"
#include "outside.h"
#include "overlay.h"
#include "packet.h"
#include "rewrite.h"

static __always_inline int send_by_exit(const struct weft_exit *exit, const struct packet *packet,
					const struct weft_address *destination)
{
	const struct weft_address *hop =
		address_is_zero(&exit->next_hop) ? destination : &exit->next_hop;
	struct bpf_redir_neigh next = {};

	/* The kernel then asks the host's routes by this interface. */
	if (exit->flags & WEFT_EXIT_HOST_ROUTES)
		return bpf_redirect_neigh(exit->ifindex, 0, 0, 0);
	if (packet->family == 4) {
		next.nh_family = AF_INET;
		next.ipv4_nh = address_v4(hop);
	} else {
		next.nh_family = AF_INET6;
		address_copy((void *)next.ipv6_nh, hop);
	}
	return bpf_redirect_neigh(exit->ifindex, &next, sizeof(next), 0);
}

/* What does not fit is refused here, as towards another node; port: who is told, null: nobody. */
static __noinline int forward_out(struct __sk_buff *skb, const struct packet *packet,
				  const struct weft_flow *flow, const struct weft_port *port)
{
	struct icmp_error too_big = {.kind = ICMP_ERROR_TOO_BIG, .reason = WEFT_DROP_TOO_LARGE};
	struct weft_exit *exit = exit_by_number(flow->node);
	int verdict;

	/* IPv4 addresses, being mapped, are in ::/0 as well: that router is none for them. */
	if (!exit || (packet->family == 4 && !address_is_zero(&exit->next_hop) &&
		      !address_is_v4(&exit->next_hop)))
		return -WEFT_DROP_NO_ROUTE;
	if (unlikely(overlay_segment_bytes(skb, packet) > exit->mtu)) {
		too_big.mtu = exit->mtu;
		return port ? refuse(skb, packet, port, &too_big) : -WEFT_DROP_TOO_LARGE;
	}
	verdict = rewrite(skb, packet, &flow->rewrite);
	return verdict ? verdict : send_by_exit(exit, packet, &flow->rewrite.destination);
}
