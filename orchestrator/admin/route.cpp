#include "orchestrator/admin/route.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

namespace rolecall::admin {
namespace {

using routed = boost::system::result<admin_request, route_error>;
using parameters = std::map<std::string, std::string, std::less<>>;
using segments = std::vector<std::string>;

route_error bad_request(std::string message) {
  return {400, "bad_request", std::move(message), {}};
}

route_error not_found(std::string_view path) {
  return {
      404,
      "unknown_endpoint",
      "no such endpoint: " + std::string{path} +
          "; there are /admin/status, /admin/roles[/ROLE[/plan|load|unload|restart|pin|unpin]], "
          "/admin/memory, /admin/events, /admin/logs/ROLE, /admin/requests[/ID], /admin/log-level, "
          "/admin/reload, /metrics, /livez, /readyz",
      {}};
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

/// RFC 3986 section 2.1; nullopt for a '%' without two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<segments> path_segments(std::string_view path) {
  segments result;
  for (const auto part : split(path, '/')) {
    if (part.empty()) continue;
    auto decoded = percent_decoded(part);
    if (!decoded) return std::nullopt;
    result.push_back(std::move(*decoded));
  }
  return result;
}

/// Reads the parameters that an endpoint knows; the first complaint stays.
class parameter_reader {
 public:
  explicit parameter_reader(std::string_view query) {
    if (query.empty()) return;
    for (const auto pair : split(query, '&')) {
      if (pair.empty()) continue;
      const auto equals = pair.find('=');
      auto name = percent_decoded(pair.substr(0, equals));
      auto value = percent_decoded(equals == std::string_view::npos ? std::string_view{}
                                                                    : pair.substr(equals + 1));
      if (!name || !value)
        complain("the query has a % without two hexadecimal digits");
      else if (!unread_.emplace(std::move(*name), std::move(*value)).second)
        complain("a parameter is given twice: " + std::string{pair});
    }
  }

  /// A flag without a value (`?follow`) is true.
  bool flag(std::string_view name, bool otherwise) {
    const auto value = take(name);
    if (!value) return otherwise;
    if (value->empty() || *value == "true" || *value == "1") return true;
    if (*value == "false" || *value == "0") return false;
    complain(std::string{name} + " must be true or false, not '" + *value + "'");
    return otherwise;
  }

  std::optional<std::uint64_t> number(std::string_view name) {
    const auto value = take(name);
    if (!value) return std::nullopt;
    std::uint64_t result = 0;
    const auto* last = value->data() + value->size();
    const auto [end, error] = std::from_chars(value->data(), last, result);
    if (error == std::errc{} && end == last && !value->empty()) return result;
    complain(std::string{name}.append(" must be a whole number, not '") + *value + "'");
    return std::nullopt;
  }

  /// nullopt: not given.
  std::optional<std::string> text(std::string_view name) { return take(name); }

  /// `request`, or what was wrong with its parameters.
  routed finish(admin_request request) {
    if (!unread_.empty()) complain("unknown parameter '" + unread_.begin()->first + "'");
    if (!complaint_.empty()) return bad_request(complaint_);
    return request;
  }

 private:
  std::optional<std::string> take(std::string_view name) {
    const auto found = unread_.find(name);
    if (found == unread_.end()) return std::nullopt;
    auto value = std::move(found->second);
    unread_.erase(found);
    return value;
  }
  void complain(std::string text) {
    if (complaint_.empty()) complaint_ = std::move(text);
  }

