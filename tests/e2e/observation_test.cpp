#include "tests/e2e/engine_fixture.hpp"

#include <cstdint>

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall::test;

namespace {

rapidjson::Document parsed(const http_response& answer) {
  rapidjson::Document document;
  document.Parse(answer.body.c_str());
  REQUIRE_MESSAGE(document.IsObject(), answer.body);
  return document;
}

/// The value of the first sample that begins so; -1 without one.
double sample(const running_daemon& fleet, const std::string& beginning) {
  const auto text = "\n" + fleet.admin_get("/metrics").body;
  const auto at = text.find("\n" + beginning);
  if (at == std::string::npos) return -1;
  const auto line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  return std::stod(line.substr(line.rfind(' ')));
}

}  // namespace

TEST_CASE("e2e: a request tells where its time went, and who left to make room for it") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  fixture.fit(1, "alpha");
  const running_daemon fleet(fixture.registry.write());
  REQUIRE(fleet.chat("alpha").status == 200);
  REQUIRE(fleet.chat("beta", "hello", 4).status == 200);

  const auto list = parsed(fleet.admin_get("/admin/requests?role=beta"));
  REQUIRE(list["requests"].Size() == 1);
  const auto& told = list["requests"][0];
  CHECK(std::string{told["instance"].GetString()} == "beta");
  CHECK(told["status"].GetInt() == 200);
  CHECK(told["tokens_out"].GetInt() == 4);
  REQUIRE(told["evicted"].Size() == 1);
  CHECK(std::string{told["evicted"][0].GetString()} == "alpha");
  CHECK(told["phases"]["load"].GetDouble() > 0);
  CHECK(told["phases"]["prompt"].GetDouble() > 0);
  CHECK(told["phases"]["load"].GetDouble() < told["total_seconds"].GetDouble());

  const std::string id = told["id"].GetString();
  const auto one = parsed(fleet.admin_get("/admin/requests/" + id));
  REQUIRE(one["requests"].Size() == 1);
  CHECK(one["requests"][0]["id"].GetString() == id);
}

TEST_CASE("e2e: metrics follow loads, the engine's own counters and where memory lies") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  const running_daemon fleet(fixture.registry.write());
  REQUIRE(fleet.chat("alpha", "hello", 8).status == 200);
  const std::string alpha = R"({instance="alpha",role="alpha"})";
  CHECK(sample(fleet, "rolecall_loads_total" + alpha) == 1);
  CHECK(sample(fleet, R"(rolecall_load_phase_seconds_total{instance="alpha",phase="engine")") > 0);
  CHECK(sample(fleet, R"(rolecall_tokens_out_total{role="alpha"})") == 8);
  // Read in the background, every few seconds.
  fleet.wait_until(
      [&] { return sample(fleet, "rolecall_engine_predicted_tokens_total" + alpha) == 8; });
  fleet.wait_until([&] {
    return sample(fleet, R"(rolecall_instance_cpu_seconds_total{instance="alpha",mode="user")") > 0;
  });
  fleet.wait_until(
      [&] { return sample(fleet, R"(rolecall_instance_node_bytes{instance="alpha")") > 0; });
  CHECK(sample(fleet, "rolecall_engine_sample_age_seconds" + alpha) >= 0);
  CHECK(sample(fleet, R"(rolecall_heartbeat_age_seconds{thread="control"})") >= 0);
  CHECK(sample(fleet, R"(rolecall_heartbeat_age_seconds{thread="data-1"})") >= 0);
}
