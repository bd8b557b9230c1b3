#include "orchestrator/memory/learned_footprints.hpp"

#include <doctest/doctest.h>

namespace rolecall::memory {
namespace {

constexpr byte_count mib = 1 << 20;
constexpr byte_count plenty = 1000 * mib;

registry::footprint estimate_of(byte_count compute) {
  registry::footprint f;
  f.weights = 300 * mib;
  f.mapped = {{{1, 2}, 300 * mib, "a.gguf"}};
  f.kv_cache = 40 * mib;
  f.compute = compute;
  return f;
}

process_memory sample_of(byte_count anon) {
  return {.pss = anon + 200 * mib, .anon = anon, .file = 200 * mib, .shmem = 0, .swapped = 0};
}

learned_footprint learned(byte_count peak, std::uint64_t busy) {
  learned_footprint l;
  l.peak_private = peak;
  l.samples = busy + 1;
  l.busy_samples = busy;
  return l;
}

const std::chrono::system_clock::time_point noon{std::chrono::hours{12}};

}  // namespace

TEST_CASE("learning: without a measurement the estimate is reserved") {
  CHECK(private_bytes_to_reserve(estimate_of(60 * mib), nullptr) == 100 * mib);
}

TEST_CASE("learning: a larger peak is reserved at once, with a margin") {
  const auto peak = learned(200 * mib, 0);
  CHECK(private_bytes_to_reserve(estimate_of(60 * mib), &peak) == 210 * mib);
}

TEST_CASE("learning: a smaller peak is believed only after work has been seen") {
  const auto young = learned(60 * mib, busy_samples_of_a_proof - 1);
  CHECK(private_bytes_to_reserve(estimate_of(60 * mib), &young) == 100 * mib);
  const auto proven = learned(60 * mib, busy_samples_of_a_proof);
  CHECK(private_bytes_to_reserve(estimate_of(60 * mib), &proven) == 63 * mib);
}

TEST_CASE("learning: what the engine may fill later stays reserved, up to the estimate") {
  const auto proven = learned(50 * mib, 100);
  auto estimate = estimate_of(60 * mib);  // 100 MiB private
  estimate.cache_ram = 20 * mib;
  estimate.checkpoints = 8 * mib;
  CHECK(private_bytes_to_reserve(estimate, &proven) == 78 * mib);
  const auto nearly_full = learned(120 * mib, 100);
  CHECK(private_bytes_to_reserve(estimate, &nearly_full) == 128 * mib);
}

TEST_CASE("learning: an estimate's error counts mapped files as they are") {
  // 400 MiB estimated, 300 of them mapped.
  CHECK(*estimate_error(estimate_of(60 * mib), learned(200 * mib, 0)) == doctest::Approx(0.25));
  CHECK_FALSE(estimate_error(estimate_of(60 * mib), learned(40 * mib, 1)));
  CHECK(*estimate_error(estimate_of(60 * mib), learned(40 * mib, 100)) == doctest::Approx(-0.15));
  CHECK_FALSE(estimate_error(estimate_of(60 * mib), learned_footprint{}));
}

TEST_CASE("learning: peaks only rise, and work is counted") {
  learned_footprints all;
  all.record("f", "role", "m.gguf", 5, sample_of(50), false, noon);
  all.record("f", "role", "m.gguf", 5, sample_of(70), true, noon);
  const auto& entry = all.record("f", "other", "m.gguf", 6, sample_of(60), true, noon);
  CHECK(entry.peak_private == 70);
  CHECK(entry.peak_file == 200 * mib);
  CHECK(entry.samples == 3);
  CHECK(entry.busy_samples == 2);
  CHECK(entry.role == "other");
  CHECK(entry.estimated == 6);
  CHECK(entry.measured_at == 12 * 3600);
  CHECK(all.find("g") == nullptr);
}

TEST_CASE("learning: swapped-out memory is part of the peak") {
  learned_footprints all;
  auto sample = sample_of(50);
  sample.swapped = 30;
  CHECK(all.record("f", "r", "m", 0, sample, false, noon).peak_private == 80);
}

TEST_CASE("learning: what was learned survives its JSON") {
  learned_footprints all;
  all.record("abc", "role \"x\"", "/m/ü.gguf", 5, sample_of(50 * mib), true, noon);
  all.record("def", "y", "/m/b.gguf", 7, sample_of(60 * mib), false, noon);
  const auto again = learned_footprints::parse(all.to_json());
  REQUIRE(again.has_value());
  CHECK((*again == all));
}

TEST_CASE("learning: a kill for memory raises what is reserved by a quarter, each time anew") {
  learned_footprints all;
  CHECK(private_bytes_to_reserve(estimate_of(60 * mib),
                                 &all.killed("f", "r", "m", {100 * mib, {}, plenty}, noon)) ==
        125 * mib);
  const auto& again = all.killed("f", "r", "m", {125 * mib, 90 * mib, plenty}, noon);
  CHECK(private_bytes_to_reserve(estimate_of(60 * mib), &again) == 125 * mib + 125 * mib / 4);
}

TEST_CASE("learning: what was measured of the killed process is a lower bound as well") {
  learned_footprints all;
  const auto& entry = all.killed("f", "r", "m", {100 * mib, 200 * mib, plenty}, noon);
  CHECK(entry.after_kill == 250 * mib);
}

TEST_CASE("learning: no kill makes anybody believe in more than the process can have") {
  learned_footprints all;
  for (int kills = 0; kills < 20; ++kills)
    all.killed("f", "r", "m", {100 * mib, {}, 300 * mib}, noon);
  CHECK(all.find("f")->after_kill == 300 * mib);
}

TEST_CASE("learning: kills that an operator forgives do not count any more") {
  learned_footprints all;
  CHECK(all.forgive("f") == nullptr);
  all.killed("f", "r", "m", {100 * mib, {}, plenty}, noon);
  const auto* forgiven = all.forgive("f");
  REQUIRE(forgiven != nullptr);
  CHECK(private_bytes_to_reserve(estimate_of(60 * mib), forgiven) == 100 * mib);
  CHECK(all.forgive("f") == nullptr);
}

TEST_CASE("learning: a kill refutes the proof, and new work refutes the kill") {
  learned_footprints all;
  for (std::uint64_t i = 0; i < busy_samples_of_a_proof; ++i)
    all.record("f", "r", "m", 0, sample_of(60 * mib), true, noon);
  REQUIRE(private_bytes_to_reserve(estimate_of(60 * mib), all.find("f")) == 63 * mib);
  all.killed("f", "r", "m", {63 * mib, {}, plenty}, noon);
  CHECK_FALSE(is_proven(*all.find("f")));
  CHECK(private_bytes_to_reserve(estimate_of(60 * mib), all.find("f")) == 100 * mib);
  CHECK(private_bytes_to_reserve(estimate_of(0), all.find("f")) == 63 * mib + 63 * mib / 4);
  for (std::uint64_t i = 0; i < busy_samples_of_a_proof; ++i)
    all.record("f", "r", "m", 0, sample_of(60 * mib), true, noon);
  CHECK(all.find("f")->after_kill == 0);
  CHECK(private_bytes_to_reserve(estimate_of(60 * mib), all.find("f")) == 63 * mib);
}

TEST_CASE("learning: a kill survives its JSON, and older files have none") {
  learned_footprints all;
  all.killed("f", "r", "m", {100 * mib, {}, plenty}, noon);
  const auto again = learned_footprints::parse(all.to_json());
  REQUIRE(again.has_value());
  CHECK((*again == all));
  const auto older =
      learned_footprints::parse(R"({"version":1,"footprints":[{"fingerprint":"a"}]})");
  REQUIRE(older.has_value());
  CHECK(older->find("a")->after_kill == 0);
}

TEST_CASE("learning: members of a later version are ignored, another version is refused") {
  const auto later = learned_footprints::parse(
      R"({"version":1,"new":[1],"footprints":[{"fingerprint":"a","peak_private_bytes":9,"why":{}}]})");
  REQUIRE(later.has_value());
  CHECK(later->find("a")->peak_private == 9);
  const auto refusal = [](const char* json) { return learned_footprints::parse(json).error(); };
  CHECK(refusal(R"({"version":2,"footprints":[]})") ==
        "its version is 2, and this rolecalld reads version 1");
  CHECK(refusal("") == "it is no JSON object");
  CHECK(refusal("[]") == "it is no JSON object");
  CHECK(refusal(R"({"version":1})") == "it has no list of footprints");
  CHECK(refusal(R"({"version":1,"footprints":[3]})") == "a footprint is no object");
  CHECK(refusal(R"({"version":1,"footprints":[{}]})") == "a footprint has no fingerprint");
}

TEST_CASE("learning: what was measured longest ago makes room for what is new") {
  learned_footprints all;
  for (std::size_t i = 0; i < learned_footprints::capacity; ++i)
    all.record(std::to_string(i), "r", "m", 0, sample_of(1), false,
               noon + std::chrono::seconds{i == 7 ? -1 : static_cast<int>(i)});
  all.record("new", "r", "m", 0, sample_of(1), false, noon);
  CHECK(all.size() == learned_footprints::capacity);
  CHECK(all.find("7") == nullptr);
  CHECK(all.find("new") != nullptr);
}

}  // namespace rolecall::memory
