/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The Internet checksum (RFC 1071). */
#pragma once

#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include "kernel.h"

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

/*
 * Tells a transport's checksum of changed IPv6 addresses. Without the flag the kernel also changes
 * the sum that a network card made over the whole packet, which stays as it is: IPv6 has no header
 * checksum that would change the other way. Kernels that do not know the flag refuse it.
 */
static __always_inline int l4_change_addresses_v6(struct __sk_buff *skb, __u32 offset, __s64 change,
						  __u64 flags)
{
	flags |= BPF_F_PSEUDO_HDR;
	if (likely(!bpf_l4_csum_replace(skb, offset, 0, change, flags | BPF_F_IPV6)))
		return 0;
	return bpf_l4_csum_replace(skb, offset, 0, change, flags);
}
