#include "tools/rolectl/doctor_view.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall::rolectl;
using rolecall::launcher::verdict;

namespace {

diagnosis sample() {
  diagnosis found;
  found.registry = "/etc/rolecall/model_registry.yaml";
  found.findings.push_back({"swap", verdict::fine, "none", ""});
  found.findings.push_back({"clock", verdict::costs, "not synchronised", "run chrony"});
  return found;
}

}  // namespace

TEST_CASE("doctor: every check is a line, with the remedy below what is not fine") {
  const auto text = doctor_text(sample(), {});
  CHECK(text.find("ok      swap            none\n") != std::string::npos);
  CHECK(text.find("costs   clock           not synchronised\n") != std::string::npos);
  CHECK(text.find("                        → run chrony\n") != std::string::npos);
  CHECK(text.ends_with("0 will bite, 1 cost speed or comfort, 1 are fine\n"));
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("doctor: it says whose limits it tells") {
  auto found = sample();
  CHECK(doctor_text(found, {}).find("of this shell") != std::string::npos);
  found.daemon = 42;
  CHECK(doctor_text(found, {}).find("limits of rolecalld, pid 42") != std::string::npos);
}

TEST_CASE("doctor: what costs is no failure, what bites is") {
  auto found = sample();
  CHECK_FALSE(found.bites());
  found.findings.push_back({"ports", verdict::bites, "port 1 is taken", "stop it"});
  CHECK(found.bites());
}

TEST_CASE("doctor: what this user cannot tell is said, and is no failure") {
  auto found = sample();
  found.findings.push_back({"ports", verdict::unknown, "whose they are", "run as another"});
  CHECK_FALSE(found.bites());
  const auto text = doctor_text(found, {});
  CHECK(text.find("unknown ports           whose they are\n") != std::string::npos);
  CHECK(text.ends_with("1 are fine, 1 this user cannot tell\n"));
}

TEST_CASE("doctor: the JSON tells the same") {
  auto found = sample();
  found.findings.push_back({"ports", verdict::bites, "port 1 is taken", "stop it"});
  rapidjson::Document json;
  json.Parse(doctor_json(found).c_str());
  REQUIRE(json.IsObject());
  CHECK(json["bites"].GetBool());
  CHECK(json["daemon_pid"].IsNull());
  REQUIRE(json["checks"].Size() == 3);
  CHECK(json["checks"][0]["remedy"].IsNull());
  CHECK(std::string(json["checks"][2]["verdict"].GetString()) == "bites");
  CHECK(std::string(json["checks"][2]["remedy"].GetString()) == "stop it");
}
