/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What rules did: counted for each, and told in full when the rule logs. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct weft_rule_key);
	__type(value, struct weft_counter);
} weft_rule_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 262144);
} weft_events SEC(".maps");
