#pragma once

#include "orchestrator/proxy/role_selection.hpp"
#include "tests/unit/proxy/routing.hpp"
#include "tests/unit/proxy/scanned_body.hpp"

#include <doctest/doctest.h>

namespace rolecall::proxy::test {

/// Asks role selection over the routes of routing.hpp.
struct asked_for {
  routing routes;

  selection operator()(boost::beast::http::verb method, std::string_view target,
                       std::string_view body = {},
                       std::string_view content_type = "application/json",
                       std::string_view wanted_headers = {}) const {
    request_view asked{.method = method,
                       .target = target,
                       .content_type = content_type,
                       .body = body,
                       .wanted_headers = wanted_headers};
    if (!wants_scan(asked)) return select_role(routes.table, asked);
    const auto scanned = scan(body);
    asked.scanned = &scanned;
    return select_role(routes.table, asked);
  }
  selection post(std::string_view target, std::string_view body) const {
    return (*this)(boost::beast::http::verb::post, target, body);
  }
};

inline role_request role_of(selection chosen) {
  REQUIRE(std::holds_alternative<role_request>(chosen));
  return std::get<role_request>(std::move(chosen));
}

inline own_request page_of(const selection& chosen) {
  REQUIRE(std::holds_alternative<own_request>(chosen));
  return std::get<own_request>(chosen);
}

inline error_response error_of(const selection& chosen) {
  REQUIRE(std::holds_alternative<error_response>(chosen));
  return std::get<error_response>(chosen);
}

}  // namespace rolecall::proxy::test
