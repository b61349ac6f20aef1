/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/config.h"
#include "lib/counter.h"
#include "lib/drop.h"
#include "lib/port.h"
#include "lib/network.h"
#include "lib/route.h"
#include "lib/node.h"
#include "lib/service.h"
#include "lib/flow.h"
#include "lib/fragment.h"

char _license[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int from_port(struct __sk_buff *skb)
{
	struct weft_port *port = port_by_ifindex(skb->ifindex);

	if (!port)
		return drop(skb, WEFT_DROP_UNKNOWN_PORT);
	if (!(port->flags & WEFT_PORT_OPEN) || !config.vxlan_port)
		return drop(skb, WEFT_DROP_PORT_CLOSED);
	return drop(skb, WEFT_DROP_NO_ROUTE);
}
