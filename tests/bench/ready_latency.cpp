// How long after /health turns 200 does rolecalld know it? A prober asks /health without pause and
// notes the first 200; the fleet's event tells when rolecalld saw the same. Both clocks are this
// machine's; events are stamped in milliseconds, so a figure is exact to one.
//
//   bench_ready_latency LLAMA_SERVER MODEL.gguf [--loads N]

#include "tests/support/free_ports.hpp"
#include "tests/support/registry_file.hpp"
#include "tests/support/running_daemon.hpp"
#include "tests/support/temporary_directory.hpp"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <stop_token>
#include <thread>

#include <CLI/CLI.hpp>
#include <rapidjson/document.h>

namespace {

using namespace rolecall::test;
using milliseconds = std::chrono::duration<double, std::milli>;

double unix_now() {
  return milliseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Time of the first 200 of /health, asked over fresh connections as fast as they are refused or
// answered.
double first_healthy(std::uint16_t port, const std::stop_token& given_up) {
  while (!given_up.stop_requested()) {
    try {
      if (request(port, "GET", "/health").status == 200) return unix_now();
    } catch (const std::exception&) {
      // not listening yet
    }
  }
  return 0;
}

double ready_event(const running_daemon& fleet, int generation) {
  const auto history = fleet.admin_get("/admin/events?follow=false").body;
  int seen = 0;
  for (std::size_t at = 0; (at = history.find("data: ", at)) != std::string::npos; ++at) {
    rapidjson::Document event;
    event.Parse(history.substr(at + 6, history.find('\n', at) - at - 6).c_str());
    if (std::string{event["text"].GetString()}.starts_with("starting → ready") &&
        ++seen == generation)
      return static_cast<double>(event["unix_milliseconds"].GetInt64());
  }
  throw std::runtime_error("no event of load " + std::to_string(generation));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures how late rolecalld sees a model become ready."};
  std::string engine;
  std::string model;
  int loads = 30;
  app.add_option("llama-server", engine)->required()->check(CLI::ExistingFile);
  app.add_option("model", model)->required()->check(CLI::ExistingFile);
  app.add_option("--loads", loads, "Loads to measure")->check(CLI::Range(1, 400));
  CLI11_PARSE(app, argc, argv);

  temporary_directory folder;
  const auto port = free_ports(1).front();
  registry_file registry{
      .folder = folder.path(),
      .llama_server = std::filesystem::absolute(engine),
      .model_dir = folder.path(),
      .models = "  model: {path: " + std::filesystem::absolute(model).string() + "}\n",
      .roles = "  role: {model: model, tier: warm, port: " + std::to_string(port) + "}\n"};
  const running_daemon fleet(registry.write());
  std::vector<double> late;
  for (int load = 1; load <= loads; ++load) {
    double healthy = 0;
    {
      std::jthread prober(
          [&](const std::stop_token& given_up) { healthy = first_healthy(port, given_up); });
      if (fleet.admin_post("/admin/roles/role/load?wait=true").status != 200) return 1;
    }
    late.push_back(ready_event(fleet, load) - healthy);
    if (fleet.admin_post("/admin/roles/role/unload?wait=true").status != 200) return 1;
  }
  std::ranges::sort(late);
  std::cout << "ready seen after /health turned 200, " << loads << " loads (ms): min "
            << late.front() << ", median " << late[late.size() / 2] << ", max " << late.back()
            << '\n';
}
