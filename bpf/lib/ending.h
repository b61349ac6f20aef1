/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a connection: what it was charged is given back once, by whoever removes its opener's
 * entry. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "flow.h"
#include "port.h"
#include "report.h"
#include "usage.h"

static __always_inline void give_back(__u8 flags, __u32 port, __u32 listener, __u32 backend)
{
	if (flags & WEFT_FLOW_SHARED)
		port_release_translation(port);
	port_release(port);
	usage_release(&weft_listener_usage, listener);
	usage_release(&weft_backend_usage, backend);
}

/* Removes both entries, by the opener's. False: another CPU has. */
static __always_inline int flow_end(const struct weft_flow_key *key, struct weft_flow *opener,
				    const struct weft_flow_key *mirror_key,
				    struct weft_flow *mirror)
{
	__u32 port = opener->port, listener = opener->listener, backend = opener->backend;
	__u8 flags = opener->flags;

	usage_tell(opener, mirror);
	if (mirror)
		bpf_map_delete_elem(&weft_flows, mirror_key);
	if (bpf_map_delete_elem(&weft_flows, key))
		return 0;
	give_back(flags, port, listener, backend);
	return 1;
}

/* An entry that is all that is left of its connection. */
static __always_inline void end_half(const struct weft_flow_key *key, struct weft_flow *flow)
{
	if (config.reports && !flow_is_probed(flow))
		report_lose(flow, 0);
	bpf_map_delete_elem(&weft_flows, key);
}

/* Ends the connection that a key belongs to, in whichever direction, and tells why: weft_flow_end.
 * Not static: the verifier then walks it once. */
__noinline int end_pair(const struct weft_flow_key *of, __u32 end)
{
	struct weft_flow_key key, mirror_key;
	struct weft_flow *flow, *mirror;

	if (!of)
		return 0;
	key = *of;
	flow = flow_lookup(&key);
	if (!flow)
		return 0;
	flow_mirror_key(&mirror_key, &key, flow);
	mirror = flow_lookup(&mirror_key);
	if (mirror && !!(mirror->flags & WEFT_FLOW_REVERSE) == !!(flow->flags & WEFT_FLOW_REVERSE))
		mirror = 0; /* another connection's */
	if (!(flow->flags & WEFT_FLOW_REVERSE)) {
		report_end(&key, flow, mirror, end);
		flow_end(&key, flow, &mirror_key, mirror);
	} else if (mirror) {
		report_end(&mirror_key, mirror, flow, end);
		flow_end(&mirror_key, mirror, &key, flow);
	} else {
		end_half(&key, flow);
	}
	return 0;
}
