/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many connections listeners and backends have, and what went through them. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

/* Entries are as many as there are listeners and backends, so without memory set aside. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, __u32);
	__type(value, struct weft_balance_usage);
} weft_listener_usage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, __u32);
	__type(value, struct weft_balance_usage);
} weft_backend_usage SEC(".maps");
