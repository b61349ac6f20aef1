/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Removes connections that have gone quiet: expired both ways → release the port's share → gone. */
#include "lib/config.h"
#include "lib/counter.h"
#include "lib/port.h"
#include "lib/flow.h"

char _license[] SEC("license") = "Dual BSD/GPL";

SEC("syscall")
int sweep(struct weft_sweep *result)
{
	result->visited = config.udp_timeout_s;
	return 0;
}
