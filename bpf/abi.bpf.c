/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instantiates every type of abi.h: the compiler then lays them out (padding is an error) and
 * describes them in BTF, from which eng/abi.sh makes the C# side. Never loaded.
 */
#pragma clang diagnostic error "-Wpadded"
#include "lib/abi.h"

struct weft_address abi_address;
struct weft_port abi_port;
struct weft_port_usage abi_port_usage;
struct weft_route_key abi_route_key;
struct weft_route abi_route;
struct weft_node abi_node;
struct weft_peer abi_peer;
struct weft_flow_key abi_flow_key;
struct weft_rewrite abi_rewrite;
struct weft_flow abi_flow;
struct weft_policy_key abi_policy_key;
struct weft_policy abi_policy;
struct weft_verdict_key abi_verdict_key;
struct weft_verdict abi_verdict;
struct weft_rule_key abi_rule_key;
struct weft_event abi_event;
struct weft_trace_key abi_trace_key;
struct weft_trace abi_trace;
struct weft_trace_event abi_trace_event;
struct weft_fragment_key abi_fragment_key;
struct weft_fragment abi_fragment;
struct weft_drop_key abi_drop_key;
struct weft_counter abi_counter;
struct weft_service_key abi_service_key;
struct weft_service abi_service;
struct weft_network abi_network;
struct weft_uplink abi_uplink;
struct weft_exit abi_exit;
struct weft_translation_key abi_translation_key;
struct weft_translation abi_translation;
struct weft_frontend_key abi_frontend_key;
struct weft_frontend abi_frontend;
struct weft_pool abi_pool;
struct weft_backend abi_backend;
struct weft_affinity_key abi_affinity_key;
struct weft_affinity abi_affinity;
struct weft_balance_usage abi_balance_usage;
struct weft_probe abi_probe;
struct weft_carried abi_carried;
struct weft_flow_report abi_flow_report;
struct weft_denial_key abi_denial_key;
struct weft_denial abi_denial;
struct weft_config abi_config;
struct weft_sweep abi_sweep;

enum weft_drop_reason abi_drop_reason;
enum weft_action abi_action;
enum weft_port_flag abi_port_flag;
enum weft_verdict_flag abi_verdict_flag;
enum weft_flow_flag abi_flow_flag;
enum weft_trace_hook abi_trace_hook;
enum weft_trace_flag abi_trace_flag;
enum weft_network_flag abi_network_flag;
enum weft_exit_flag abi_exit_flag;
enum weft_frontend_flag abi_frontend_flag;
enum weft_balance abi_balance;
enum weft_backend_flag abi_backend_flag;
enum weft_report_flag abi_report_flag;
enum weft_flow_end abi_flow_end;
enum weft_counter_id abi_counter_id;
