/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Members of load balancers: where they are, and whether they get connections. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

/* Written by user space only, so without memory set aside. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, __u32);
	__type(value, struct weft_backend);
} weft_backends SEC(".maps");

/* It is known, and gets no new connections. */
static __always_inline int backend_is_down(__u32 number)
{
	const struct weft_backend *backend = bpf_map_lookup_elem(&weft_backends, &number);

	return backend && !(backend->flags & WEFT_BACKEND_UP);
}
