/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a flood could make the vrouter do without end, is rationed: token buckets for each CPU. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum budget_id {
	BUDGET_ICMP_ERRORS,
	BUDGET_EVENTS,
	BUDGET_COUNT,
};

struct budget {
	__u64 tokens;
	__u64 filled_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUDGET_COUNT);
	__type(key, __u32);
	__type(value, struct budget);
} weft_budgets SEC(".maps");

/* A thousand a second, a tenth of that at once. */
#define BUDGET_TOKEN_NS 1000000
#define BUDGET_TOKENS_MAX 100

static __always_inline int within_budget(__u32 id)
{
	struct budget *budget = bpf_map_lookup_elem(&weft_budgets, &id);
	__u64 now = bpf_ktime_get_ns(), gained;

	if (!budget)
		return 0;
	gained = (now - budget->filled_ns) / BUDGET_TOKEN_NS;
	if (gained) {
		budget->filled_ns = now;
		budget->tokens += gained;
		if (gained > BUDGET_TOKENS_MAX || budget->tokens > BUDGET_TOKENS_MAX)
			budget->tokens = BUDGET_TOKENS_MAX;
	}
	if (!budget->tokens)
		return 0;
	budget->tokens -= 1;
	return 1;
}
