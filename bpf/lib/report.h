/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What connections have carried, told to the agent: every packet in one report, or counted as lost.
 */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "config.h"
#include "counter.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8388608);
} weft_reports SEC(".maps");

enum report_outcome {
	REPORT_NOTHING, /* all has been told */
	REPORT_MADE,
	REPORT_NO_ROOM, /* it waits in the entries */
};

/* How a report is made: weft_flow_end, and */
#define REPORT_END 0xff
#define REPORT_CANNOT_WAIT (1 << 8) /* what finds no room is lost, and counted */

/* The sweep and whoever ends a connection may report it at once. */
#define REPORT_CLAIMS 4

/* What has been counted and not been told. Who asks has to tell it: nobody else is handed it. */
static __always_inline __u64 report_claim(const __u64 *counted, __u64 *told)
{
	__u64 before, now;

#pragma clang loop unroll(full)
	for (int i = 0; i < REPORT_CLAIMS; i++) {
		before = *(volatile __u64 *)told;
		now = *(const volatile __u64 *)counted;
		if (now <= before)
			return 0;
		if (__sync_val_compare_and_swap(told, before, now) == before)
			return now - before;
	}
	return 0;
}

static __always_inline int report_claim_direction(struct weft_carried *to, struct weft_flow *flow)
{
	to->packets = report_claim(&flow->packets, &flow->reported_packets);
	to->bytes = report_claim(&flow->bytes, &flow->reported_bytes);
	to->total_packets = flow->reported_packets;
	to->total_bytes = flow->reported_bytes;
	return !!(to->packets | to->bytes);
}

static __always_inline void report_count_lost(__u64 packets, __u64 bytes)
{
	count(WEFT_COUNTER_REPORTS_LOST);
	count_more(WEFT_COUNTER_REPORTED_PACKETS_LOST, packets);
	count_more(WEFT_COUNTER_REPORTED_BYTES_LOST, bytes);
}

/* An entry goes, and what it has carried cannot be told. Not static: the verifier then walks it
 * once. */
__noinline int report_lose(struct weft_flow *flow, struct weft_flow *mirror)
{
	__u64 packets = 0, bytes = 0;

	if (flow) {
		packets += report_claim(&flow->packets, &flow->reported_packets);
		bytes += report_claim(&flow->bytes, &flow->reported_bytes);
	}
	if (mirror) {
		packets += report_claim(&mirror->packets, &mirror->reported_packets);
		bytes += report_claim(&mirror->bytes, &mirror->reported_bytes);
	}
	if (packets | bytes)
		report_count_lost(packets, bytes);
	return 0;
}

static __always_inline void report_describe(struct weft_flow_report *report,
					    const struct weft_flow_key *key,
					    const struct weft_flow *opener)
{
	int here = opener->action == WEFT_ACTION_LOCAL || opener->action == WEFT_ACTION_SERVICE;

	report->started_ns = opener->started_ns;
	report->last_ns = opener->last_ns;
	report->opener.handshake_us = opener->handshake_us;
	report->opener.tcp_flags = opener->tcp_flags;
	report->key = *key;
	report->rewrite = opener->rewrite;
	report->vni = opener->vni;
	report->ifindex = opener->in_ifindex;
	report->to_ifindex = here ? opener->ifindex : 0;
	report->node = opener->node;
	report->from_node = opener->from_node;
	report->port = opener->port;
	report->policy = opener->policy;
	report->rule = opener->rule;
	report->listener = opener->listener;
	report->backend = opener->backend;
	report->action = opener->action;
	report->icmp_type = opener->icmp_type;
	report->flow_flags = opener->flags;
}

static __always_inline void report_describe_answers(struct weft_flow_report *report,
						    const struct weft_flow *mirror)
{
	if (mirror->last_ns > report->last_ns)
		report->last_ns = mirror->last_ns;
	report->answers.handshake_us = mirror->handshake_us;
	report->answers.tcp_flags = mirror->tcp_flags;
	report->flow_flags |= mirror->flags & WEFT_FLOW_CLOSING;
}

/* Whether this report is to be made: it has something to tell, or is the first to say the end. */
static __always_inline int report_claim_flags(struct weft_flow_report *report,
					      struct weft_flow *opener, int carried)
{
	__u32 told = *(volatile __u32 *)&opener->report_flags;
	__u32 tells = WEFT_REPORT_OPENED | (report->end ? WEFT_REPORT_CLOSED : 0);

	if (!carried && (!report->end || told & WEFT_REPORT_CLOSED))
		return 0;
	if (told != (told | tells) &&
	    __sync_val_compare_and_swap(&opener->report_flags, told, told | tells) != told &&
	    !carried)
		return 0; /* another CPU has said so */
	report->flags = tells & ~told;
	return 1;
}

/*
 * Reports both directions of a connection. Described first and claimed then: an entry that has
 * meanwhile become another connection's is of another count, so the claim fails. Nobody is woken:
 * the agent comes by itself. Not static: the verifier then walks it once.
 */
__noinline int report_flow(const struct weft_flow_key *key, struct weft_flow *opener,
			   struct weft_flow *mirror, __u32 how)
{
	struct weft_flow_report *report;
	int carried;

	if (!key || !opener)
		return REPORT_NOTHING;
	report = bpf_ringbuf_reserve(&weft_reports, sizeof(*report), 0);
	if (!report) {
		if (!(how & REPORT_CANNOT_WAIT))
			return REPORT_NO_ROOM;
		report_lose(opener, mirror);
		return REPORT_NO_ROOM;
	}
	__builtin_memset(report, 0, sizeof(*report));
	report->end = how & REPORT_END;
	report->time_ns = bpf_ktime_get_ns();
	report_describe(report, key, opener);
	if (mirror)
		report_describe_answers(report, mirror);
	/* The clock of packets is coarse, that of beginnings is not. */
	if (report->last_ns < report->started_ns)
		report->last_ns = report->started_ns;
	carried = report_claim_direction(&report->opener, opener);
	if (mirror)
		carried |= report_claim_direction(&report->answers, mirror);
	if (!report_claim_flags(report, opener, carried)) {
		bpf_ringbuf_discard(report, BPF_RB_NO_WAKEUP);
		return REPORT_NOTHING;
	}
	opener->reported_ns = report->time_ns;
	bpf_ringbuf_submit(report, BPF_RB_NO_WAKEUP);
	return REPORT_MADE;
}

/* Whether connections that were opened by packets of this key are told of: the agent's own
 * questions (probe.h) are not. */
static __always_inline int report_concerns(const struct weft_flow_key *opener)
{
	return config.reports && opener->vni != WEFT_SERVICE_VNI;
}

/* The last of a connection that is being ended by a packet. */
static __always_inline void report_end(const struct weft_flow_key *key, struct weft_flow *opener,
				       struct weft_flow *mirror, __u32 end)
{
	if (report_concerns(key))
		report_flow(key, opener, mirror, end | REPORT_CANNOT_WAIT);
}
