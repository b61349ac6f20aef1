/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the ports of a network are outside. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"
#include "address.h"

/* Written by user space only, so without memory set aside. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, struct weft_translation_key);
	__type(value, struct weft_translation);
} weft_translations SEC(".maps");
