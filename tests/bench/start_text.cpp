// What it costs a start to say what it does: composing and writing the three parts of the banner
// for a registry, 1000 times. Reading files and asking engines is left out: it is done anyway.
//
//   bench_start_text model_registry.yaml >/dev/null

#include "launcher/write_all.hpp"
#include "orchestrator/banner.hpp"
#include "registry/check.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <vector>

#include <unistd.h>

using namespace rolecall;

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bench_start_text REGISTRY >/dev/null\n";
    return 2;
  }
  auto checked = registry::check_offline(registry::read_file(argv[1]));
  if (!checked.value) {
    for (const auto& note : checked.notes) std::cerr << to_string(note) << '\n';
    return 1;
  }
  const auto host = launcher::read_topology("/");
  const auto cpu = launcher::read_cpu_features("/");
  const auto names = checked.value->registry;
  // Model headers may not be at hand: roles show why they cannot run, which is the longer text.
  for (const auto& role : names.roles)
    checked.value->broken_roles[role.name] = "cannot find model " + role.model;
  const auto known = probe_engines(names);
  const auto plan = plan_fleet(*std::move(checked.value), 400ULL << 30, host, known, {});
  const diagnosis_facts diagnosis{.engines = {{.text = "llama-server 0.7.0", .is_usable = true}},
                                  .memory = host.memory_total,
                                  .warnings = {"line 7: a warning"},
                                  .listen = {"http://127.0.0.1:8070"},
                                  .admin = {"127.0.0.1:8071"}};
  const arrival_facts arrival{.ready = 5,
                              .trouble = {},
                              .elapsed = std::chrono::seconds{34},
                              .listen = diagnosis.listen,
                              .admin = diagnosis.admin};
  constexpr banner_style style{.colour = true, .marks = true};

  constexpr int rounds = 1000;
  std::vector<double> microseconds;
  std::size_t bytes = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto begun = std::chrono::steady_clock::now();
    bytes = 0;
    for (const auto& part :
         {opening_text("0.0.0", plan.deployment.registry, host, cpu, style),
          diagnosis_text(diagnosis, plan, style), arrival_text(arrival, style)}) {
      (void)launcher::write_all(STDOUT_FILENO, part);
      bytes += part.size();
    }
    microseconds.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun)
            .count());
  }
  std::ranges::sort(microseconds);
  std::cerr << bytes << " bytes; median " << microseconds[rounds / 2] << " us, 99 % "
            << microseconds[rounds * 99 / 100] << " us, most " << microseconds.back() << " us\n";
  return 0;
}
