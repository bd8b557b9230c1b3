// How many instructions does the front door spend on a request, and on a chunk of an event stream?
// Counted by callgrind, so the figure hardly depends on the machine or on what else it does; a test
// holds it below a limit. It does depend on the compiler and its options.
//
//   relay_instructions --per-request LIMIT --per-chunk LIMIT
//
// The same without traces is counted as well, to tell what they cost.
//
// The program runs itself: under valgrind as the front door, which runs itself natively as the
// upstream and as the client. Counts are dumped between loads of N and of 10 N requests; the
// difference by 9 N is free of everything that is done once.

#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/server.hpp"
#include "tests/bench/relay/child_process.hpp"
#include "tests/bench/relay/contestants.hpp"
#include "tests/bench/relay/loopback.hpp"
#include "tests/bench/relay/request_load.hpp"
#include "tests/bench/relay/stream_load.hpp"
#include "tests/bench/relay/stub_server.hpp"
#include "tests/support/free_ports.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include <CLI/CLI.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

namespace {

using namespace rolecall;
using namespace rolecall::bench;

constexpr int skipped = 77;
constexpr std::size_t few_requests = 200;
constexpr std::size_t few_events = 40;
constexpr std::size_t times = 10;
constexpr double event_rate = 200;  // slow enough for a front door under valgrind to keep up

/// One load: what the front door relays between two dumps, in this order.
struct step {
  const char* name;  ///< of the dump
  std::size_t requests;
  std::size_t events;
};
constexpr step steps[] = {{"warm-up", few_requests, few_events},
                          {"few requests", few_requests, 0},
                          {"many requests", times* few_requests, 0},
                          {"few events", 0, few_events},
                          {"many events", 0, times* few_events}};

std::filesystem::path own_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

// -- the client

int put_load_on(std::uint16_t port, std::size_t requests, std::size_t events) {
  if (requests > 0) {
    request_load load(port, 1);
    load.run_one_by_one(requests);
    if (load.failed() > 0) throw std::runtime_error("a request failed");
  }
  if (events > 0) {
    stream_load load(port, 1, event_rate);
    load.open();
    while (load.counted().events < events && load.counted().lost_streams == 0)
      load.run(std::chrono::milliseconds{1});
    if (load.counted().lost_streams > 0) throw std::runtime_error("a stream was lost");
  }
  return 0;
}

// -- the front door, under valgrind

struct no_leases final : proxy::lease_source {
  boost::asio::awaitable<boost::system::result<proxy::lease, proxy::refusal>> acquire(
      proxy::lease_wish) override {
    throw std::logic_error("the gate is open, and nobody has to ask");
    co_return proxy::refusal{};
  }
};

struct no_states final : proxy::state_source {
  [[nodiscard]] std::shared_ptr<const std::vector<proxy::role_state>> role_states() const override {
    return nullptr;
  }
};

/// A front door before one upstream whose gate is open.
struct front_door {
  front_door(std::uint16_t upstream_port, bool remembers) {
    upstream.name = bench_role;
    upstream.port = upstream_port;
    upstream.gate.open();
    routes->roles = {
        {.id = 0, .name = std::string(bench_role), .model = "m", .upstreams = {&upstream}}};
    routes->names = {{std::string(bench_role), 0}};
    server.emplace(proxy::server_settings{.listen = {{.address = "127.0.0.1", .port = 0}}}, routes,
                   leases, states, metrics, remembers ? &traces : nullptr);
    server->start();
  }

  proxy::upstream upstream;
  std::shared_ptr<proxy::routing_table> routes = std::make_shared<proxy::routing_table>();
  no_leases leases;
  no_states states;
  metrics::catalogue metrics;
  tracing::request_traces traces{1};
  std::optional<proxy::server> server;
};

void run_to_the_end(const std::vector<std::string>& argv) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    std::vector<char*> words;
    for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execv(words.front(), words.data());
    ::_exit(127);
  }
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) throw std::runtime_error("the load failed");
}

