/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Everything that the vrouter and user space share: map keys and values, configuration,
 * enumerations. The only definition of it: the C# side is generated from this file's BTF
 * (make abi) and CI fails when they differ.
 *
 * Rules. Fixed width, explicit padding (-Wpadded is an error). __beNN is network byte order,
 * __uNN is host byte order. Addresses are always 128 bits; IPv4 is mapped (::ffff:a.b.c.d,
 * RFC 4291 section 2.5.5.2). New enumerators go last. A changed layout is a new map name.
 */
#pragma once

#include <linux/types.h>

#define WEFT_ETH_ALEN 6
/* Slots of weft_generations; a network uses slot vni % WEFT_GENERATIONS. Two networks that share
 * a slot only cost each other a needless re-decision. */
#define WEFT_GENERATIONS 4096
/* The pseudo network of the agent's own services (names); never on the wire. */
#define WEFT_SERVICE_VNI 0
/* Of an identity: the port that has the address has security groups. */
#define WEFT_IDENTITY_GUARDED (1ULL << 63)
/* Bits of a verdict's key: any protocol, any port of a protocol, one port. */
#define WEFT_VERDICT_ANY_PROTOCOL 64
#define WEFT_VERDICT_ANY_PORT 80
#define WEFT_VERDICT_ONE_PORT 96

struct weft_address {
	__u8 bytes[16];
};

/* Why a packet was dropped; also the names in the API and the metrics. Never two causes for one. */
enum weft_drop_reason {
	WEFT_DROP_NONE = 0,
	WEFT_DROP_MALFORMED = 1,       /* headers cut short or contradictory */
	WEFT_DROP_UNKNOWN_PORT = 2,    /* the interface has no port in weft_ports */
	WEFT_DROP_SPOOFED_MAC = 3,     /* source MAC is not the port's */
	WEFT_DROP_SPOOFED_ADDRESS = 4, /* source address is not the port's */
	WEFT_DROP_UNSUPPORTED_ETHERTYPE = 5,
	WEFT_DROP_MULTICAST = 6, /* multicast and broadcast are not forwarded */
	WEFT_DROP_NO_ROUTE = 7,
	WEFT_DROP_TOO_LARGE = 8,	  /* answered with packet too big / fragmentation needed */
	WEFT_DROP_PORT_CLOSED = 9,	  /* the port is not open (yet) */
	WEFT_DROP_UNKNOWN_PEER = 10,	  /* overlay packet from an address that is no node's */
	WEFT_DROP_OVERLAY_SPOOFED = 11,	  /* inner source does not live on the sending node */
	WEFT_DROP_OVERLAY_NOT_LOCAL = 12, /* inner destination does not live here: never sent on */
	WEFT_DROP_ENCAP_FAILED = 13,	  /* the kernel refused to grow or shrink the packet */
	WEFT_DROP_PORT_FLOW_LIMIT = 14,	  /* the port has used up its share of the flow table */
	WEFT_DROP_REWRITE_FAILED = 15,
	WEFT_DROP_FRAGMENT = 16,	/* fragment that cannot be told to a flow */
	WEFT_DROP_SERVICE_UNKNOWN = 17, /* answer of a service to nobody's question */
	WEFT_DROP_CONGESTION_MARK =
		18, /* fabric marked congestion that the inner packet cannot carry */
	WEFT_DROP_POLICY_DENIED = 19,	/* a rule of a policy says so */
	WEFT_DROP_POLICY_NO_RULE = 20,	/* between networks, and no rule of their policies allows */
	WEFT_DROP_GROUP_DENIED = 21,	/* no rule of a port's security groups allows */
	WEFT_DROP_TRACED = 22,		/* a traced packet at the end of its way: never delivered */
	WEFT_DROP_NO_LISTENER = 23,	/* a virtual or floating IP has nothing at this port */
	WEFT_DROP_NO_MEMBER = 24,	/* a pool has no member that takes connections */
	WEFT_DROP_LISTENER_LIMIT = 25,	/* listener, or all members, have their most connections */
	WEFT_DROP_NO_TRANSLATION = 26,	/* nothing says what the sender is outside */
	WEFT_DROP_PORTS_EXHAUSTED = 27, /* no free port of the egress address to this destination,
					   or the port has its share of them */
	WEFT_DROP_NO_CONNECTION = 28, /* TCP to a virtual IP, of a connection that is not known, or
					 has ended with its member */
	WEFT_DROP_FABRIC = 29, /* VXLAN of a port to the outside: other nodes would take it for its
				  node's */
	WEFT_DROP_REASON_COUNT = 30,
};

