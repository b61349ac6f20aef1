/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The part of abi.h about external networks, translations and load balancing; its rules are that
 * file's. */
#pragma once

#include <linux/types.h>
#include "abi.h"

/* An interface of this host to an external network. Key: ifindex. Map weft_uplinks. */
struct weft_uplink {
	__u32 vni;		 /* of the external network */
	__u32 mtu;		 /* bytes of L3 */
	__u8 mac[WEFT_ETH_ALEN]; /* what floating IPs are answered with */
	__u8 pad[2];
};

enum weft_exit_flag {
	WEFT_EXIT_HOST_ROUTES = 1 << 0, /* the host's routes by this interface know the next hop */
};

/* A way out. Key: number. Map weft_exits. */
struct weft_exit {
	struct weft_address next_hop; /* zero: the destination itself, which is on the link */
	__u32 ifindex;
	__u32 mtu; /* bytes of L3 */
	__u32 vni; /* of the external network */
	__u32 flags;
};

/* What the ports of a network are outside. Looked up with the sender's address, then with the
 * family's zero address, which stands for all others. Map weft_translations (HASH). */
struct weft_translation_key {
	struct weft_address address;
	__u32 vni;	/* of the sender's network */
	__u32 external; /* VNI of the external network */
};

struct weft_translation {
	struct weft_address address;
	__u16 first_port; /* of those that connections get; 0: they keep theirs (one to one) */
	__u16 last_port;
	__u32 max_connections; /* translated at once for one port; 0: no limit */
};

enum weft_frontend_flag {
	WEFT_FRONTEND_PUBLISHED = 1 << 0, /* is itself a rule: where no rule fits, it lets in */
};

/* What an address of this system leads to. Asked with protocol and port, then with the protocol
 * and port 0, then with both 0. Map weft_frontends (HASH). */
struct weft_frontend_key {
	struct weft_address address;
	__u32 vni;
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

struct weft_frontend {
	struct weft_address
		address; /* a port's or a virtual IP, in network `vni`; pool: not used */
	__u32 vni;
	__u32 pool;	       /* not 0: a member of weft_pools[pool] */
	__u32 listener;	       /* whose counts are in weft_listener_usage; 0: nobody's */
	__u32 max_connections; /* of the listener; 0: no limit */
	__be16 port;	       /* 0: stays, with a pool: the member's */
	__u8 flags;	       /* weft_frontend_flag */
	__u8 pad[5];
};

enum weft_balance {
	WEFT_BALANCE_ROUND_ROBIN = 0,	    /* slots hold each member as often as its weight says */
	WEFT_BALANCE_LEAST_CONNECTIONS = 1, /* slots hold each member once */
	WEFT_BALANCE_SOURCE_HASH = 2,	    /* slots are a Maglev table, asked by client address */
};

/* Members of a pool: `slots` entries of weft_slots from `offset` on. 0 slots: nobody. A changed
 * pool gets another range, so its members change at one moment. Key: number. Map weft_pools. */
struct weft_pool {
	__u32 offset;
	__u32 slots;
	__u32 balance;	  /* weft_balance */
	__u32 affinity_s; /* a client address keeps its member so long after its last new
			     connection; 0: it does not */
};

/* weft_slots (ARRAY, BPF_F_MMAPABLE) holds numbers of backends, __u32. */
#define WEFT_SLOTS 2097152

enum weft_backend_flag {
	WEFT_BACKEND_UP = 1 << 0,    /* may get new connections */
	WEFT_BACKEND_KEEPS = 1 << 1, /* those that it has stay (also when it is not up) */
};

/* Key: number, unique while the maps live. Map weft_backends. */
struct weft_backend {
	struct weft_address address;
	__u32 vni;
	__u32 weight;
	__u32 max_connections; /* 0: no limit */
	__u32 flags;	       /* weft_backend_flag */
	__be16 port;
	__u8 pad[6];
};

/* Which member a client address was given. Map weft_affinities (LRU_HASH). */
struct weft_affinity_key {
	struct weft_address client;
	__u32 pool;
};

struct weft_affinity {
	__u64 last_ns; /* CLOCK_MONOTONIC */
	__u32 backend;
	__u32 pad;
};

/* How the agent asks a port whether it is well. Key: an address in the service namespace that
 * stands for it. Map weft_probes (HASH). */
struct weft_probe {
	struct weft_address address; /* the port's */
	struct weft_address source;  /* who the port sees: the network's gateway */
	__u32 vni;
	__u32 ifindex; /* host side of the port */
};

/* Of a listener (weft_listener_usage) or backend (weft_backend_usage), by number. Packets and bytes
 * are up to date as of the last sweep. */
struct weft_balance_usage {
	__u64 connections; /* now */
	__u64 total;	   /* connections ever */
	__u64 refused;	   /* by a limit, or with nobody to go to */
	__u64 packets_in;  /* from clients */
	__u64 bytes_in;
	__u64 packets_out;
	__u64 bytes_out;
};
