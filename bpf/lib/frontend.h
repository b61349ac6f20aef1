/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What floating IPs, published ports and virtual IPs lead to. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"

/* Written by user space only, so without memory set aside. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, struct weft_frontend_key);
	__type(value, struct weft_frontend);
} weft_frontends SEC(".maps");