/* What a route or a flow does with its packets. */
enum weft_action {
	WEFT_ACTION_DROP = 0,
	WEFT_ACTION_LOCAL = 1,	   /* to a port of this node */
	WEFT_ACTION_REMOTE = 2,	   /* encapsulated, to another node */
	WEFT_ACTION_GATEWAY = 3,   /* the network's own gateway address: the vrouter answers */
	WEFT_ACTION_SERVICE = 4,   /* to the agent's services (names), rewritten */
	WEFT_ACTION_NETWORK = 5,   /* of a route only: look again in network `vni`, which is joined.
				      One such step. */
	WEFT_ACTION_OUTSIDE = 6,   /* of a route only, in a network: the way out, into external
				      network `vni` */
	WEFT_ACTION_UPLINK = 7,	   /* in an external network: leaves by exit `node` of weft_exits */
	WEFT_ACTION_FLOATING = 8,  /* of a route only, in an external network: this node answers for
				      the address; weft_frontends say what it leads to */
	WEFT_ACTION_HOST = 9,	   /* of a route only, in an external network: the host's own
				      address; what no frontend and no flow takes is the host's */
	WEFT_ACTION_BALANCER = 10, /* of a route only, in a network: a virtual IP; weft_frontends
				      say what it leads to */
};

enum weft_port_flag {
	WEFT_PORT_OPEN = 1 << 0, /* not set: everything is dropped (fail closed) */
};

enum weft_verdict_flag {
	WEFT_VERDICT_LOG = 1 << 0,    /* tell it in weft_events */
	WEFT_VERDICT_REJECT = 1 << 1, /* tell the sender, when it is a port of this node */
};

enum weft_flow_flag {
	WEFT_FLOW_REVERSE = 1 << 0,	 /* the answering direction of the pair */
	WEFT_FLOW_REWRITE = 1 << 1,	 /* addresses are translated */
	WEFT_FLOW_CLOSING = 1 << 2,	 /* TCP: RST, or FIN seen both ways */
	WEFT_FLOW_FROM_OVERLAY = 1 << 3, /* packets of this direction arrive from another node */
	WEFT_FLOW_BOUND = 1 << 4,	 /* led by what was settled when it was opened: holds or
					    ends, never moves. The same of both directions. */
	WEFT_FLOW_SHARED = 1 << 5,	 /* of its opener's port, has a port of a shared address */
};

/* Interface (host side of a port's veth or tap) to port. Key: ifindex. Map weft_ports. */
struct weft_port {
	__u32 vni;
	__u32 flags;		 /* weft_port_flag */
	__u32 id;		 /* node-local number of the port, unique while the maps live */
	__u32 max_flows;	 /* connections it may hold in the flow table; 0: no limit */
	__u8 mac[WEFT_ETH_ALEN]; /* of the container's side */
	__u8 gateway_mac[WEFT_ETH_ALEN]; /* what the vrouter answers with */
	__u32 mtu;			 /* bytes of L3, as the container's interface has it */
};

/* Live count of a port's connections. Key: weft_port.id. Map weft_port_usage. */
struct weft_port_usage {
	__u64 flows;	  /* connections in the flow table now */
	__u64 refused;	  /* connections that a limit refused */
	__u64 translated; /* of `flows`, with a port of a shared address */
};

/* Longest prefix match within a network. Map weft_routes (LPM_TRIE). prefix_length counts the 32
 * bits of the VNI too: 32 + 96 + n for IPv4 /n, 32 + n for IPv6 /n. */
struct weft_route_key {
	__u32 prefix_length;
	__be32 vni;
	struct weft_address address;
};

/* identity: who has the address, in the eyes of policies. Which of the two counts, says
 * weft_epoch: so they change for all addresses at once. */
