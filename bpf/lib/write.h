/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes bytes of a packet. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/*
 * Packets are written by helpers, never through packet pointers: a program with one such write gets
 * a prologue that makes every cloned packet writable as a whole, those too that it then leaves
 * alone. The helper sees that a TCP sender's clone may have its headers written in place.
 */
static __always_inline int packet_write(struct __sk_buff *skb, __u32 offset, const void *bytes,
					__u32 size)
{
	return !bpf_skb_store_bytes(skb, offset, bytes, size, 0);
}
