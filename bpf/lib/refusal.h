/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections that lead nowhere are refused at once: their opener need not wait. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "icmp_error.h"
#include "packet.h"
#include "pair.h"
#include "port.h"
#include "reset.h"
#include "usage.h"

static __always_inline void refusal_count(__u32 reason)
{
	struct pair *pair = pair_scratch();

	if (pair && (reason == WEFT_DROP_NO_MEMBER || reason == WEFT_DROP_LISTENER_LIMIT))
		usage_refuse(&weft_listener_usage, pair->decision.way.listener);
}

/* As if whoever was asked for had answered. What may work at the next try is just lost. Not static:
 * the verifier then walks it once. */
__noinline int refuse_opener(struct __sk_buff *skb, const struct packet *packet,
			     const struct weft_port *port, __u32 reason)
{
	struct icmp_error error = {.kind = ICMP_ERROR_NO_PORT, .reason = reason};

	if (!packet || !port)
		return TC_ACT_SHOT;
	refusal_count(reason);
	switch (reason) {
	case WEFT_DROP_NO_ROUTE:
		error.kind = ICMP_ERROR_NO_ROUTE;
		return refuse(skb, packet, port, &error);
	case WEFT_DROP_NO_TRANSLATION:
		error.kind = ICMP_ERROR_PROHIBITED;
		return refuse(skb, packet, port, &error);
	case WEFT_DROP_NO_LISTENER:
	case WEFT_DROP_NO_MEMBER:
	case WEFT_DROP_LISTENER_LIMIT:
	case WEFT_DROP_NO_CONNECTION:
		break;
	default:
		return -(int)reason;
	}
	if (packet->key.protocol == IPPROTO_TCP && !(packet->flags & PACKET_ICMP_ERROR))
		return reset(skb, packet, port, reason);
	return refuse(skb, packet, port, &error);
}
