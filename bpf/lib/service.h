/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The agent's own services (names), reached at a well-known port. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct weft_service_key);
	__type(value, struct weft_service);
} weft_services SEC(".maps");

static __always_inline struct weft_service *service_lookup(__u8 protocol, __u8 family, __be16 port)
{
	struct weft_service_key key = {.protocol = protocol, .family = family, .port = port};

	return bpf_map_lookup_elem(&weft_services, &key);
}