struct weft_route {
	__u64 identity[2];
	__u32 action;		 /* weft_action */
	__u32 vni;		 /* the destination's network: what goes on the wire; NETWORK: where
				    to look */
	__u32 ifindex;		 /* LOCAL: host side of the port */
	__u32 node;		 /* REMOTE: key of weft_nodes */
	__u8 mac[WEFT_ETH_ALEN]; /* LOCAL: of the container's side */
	__u8 pad[2];
};

/* Other nodes. Key: node number. Map weft_nodes. */
struct weft_node {
	struct weft_address address;  /* outer destination */
	struct weft_address local;    /* outer source */
	struct weft_address next_hop; /* on the fabric: the node itself or a router */
	__u32 ifindex;		      /* fabric interface */
	__u32 mtu;		      /* bytes of inner L3 that fit in one packet to this node */
};

/* Outer source address to node number. Map weft_peers. */
struct weft_peer {
	__u32 node;
};

/* One direction of a connection. ICMP echo: both ports hold the identifier; other ICMP: source
 * port holds type << 8 | code; protocols without ports: 0. Map weft_flows (HASH). */
struct weft_flow_key {
	__u32 vni; /* the network whose hook sees the packet: sender's at from_port, destination's
		      at from_overlay */
	__u8 protocol;
	__u8 pad[3];
	struct weft_address source;
	struct weft_address destination;
	__be16 source_port;
	__be16 destination_port;
};

/* What the packet's addresses and ports become: all four, also those that stay. The key of the
 * other direction is this, swapped. */
struct weft_rewrite {
	struct weft_address source;
	struct weft_address destination;
	__be16 source_port;
	__be16 destination_port;
};

struct weft_flow {
	__u64 packets;
	__u64 bytes;	  /* of L3 */
	__u64 started_ns; /* CLOCK_MONOTONIC */
	__u64 last_ns;
	__u32 generation; /* of the key's network's slot when this was decided; other: decide again
			   */
	__u32 port;	  /* weft_port.id that is charged for the connection */
	__u32 vni;	  /* the destination's network */
	__u32 ifindex;	  /* LOCAL and SERVICE: interface to deliver to */
	__u32 in_ifindex; /* interface that packets of this direction come in by (anti-spoofing);
			     FROM_OVERLAY: 0 */
	__u32 node;	  /* REMOTE: where to; UPLINK: number of the exit */
	__u32 rule;	  /* that decided, of `policy`; 0: inside one network */
	__u8 action;	  /* weft_action */
	__u8 drop_reason; /* weft_drop_reason, when action is DROP */
	__u8 flags;	  /* weft_flow_flag */
	__u8 tcp_flags;	  /* all seen in this direction */
	__u8 mac[WEFT_ETH_ALEN]; /* destination MAC on delivery */
	__u8 icmp_type;		 /* of the packet that opened the connection */
	__u8 pad;
	struct weft_rewrite rewrite;
	__u32 policy;	  /* that decided; 0: inside one network */
	__u32 mirror_vni; /* of the other direction's key */
	__u32 from_node;  /* FROM_OVERLAY: which it arrives from */
	__u32 listener;	  /* that counts the connection; 0: none */
	__u32 backend; /* that has the connection; 0: none. Both are charged once, by the opener's
			  entry. */
	__u64 told_packets; /* what listener and backend have been told of so far */
	__u64 told_bytes;
	__u64 reported_packets; /* what reports have told of so far (abi_reports.h) */
	__u64 reported_bytes;
	__u64 reported_ns;  /* of the opener's entry: the last report; 0: none yet */
	__u32 handshake_us; /* TCP, since SYN: the opener's until its first ACK, the other's until
			       the SYN-ACK */
	__u32 report_flags; /* weft_report_flag, of the opener's entry: what has been told */
};

/* Who asks whom: two identities. Map weft_policies (HASH). */
struct weft_policy_key {
	__u64 source;
	__u64 destination;
};

/* Which table of rules answers. 0: none. Which of the two counts, says weft_epoch. */
struct weft_policy {
	__u64 table[2];
};

/* Map weft_verdicts (LPM_TRIE). prefix_length counts the 64 bits of the table's name too:
 * WEFT_VERDICT_ANY_PROTOCOL, or WEFT_VERDICT_ANY_PORT plus n bits of the port. */
