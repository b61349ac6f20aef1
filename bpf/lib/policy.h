/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* May the opener of a connection open it? The one place where that is settled. */
#pragma once

#include "abi.h"

/*
 * Routes join nothing by themselves: a network's routes lead to its own ports only, and inside a
 * network everything may talk. So a route is the permission, and no rule has decided.
 */
static __always_inline void policy_settle(struct weft_flow *flow, const struct weft_route *route)
{
	flow->action = route->action;
	flow->rule = 0;
}
