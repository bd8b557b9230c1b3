#include "registry/check.hpp"
#include "registry/profile_text.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using namespace rolecall::registry;

namespace {

const profile& named(std::string_view name) {
  const auto found = std::ranges::find(profiles(), name, &profile::name);
  REQUIRE(found != profiles().end());
  return *found;
}

profile_fit fit_of(std::string_view name) { return rolecall::registry::fit_of(named(name).roles); }

std::vector<std::string> roles_left_out(const recommendation& what) {
  std::vector<std::string> names;
  for (const auto& o : what.left_out) names.emplace_back(o.role.role);
  return names;
}

/// The registry that is written for so much RAM, read back without a complaint.
model_registry written_for(double ram, const host_shape& host) {
  const auto text = registry_text(recommend(ram, ram), host);
  CAPTURE(text);
  auto result = check_offline(read(text, "/etc/rolecall/model_registry.yaml"));
  for (const auto& note : result.notes) FAIL_CHECK(to_string(note));
  REQUIRE(result.value);
  return std::move(result.value->registry);
}

}  // namespace

TEST_CASE("profiles: the sums are those of the field guide where they are right") {
  CHECK(fit_of("Minimal").all == 4);
  CHECK(fit_of("Basic").all == doctest::Approx(42.5));      // the field guide: ~43
  CHECK(fit_of("Production").all == doctest::Approx(238));  // the field guide: ~238
  CHECK(fit_of("Production").hot == doctest::Approx(59));
  CHECK(fit_of("Full").all == doctest::Approx(238 + 271 + 16.5 + 4.4));
}

TEST_CASE("profiles: Standard's 48 GB are its rows without ingest") {
  const auto fit = fit_of("Standard");
  CHECK(fit.hot == doctest::Approx(47.5));
  const auto ingest = std::ranges::find(named("Standard").roles, "ingest", &profile_role::role);
  REQUIRE(ingest != named("Standard").roles.end());
  CHECK(fit.hot + ingest->size == doctest::Approx(93.5));
  CHECK(named("Standard").remark.find("93.5 GB") != std::string_view::npos);
}

TEST_CASE("profiles: each runs in turn on the host that it is named for") {
  for (const auto& p : profiles()) {
    CAPTURE(p.name);
    CHECK(rolecall::registry::fit_of(p.roles).in_turn() <=
          calculate_budget(p.ram).available_for_models);
  }
}

TEST_CASE("profiles: 10 % for HOT is less than any profile keeps HOT, and it is said") {
  for (const auto& p : profiles()) {
    CAPTURE(p.name);
    const auto found = objections(p.roles, calculate_budget(p.ram));
    const bool said = std::ranges::any_of(
        found, [](const std::string& o) { return o.starts_with("HOT roles need"); });
    const auto budget = calculate_budget(p.ram);
    CHECK(said == (rolecall::registry::fit_of(p.roles).hot > budget.hot_tier_budget));
  }
  CHECK(objections(named("Production").roles, calculate_budget(512))
            .front()
            .starts_with("HOT roles need 59 GB, the field guide's HOT budget of 10% is 41.9 GB"));
}

TEST_CASE("profiles: everything at once does not fit into 512 GB, and the numbers are given") {
  const auto found = objections(named("Full").roles, calculate_budget(512));
  REQUIRE(!found.empty());
  CHECK(found.front() ==
        "All roles together need 529.9 GB, 110.7 GB more than the 419.2 GB available: WARM roles "
        "take turns");
}

TEST_CASE("recommend: the decision tree leads to a profile at each threshold") {
  CHECK(recommend(31, 31).base->name == "Development");
  CHECK(recommend(32, 32).base->name == "Minimal");
  CHECK(recommend(64, 64).base->name == "Basic");
  CHECK(recommend(128, 128).base->name == "Standard");
  CHECK(recommend(256, 256).base->name == "Production");
  CHECK(recommend(512, 512).base->name == "Full");
}

