#pragma once

#include "orchestrator/access/access_files.hpp"
#include "orchestrator/access/request_id.hpp"
#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/access_log.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/proxy/server.hpp"
#include "orchestrator/proxy/task.hpp"
#include "orchestrator/proxy/upstream_pool.hpp"
#include "orchestrator/proxy/watch_list.hpp"
#include "orchestrator/tracing/request_ring.hpp"

#include <memory>

namespace rolecall::proxy {

/// What the sessions of one data thread work with. Owned by the data thread and used on it only;
/// what it refers to outlives it.
struct session_environment {
  executor here;                                ///< the data thread's
  std::shared_ptr<const routing_table> routes;  ///< of the requests that begin now
  lease_source& leases;
  const state_source& states;
  metrics::catalogue& metrics;
  const server_settings& settings;
  upstream_pool upstreams;
  watch_list watches;
  access::access_files access = {};  ///< as last read
  access::request_id_maker ids = {};
  access_log* log = nullptr;                ///< nullptr: nothing is logged
  tracing::request_ring* traces = nullptr;  ///< nullptr: no request is remembered
  bool draining = false;                    ///< answers end their connections
};

}  // namespace rolecall::proxy
