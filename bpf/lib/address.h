/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses of both families in 128 bits; IPv4 is mapped (RFC 4291 section 2.5.5.2). */
#pragma once

#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include "abi.h"

/* By words: the compiler would copy an array of bytes byte by byte. Every address in a key, a
 * value or a header is aligned to four bytes. */
static __always_inline __u32 *address_words(const struct weft_address *address)
{
	return (__u32 *)address->bytes;
}

static __always_inline void address_set_v4(struct weft_address *address, __be32 v4)
{
	__u32 *words = address_words(address);

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = v4;
}

static __always_inline void address_copy(struct weft_address *to, const void *from)
{
	const __u32 *words = from;

	address_words(to)[0] = words[0];
	address_words(to)[1] = words[1];
	address_words(to)[2] = words[2];
	address_words(to)[3] = words[3];
}

static __always_inline int address_equal(const struct weft_address *a, const struct weft_address *b)
{
	__u32 *x = address_words(a), *y = address_words(b);

	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])) == 0;
}

static __always_inline int address_is_v4(const struct weft_address *address)
{
	__u32 *words = address_words(address);

	return (words[0] | words[1] | (words[2] ^ bpf_htonl(0xffff))) == 0;
}

static __always_inline __be32 address_v4(const struct weft_address *address)
{
	return address_words(address)[3];
}

static __always_inline int address_is_zero(const struct weft_address *address)
{
	__u32 *words = address_words(address);

	return (words[0] | words[1] | words[2] | words[3]) == 0;
}

/* Multicast of either family, and IPv4's limited broadcast. */
static __always_inline int address_is_multicast(const struct weft_address *address)
{
	if (address_is_v4(address))
		return (address->bytes[12] & 0xf0) == 0xe0 || address_v4(address) == 0xffffffff;
	return address->bytes[0] == 0xff;
}

/* fe80::/10: never leaves its link, and here every port is a link of its own. */
static __always_inline int address_is_link_local(const struct weft_address *address)
{
	return address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}
