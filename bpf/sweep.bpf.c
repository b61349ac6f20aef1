/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every connection: reported when there is news of it; past its timeout both ways, or never answered
 * by a member that is down → share released → gone. Then every denial. */
#include "lib/backend.h"
#include "lib/config.h"
#include "lib/counter.h"
#include "lib/denial_report.h"
#include "lib/ending.h"
#include "lib/flow.h"
#include "lib/report.h"
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

/* When either of the two directions had its last packet. */
static __always_inline __u64 last_ns(const struct weft_flow *flow, const struct weft_flow *mirror)
{
	return mirror && mirror->last_ns > flow->last_ns ? mirror->last_ns : flow->last_ns;
}

static __always_inline int is_past(const struct sweeping *sweeping, __u64 then, __u64 for_ns)
{
	return sweeping->now > then && sweeping->now - then > for_ns;
}

/* TCP has ended, and what still comes after that would have come by now. */
#define SETTLED_NS SECOND_NS

/* Why a connection is no more; NONE: it still is. */
static __always_inline __u32 end_of(const struct sweeping *sweeping, const struct weft_flow *flow,
				    const struct weft_flow *mirror, int quiet)
{
	__u8 flags = flow->flags | (mirror ? mirror->flags : 0);
	__u8 seen = flow->tcp_flags | (mirror ? mirror->tcp_flags : 0);

	if (!(flags & WEFT_FLOW_CLOSING))
		return quiet ? WEFT_FLOW_END_QUIET : WEFT_FLOW_END_NONE;
	if (!quiet && !is_past(sweeping, last_ns(flow, mirror), SETTLED_NS))
		return WEFT_FLOW_END_NONE;
	return seen & TCP_RST ? WEFT_FLOW_END_RESET : WEFT_FLOW_END_FINISHED;
}

/* Whether there is news: that it has begun, that it has ended, or what it has carried for a while.
 * One that is about to end is told once, then. */
static __always_inline int has_news(const struct sweeping *sweeping, const struct weft_flow *flow,
				    const struct weft_flow *mirror, __u32 end, int quiet)
{
	__u32 told = flow->report_flags;
	__u64 since = flow->reported_ns ? flow->reported_ns : flow->started_ns;
	int closing = (flow->flags | (mirror ? mirror->flags : 0)) & WEFT_FLOW_CLOSING;
	int carried = flow->packets != flow->reported_packets ||
		      (mirror && mirror->packets != mirror->reported_packets);

	if (end && !(told & WEFT_REPORT_CLOSED))
		return 1;
	if (!(told & WEFT_REPORT_OPENED) && !closing)
		return 1;
	return carried && (quiet || is_past(sweeping, since, sweeping->result.report_after_ns));
}

/* False: the report found no room, and waits in the entry. */
static __always_inline int tell(struct sweeping *sweeping, const struct weft_flow_key *key,
				struct weft_flow *flow, struct weft_flow *mirror, int quiet)
{
	__u32 end = end_of(sweeping, flow, mirror, quiet), outcome;

	if (!report_concerns(key) || !has_news(sweeping, flow, mirror, end, quiet))
		return 1;
	if (quiet && sweeping->result.crowded)
		end |= REPORT_CANNOT_WAIT;
	outcome = report_flow(key, flow, mirror, end);
	sweeping->result.reported += outcome == REPORT_MADE;
	sweeping->result.waiting += outcome == REPORT_NO_ROOM && !(end & REPORT_CANNOT_WAIT);
	return outcome != REPORT_NO_ROOM || end & REPORT_CANNOT_WAIT;
}

/* Nobody has answered, and who should gets no new connections by now: the client's next try is one,
 * and is given to another member. */
static __always_inline int is_forsaken(__u8 protocol, const struct weft_flow *flow,
				       const struct weft_flow *mirror)
{
	return protocol == IPPROTO_TCP && flow->backend && (!mirror || !mirror->packets) &&
	       backend_is_down(flow->backend);
}

/* Listeners and members hear what theirs have carried. The opening half decides for both; the
 * answering half goes alone only when that one is lost. */
static long visit(__attribute__((unused)) void *map, const void *key_at, void *value, void *context)
{
	struct sweeping *sweeping = context;
	struct weft_flow *flow = value, *mirror;
	struct weft_flow_key key, mirror_key;
	int opens = !(flow->flags & WEFT_FLOW_REVERSE), quiet;

	__builtin_memcpy(&key, key_at, sizeof(key));
	flow_mirror_key(&mirror_key, &key, flow);
	mirror = flow_lookup(&mirror_key);
	if (mirror && !!(mirror->flags & WEFT_FLOW_REVERSE) != opens)
		mirror = 0;
	sweeping->result.visited += 1;
	if (!opens && mirror)
		return 0;
	quiet = is_past(sweeping, last_ns(flow, mirror), timeout_ns(key.protocol, flow, mirror));
	if (!opens) {
		if (quiet) {
			sweeping->result.orphans += 1;
			end_half(&key, flow);
		}
		return 0;
	}
	quiet = quiet || is_forsaken(key.protocol, flow, mirror);
	usage_tell(flow, mirror);
	if (!tell(sweeping, &key, flow, mirror, quiet) || !quiet)
		return 0;
	if (flow_end(&key, flow, &mirror_key, mirror)) {
		sweeping->result.expired += 1;
		count(WEFT_COUNTER_FLOWS_EXPIRED);
	}
	return 0;
}

/* Denials go once they have been quiet from one sweep to the next. */
static long visit_denial(void *map, const void *key_at, void *value, void *context)
{
	struct sweeping *sweeping = context;
	struct weft_denial_key key;
	__u32 outcome;

	__builtin_memcpy(&key, key_at, sizeof(key));
	outcome = denial_tell(&key, value);
	if (outcome == REPORT_NOTHING)
		sweeping->result.reported += denial_end(map, &key, value);
	sweeping->result.reported += outcome == REPORT_MADE;
	sweeping->result.waiting += outcome == REPORT_NO_ROOM;
	return 0;
}

SEC("syscall")
int sweep(struct weft_sweep *result)
{
	struct sweeping sweeping = {.now = bpf_ktime_get_ns()}; /* flow_clock(), to the tick */

	sweeping.result.report_after_ns = result->report_after_ns;
	sweeping.result.crowded = result->crowded;
	bpf_for_each_map_elem(&weft_flows, visit, &sweeping, 0);
	if (config.reports) {
		denial_next_period();
		bpf_for_each_map_elem(&weft_denials, visit_denial, &sweeping, 0);
	}
	result->visited = sweeping.result.visited;
	result->expired = sweeping.result.expired;
	result->orphans = sweeping.result.orphans;
	result->reported = sweeping.result.reported;
	result->waiting = sweeping.result.waiting;
	return 0;
}