int run_front_door(bool remembers) {
  const test::temporary_directory folder;
  const auto port = test::free_ports(1).front();
  std::vector<int> every_cpu(std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < every_cpu.size(); ++i) every_cpu[i] = static_cast<int>(i);
  const child_process stub({"llama-server", "--port", std::to_string(port)}, own_program(),
                           every_cpu, folder.path() / "upstream.log");
  while (!get(port, "/health")) std::this_thread::yield();

  front_door door(port, remembers);
  const auto own_port = std::to_string(door.server->endpoints().front().port);
  for (const auto& one : steps) {
    run_to_the_end({own_program().string(), "--load", own_port, std::to_string(one.requests),
                    std::to_string(one.events)});
    CALLGRIND_DUMP_STATS_AT(one.name);
  }
  door.server->stop(std::chrono::steady_clock::now());
  return 0;
}

// -- the test

/// Instructions of all threads up to the dump of this name since the one before.
double instructions_of(const std::filesystem::path& folder, const std::string& dump) {
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path());
    bool is_wanted = false;
    for (std::string line; std::getline(in, line);) {
      if (line == "desc: Trigger: Client Request: " + dump) is_wanted = true;
      if (is_wanted && line.starts_with("totals: ")) return std::stod(line.substr(8));
    }
  }
  throw std::runtime_error("callgrind has not written '" + dump + "'");
}

bool is_below(const char* what, double instructions, double limit) {
  std::cout << "instructions per " << what << ": " << static_cast<long>(instructions) << " (limit "
            << static_cast<long>(limit) << ")\n";
  return instructions <= limit;
}

struct counted {
  double per_request = 0;
  double per_chunk = 0;
};

counted count_instructions(const std::string& options) {
  const test::temporary_directory folder;
  const auto command = "valgrind --tool=callgrind --callgrind-out-file='" +
                       (folder.path() / "count").string() + "' '" + own_program().string() +
                       "' --front-door " + options + " >'" + (folder.path() / "log").string() +
                       "' 2>&1";
  if (std::system(command.c_str()) != 0) {
    std::cerr << std::ifstream(folder.path() / "log").rdbuf();
    throw std::runtime_error("the front door failed under valgrind");
  }
  const auto each = [&](const char* many, const char* few, std::size_t count) {
    return (instructions_of(folder.path(), many) - instructions_of(folder.path(), few)) /
           static_cast<double>((times - 1) * count);
  };
  return {.per_request = each("many requests", "few requests", few_requests),
          .per_chunk = each("many events", "few events", few_events)};
}

int run_test(double request_limit, double chunk_limit) {
  if (std::system("valgrind --version >/dev/null 2>&1") != 0) {
    std::cout << "skipped: there is no valgrind\n";
    return skipped;
  }
  const auto all = count_instructions("");
  const auto bare = count_instructions("--without-traces");
  const bool requests_fit = is_below("request", all.per_request, request_limit);
  const bool chunks_fit = is_below("chunk", all.per_chunk, chunk_limit);
  std::cout << "of them for traces: " << static_cast<long>(all.per_request - bare.per_request)
            << " per request, " << static_cast<long>(all.per_chunk - bare.per_chunk)
            << " per chunk\n";
  return requests_fit && chunks_fit ? 0 : 1;
}

int run(int argc, char** argv) {
  CLI::App app{"Counts the front door's instructions per request and per chunk."};
  double request_limit = 0;
  double chunk_limit = 0;
  bool is_front_door = false;
  bool forgets = false;
  std::vector<std::uint16_t> load;
  app.add_option("--per-request", request_limit);
  app.add_option("--per-chunk", chunk_limit);
  app.add_flag("--front-door", is_front_door, "What runs under valgrind");
  app.add_flag("--without-traces", forgets, "What runs under valgrind remembers no request");
  app.add_option("--load", load, "What loads it: port, requests, events")->expected(3);
  CLI11_PARSE(app, argc, argv);
  if (is_front_door) return run_front_door(!forgets);
  if (!load.empty()) return put_load_on(load[0], load[1], load[2]);
  return run_test(request_limit, chunk_limit);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (std::filesystem::path(argv[0]).filename() == "llama-server")
      return run_stub_server({argv + 1, argv + argc});
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "relay_instructions: " << e.what() << '\n';
    return 1;
  }
}