struct weft_verdict_key {
	__u32 prefix_length;
	__u32 table[2]; /* low half first */
	__u8 protocol;
	__u8 pad;
	__be16 port; /* destination port; ICMP and ICMPv6: the type; other protocols: 0 */
};

struct weft_verdict {
	__u64 source_ports; /* not 0: look again in that table, with the source port */
	__u32 policy;
	__u32 rule;
	__u8 drop_reason; /* weft_drop_reason; NONE: allowed */
	__u8 flags;	  /* weft_verdict_flag */
	__u8 pad[6];
};

/* What a rule did. Denied: packets and bytes. Allowed: connections opened, in `packets`, counted
 * on the opener's node. Map weft_rule_counts (PERCPU_HASH), value weft_counter. */
struct weft_rule_key {
	__u32 policy;
	__u32 rule;
};

/* A rule that logs has decided: about each packet that it denied, each connection that it opened.
 * Map weft_events (RINGBUF). */
struct weft_event {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 ifindex; /* where the packet came in */
	__u32 policy;
	__u32 rule;
	__u32 vni;		  /* network of key.destination */
	struct weft_flow_key key; /* of the opener's direction; key.vni: network of key.source */
	__u8 icmp_type;		  /* of the packet that opens the connection */
	__u8 drop_reason;	  /* weft_drop_reason; NONE: allowed */
	__u8 pad[2];
};

/* A frame that is sent to see what becomes of it is told by its source MAC: random, made for it
 * alone, good for one frame of one interface. Map weft_traces (HASH). */
struct weft_trace_key {
	__u8 mac[WEFT_ETH_ALEN];
	__u8 pad[2];
};

struct weft_trace {
	__u32 id;
	__u32 ifindex; /* of the port that may send it */
};

enum weft_trace_hook {
	WEFT_TRACE_FROM_PORT = 1,
	WEFT_TRACE_FROM_OVERLAY = 2,
};

enum weft_trace_flag {
	WEFT_TRACE_REJECT = 1 << 0,   /* the sender of a packet like it would be told */
	WEFT_TRACE_KNOWN = 1 << 1,    /* there is a flow for packets like it */
	WEFT_TRACE_OUTDATED = 1 << 2, /* which the next packet decides anew */
};

/* What a hook decided about a traced packet. Map weft_trace_events (RINGBUF). */
struct weft_trace_event {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 id;      /* weft_trace.id */
	__u32 ifindex; /* where the packet came in */
	__u32 vni;     /* network of the hook, then of the destination, when it is known */
	__u32 to_vni;
	__u32 to_ifindex; /* LOCAL: where it would be delivered */
	__u32 node;	  /* REMOTE: where it is sent; from_overlay: where it came from */
	__u32 policy;	  /* that decided; 0: none */
	__u32 rule;
	__u32 flow_policy; /* KNOWN: by which the flow was opened */
	__u32 flow_rule;
	__u8 hook;	  /* weft_trace_hook */
	__u8 action;	  /* weft_action */
	__u8 drop_reason; /* weft_drop_reason; NONE: it goes on */
	__u8 flags;	  /* weft_trace_flag */
	__u8 pad[4];
};

/* First fragment's ports for the fragments after it. Map weft_fragments (LRU_HASH). */
struct weft_fragment_key {
	__u32 vni;
	__u32 id; /* IPv4: 16 bits of it */
	struct weft_address source;
	struct weft_address destination;
	__u8 protocol;
	__u8 pad[3];
};

struct weft_fragment {
	__be16 source_port;
	__be16 destination_port;
};

/* Dropped packets. Map weft_drops (PERCPU_HASH), value weft_counter. */
struct weft_drop_key {
	__u32 ifindex;
	__u32 reason; /* weft_drop_reason */
};

struct weft_counter {
	__u64 packets;
	__u64 bytes;
};

