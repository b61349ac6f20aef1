/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Removes connections that have gone quiet: both ways past their timeout → share released → gone.
 */
#include "lib/config.h"
#include "lib/counter.h"
#include "lib/ending.h"
#include "lib/flow.h"
#include "lib/usage.h"

char _license[] SEC("license") = "Dual BSD/GPL";

struct sweeping {
	__u64 now;
	struct weft_sweep result;
};

/* What a connection may be quiet for. */
static __always_inline __u64 timeout_ns(__u8 protocol, const struct weft_flow *flow,
					const struct weft_flow *mirror)
{
	__u8 both = mirror ? flow->tcp_flags & mirror->tcp_flags : 0;
	int closing = (flow->flags | (mirror ? mirror->flags : 0)) & WEFT_FLOW_CLOSING;

	if (protocol == IPPROTO_UDP)
		return config.udp_timeout_s * SECOND_NS;
	if (protocol != IPPROTO_TCP)
		return config.other_timeout_s * SECOND_NS;
	if (closing || both & TCP_FIN || !mirror || !flow->packets || !mirror->packets)
		return config.tcp_closing_timeout_s * SECOND_NS;
	return config.tcp_timeout_s * SECOND_NS;
}

static __always_inline int is_quiet(const struct sweeping *sweeping, __u8 protocol,
				    const struct weft_flow *flow, const struct weft_flow *mirror)
{
	__u64 last = flow->last_ns;

	if (mirror && mirror->last_ns > last)
		last = mirror->last_ns;
	return sweeping->now > last && sweeping->now - last > timeout_ns(protocol, flow, mirror);
}

/* Listeners and members hear what theirs have carried. The opening half decides for both; the
 * answering half goes alone only when that one is lost. */
static long visit(void *map, const void *key_at, void *value, void *context)
{
	struct sweeping *sweeping = context;
	struct weft_flow *flow = value, *mirror;
	struct weft_flow_key key, mirror_key;
	int opens = !(flow->flags & WEFT_FLOW_REVERSE);

	__builtin_memcpy(&key, key_at, sizeof(key));
	flow_mirror_key(&mirror_key, &key, flow);
	mirror = flow_lookup(&mirror_key);
	if (mirror && !!(mirror->flags & WEFT_FLOW_REVERSE) != opens)
		mirror = 0;
	sweeping->result.visited += 1;
	if (opens)
		usage_tell(flow, mirror);
	if ((!opens && mirror) || !is_quiet(sweeping, key.protocol, flow, mirror))
		return 0;
	if (!opens) {
		sweeping->result.orphans += 1;
		bpf_map_delete_elem(map, &key);
	} else if (flow_end(&key, flow, &mirror_key, mirror)) {
		sweeping->result.expired += 1;
		count(WEFT_COUNTER_FLOWS_EXPIRED);
	}
	return 0;
}

SEC("syscall")
int sweep(struct weft_sweep *result)
{
	struct sweeping sweeping = {.now = bpf_ktime_get_ns()}; /* flow_clock(), to the tick */

	bpf_for_each_map_elem(&weft_flows, visit, &sweeping, 0);
	result->visited = sweeping.result.visited;
	result->expired = sweeping.result.expired;
	result->orphans = sweeping.result.orphans;
	return 0;
}
