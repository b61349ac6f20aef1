/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP (RFC 792) and ICMPv6 (RFC 4443): the eight bytes that both begin with. The uapi header for
 * ICMP cannot be had without the C library's. */
#pragma once

#include <linux/types.h>

struct icmp {
	__u8 type;
	__u8 code;
	__be16 checksum;
	union {
		struct {
			__be16 id;
			__be16 sequence;
		} echo;
		struct {
			__be16 unused;
			__be16 mtu;
		} too_big_v4;
		__be32 mtu_v6;
		__be32 unused;
	};
};

enum icmp_v4_type {
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_ECHO_REQUEST = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
};

enum icmp_v6_type {
	ICMPV6_UNREACHABLE = 1,
	ICMPV6_TOO_BIG = 2,
	ICMPV6_ECHO_REQUEST = 128,
	ICMPV6_ECHO_REPLY = 129,
	ICMPV6_ROUTER_SOLICITATION = 133,
	ICMPV6_NEIGHBOUR_SOLICITATION = 135,
	ICMPV6_NEIGHBOUR_ADVERTISEMENT = 136,
	ICMPV6_ND_REDIRECT = 137,
};

/* Codes of unreachable. */
enum icmp_unreachable_code {
	ICMP_UNREACHABLE_HOST = 1,
	ICMP_UNREACHABLE_PORT = 3,
	ICMP_UNREACHABLE_TOO_BIG = 4,
	ICMP_UNREACHABLE_PROHIBITED = 13, /* RFC 1812 section 5.2.7.1 */
	ICMPV6_UNREACHABLE_NO_ROUTE = 0,
	ICMPV6_UNREACHABLE_PROHIBITED = 1,
	ICMPV6_UNREACHABLE_PORT = 4,
};
