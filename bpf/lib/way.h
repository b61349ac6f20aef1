/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What becomes of a connection's addresses on its way: what its opener is outside, and what is
 * behind the address that it asks for. */
#pragma once

#include <linux/types.h>
#include "abi.h"

enum way_flag {
	WAY_OUTWARD = 1 << 0,	/* to what is outside: that there is a way is the permission */
	WAY_INWARD = 1 << 1,	/* from what is outside */
	WAY_PUBLISHED = 1 << 2, /* publishing is the permission */
	WAY_TARGET = 1 << 3,	/* the address asked for leads to `target` */
	WAY_SOURCE = 1 << 4,	/* the opener is `source` there */
	WAY_VISITOR = 1 << 5,	/* from outside, by way of another node of the network */
};

struct way {
	struct weft_translation source; /* what the opener is outside */
	struct weft_address target;	/* whom the address asked for leads to */
	__u64 opener_identity;		/* of the opener, outside */
	__u64 asked_identity;		/* of the address asked for, outside */
	__u32 external;			/* network that is crossed to or from; 0: none */
	__u32 listener;
	__u32 listener_max; /* connections; 0: no limit */
	__u32 pool;
	__u32 backend;
	__u32 backend_max; /* connections; 0: no limit */
	__u32 affinity_s;
	__be16 target_port;
	__u8 flags;   /* way_flag; 0: no other way than routes say */
	__u8 refusal; /* weft_drop_reason: it leads nowhere */
};