TEST_CASE("recommend: on 64 GB the coder is left out, front door and workers stay") {
  const auto what = recommend(64, 64);
  CHECK(roles_left_out(what) == std::vector<std::string>{"coder_escalation"});
  CHECK(what.left_out.front().reason.find("more than the 38.4 GB available") != std::string::npos);
  CHECK(std::ranges::find(what.kept, "workers", &profile_role::role) != what.kept.end());
}

TEST_CASE("recommend: on 128 GB the roles that matter less than ingest are left out") {
  CHECK(roles_left_out(recommend(128, 128)) ==
        std::vector<std::string>{"architect_general", "worker_vision"});
}

TEST_CASE("recommend: what is kept fits in turn on every host, and nothing is lost") {
  for (double ram = 1; ram <= 2048; ram += 1) {
    const auto what = recommend(ram, ram);
    CAPTURE(ram);
    CHECK(rolecall::registry::fit_of(what.kept).in_turn() <= what.budget.available_for_models);
    CHECK(what.kept.size() + what.left_out.size() == what.base->roles.size());
  }
  CHECK(recommend(16, 16).kept.empty());
  CHECK(recommend(512, 512).left_out.empty());
}

TEST_CASE("recommend: the registry for any host is one that rolectl check accepts") {
  for (const double ram : {24., 32., 64., 100., 128., 160., 256., 300., 512., 1024., 2048.}) {
    CAPTURE(ram);
    const auto r = written_for(ram, {.cores = 96, .numa_nodes = 2});
    REQUIRE(r.find_role("frontdoor") != nullptr);
    CHECK(r.find_role("frontdoor")->threads == 96);
    CHECK(r.find_role("frontdoor")->numa.policy == numa_policy::interleave);
    CHECK(r.host.default_role == "frontdoor");
    CHECK(r.host.memory.os_reserve == 16'000'000'000);
    CHECK(r.find_role("worker_math")->shares.has_value());
  }
}

TEST_CASE("recommend: on a small host one model answers for every role by sharing") {
  const auto r = written_for(48, {.cores = 8, .numa_nodes = 1});
  CHECK(r.models.size() == 1);
  CHECK(r.instances().size() == 1);
  for (const auto* const name : {"coder_escalation", "worker_general", "architect_general"}) {
    CAPTURE(name);
    REQUIRE(r.find_role(name) != nullptr);
    CHECK(r.find_role(name)->shares == "frontdoor");
  }
  CHECK(r.find_role("frontdoor")->numa.policy == numa_policy::none);
}

TEST_CASE("recommend: written registries speculate only when their draft is there") {
  CHECK(written_for(512, {}).find_role("coder_escalation")->speculative ==
        speculation{"draft", 24, true});
  const auto full = written_for(1024, {});
  CHECK(full.instances().size() == 14);
  CHECK(full.find_role("ingest_long_context")->moe->experts == 4);
}

TEST_CASE("recommend: models are named and placed as in the production registry") {
  const auto production = read_file(ROLECALL_SOURCE_DIR "/model_registry.yaml");
  REQUIRE(production.value);
  const auto full = written_for(1024, {});
  for (const auto& m : full.models) {
    CAPTURE(m.name);
    const auto* const known = production.value->find_model(m.name);
    REQUIRE(known != nullptr);
    CHECK(m.path == known->path);
    CHECK(m.mmproj == known->mmproj);
    CHECK(m.quant == known->quant);
  }
  for (const auto& r : full.roles) {
    CAPTURE(r.name);
    const auto* const known = production.value->find_role(r.name);
    REQUIRE(known != nullptr);
    CHECK(r.ports == known->ports);
    CHECK(r.moe == known->moe);
    CHECK(r.priority == known->priority);
    CHECK(r.expected_speed == known->expected_speed);
  }
  CHECK(written_for(256 - 1, {}).find_role("worker_general")->expected_speed == 25);
}
