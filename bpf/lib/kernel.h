/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel names that the uapi headers of stable distributions lack, and hints to the compiler. */
#pragma once

#define AF_INET 2
#define AF_INET6 10

/* Kernel 6.3: bpf_skb_adjust_room() also settles skb->protocol when it removes headers. */
#define ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
