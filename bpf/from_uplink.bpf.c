/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets of an external network: to an address of ours → known flow, or frontend → forward. The
 * rest is the host's. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "lib/balance.h"
#include "lib/config.h"
#include "lib/frontend.h"
#include "lib/outside.h"
#include "lib/translation.h"
#include "lib/usage.h"

char _license[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int from_uplink(struct __sk_buff *skb)
{
	struct weft_uplink *uplink = uplink_by_ifindex(skb->ifindex);

	if (!uplink || !config.vxlan_port)
		return TC_ACT_UNSPEC;
	return TC_ACT_UNSPEC;
}
