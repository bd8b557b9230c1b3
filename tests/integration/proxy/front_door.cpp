#include "tests/integration/proxy/front_door.hpp"

#include <sstream>

#include <doctest/doctest.h>

namespace rolecall::test {

front_door::front_door() : front_door(options{}) {}

front_door::front_door(const options& chosen) : traces(static_cast<std::size_t>(chosen.threads)) {
  residency::instance_id next = 0;
  for (auto* each : {&solo, &twin_a, &twin_b, &cold}) {
    each->gate.id = next++;
    each->gate.port = each->port.port();
    each->gate.listener = &leases;
    if (each != &cold) each->gate.gate.open();
  }
  solo.gate.name = "solo";
  cold.gate.name = "cold";
  twin_a.gate.name = "twin-1";
  twin_b.gate.name = "twin-2";
  routes_->roles = {
      {.id = 0, .name = "solo", .model = "m", .upstreams = {&solo.gate}},
      {.id = 1, .name = "twin", .model = "m", .upstreams = {&twin_a.gate, &twin_b.gate}},
      {.id = 2, .name = "cold", .model = "m", .upstreams = {&cold.gate}}};
  for (auto& role : routes_->roles) {
    role.first_byte = chosen.first_byte;
    role.idle = chosen.idle;
    role.total = chosen.total;
    role.routing = chosen.routing;
    role.comments = chosen.comments;
  }
  routes_->uses_affinity = chosen.routing == registry::replica_routing::affinity;
  routes_->names = {{"cold", 2}, {"gpt-4", 0}, {"solo", 0}, {"twin", 1}};
  const registry::tcp_endpoint anywhere{.address = "127.0.0.1", .port = 0};
  server.emplace(proxy::server_settings{.listen = {anywhere},
                                        .doors = {{.role = "solo", .where = anywhere}},
                                        .threads = chosen.threads,
                                        .max_request_body = chosen.max_request_body,
                                        .limits = chosen.limits,
                                        .access = chosen.access,
                                        .access_log = chosen.access_log},
                 routes_, leases, states_, metrics, chosen.remembers ? &traces : nullptr);
  port = server->endpoints().front().port;
  solo_port = server->doors().front().where.port;
  server->start();
}

front_door::~front_door() {
  server.reset();
  for (auto* each : {&solo, &twin_a, &twin_b, &cold}) CHECK(each->gate.gate.leases() == 0);
}

std::string front_door::post_text(std::string_view role, std::string_view more) {
  const auto body =
      R"({"model":")" + std::string{role} + R"(","messages":[])" + std::string{more} + "}";
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: front\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

peer front_door::post(std::string_view role, std::string_view more) const {
  auto client = connect();
  client.send(post_text(role, more));
  return client;
}

double front_door::metric(const std::string& sample) const {
  std::istringstream lines{metrics.text()};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(sample + " ")) return std::stod(line.substr(sample.size()));
  return -1;
}

std::string answer_text(std::string_view body, std::string_view status_line) {
  return "HTTP/1.1 " + std::string{status_line} +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string{body};
}

std::string stream_head() {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(std::string_view text) {
  std::ostringstream out;
  out << std::hex << text.size() << "\r\n" << text << "\r\n";
  return out.str();
}

}  // namespace rolecall::test
