#pragma once

#include "orchestrator/proxy/lease_source.hpp"

#include <deque>

namespace rolecall::proxy::test {

/// Two roles and their names: `coder` (aliases "gpt-4", model "qwen-coder") and `math`; no default
/// role.
struct routing {
  std::deque<upstream> upstreams;
  routing_table table;

  routing() {
    table.roles = {{.id = 0, .name = "coder", .model = "qwen-coder", .upstreams = {}},
                   {.id = 1, .name = "math", .model = "qwen-math", .upstreams = {}}};
    table.names = {{"coder", 0}, {"gpt-4", 0}, {"math", 1}, {"qwen-coder", 0}};
    for (auto& role : table.roles) {
      auto& added = upstreams.emplace_back();
      added.id = role.id;
      role.upstreams.push_back(&added);
    }
  }
};

}  // namespace rolecall::proxy::test