/* Node-wide counts. Map weft_counters (PERCPU_ARRAY of __u64). Every loss has one. */
enum weft_counter_id {
	WEFT_COUNTER_FLOWS_CREATED = 0,
	WEFT_COUNTER_FLOWS_EXPIRED = 1,
	WEFT_COUNTER_FLOWS_UNTRACKED = 2, /* table full: decided packet by packet */
	WEFT_COUNTER_FLOWS_REDECIDED = 3, /* generation had moved on */
	WEFT_COUNTER_ICMP_ERRORS_SENT = 4,
	WEFT_COUNTER_ARP_ANSWERED = 5,
	WEFT_COUNTER_ND_ANSWERED = 6,
	WEFT_COUNTER_OVERLAY_PASSED = 7,      /* VXLAN that is not ours, left to the host */
	WEFT_COUNTER_ICMP_ERRORS_LIMITED = 8, /* not sent: over the rate limit */
	WEFT_COUNTER_EVENTS_LOST = 9,	      /* of rules that log, over the rate limit or no room;
						 of traces, no room */
	WEFT_COUNTER_RESETS_SENT = 10,	      /* a rule rejected a TCP packet */
	WEFT_COUNTER_REPORTS_LOST = 11, /* of flows and denials: no room, and they could not wait */
	WEFT_COUNTER_REPORTED_PACKETS_LOST = 12, /* that these would have told of */
	WEFT_COUNTER_REPORTED_BYTES_LOST = 13,
	WEFT_COUNTER_REPORTS_LUMPED = 14,    /* packets whose details gave way to a scan's number */
	WEFT_COUNTER_UNTRACKED_PACKETS = 15, /* passed without a flow, so without a report */
	WEFT_COUNTER_UNTRACKED_BYTES = 16,
	WEFT_COUNTER_ECHOES_ANSWERED = 17, /* by gateways and virtual IPs: of no flow */
	WEFT_COUNTER_ECHO_BYTES_ANSWERED = 18,
	WEFT_COUNTER_ID_COUNT = 19,
};

/* A service of the agent that ports reach at a well-known port of any address outside of their
 * network and of the gateway address. Map weft_services (HASH). */
struct weft_service_key {
	__u8 protocol;
	__u8 family; /* 4 or 6 */
	__be16 port;
};

struct weft_service {
	struct weft_address address; /* where the agent listens, in the service namespace */
	/* The caller's address there is this prefix with weft_port.id in the low 24 bits, so that
	 * the agent can tell callers of overlapping networks apart. */
	struct weft_address caller_prefix;
	__u32 ifindex;		 /* host side of the service namespace's veth */
	__u8 mac[WEFT_ETH_ALEN]; /* of its other side */
	__u8 pad[2];
};

enum weft_network_flag {
	WEFT_NETWORK_EXTERNAL = 1 << 0, /* of no port: what is known outside */
};

/* Networks that have ports on this node, and external networks that it knows addresses of. Key:
 * VNI. Map weft_networks. */
struct weft_network {
	__u32 flags; /* weft_network_flag */
	__u32 pad;
	struct weft_address gateway_v4; /* zero: none */
	struct weft_address gateway_v6;
};

/* Set before load, folded by the verifier. */
struct weft_config {
	__be16 vxlan_port;
	__u8 weak_memory;    /* not 0: processors that read out of order need fences (not x86) */
	__u8 reports;	     /* 0: nothing is reported of flows and denials */
	__u32 tcp_timeout_s; /* established */
	__u32 tcp_closing_timeout_s; /* after FIN both ways or RST; also unanswered SYN */
	__u32 udp_timeout_s;
	__u32 other_timeout_s;
};

/* Context of the sweep program (SEC("syscall"), run by the agent through BPF_PROG_TEST_RUN): zero
 * going in but for the first two, filled coming out. */
struct weft_sweep {
	__u64 report_after_ns; /* connections that have carried something and were reported so long
				  ago are reported again; new and ended ones at once */
	__u64 crowded;	       /* not 0: the table is nearly full, so what has ended goes even when
				  its report finds no room */
	__u64 visited;	       /* entries looked at */
	__u64 expired;	       /* connections removed, both halves */
	__u64 orphans;	       /* halves removed that had lost their other half */
	__u64 reported;	       /* reports made, of flows and denials */
	__u64 waiting;	       /* that found no room, and wait */
};

#include "abi_outside.h"
#include "abi_reports.h"
