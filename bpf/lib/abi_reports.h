/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The part of abi.h about what the vrouter reports of flows; its rules are that file's. */
#pragma once

#include <linux/types.h>
#include "abi.h"

enum weft_report_flag {
	WEFT_REPORT_OPENED = 1 << 0, /* the first report of the connection */
	WEFT_REPORT_CLOSED = 1 << 1, /* the first to say that the connection has ended; what came
					later is in one more, which has the end as well */
	WEFT_REPORT_DENIED = 1 << 2, /* of packets that were dropped, not of a connection */
	WEFT_REPORT_LUMPED = 1 << 3, /* DENIED: of more destinations than are told apart; the key's
					destination and ports are zero. Of more senders, too: the
					source as well. */
};

/* Why a connection is no more. */
enum weft_flow_end {
	WEFT_FLOW_END_NONE = 0,
	WEFT_FLOW_END_FINISHED = 1, /* FIN both ways */
	WEFT_FLOW_END_RESET = 2,
	WEFT_FLOW_END_QUIET = 3,    /* past its timeout */
	WEFT_FLOW_END_REPLACED = 4, /* a new connection on its ports */
	WEFT_FLOW_END_CHANGED = 5,  /* what led it leads elsewhere now */
};

/* One direction. */
struct weft_carried {
	__u64 packets;	     /* since the last report */
	__u64 bytes;	     /* of L3 */
	__u64 total_packets; /* DENIED: as above */
	__u64 total_bytes;
	__u32 handshake_us; /* TCP, since SYN: the opener's until its first ACK, the answers' until
			       SYN-ACK; 0: not seen */
	__u8 tcp_flags;	    /* all seen */
	__u8 pad[3];
};

/*
 * What a connection has carried since its last report, or what was denied of one sender. Map
 * weft_reports (RINGBUF). A report that finds no room waits in the flow's entry; one that cannot
 * wait is counted: WEFT_COUNTER_REPORTS_LOST and the two after it.
 */
struct weft_flow_report {
	__u64 time_ns; /* CLOCK_MONOTONIC, as all */
	__u64 started_ns;
	__u64 last_ns; /* of the last packet */
	struct weft_carried opener;
	struct weft_carried answers; /* DENIED: zero */
	struct weft_flow_key key;    /* the opener's; DENIED: the packets', without a source port */
	struct weft_rewrite rewrite; /* what the opener's packets become; REWRITE in flow_flags */
	__u32 vni;	  /* of the destination; key.vni: the network whose hook saw the opener */
	__u32 ifindex;	  /* where the opener's packets come in; from the overlay: 0 */
	__u32 to_ifindex; /* LOCAL, SERVICE: where they go */
	__u32 node;	  /* REMOTE: where they go; UPLINK: number of the exit */
	__u32 from_node;  /* FROM_OVERLAY in flow_flags: where they come from */
	__u32 port;	  /* weft_port.id that is charged; 0: none */
	__u32 policy;	  /* that decided, as its rule: 0, inside one network */
	__u32 rule;
	__u32 listener;
	__u32 backend;
	__u8 flags;	  /* weft_report_flag */
	__u8 end;	  /* weft_flow_end, when it has ended */
	__u8 action;	  /* weft_action, of the opener's direction */
	__u8 drop_reason; /* weft_drop_reason, when DENIED */
	__u8 icmp_type;
	__u8 flow_flags; /* weft_flow_flag, of the opener's entry */
	__u8 pad[2];
};

/* Denied packets that are told together. Map weft_denials (HASH). */
struct weft_denial_key {
	struct weft_address source;	 /* LUMPED: zero, of more senders than are told apart */
	struct weft_address destination; /* LUMPED: zero, as its port */
	__u32 vni;
	__u32 ifindex;
	__u32 policy;
	__u32 rule;
	__be16 port; /* destination's; ICMP: its type */
	__u8 protocol;
	__u8 drop_reason;
};

/* Of a denial's packets and bytes: they are told and count no more; the packet at hand is to be
 * counted elsewhere. */
#define WEFT_DENIAL_GONE (1ULL << 63)

struct weft_denial {
	__u64 packets;
	__u64 bytes;		/* of L3 */
	__u64 reported_packets; /* what reports have told of so far */
	__u64 reported_bytes;
	__u64 first_ns;
	__u64 last_ns;
	__u32 vni; /* of the destination, where the decision knew it; else the packets' own */
	__u32 pad;
};
