/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the agent's services answer, and what it asks ports: known flow, or a new question →
 * translated → port. */
#include "lib/config.h"
#include "lib/denial.h"
#include "lib/drop.h"
#include "lib/ethernet.h"
#include "lib/flow.h"
#include "lib/fragment.h"
#include "lib/packet.h"
#include "lib/pair.h"
#include "lib/port.h"
#include "lib/probe.h"
#include "lib/rewrite.h"

char _license[] SEC("license") = "Dual BSD/GPL";

static __always_inline int answer_parsed(struct __sk_buff *skb, struct packet *packet)
{
	struct weft_flow *flow, *known;
	struct pair *opened;
	struct weft_port *port;
	int verdict;

	packet_defragment(packet);
	known = flow_lookup(&packet->key);
	if (known && (known->in_ifindex != skb->ifindex || !(known->flags & WEFT_FLOW_REWRITE)))
		return -WEFT_DROP_SERVICE_UNKNOWN;
	if (known && port_by_ifindex(known->ifindex)) {
		flow_account(skb, known, packet);
		flow = known;
	} else {
		verdict = open_probe(skb, packet);
		if (verdict)
			return verdict;
		opened = pair_scratch();
		flow = opened ? &opened->flow : 0;
	}
	port = flow ? port_by_ifindex(flow->ifindex) : 0;
	if (!port)
		return -WEFT_DROP_SERVICE_UNKNOWN;
	verdict = rewrite(skb, packet, &flow->rewrite);
	if (verdict)
		return verdict;
	if (!ethernet_write(skb, port->mac, port->gateway_mac,
			    packet->family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6)))
		return -WEFT_DROP_MALFORMED;
	return send_to_peer(skb, flow->ifindex);
}

static __always_inline int answer(struct __sk_buff *skb)
{
	struct packet packet = {.key.vni = WEFT_SERVICE_VNI};
	int verdict = packet_parse(skb, &packet, 0);

	return verdict ? verdict : conclude_packet(skb, &packet, answer_parsed(skb, &packet));
}

SEC("tc")
int from_service(struct __sk_buff *skb)
{
	return conclude(skb, answer(skb));
}
