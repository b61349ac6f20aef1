/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sweep's half of denials: tells of those that have grown, and removes those that have not. */
#pragma once

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"
#include "counter.h"
#include "denial_table.h"
#include "report.h"

static __always_inline void denial_next_period(void)
{
	__u32 *period = denial_period();

	if (period)
		*period += 1;
}

static __always_inline void denial_describe(struct weft_flow_report *report,
					    const struct weft_denial_key *key,
					    const struct weft_denial *denial)
{
	int icmp = key->protocol == IPPROTO_ICMP || key->protocol == IPPROTO_ICMPV6;

	report->time_ns = bpf_ktime_get_ns();
	report->started_ns = denial->first_ns;
	report->last_ns = denial->last_ns;
	report->key.vni = key->vni;
	report->key.protocol = key->protocol;
	address_copy(&report->key.source, &key->source);
	address_copy(&report->key.destination, &key->destination);
	report->key.destination_port = icmp ? 0 : key->port;
	report->icmp_type = icmp ? bpf_ntohs(key->port) : 0;
	report->vni = denial->vni;
	report->ifindex = key->ifindex;
	report->policy = key->policy;
	report->rule = key->rule;
	report->drop_reason = key->drop_reason;
	report->flags = WEFT_REPORT_DENIED;
	if (address_is_zero(&key->destination))
		report->flags |= WEFT_REPORT_LUMPED;
}

/* Reports what a denial has come to since it was told of last, when that is something. packets and
 * bytes: all there were. */
static __always_inline __u32 denial_tell_since(const struct weft_denial_key *key,
					       struct weft_denial *denial, __u64 packets,
					       __u64 bytes)
{
	struct weft_flow_report *report;

	if (packets == denial->reported_packets && bytes == denial->reported_bytes)
		return REPORT_NOTHING;
	report = bpf_ringbuf_reserve(&weft_reports, sizeof(*report), 0);
	if (!report)
		return REPORT_NO_ROOM;
	__builtin_memset(report, 0, sizeof(*report));
	denial_describe(report, key, denial);
	report->opener.total_packets = packets;
	report->opener.total_bytes = bytes;
	report->opener.packets = packets - denial->reported_packets;
	report->opener.bytes = bytes - denial->reported_bytes;
	denial->reported_packets = packets;
	denial->reported_bytes = bytes;
	bpf_ringbuf_submit(report, BPF_RB_NO_WAKEUP);
	return REPORT_MADE;
}

/* NOTHING: nothing has come since the last time. */
static __always_inline __u32 denial_tell(const struct weft_denial_key *key,
					 struct weft_denial *denial)
{
	__u64 packets = *(volatile __u64 *)&denial->packets;
	__u64 bytes = *(volatile __u64 *)&denial->bytes;

	return denial_tell_since(key, denial, packets, bytes);
}

/* Removes a denial. A packet may be counted in it right now: it is closed first, so that each half
 * of what the packet adds is either read here or handed back to it. True: one more report. */
static __always_inline int denial_end(void *map, const struct weft_denial_key *key,
				      struct weft_denial *denial)
{
	__u64 packets = __sync_lock_test_and_set(&denial->packets, WEFT_DENIAL_GONE);
	__u64 bytes = __sync_lock_test_and_set(&denial->bytes, WEFT_DENIAL_GONE);
	__u32 outcome = denial_tell_since(key, denial, packets, bytes);

	if (outcome == REPORT_NO_ROOM)
		report_count_lost(packets - denial->reported_packets,
				  bytes - denial->reported_bytes);
	bpf_map_delete_elem(map, key);
	return outcome == REPORT_MADE;
}
