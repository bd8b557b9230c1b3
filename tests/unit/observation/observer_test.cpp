#include "orchestrator/observation/observer.hpp"

#include "launcher/node_memory.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/observation/scripted_engine.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

namespace rolecall::observation {

namespace {

namespace asio = boost::asio;

}  // namespace

TEST_CASE("observer: host, engine and what it does not answer are told until it is stopped") {
  asio::io_context loop;
  const test::temporary_directory folder;
  test::scripted_engine engine(loop, {test::http_answer("llamacpp:requests_processing 2\n")});
  unsigned processing = 0;
  int hosts = 0;
  const listeners told{
      .engine_sampled =
          [&](instance id, const metrics::engine_sample& sample, engine_watch::time_point) {
            CHECK(id == 0);
            processing = sample.processing;
          },
      .engine_silent = [](instance, const std::string& reason) { FAIL(reason); },
      .process_used = [](instance, const metrics::process_usage&) {},
      .process_placed = [](instance, const std::vector<metrics::node_share>&) {},
      .host_sampled =
          [&](const metrics::host_sample& host, const metrics::daemon_usage&) {
            hosts += host.memory_bytes > 0 ? 1 : 0;
          }};
  observer all(loop.get_executor(), "/", {.state_dir = folder.path(), .log_dir = folder.path()},
               told);
  all.start();
  all.watch(0, engine.port(), ::getpid());
  REQUIRE(test::run_until(loop, [&] { return processing == 2 && hosts > 0; }));
  all.forget(0);
  all.watch(1, engine.port(), ::getpid());
  all.stop();
  engine.close();
  CHECK(test::runs_out(loop));
}

}  // namespace rolecall::observation
