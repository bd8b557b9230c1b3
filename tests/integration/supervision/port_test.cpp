#include "launcher/process.hpp"
#include "tests/integration/supervision/supervised.hpp"
#include "tests/support/http_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

using namespace rolecall::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST_CASE(
    "supervisor: a port that somebody else listens on is refused by name before anything is "
    "started") {
  supervised instance({});
  asio::io_context loop;
  const asio::ip::tcp::acceptor squatter(loop, {asio::ip::address_v4::loopback(), instance.port()});
  instance->start();
  const auto refusal = instance.next(instance_state::stopped);
  CHECK(refusal.reason.starts_with("port " + std::to_string(instance.port()) + " is taken by pid " +
                                   std::to_string(::getpid()) + " ("));
  CHECK(instance.log_text().empty());
}

TEST_CASE("supervisor: a healthy stranger on the port is never taken for the child") {
  supervised instance({.knobs = {"--fake-no-listen"}});
  instance->start();
  instance.next(instance_state::starting);
  instance.run_until(
      [&] { return instance.log_text().find("loading model") != std::string::npos; });
  auto squatter = rolecall::launcher::process::spawn(
      instance.loop().get_executor(),
      {{FAKE_LLAMA_SERVER, "-m", "/models/small.gguf", "--port", std::to_string(instance.port())},
       {},
       instance.log().parent_path() / "squatter.log"});
  REQUIRE(squatter.has_value());
  const auto outcome = instance.next(instance_state::stopped);
  CHECK(outcome.reason.starts_with("port " + std::to_string(instance.port()) + " is taken by pid " +
                                   std::to_string(squatter->pid()) +
                                   " (fake-llama-serv)\nlast log lines:\n"));
  CHECK(instance->pid() == 0);

  CHECK(request(instance.port(), "GET", "/health").status ==
        200);  // nobody else's process was touched
  squatter->signal_group(SIGTERM);
  auto ended = asio::co_spawn(instance.loop(), squatter->async_wait(), asio::use_future);
  instance.run_until([&] { return ended.wait_for(0s) == std::future_status::ready; });
}

TEST_CASE("supervisor: a child that serves another model than it was told to is not ready") {
  supervised instance({.model = "/models/other.gguf", .expected_model = "/models/small.gguf"});
  instance->start();
  CHECK(instance.next(instance_state::stopped)
            .reason.starts_with("port " + std::to_string(instance.port()) +
                                " serves model /models/other.gguf, not /models/small.gguf"));
}
