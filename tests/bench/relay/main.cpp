// What relaying costs: rolecalld beside nginx and HAProxy, on one machine, in one run. Load
// generator and upstream are this program, too; see docs/benchmarks.md for the method.
//
// Under the name llama-server it is the upstream, which rolecalld starts as its engine.

#include "tests/bench/relay/poller.hpp"
#include "tests/bench/relay/report.hpp"
#include "tests/bench/relay/stub_server.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>

#include <sys/prctl.h>

namespace {

using namespace rolecall::bench;

struct run_options {
  std::vector<proxy_kind> proxies;
  std::vector<std::string> scenarios;
  programs found;
  std::string write_to;
  int repetitions = 5;
  double seconds = 2;
  int data_threads = 1;
};

/// Those of the proxies that could be measured.
std::map<proxy_kind, std::vector<figure>> measure_all(const scenario& chosen,
                                                      const run_options& options,
                                                      const circumstances& known, int repetition) {
  const contestants running(options.proxies, options.found, known.cpus, options.data_threads,
                            known.descriptors);
  auto order = options.proxies;
  std::ranges::rotate(order, order.begin() + repetition % static_cast<int>(order.size()));
  std::map<proxy_kind, std::vector<figure>> figures;
  for (const auto proxy : order) {
    try {
      figures[proxy] = measure(chosen, running, proxy,
                               {.window = std::chrono::duration<double>(options.seconds)});
    } catch (const std::exception& e) {
      throw_if_stopped();
      std::cerr << chosen.name << ": cannot measure " << name_of(proxy) << ": " << e.what() << '\n';
    }
  }
  return figures;
}

/// Requests/s of two data threads by those of one, where each of them, the upstream and the load
/// have a CPU of their own.
std::string thread_scaling(const run_options& options, const circumstances& known) {
  const std::string head = "### threads: two data threads by one, 256 connections\n\n";
  const auto cpus = std::thread::hardware_concurrency();
  if (cpus < 4) return head + "Not measurable on " + std::to_string(cpus) + " CPUs.\n\n";
  const auto all = all_scenarios(known.descriptors);
  const auto busy = std::ranges::find(all, "post-256", &scenario::name);
  std::vector<double> ratios;
  for (int repetition = 0; repetition < options.repetitions; ++repetition) {
    std::array<double, 2> rates{};
    for (const int threads : {1, 2}) {
      auto plan = plan_cpus(cpus, threads);
      pin_this_process(plan.load);
      const contestants running({proxy_kind::rolecall}, options.found, plan, threads,
                                known.descriptors);
      const auto figures = measure(*busy, running, proxy_kind::rolecall,
                                   {.window = std::chrono::duration<double>(options.seconds)});
      rates[static_cast<std::size_t>(threads) - 1] = figures.front().value;
    }
    ratios.push_back(rates[1] / rates[0]);
  }
  return head + "rolecalld: " + format_ratio(*spread_of(ratios)) + " times the requests/s.\n\n";
}

bool is_chosen(const std::string& name, const run_options& options) {
  return options.scenarios.empty() ||
         std::ranges::any_of(options.scenarios,
                             [&](const auto& prefix) { return name.starts_with(prefix); });
}

int run(const run_options& options, circumstances known) {
  stop_on_signals();
  known.descriptors = raise_descriptor_limit();
  known.cpus = plan_cpus(std::thread::hardware_concurrency(), options.data_threads);
  pin_this_process(known.cpus.load);
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  run_ahead_of_others();

  auto scenarios = all_scenarios(known.descriptors);
  std::erase_if(scenarios, [&](const auto& one) { return !is_chosen(one.name, options); });
  std::vector<scenario_results> results(scenarios.size());
  bool is_complete = true;
  for (int repetition = 0; repetition < options.repetitions; ++repetition)
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
      std::cerr << "repetition " << repetition + 1 << " of " << options.repetitions << ": "
                << scenarios[i].name << '\n';
      const auto figures = measure_all(scenarios[i], options, known, repetition);
      is_complete = is_complete && figures.size() == options.proxies.size();
      results[i].add_repetition(figures);
    }
  std::string tables;
  for (std::size_t i = 0; i < scenarios.size(); ++i)
    tables += table_of(scenarios[i], results[i], options.proxies);
  if (is_chosen("threads", options)) tables += thread_scaling(options, known);
  std::cout << tables;
  if (!options.write_to.empty()) std::ofstream(options.write_to) << document_of(known, tables);
  return is_complete ? 0 : 1;
}

int run_bench(int argc, char** argv) {
  CLI::App app{"Measures what relaying costs: rolecalld beside nginx and HAProxy."};
  run_options options;
  const auto own_folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  options.found = {own_folder / "rolecalld", "/usr/sbin/nginx", "/usr/sbin/haproxy",
                   own_folder / "tiny-gguf"};
  std::map<std::string, proxy_kind> kinds;
  for (const auto kind : all_proxies) kinds.emplace(name_of(kind), kind);
  options.proxies.assign(std::begin(all_proxies), std::end(all_proxies));
  bool is_quick = false;
  app.add_option("--proxies", options.proxies, "rolecall, nginx, haproxy, direct")
      ->delimiter(',')
      ->transform(CLI::CheckedTransformer(kinds));
  app.add_option("--scenarios", options.scenarios,
                 "Names or their beginnings: post, latency, sse, upload, threads; default: all")
      ->delimiter(',');
  app.add_option("--repetitions", options.repetitions)->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds, "Length of a window")->check(CLI::Range(0.1, 600.0));
  app.add_flag("--quick", is_quick, "One repetition of half a second");
  app.add_option("--data-threads", options.data_threads, "Threads of every proxy")
      ->check(CLI::Range(1, 64));
  app.add_option("--write", options.write_to, "A document to write, such as docs/benchmarks.md");
  for (const auto& [name, program] : {std::pair{"--rolecalld", &options.found.rolecalld},
                                      {"--nginx", &options.found.nginx},
                                      {"--haproxy", &options.found.haproxy},
                                      {"--tiny-gguf", &options.found.tiny_gguf}})
    app.add_option(name, *program)->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  if (is_quick) {
    options.repetitions = 1;
    options.seconds = 0.5;
  }
  circumstances known{.found = options.found,
                      .repetitions = options.repetitions,
                      .seconds = options.seconds,
                      .command = "bench_relay"};
  for (int i = 1; i < argc; ++i) known.command += std::string(" ") + argv[i];
  return run(options, std::move(known));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (std::filesystem::path(argv[0]).filename() == "llama-server")
      return run_stub_server({argv + 1, argv + argc});
    return run_bench(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_relay: " << e.what() << '\n';
    return 1;
  }
}
