/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the loader settles before load: in .rodata, so the verifier folds it. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

const volatile struct weft_config config = {
	.vxlan_port = __builtin_bswap16(4789),
	.reports = 1,
	.tcp_timeout_s = 6 * 3600,
	.tcp_closing_timeout_s = 30,
	.udp_timeout_s = 120,
	.other_timeout_s = 60,
};
