/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads headers one after another; nothing else compares with data_end. */
#pragma once

#include <linux/bpf.h>

struct cursor {
	void *at;
	void *end;
};

static __always_inline struct cursor cursor_at(struct __sk_buff *skb, __u32 offset)
{
	struct cursor cursor = {
		.at = (void *)(long)skb->data + offset,
		.end = (void *)(long)skb->data_end,
	};

	return cursor;
}

static __always_inline void *cursor_pull(struct cursor *cursor, __u32 size)
{
	void *header = cursor->at;

	if (header + size > cursor->end)
		return 0;
	cursor->at = header + size;
	return header;
}

/* The header at the cursor, which moves past it; null when the packet ends before. */
#define PULL(cursor, type) ((type *)cursor_pull(cursor, sizeof(type)))

/* The header at an offset of the packet. */
static __always_inline void *header_at(struct __sk_buff *skb, __u32 offset, __u32 size)
{
	struct cursor cursor = cursor_at(skb, offset);

	return cursor_pull(&cursor, size);
}