  parameters unread_;
  std::string complaint_;
};

routed command_request(const segments& path, parameter_reader& query) {
  for (const auto what : all_commands) {
    if (path[3] != to_string(what)) continue;
    role_command request{what, path[2], false, false};
    request.wait = query.flag("wait", false);
    request.force = query.flag("force", false);
    return query.finish(request);
  }
  return route_error{
      404,
      "unknown_command",
      "unknown command '" + path[3] + "'; there are plan, load, unload, restart, pin, unpin",
      {}};
}

routed event_request(parameter_reader& query) {
  event_feed request;
  request.after = query.number("after");
  request.follow = query.flag("follow", true);
  return query.finish(request);
}

routed log_request(const segments& path, parameter_reader& query) {
  log_feed request;
  request.role = path[2];
  if (const auto lines = query.number("lines"))
    request.lines = static_cast<std::size_t>(std::min<std::uint64_t>(*lines, most_log_lines));
  request.follow = query.flag("follow", false);
  return query.finish(request);
}

routed reload_request(parameter_reader& query) {
  reload request;
  request.dry_run = query.flag("dry_run", false);
  request.force = query.flag("force", false);
  return query.finish(request);
}

routed requests_request(parameter_reader& query) {
  requests_page request;
  request.role = query.text("role").value_or("");
  request.slow = query.flag("slow", false);
  const auto limit = query.number("limit").value_or(request.limit);
  if (limit == 0 || limit > most_requests)
    return bad_request("limit must be 1 to " + std::to_string(most_requests) + ", not " +
                       std::to_string(limit));
  request.limit = static_cast<std::size_t>(limit);
  return query.finish(request);
}

/// A change by its parameters; without any, the levels are asked for.
routed log_level_request(parameter_reader& query) {
  const auto level = query.text("level");
  const auto of = query.text("component");
  if (!level && !of) return query.finish(log_levels_page{});
  if (!level) return bad_request("level is missing; there are " + priority_names());
  const auto known = find_priority(*level);
  if (!known) return bad_request("unknown level '" + *level + "'; there are " + priority_names());
  log_level_change request{.wanted = {.of = std::nullopt, .level = *known}};
  if (of) {
    request.wanted.of = find_component(*of);
    if (!request.wanted.of)
      return bad_request("unknown component '" + *of + "'; there are " + component_names());
  }
  return query.finish(request);
}

/// What the path asks for, whatever the method.
std::optional<routed> request_at(const segments& path, parameter_reader& query) {
  if (path.size() == 1) {
    if (path[0] == "livez") return query.finish(livez{});
    if (path[0] == "readyz") return query.finish(readyz{});
    if (path[0] == "metrics") return query.finish(metrics_page{});
    return std::nullopt;
  }
  if (path.size() < 2 || path[0] != "admin") return std::nullopt;
  if (path.size() == 2) {
    if (path[1] == "status") return query.finish(status_page{});
    if (path[1] == "memory") return query.finish(memory_page{});
    if (path[1] == "roles") return query.finish(roles_page{});
    if (path[1] == "events") return event_request(query);
    if (path[1] == "reload") return reload_request(query);
    if (path[1] == "requests") return requests_request(query);
    if (path[1] == "log-level") return log_level_request(query);
  }
  if (path.size() == 3 && path[1] == "roles") return query.finish(role_page{path[2]});
  if (path.size() == 3 && path[1] == "logs") return log_request(path, query);
  if (path.size() == 3 && path[1] == "requests") return query.finish(request_page{path[2]});
  if (path.size() == 4 && path[1] == "roles" && path[3] == "plan")
    return query.finish(plan_page{path[2]});
  if (path.size() == 4 && path[1] == "roles") return command_request(path, query);
  return std::nullopt;
}

bool changes_something(const admin_request& request) {
  return std::holds_alternative<role_command>(request) || std::holds_alternative<reload>(request) ||
         std::holds_alternative<log_level_change>(request);
}

bool is_endless(const admin_request& request) {
  return std::holds_alternative<event_feed>(request) || std::holds_alternative<log_feed>(request);
}

std::string_view allowed_methods(const admin_request& request) {
  if (changes_something(request)) return "POST";
  // The header of a feed alone is of no use, and its end would not be known.
  return is_endless(request) ? "GET" : "GET, HEAD";
}

}  // namespace

routed route(std::string_view method, std::string_view target) {
  const auto question_mark = target.find('?');
  const auto path = target.substr(0, question_mark);
  const auto names = path_segments(path);
  if (!names) return bad_request("the path has a % without two hexadecimal digits");
  parameter_reader query{
      question_mark == std::string_view::npos ? "" : target.substr(question_mark + 1)};
  auto asked = request_at(*names, query);
  if (!asked) return not_found(path);
  if (!asked->has_value()) return std::move(*asked);

  if (method == "POST" && std::holds_alternative<log_levels_page>(**asked))
    return bad_request("level is missing; there are " + priority_names());
  const auto allowed = allowed_methods(**asked);
  for (const auto one : split(allowed, ','))
    if (method == one.substr(one.find_first_not_of(' '))) return std::move(*asked);
  return route_error{
      405, "method_not_allowed",
      std::string{path} + " takes " + std::string{allowed} + ", not " + std::string{method},
      std::string{allowed}};
}

}  // namespace rolecall::admin
