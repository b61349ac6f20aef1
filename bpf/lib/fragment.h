/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ports of a first fragment, remembered for the fragments after it. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct weft_fragment_key);
	__type(value, struct weft_fragment);
} weft_fragments SEC(".maps");
