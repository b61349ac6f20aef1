/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel names that the uapi headers of stable distributions lack, and hints to the compiler. */
#pragma once

#define AF_INET 2
#define AF_INET6 10

/* bpf_l4_csum_replace(): the address that changed is of IPv6 (kernel 6.16, and stable ones). */
#ifndef BPF_F_IPV6
#define BPF_F_IPV6 (1ULL << 7)
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
