/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The Internet checksum (RFC 1071). */
#pragma once

#include <linux/ip.h>
#include <linux/types.h>

static __always_inline __u16 checksum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline __u64 checksum_words(const void *data, __u32 words)
{
	const __u16 *word = data;
	__u64 sum = 0;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < words; i++)
		sum += word[i];
	return sum;
}

/* Of an IPv4 header without options whose check field is zero. */
static __always_inline __u16 checksum_ipv4(const struct iphdr *ip)
{
	return checksum_fold(checksum_words(ip, sizeof(*ip) / 2));
}
